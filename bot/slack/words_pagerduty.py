"""What we say of PagerDuty: the incident on the card, its news in the thread, the modal that calls people."""

from collections.abc import Sequence
from datetime import datetime

from bot.slack.text import Mrkdwn, inert, joined, link, moment
from bot.slack.words import NAME_LIMIT

NO_PAGERDUTY = "Nobody can be called from here any more: PagerDuty is not set up for this alert."
NOTE_HINT = "Whoever is called reads this first."
NOTE_EXAMPLE = "Checkout is down for everybody; I need somebody who knows the database."
CALLS_SOMEBODY = Mrkdwn("Whoever is on call in PagerDuty will be called at once.")
WHAT_HAPPENED = {
    "triggered": "calls {to}",
    "acknowledged": "acknowledged",
    "unacknowledged": "un-acknowledged, and calls {to}",
    "reassigned": "reassigned to {to}",
    "escalated": "escalated to {to}",
    "reopened": "reopened, and calls {to}",
    "resolved": "resolved",
    "priority_updated": "has the priority {priority}",
}
"""PagerDuty's word → the rest of a sentence that begins with the incident."""


def incident_name(number: int | None, url: str | None = None) -> Mrkdwn:
    """`PagerDuty #123`, linked where there is an address."""
    return link(url, f"PagerDuty #{number}" if number is not None else "PagerDuty", NAME_LIMIT)


def acknowledged(people: Sequence[str], since: datetime | None) -> Mrkdwn:
    """Who took it there, and when."""
    by = f" by {names(people)}" if people else ""
    return Mrkdwn(f"acknowledged{by}{f' {moment(since)}' if since else ''}")


def assigned(people: Sequence[str]) -> Mrkdwn:
    """Who is called."""
    return Mrkdwn(f"assigned to {names(people)}")


def priority(name: str) -> Mrkdwn:
    """PagerDuty's own priority."""
    return Mrkdwn(f"priority {inert(name, NAME_LIMIT)}")


def on_call(people: Sequence[str]) -> Mrkdwn:
    """Who is called in turn."""
    first, *others = (inert(name, NAME_LIMIT) for name in people)
    return Mrkdwn(f"on call: {first}{''.join(f', then {name}' for name in others)}")


def already_paged(incident: Mrkdwn) -> Mrkdwn:
    """Above the note of somebody who wants to call people that were called before."""
    return Mrkdwn(f"Already paged: {incident}. What you write is added to that incident.")


def names(people: Sequence[str]) -> Mrkdwn:
    """Several names in plain text."""
    return joined([inert(name, NAME_LIMIT) for name in people], ", ")


def happened(what: str, number: int | None, to: str, level: str) -> Mrkdwn:
    """`PagerDuty #12 reassigned to Bo`."""
    template = WHAT_HAPPENED.get(what, "changed")
    words = template.format(to=inert(to, NAME_LIMIT) or "somebody", priority=inert(level, NAME_LIMIT) or "none")
    return Mrkdwn(f"{incident_name(number)} {words}")


def escalated(by: Mrkdwn, reason: str, note: str) -> Mrkdwn:
    """That somebody, or the severity alone, has people called."""
    why = f": “{inert(note, 200)}”" if note else f": it is {inert(reason, NAME_LIMIT)}" if reason else ""
    return Mrkdwn(f"Escalated to PagerDuty{by}{why}")
