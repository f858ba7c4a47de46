"""How asking a model can fail. Each leaf says its reason (also the metric's label) and whether trying again can help.

ModelError
├── ModelUnavailable     no answer in time, a broken connection, 5xx, not JSON at all
│   └── ModelPaused      the circuit breaker is open: nothing was sent
├── ModelRateLimited     429
├── ModelNonsense        it answered twice and said nothing
└── ModelRefused         401, 403, 404, no money left …: a person has to change something
"""

from bot.errors import TriageError


class ModelError(TriageError):
    """A model gave no verdict.

    `retry_after` is in seconds, None where nobody said; `cost_usd` is what the attempts may have cost all the same.
    """

    reason = "model"
    retry = True

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.cost_usd = 0.0


class ModelUnavailable(ModelError):
    """No usable answer: nobody there, too slow, broken off, too large, not the protocol that we speak."""

    reason = "unavailable"

    def __init__(self, message: str, *, retry_after: float | None = None, billed: bool = False) -> None:
        super().__init__(message, retry_after=retry_after)
        self.billed = billed
        """The model may have worked for nothing: the attempt counts as if it had answered at full length."""


class ModelPaused(ModelUnavailable):
    """We do not ask for a while, because it kept failing."""

    reason = "paused"


class ModelRateLimited(ModelError):
    """It asked us to slow down."""

    reason = "rate_limited"


class ModelNonsense(ModelError):
    """It answered, was asked again, and still said neither how bad it is nor who must look. `raw` is what it said."""

    reason = "nonsense"
    retry = False

    def __init__(self, message: str, *, raw: str = "") -> None:
        super().__init__(message)
        self.raw = raw


class ModelRefused(ModelError):
    """It understood and said no: a wrong key, an unknown model, an empty account, a prompt that it will not take."""

    reason = "refused"
    retry = False


class ModeRefused(ModelRefused):
    """It does not take this way of asking (tools, a schema): the next one may work."""

    reason = "mode_refused"
