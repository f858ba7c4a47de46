"""What `/triage`, the message shortcut and the thumbs say to people: the same voice as `words`, by surface."""

from datetime import datetime, timedelta

from bot.alerts.classification import Severity
from bot.slack.ids import COMMAND, ReplyAction
from bot.slack.text import Mrkdwn, counted, inert, joined, lasting, moment, number

HELP: tuple[tuple[str, str], ...] = (
    ("SHOP-API-1A2", "any issue, by short id, number, event id or its address in Sentry"),
    ("list [mine|critical|PROJECT]", "what is open, worst first"),
    ("review", "what the rules or a model were unsure of, one click each"),
    ("why ISSUE", "everything that led to a verdict, a card, a page, or to none"),
    ("mute PATTERN [for 7d]", "no cards of what you name; shows first what that would have hidden"),
    ("unmute [NUMBER]", "the mutes that hold, and an end to one"),
    ("stats", "the last seven days in figures"),
    ("budget", "what the models cost, and what is left"),
    ("oncall", "who is on call"),
    ("help", "this"),
)
"""What can be typed behind `/triage`, and what it is good for."""
MUTE_EXAMPLES = ('mute project:shop-api "Connection reset" for 2d', "mute category:validation severity:low for 1w")

BUTTONS = {
    ReplyAction.RUN: "Yes",
    ReplyAction.SHARE: "Share",
    ReplyAction.MUTE: "Mute",
    ReplyAction.UNMUTE: "Unmute",
    ReplyAction.REFRESH: "Refresh",
}
LOOKING_TITLE, LOOKING = "Working on it", "I am asking Sentry. The answer takes this place in a moment."
ANSWER_TITLE = "Triage"
NOTHING_OPEN = Mrkdwn("Nothing is open. Enjoy the quiet.")
NOTHING_TO_REVIEW = Mrkdwn("Nothing to review: no verdict waits for a better word.")
NO_MUTES = Mrkdwn("No mute is in force.")
NO_MODEL = Mrkdwn("No model is set up, so nothing is spent. The rules cost nothing.")
NO_ON_CALL = Mrkdwn("I do not know who is on call: set PAGERDUTY_API_TOKEN, so that I can ask PagerDuty.")
NOBODY_ON_CALL = Mrkdwn("PagerDuty names nobody as on call.")
NOT_SET_UP = Mrkdwn(
    "I do not know this issue, and cannot ask Sentry: set SENTRY_AUTH_TOKEN and SENTRY_ORG, and I will."
)
NOTHING_IN_MESSAGE = Mrkdwn(
    "I found no Sentry link and no stack trace in this message. I read traces of Python, JavaScript, Java, Go, Ruby, "
    "PHP and .NET."
)
NO_VERDICT = Mrkdwn("I no longer know what this thumb is about.")
GLAD, SORRY = Mrkdwn("Thank you: noted."), Mrkdwn("Thank you: noted. If you know better, say it with “Reclassify”.")
PRIVATE = Mrkdwn("Only you see this: the alert has no card yet")
UP, DOWN = "Good", "Not good"
UP_SPOKEN, DOWN_SPOKEN = "This verdict is good", "This verdict is not good"
ANSWER_UP_SPOKEN, ANSWER_DOWN_SPOKEN = "This answer is good", "This answer is not good"
CARD_LINK = "its card and thread"


def usage(text: str) -> str:
    """A command as it is typed."""
    return f"{COMMAND} {text}"


def did_you_mean(problem: Mrkdwn, nearest: str) -> Mrkdwn:
    """What was wrong, and what was probably meant."""
    return joined((problem, Mrkdwn(f"Did you mean `{_typed(nearest)}`?") if nearest else None), " ")


def _typed(text: str) -> Mrkdwn:
    return inert(usage(text).replace("`", ""), 200)


def unknown_issue(name: str) -> Mrkdwn:
    """Nobody knows the issue."""
    return Mrkdwn(f"Neither I nor Sentry know {inert(name, 80)}.")


def unknown_project(name: str) -> Mrkdwn:
    """No alert is of that project."""
    return Mrkdwn(f"No alert is of a project “{inert(name, 60)}”.")


def sentry_failed(why: str) -> Mrkdwn:
    """Sentry was asked and gave no answer that helps."""
    return Mrkdwn(f"I do not know this issue, and asking Sentry did not help: {inert(why, 250)}")


def pagerduty_failed(why: str) -> Mrkdwn:
    """PagerDuty was asked who is on call."""
    return Mrkdwn(f"PagerDuty did not say who is on call: {inert(why, 250)}")


def list_of(what: str, total: int, shown: int) -> Mrkdwn:
    """Above a list. `what`: `mine`, `critical`, a project, or nothing."""
    named = {"": "open", "mine": "yours", "critical": "critical"}.get(what, f"open in {inert(what, 60)}")
    more = f", the worst {number(shown)} of them" if total > shown else ""
    return Mrkdwn(f"{counted(total, 'alert')} {'is' if total == 1 else 'are'} {named}{more}")


def severities(by_severity: "dict[str, int]") -> Mrkdwn:
    """`2 critical, 5 high`."""
    order = [*(severity.value for severity in Severity), ""]
    parts = [Mrkdwn(f"{number(by_severity[s])} {s or 'without a verdict'}") for s in order if by_severity.get(s)]
    return joined(parts, ", ")


def review_of(count: int) -> Mrkdwn:
    """Above the review queue."""
    return Mrkdwn(f"{counted(count, 'verdict')} could do with a better word. Reclassify what is wrong.")


def would_hide(pattern: str, alerts: int, how_bad: Mrkdwn, events: int, days: int) -> Mrkdwn:
    """The first line of a mute's preview."""
    if not alerts:
        return Mrkdwn(f"`{inert(pattern, 150)}` would have hidden nothing in the last {days} days.")
    return Mrkdwn(
        f"`{inert(pattern, 150)}` would have hidden {counted(alerts, 'alert')} ({how_bad}) "
        f"with {counted(events, 'event')} in the last {days} days."
    )


def acted_on(count: int) -> Mrkdwn:
    """A warning in a mute's preview."""
    return Mrkdwn(f"Somebody acknowledged, resolved or escalated {number(count)} of them: perhaps they mattered.")


def spared(count: int) -> Mrkdwn:
    """What a mute lets through."""
    return Mrkdwn(f"Critical alerts come through all the same: {number(count)} of them fit too.")


def muting(lasting_for: timedelta) -> Mrkdwn:
    """What the button does."""
    return Mrkdwn(
        f"Events are still counted, and `{usage('list')}` still shows them. Ends after {lasting(lasting_for)}."
    )


def mute_line(number_: int, pattern: str, by: Mrkdwn, until: datetime) -> Mrkdwn:
    """One mute in a list."""
    return Mrkdwn(f"{number_}. `{inert(pattern, 150)}` by {by} until {moment(until)}")


def muted(pattern: str, until: datetime) -> Mrkdwn:
    """A mute begins."""
    return Mrkdwn(f"Muted: `{inert(pattern, 150)}`, until {moment(until)}.")


def unmuted(pattern: str) -> Mrkdwn:
    """A mute ends."""
    return Mrkdwn(f"`{inert(pattern, 150)}` is no longer muted. What it hid gets its cards now.")


def no_such_mute(name: str) -> Mrkdwn:
    """There is none of that number."""
    return Mrkdwn(f"No mute {inert(name, 20)} is in force.")


def shared_by(name: Mrkdwn, text: str) -> Mrkdwn:
    """Above what somebody shows to everybody."""
    return Mrkdwn(f"{name} shared `{_typed(text)}`")


def opened_by_message(known: bool) -> Mrkdwn:
    """What the shortcut did."""
    return Mrkdwn("There is an alert of this already." if known else "I made an alert of this.")
