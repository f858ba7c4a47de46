"""Every sentence that we say to people in Slack, so that the bot has one voice: plain, short, kind.

Templates and small functions with named parameters. Which sentence is said when is decided elsewhere.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from bot.alerts.alert import UNDO_WINDOW, WORSE_FACTOR, Action, Actor, Snooze, Source, State
from bot.alerts.classification import Category, Evidence, FixTime, Severity
from bot.alerts.dossier import PAGERDUTY, PAGERDUTY_LOOKUP, SENTRY
from bot.slack.ids import ActionId, CallbackId, Input
from bot.slack.text import Mrkdwn, counted, inert, joined, lasting, moment, number

NAME_LIMIT = 60
_WHY_LIMIT = 250
_SENTRY, _PAGERDUTY = "Sentry", "PagerDuty"
"""Also what they call themselves as the one who did something: they did, and nobody by that name."""

CIRCLES: Mapping[Severity, str] = {
    Severity.CRITICAL: "🔴",
    Severity.HIGH: "🟠",
    Severity.MEDIUM: "🟡",
    Severity.LOW: "🔵",
}
QUIET_CIRCLE = "⚪"
PLACES: Mapping[str, str] = {PAGERDUTY: "PagerDuty", PAGERDUTY_LOOKUP: "PagerDuty's records", SENTRY: "Sentry"}
"""Where else an alert is shown, by the target's name."""

AWAKE_AGAIN: Mapping[str, str] = {
    "time": "Awake again: the time is up",
    "worse": "Awake again: it got worse",
    "users": "Awake again: more users met it",
    "variant": "Awake again: it breaks in a new place",
}
"""Why a snooze ended → what is said."""
BUTTONS: Mapping[ActionId, str] = {
    ActionId.ACKNOWLEDGE: "Acknowledge",
    ActionId.UNACKNOWLEDGE: "Un-acknowledge",
    ActionId.RESOLVE: "Resolve",
    ActionId.REOPEN: "Reopen",
    ActionId.RECLASSIFY: "Reclassify",
    ActionId.SNOOZE: "Snooze",
    ActionId.UNDO: "Undo",
    ActionId.DETAILS: "Details",
    ActionId.ASK: "Ask",
    ActionId.ANALYSE: "Ask a model anyway",
    ActionId.ESCALATE: "Escalate",
    ActionId.ASSIGN: "Assign",
    ActionId.PROMISE: "Back in …",
}
WAKE = "Wake"
SUPPOSED = "Perhaps"
"""Instead of "Why", where nothing that was checked speaks for a cause."""
SHARED_ANSWER = "same answer as for the same error before"

FIX_TIMES: Mapping[FixTime, str] = {
    FixTime.QUARTER_HOUR: "15 min",
    FixTime.HOUR: "1 h",
    FixTime.HALF_DAY: "4 h",
    FixTime.DAY: "1 day",
}
STATES: Mapping[State, str] = {
    State.OPEN: "open",
    State.ACKNOWLEDGED: "acknowledged",
    State.ESCALATED: "escalated",
    State.SNOOZED: "snoozed",
    State.RESOLVED: "resolved",
    State.VERIFIED: "verified",
    State.REGRESSED: "back after it was resolved",
}
DID: Mapping[Action, str] = {
    Action.ACKNOWLEDGED: "acknowledged",
    Action.UNACKNOWLEDGED: "un-acknowledged",
    Action.RESOLVED: "resolved",
    Action.REOPENED: "reopened",
    Action.RECLASSIFIED: "reclassified",
    Action.SNOOZED: "snoozed",
    Action.WOKEN: "woken",
    Action.ASSIGNED: "assigned",
    Action.ESCALATED: "escalated",
}
"""What a person can have done, as in "Already … by Ana"."""

UNKNOWN_ALERT = "I do not know this alert any more: it may have been removed from my records."
NOT_A_SEVERITY = "Please choose a severity."
NOT_A_CATEGORY = "Please choose a category."
NOT_A_CHOICE = "Please choose how long it should be quiet."
QUESTION_EXAMPLE = "Have we seen this before, and what fixed it?"
NOT_A_QUESTION = "Please write what you want to know."
NO_CARD = "This alert has no card in Slack yet; please ask again in a moment."
ASK_UNDER_A_CARD = "I answer questions in the thread of an alert: mention me there, or use the card's Ask button."
OWN_RECORDS = "from my own records, without a model"
NOT_ANSWERED = "I could not answer this, and the fault is mine. Please ask again."
NO_ANSWER = "I found nothing to answer this with."
ASK_SOMETHING = f"Write your question behind my name, for example: {QUESTION_EXAMPLE}"
NOBODY_YET = Mrkdwn("nobody has it yet")
COMES_BACK = Mrkdwn("comes back here if it happens again")
TEST_NOTIFICATION = "test notification from Sentry"
NOTHING_MORE = "Sentry sent no stack trace, request or breadcrumbs with this."
READ_MORE = Mrkdwn("read more")
UNTITLED = "Sentry gave this no title"

WHOLE_MESSAGE = "Its whole message"
WHERE_IT_BROKE = "Where it broke, newest call first"
CAUSED_BY = "Caused by"
REQUEST = "Request"
TAGS = "Tags"
BEFORE_IT = "What went before, times in UTC"

FORMS: Mapping[CallbackId, str] = {
    CallbackId.RECLASSIFY: "Reclassify",
    CallbackId.SNOOZE: "Snooze",
    CallbackId.ASK: "Ask",
    CallbackId.ESCALATE: "Escalate",
    CallbackId.ASSIGN: "Assign",
    CallbackId.PROMISE: "Promise",
}
INPUTS: Mapping[Input, str] = {
    Input.SEVERITY: "How bad is it?",
    Input.CATEGORY: "What kind of problem is it?",
    Input.REASON: "Why?",
    Input.UNTIL: "Keep it quiet",
    Input.QUESTION: "What do you want to know?",
    Input.NOTE: "What should they know?",
    Input.ASSIGNEE: "Who takes it?",
    Input.PROMISE: "I am back",
}
LIKELY, THE_OTHERS = "Likely", "All others"
REASON_HINT = "One sentence helps the next verdict. From now on, machines leave this one alone."
QUESTION_HINT = "The answer comes in the alert's thread, for everybody to read."
DETAILS_TITLE, CLOSE, CANCEL = "Details", "Close", "Cancel"
SEEN = "What did the model see?"
SEEN_EVENT, SEEN_SYSTEM, SEEN_REPLY = "About the event", "The instructions", "What it answered"
FACTS, VERDICT, HISTORY, TARGETS = "From Sentry", "Verdict", "What happened", "Where it is shown"

SNOOZE_CHOICES: Mapping[str, tuple[str, str]] = {
    "30min": ("For 30 minutes", "Long enough for a deploy to finish"),
    "4h": ("For 4 hours", "Long enough for a fix that is under way"),
    "1day": ("For one day", "Back at this time tomorrow"),
    "worse": ("Until it gets worse", "{how}"),
    "count": ("Until it comes 100 more times", "However long that takes"),
    "users": ("Until it hits 10 more users", "However often it comes"),
    "variant": ("Until it breaks in a new place", "Another exception, or another line of code"),
}
"""Value → label and description of each choice of the snooze modal."""


def button(action: ActionId, state: State, estimate_usd: float = 0.0) -> str:
    """The label of a button on a card in `state`; `estimate_usd`: what asking a model would cost."""
    if action is ActionId.ANALYSE and estimate_usd:
        return f"{BUTTONS[action]} (about {cost(estimate_usd)})"
    return WAKE if action is ActionId.REOPEN and state is State.SNOOZED else BUTTONS[action]


def cost(usd: float) -> str:
    """`$0.004`: as many digits as it takes to tell it from nothing."""
    if usd <= 0:
        return "$0"
    return f"${usd:.2f}" if usd >= 0.1 else f"${usd:.4f}".rstrip("0") if usd >= 0.0001 else "under $0.0001"


def checked_by(model: str) -> str:
    """A model was asked, and the rules' word counts."""
    return f"checked with {model}"


def category(value: Category) -> str:
    """`external service`; empty where the category is not known, which is nothing to say."""
    return "" if value is Category.UNKNOWN else value.value.replace("_", " ")


def who(actor: Actor) -> Mrkdwn:
    """A name in plain text: names notify nobody."""
    name = inert(actor.name, NAME_LIMIT)
    if actor.source is Source.USER:
        return name or Mrkdwn("somebody")
    if actor.source is Source.SENTRY:
        return Mrkdwn(_SENTRY if name in ("", _SENTRY) else f"{name} in Sentry")
    if actor.source is Source.PAGERDUTY:
        return Mrkdwn(_PAGERDUTY if name in ("", _PAGERDUTY) else f"{name} in PagerDuty")
    return Mrkdwn("the clock" if actor.source is Source.TIMER else "the bot")


def told_by(actor: Actor) -> Mrkdwn:
    """` by Ana`, ` in Sentry by Ana`; nothing where it was the bot or its clock."""
    name = inert(actor.name, NAME_LIMIT)
    if actor.source is Source.SENTRY:
        return Mrkdwn(" in Sentry" if name in ("", _SENTRY) else f" in Sentry by {name}")
    if actor.source is Source.PAGERDUTY:
        return Mrkdwn(" in PagerDuty" if name in ("", _PAGERDUTY) else f" in PagerDuty by {name}")
    return Mrkdwn(f" by {who(actor)}" if actor.source is Source.USER else "")


def until(snooze: Snooze) -> Mrkdwn:
    """When a snoozed alert comes back."""
    worse = []
    if snooze.until_count is not None:
        worse.append(f"at {counted(snooze.until_count, 'event')}")
    if snooze.until_worse_than is not None and snooze.until_worse_than.rank:
        worse.append(f"above {snooze.until_worse_than.value} severity")
    if snooze.until_users is not None:
        worse.append(f"at {counted(snooze.until_users, 'user')}")
    if snooze.until_variant:
        worse.append("in a new place")
    time = Mrkdwn(f"until {moment(snooze.until)}") if snooze.until else None
    return joined((time, Mrkdwn(f"until it gets worse ({' or '.join(worse)})") if worse else None), " or ")


def worse_means(total: int, severity: Severity | None) -> str:
    """What "until it gets worse" means for an alert with `total` events."""
    events = f"At ten times the events ({number(total * WORSE_FACTOR)})"
    return events if severity is None or not severity.rank else f"{events}, or above {severity.value} severity"


def maker(made_by: str) -> str:
    """Who gave a verdict, as far as its own mark says."""
    return "a person" if made_by.startswith("user:") else made_by


def corrected(name: str, reason: str) -> str:
    """Who corrected a verdict, and which parts of it: what to do still stands as it was said before."""
    said = f"severity and category corrected by {name}"
    return f"{said}: {reason}" if reason else said


def evidence(fact: Evidence) -> str:
    """One fact that decided, and what it speaks for. Plain text."""
    return f"{fact.source}: {fact.text} → {fact.speaks_for}"


def sureness(confidence: float) -> str:
    """`94% sure`; below one half it is called a guess, and nothing is ever 100% sure."""
    known = min(1.0, max(0.0, confidence))  # in this order, a model's "not a number" is no certainty
    percent = min(99, round(100 * known))
    return f"only a guess ({percent}% sure)" if known < 0.5 else f"{percent}% sure"


def behind(what: str, since: datetime, why: str = "") -> Mrkdwn:
    """One line for a card whose truth may be older than it looks, or not be told there; `why` in their own words."""
    if why:
        return Mrkdwn(f"{inert(what, NAME_LIMIT)} is behind since {moment(since)}: {inert(why, _WHY_LIMIT)}")
    return Mrkdwn(f"{inert(what, NAME_LIMIT)} is not answering since {moment(since)}: this card may be behind")


def last_checked(at: datetime) -> Mrkdwn:
    """How old what is known of Sentry can be."""
    return Mrkdwn(f"Sentry was last asked for what was missed {moment(at)}")


def refused(action: Action, state: State, *, by: Actor | None, ago: timedelta | None) -> Mrkdwn:
    """Why a click changes nothing; `by` brought the alert to `state`, `ago` before now."""
    if action is Action.UNDONE:
        return Mrkdwn(f"That is too late to undo: it works for {lasting(UNDO_WINDOW)}, and only for the last change.")
    whom = told_by(by) if by is not None else ""
    when = f" {lasting(ago)} ago" if ago is not None and whom else ""
    if state.value == action.value:
        return Mrkdwn(f"Already {STATES[state]}{whom}{when}.")
    asked = DID.get(action, action.value)
    return Mrkdwn(f"This cannot be {asked} now: it is {STATES[state]}{f' ({whom.strip()}{when})' if whom else ''}.")


def folded(count: int) -> Mrkdwn:
    """Events that changed nothing but the counts."""
    return Mrkdwn(f"{number(count)} folded meanwhile")


def earlier(count: int) -> Mrkdwn:
    """In place of the lines that do not fit."""
    return Mrkdwn(f"… {counted(count, 'earlier change')}: see the card's details")


def repeated(times: int) -> str:
    """After a call that stands several times in a row in the stack."""
    return f"\n    (× {number(times)})" if times > 1 else ""


def more_frames(count: int) -> str:
    """In place of the frames that are left out."""
    return f"… {counted(count, 'more frame')}"


def details_of(what: Mrkdwn, where: Mrkdwn) -> Mrkdwn:
    """The opening of a thread, for a screen reader."""
    return Mrkdwn(f"What Sentry knows of {what}{f'; {where}' if where else ''}.")


def failed(reference: str) -> Mrkdwn:
    """Something of ours broke; `reference` finds it in the log."""
    return Mrkdwn(f"That did not work, and the fault is mine. Please try again; reference {inert(reference, 40)}.")


def looking(asker: Mrkdwn) -> Mrkdwn:
    """What stands in the thread until there is an answer."""
    return Mrkdwn(f"Looking into it… (asked by {asker})")


def asked(asker: Mrkdwn, question: Mrkdwn) -> Mrkdwn:
    """Above an answer."""
    return Mrkdwn(f"{asker} asked: {question}")


def answered(asker: Mrkdwn, answer: Mrkdwn) -> Mrkdwn:
    """A whole answer, for notifications and screen readers."""
    return Mrkdwn(f"Answer for {asker}: {answer}")


def looked_at(sources: Iterable[str]) -> str:
    """What an answer is made from. Plain text."""
    named = ", ".join(sources)
    return f"Looked at: {named}" if named else "Looked at nothing but the question"


def answer_cost(usd: float | None) -> str:
    """`$0.004`; what is less than the smallest such amount is not called free."""
    if usd is None:
        return "cost unknown"
    return "no cost" if usd <= 0 else f"${max(usd, 0.0001):.4f}".rstrip("0")
