"""The names on the wire between Slack and us: a click comes back with one of these and nothing else.

They are part of the contract with `manifest.yml` and with messages that were posted long ago: never rename one.
"""

from enum import StrEnum


class ActionId(StrEnum):
    """The buttons of a card. Each button's `value` is the alert's id."""

    ACKNOWLEDGE = "alert_acknowledge"
    UNACKNOWLEDGE = "alert_unacknowledge"
    RESOLVE = "alert_resolve"
    REOPEN = "alert_reopen"
    """Also the "Wake" of a snoozed alert."""
    RECLASSIFY = "alert_reclassify"
    SNOOZE = "alert_snooze"
    UNDO = "alert_undo"
    DETAILS = "alert_details"
    ANALYSE = "alert_analyse"
    """Ask a model although the budget said no."""
    ASK = "alert_ask"
    ESCALATE = "alert_escalate"
    ASSIGN = "alert_assign"
    PROMISE = "alert_promise"
    """Its owner says when they are back."""


class CallbackId(StrEnum):
    """The modals that are submitted."""

    RECLASSIFY = "reclassify"
    SNOOZE = "snooze"
    ASK = "ask"
    ESCALATE = "escalate"
    ASSIGN = "assign"
    PROMISE = "promise"


class Input(StrEnum):
    """The inputs of the modals: both `block_id` and `action_id` of each."""

    SEVERITY = "severity"
    CATEGORY = "category"
    REASON = "reason"
    UNTIL = "until"
    QUESTION = "question"
    NOTE = "note"
    ASSIGNEE = "assignee"
    PROMISE = "promise"


class ReplyAction(StrEnum):
    """The buttons of what `/triage` answers and of the Home tab. Each one's `value` says the rest."""

    RUN = "triage_run"
    """`value`: a command; its answer takes this one's place."""
    SHARE = "triage_share"
    """`value`: a command, whose answer is then shown to the whole channel."""
    MUTE = "triage_mute"
    """`value`: a mute's pattern and duration, as a person would type it."""
    UNMUTE = "triage_unmute"
    """`value`: the mute's number."""
    REFRESH = "triage_refresh"


class RuleAction(StrEnum):
    """The buttons of a rule that corrections suggest, or have made. `value`: its key."""

    ACCEPT = "rule_accept"
    REJECT = "rule_reject"
    RETIRE = "rule_retire"


class Thumb(StrEnum):
    """What a person thinks of a verdict or an answer. `value`: `up` or `down`, what it is about, and its id."""

    BOTH = "triage_feedback"
    """Slack's own pair of thumbs."""
    UP = "triage_feedback_up"
    DOWN = "triage_feedback_down"


COMMAND, SHORTCUT = "/triage", "triage_this"
"""The slash command, and the `callback_id` of the message shortcut."""
CARD_EVENT = "triage_alert"
"""The `event_type` of a card's metadata, by which it is found again before it is posted a second time."""
THREAD_EVENT = "triage_thread"
"""The same for a message of ours in a card's thread."""
ANSWER_EVENT = "triage_answer"
"""The same for the answer to a question."""
NOTE_EVENT = "triage_note"
"""The same for a digest or a handover note."""
