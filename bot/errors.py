"""The exception tree. Each leaf says its reason (also the metric's label) and whether trying again can help.

    TriageError
    ├── BadDelivery          a webhook that cannot be taken
    │   ├── BadSignature     401
    │   ├── TooLarge         413
    │   └── Malformed        400
    ├── UnknownAlert         an alert id that no row has
    ├── UnknownProposal      a rule that is not proposed any more
    ├── NobodyToCall         PagerDuty is not set up for the alert
    ├── BadSettings          a mistake in the environment or in triage.yml
    └── TargetError          a target (Slack, …) did not take what we sent
        ├── Unavailable      no answer, 5xx: retry
        ├── RateLimited      429: retry after what it said
        ├── Paced            our own pacing: retry after our turn
        ├── Gone             what we want to change there was deleted: send it anew
        └── Rejected         an answer that will not change: do not retry by itself

`bot.alerts.alert.Refused`, a click that the alert's state does not allow, stands with the rules that raise it.
"""


class TriageError(Exception):
    """Everything that this program raises on purpose."""

    reason = "error"


class BadDelivery(TriageError):
    """A webhook request that cannot be taken; `status` is the HTTP answer."""

    status = 400


class BadSignature(BadDelivery):
    """The signature is missing or does not match the raw bytes."""

    reason, status = "bad_signature", 401


class TooLarge(BadDelivery):
    """The body is over the limit."""

    reason, status = "too_large", 413


class Malformed(BadDelivery):
    """The body is not what the sender's format says."""

    reason = "malformed"


class UnknownAlert(TriageError):
    """No alert has this id."""

    reason = "unknown_alert"


class UnknownProposal(TriageError):
    """No rule of this key is proposed, or in force."""

    reason = "unknown_proposal"


class NobodyToCall(TriageError):
    """No service of PagerDuty's is set up for the alert."""

    reason = "nobody_to_call"


class BadSettings(TriageError):
    """A setting is wrong; the message names it, its line where it has one, and its cure."""

    reason = "settings"


class TargetError(TriageError):
    """A target outside did not take what we sent. `retry_after` is in seconds; None: use the back-off."""

    reason = "target"
    retry = True

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Unavailable(TargetError):
    """It did not answer, or answered 5xx."""

    reason = "unavailable"


class RateLimited(TargetError):
    """It asked us to slow down."""

    reason = "rate_limited"


class Paced(TargetError):
    """We slow ourselves down before it has to ask."""

    reason = "paced"


class Gone(TargetError):
    """What we want to change there does not exist any more."""

    reason = "gone"


class Rejected(TargetError):
    """It understood and said no (a bad channel, a revoked token): a person has to change something."""

    reason = "rejected"
    retry = False
