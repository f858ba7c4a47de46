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


class CallbackId(StrEnum):
    """The modals that are submitted."""

    RECLASSIFY = "reclassify"
    SNOOZE = "snooze"
    ASK = "ask"


class Input(StrEnum):
    """The inputs of the modals: both `block_id` and `action_id` of each."""

    SEVERITY = "severity"
    CATEGORY = "category"
    REASON = "reason"
    UNTIL = "until"
    QUESTION = "question"


CARD_EVENT = "triage_alert"
"""The `event_type` of a card's metadata, by which it is found again before it is posted a second time."""
THREAD_EVENT = "triage_thread"
"""The same for a message of ours in a card's thread."""
ANSWER_EVENT = "triage_answer"
"""The same for the answer to a question."""
