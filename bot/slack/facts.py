"""What is known of an alert, as lines of text: what the card, the thread and the details modal all say the same way.

Lines that are plain text hold the event's own words, to go into plain_text and rich_text only. Lines of type
`Mrkdwn` are safe as they are. What is not known is left out.
"""

import re
from collections.abc import Sequence
from datetime import timedelta

from bot.alerts.alert import Action, Actor, Alert, Source, State, Transition
from bot.alerts.classification import Classification
from bot.alerts.dossier import Dossier
from bot.alerts.event import ErrorEvent, Frame
from bot.slack import words
from bot.slack.text import DOT, Mrkdwn, counted, inert, joined, lasting, moment, number, one_line
from bot.slack.words import NAME_LIMIT

TITLE_LIMIT = 180
_PLACE_LIMIT = 90
_SPOKEN_TITLE, _SPOKEN_NAME = 150, 40
"""A notification is read aloud, or shown in a line or two."""
_MAX_EVIDENCE = 5
_SAME_DAY = timedelta(hours=12)

_EMPTY_WORDS = frozenset(
    (
        *("", "error", "exception", "unknown", "unknown error", "untitled", "none", "null", "undefined"),
        *("<unknown>", "<unlabeled event>", "(no error message)", "(no message)", "[object object]"),
    )
)
"""Titles that say nothing: whatever else is known of the event says more."""
_COMMIT = re.compile(r"\b([0-9a-f]{12})[0-9a-f]{28}\b")


def sentence(dossier: Dossier) -> Mrkdwn:
    """The whole card in one sentence: all that a screen reader or a notification gets."""
    event, verdict = dossier.event, dossier.classification
    noun = _noun(event)
    kind = " ".join(filter(None, (verdict.severity.value, words.category(verdict.category), noun))) if verdict else noun
    place = joined((inert(event.project, _SPOKEN_NAME), inert(event.environment, _SPOKEN_NAME)), ", ")
    what = inert(title(event, TITLE_LIMIT).replace(": ", ", ", 1), _SPOKEN_TITLE)
    tally = joined(_tally(dossier.alert), ", ")
    state = f"{words.STATES[dossier.alert.state]}{_by_whom(dossier.alert)}"
    head = f"{kind[:1].upper()}{kind[1:]}{f' in {place}' if place else ''}"
    return Mrkdwn(f"{head}: {joined((what, tally, Mrkdwn(state)), '; ')}.")


def title(event: ErrorEvent, limit: int) -> str:
    """What broke, in the event's own words, from the best that is known of it. Plain text."""
    crash = event.crash
    raised = ": ".join(filter(None, map(_telling, (crash.type, crash.value)))) if crash else ""
    given = _telling(event.title)
    if raised.startswith(given.rstrip("….")):  # Sentry's own title is often the same, cut short
        given = raised
    others = (raised, event.message, event.culprit, event.transaction, event.rule, event.short_id)
    best = next(filter(None, map(_telling, (given, *others))), words.UNTITLED)
    return one_line(best, limit)


def _telling(text: str | None) -> str:
    line = one_line(text, 2 * TITLE_LIMIT)
    return "" if line.casefold() in _EMPTY_WORDS else line


def _noun(event: ErrorEvent) -> str:
    if event.resource == "metric_alert":
        return "metric alert"
    if event.logger == "csp":
        return "CSP report"
    return "error" if event.exceptions else "problem"


def place_of(frame: Frame) -> str:
    """`shop/db.py:42 in connect`. Plain text."""
    path = "/".join((frame.filename or "").split("/")[-3:])
    if path and frame.lineno:
        path = f"{path}:{frame.lineno}"
    return one_line(" in ".join(filter(None, (path or frame.module, frame.function))), _PLACE_LIMIT)


def where_it_broke(event: ErrorEvent) -> str:
    """The place in the code, then project, environment and release. Plain text."""
    frame = event.crash_frame
    place = (place_of(frame) if frame else "") or _telling(event.culprit) or _telling(event.transaction)
    parts = (
        words.TEST_NOTIFICATION if event.sample else "",
        "" if place == title(event, TITLE_LIMIT) else one_line(place, _PLACE_LIMIT),
        one_line(event.project or event.origin.service, NAME_LIMIT),
        one_line(event.environment, NAME_LIMIT),
        one_line(event.origin.region, NAME_LIMIT),
        release(event.release),
    )
    return DOT.join(filter(None, parts))


def release(name: str | None) -> str:
    """A release, with commit hashes as short as people say them. Plain text."""
    return one_line(_COMMIT.sub(r"\1", one_line(name, 250)), NAME_LIMIT)


def said_by(verdict: Classification, transitions: Sequence[Transition]) -> str:
    """Who gave the verdict, how sure, and which facts decided. Plain text."""
    if verdict.made_by.startswith("user:"):
        user = verdict.made_by.removeprefix("user:")
        names = (t.actor.name for t in reversed(transitions) if t.actor.source is Source.USER and t.actor.id == user)
        said = f"corrected by {one_line(next(names, ''), NAME_LIMIT) or words.maker(verdict.made_by)}"
        reason = one_line(verdict.reason, 200)
        return f"{said}: {reason}" if reason else said
    said = f"{one_line(verdict.made_by, NAME_LIMIT)}, {words.sureness(verdict.confidence)}"
    sources = list(dict.fromkeys(filter(None, (one_line(e.source, 40) for e in verdict.evidence))))
    return f"{said}{DOT}evidence: {', '.join(sources[:_MAX_EVIDENCE])}" if sources else said


def _tally(alert: Alert) -> list[Mrkdwn]:
    numbers = alert.counts
    known = numbers.events or numbers.sentry_events  # `total` is at least one, also where nobody counted
    events = Mrkdwn(counted(numbers.total, "event")) if known else Mrkdwn("")
    return [events, Mrkdwn(counted(numbers.affected, "user")) if numbers.affected else Mrkdwn("")]


def counts(alert: Alert) -> Mrkdwn:
    """How often, for how many, since when, and how many were folded in silently."""
    if alert.first_seen == alert.last_seen:
        seen = [Mrkdwn(f"seen {moment(alert.first_seen)}")]
    else:
        same_day = alert.last_seen - alert.first_seen < _SAME_DAY
        last = moment(alert.last_seen, "{time}") if same_day else moment(alert.last_seen)
        seen = [Mrkdwn(f"first seen {moment(alert.first_seen)}"), Mrkdwn(f"last {last}")]
    folded = alert.counts.suppressed
    return joined((*_tally(alert), *seen, Mrkdwn(f"+{number(folded)} folded") if folded else None))


def brief_counts(alert: Alert) -> Mrkdwn:
    """How often, for how many, and when last: enough for a card that asks for nothing."""
    return joined((*_tally(alert), Mrkdwn(f"last {moment(alert.last_seen)}")))


def _by_whom(alert: Alert) -> Mrkdwn:
    if alert.state in (State.OPEN, State.REGRESSED):
        return Mrkdwn("")
    return words.told_by(_holder(alert))


def _holder(alert: Alert) -> Actor:
    """Who has it, else who brought it to where it stands."""
    has_it = alert.standing.owner if alert.state is State.ACKNOWLEDGED else None
    return has_it or alert.standing.by


def state_line(dossier: Dossier) -> Mrkdwn:
    """Where it stands, by whom, since when, and what happens next."""
    alert = dossier.alert
    standing, since = alert.standing, moment(alert.standing.since)
    if alert.state is State.ACKNOWLEDGED:
        return Mrkdwn(f"{words.who(_holder(alert))} has it since {since}")
    if alert.state is State.RESOLVED:
        return Mrkdwn(f"Resolved{words.told_by(standing.by)} {since}{DOT}{words.COMES_BACK}")
    if alert.state is State.SNOOZED:
        end = (words.until(standing.snooze) if standing.snooze else None) or since
        return joined((Mrkdwn(f"Snoozed{words.told_by(standing.by)} {end}"), _meanwhile(alert)))
    if alert.state is State.REGRESSED:
        return joined((back_again(dossier), _assigned(dossier)))
    return joined((Mrkdwn(f"Open since {since}"), _assigned(dossier)))


def _meanwhile(alert: Alert) -> Mrkdwn | None:
    snooze = alert.standing.snooze
    more = alert.counts.total - snooze.count_at_start if snooze else 0
    return Mrkdwn(f"{number(more)} more since") if more > 0 else None


def back_again(dossier: Dossier) -> Mrkdwn:
    """`Back after 3 days in shop@4.3.0 · resolved before by Ana`, as far as that is known."""
    standing = dossier.alert.standing
    last = next((t for t in reversed(dossier.transitions) if t.action is Action.REGRESSED), None)
    if last is None:
        return Mrkdwn(f"Back since {moment(standing.since)}")
    away = lasting(last.at - last.before.since)
    version = inert(release(str(last.detail.get("release", ""))), NAME_LIMIT)
    resolver = words.told_by(last.before.by)
    before = Mrkdwn(f"resolved before{resolver}") if resolver else None
    return joined((Mrkdwn(f"Back after {away}{f' in {version}' if version else ''}"), before))


def _assigned(dossier: Dossier) -> Mrkdwn:
    moves = (t for t in reversed(dossier.transitions) if t.action is Action.ASSIGNED)
    assignee = inert(str(next((t.detail.get("assignee", "") for t in moves), "")), NAME_LIMIT)
    return Mrkdwn(f"assigned in Sentry to {assignee}") if assignee else words.NOBODY_YET
