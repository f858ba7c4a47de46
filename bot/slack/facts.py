"""What is known of an alert, as lines of text: what the card, the thread and the details modal all say the same way.

Lines that are plain text hold the event's own words, to go into plain_text and rich_text only. Lines of type
`Mrkdwn` are safe as they are. What is not known is left out.
"""

import re
from collections.abc import Sequence
from datetime import timedelta

from bot.alerts.alert import Action, Actor, Alert, Source, State, Transition
from bot.alerts.asking import Asked, AskState
from bot.alerts.classification import Classification, Severity
from bot.alerts.dossier import Dossier
from bot.alerts.event import ErrorEvent, Frame
from bot.slack import words, words_learning, words_plan, words_storms
from bot.slack.text import DOT, Mrkdwn, counted, inert, joined, lasting, moment, number, one_line
from bot.slack.words import NAME_LIMIT

TITLE_LIMIT = 180
_PLACE_LIMIT = 90
_SPOKEN_TITLE, _SPOKEN_NAME = 150, 40
"""A notification is read aloud, or shown in a line or two."""
_MAX_EVIDENCE, _REASON_LIMIT = 5, 140
_SAME_DAY = timedelta(hours=12)
_LASTING = timedelta(seconds=15)
"""Trouble that is over sooner is not worth a word."""

_EMPTY_WORDS = frozenset(
    (
        *("", "error", "exception", "unknown", "unknown error", "untitled", "none", "null", "undefined"),
        *("<unknown>", "<unlabeled event>", "(no error message)", "(no message)", "[object object]"),
        *("<anonymous>", "?(<anonymous>)"),
    )
)
"""Titles that say nothing: whatever else is known of the event says more."""
_NAMELESS = re.compile(r"(?:\w+\.)?<\w+>|\?")
"""What runtimes call code outside any function: `<module>`, `null.<anonymous>`, `?`."""
_ALARM = re.compile(r"(?:critical|warning|resolved): +", re.IGNORECASE)
_COMMIT = re.compile(r"\b([0-9a-f]{12})[0-9a-f]{28}\b")


def sentence(dossier: Dossier) -> Mrkdwn:
    """The whole card in one sentence: all that a screen reader or a notification gets."""
    event, verdict = dossier.event, dossier.classification
    noun = _noun(event)
    kind = " ".join(filter(None, (verdict.severity.value, words.category(verdict.category), noun))) if verdict else noun
    place = joined((inert(event.project, _SPOKEN_NAME), inert(event.environment, _SPOKEN_NAME)), ", ")
    what = inert(headline(dossier).replace(": ", ", ", 1), _SPOKEN_TITLE)
    tally = joined(_tally(dossier.alert), ", ")
    back = f"{words.STATES[State.REGRESSED]}, " if _called_back(dossier) else ""
    state = f"{back}{words.STATES[dossier.alert.state]}{_by_whom(dossier.alert)}"
    head = f"{kind[:1].upper()}{kind[1:]}{f' in {place}' if place else ''}"
    return Mrkdwn(f"{head}: {joined((what, tally, Mrkdwn(state)), '; ')}.")


def headline(dossier: Dossier) -> str:
    """What broke; of a storm, how many share what. Plain text."""
    return words_storms.headline(dossier.storm) if dossier.storm else title(dossier.event, TITLE_LIMIT)


def title(event: ErrorEvent, limit: int) -> str:
    """What broke, in the event's own words, from the best that is known of it. Plain text."""
    crash = event.crash
    raised = ": ".join(filter(None, map(_telling, (crash.type, crash.value)))) if crash else ""
    heading = event.title
    if event.resource == "metric_alert":  # how bad it is, and whether it is over, the card says itself
        heading = _ALARM.sub("", heading, count=1) or heading
    given = _telling(heading)
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
    if event.resource == "storm":
        return words_storms.NOUN
    if event.logger == "csp":
        return "CSP report"
    return "error" if event.exceptions else "problem"


def place_of(frame: Frame) -> str:
    """`shop/db.py:42 in connect`: the end of the path is what people know a file by. Plain text."""
    path = _tail(frame.filename)
    if path and frame.lineno:
        path = f"{path}:{frame.lineno}"
    function = "" if _NAMELESS.fullmatch(frame.function or "") else frame.function
    return one_line(" in ".join(filter(None, (path or _tail(frame.module), function))), _PLACE_LIMIT)


def _tail(path: str | None) -> str:
    return "/".join((path or "").replace("\\", "/").split("/")[-3:])


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
    """Who gave the verdict, and how sure. Plain text."""
    if verdict.made_by.startswith("user:"):
        user = verdict.made_by.removeprefix("user:")
        names = (t.actor.name for t in reversed(transitions) if t.actor.source is Source.USER and t.actor.id == user)
        name = one_line(next(names, ""), NAME_LIMIT)
        return words.corrected(name or words.maker(verdict.made_by), one_line(verdict.reason, 200))
    return DOT.join(
        filter(
            None,
            (
                f"{one_line(verdict.made_by, NAME_LIMIT)}, {words.sureness(verdict.confidence)}",
                words_learning.taught(one_line(verdict.taught_by, 120)) if verdict.taught_by else "",
                _model(verdict),
            ),
        )
    )


def _model(verdict: Classification) -> str:
    """A model's share in the verdict, and what it cost. Plain text."""
    if not verdict.model:
        return ""
    price = words.SHARED_ANSWER if verdict.shared else words.cost(verdict.cost_usd)
    return (
        price
        if verdict.made_by == verdict.model
        else f"{words.checked_by(one_line(verdict.model, NAME_LIMIT))}, {price}"
    )


def no_answer(asked: Asked | None) -> Mrkdwn | None:
    """Why no model had its say, where one should have had."""
    if asked is None or not asked.problem or asked.state not in (AskState.NO_BUDGET, AskState.GIVEN_UP):
        return None
    again = Mrkdwn(f"asked again {moment(asked.next_try_at)}") if asked.next_try_at else None
    reason = inert(asked.problem, _REASON_LIMIT)
    return joined((reason if asked.state is AskState.NO_BUDGET else Mrkdwn(f"No model's word: {reason}"), again))


def grounds(verdict: Classification) -> str:
    """Which facts decided the category, and why it is that bad; a person's word needs neither. Plain text."""
    if verdict.made_by.startswith("user:"):
        return ""
    for_kind = (each for each in verdict.evidence if each.speaks_for not in set(Severity))
    sources = list(dict.fromkeys(filter(None, (one_line(each.source, 40) for each in for_kind))))
    evidence = f"evidence: {', '.join(sources[:_MAX_EVIDENCE])}" if sources else ""
    reason = one_line(verdict.severity_reason, _REASON_LIMIT).rstrip(".")
    if reason[1:2].islower() or reason[1:2] == " ":  # a sentence's capital, not a name of capitals
        reason = reason[:1].lower() + reason[1:]
    return DOT.join(filter(None, (evidence, f"{verdict.severity.value}: {reason}" if reason else "")))


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
    if dossier.storm and dossier.storm.ended_at and standing.by.source is Source.TIMER:
        return words_storms.over(dossier.storm)
    if alert.state is State.RESOLVED:
        return Mrkdwn(f"Resolved{words.told_by(standing.by)} {since}{DOT}{words.COMES_BACK}")
    if alert.state is State.VERIFIED:
        return _verified(dossier)
    if alert.state is State.SNOOZED:
        end = (words.until(standing.snooze) if standing.snooze else None) or since
        return joined((Mrkdwn(f"Snoozed{words.told_by(standing.by)} {end}"), _meanwhile(alert)))
    if alert.state is State.REGRESSED:
        return joined((back_again(dossier), _assigned(dossier)))
    if alert.state is State.ESCALATED:
        back = back_again(dossier) if _called_back(dossier) else None
        return joined((back, Mrkdwn(f"Escalated{words.told_by(standing.by)} {since}"), _assigned(dossier)))
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


def _called_back(dossier: Dossier) -> bool:
    """Whether somebody is called because it came back."""
    called = (t for t in reversed(dossier.transitions) if t.action is Action.ESCALATED)
    before = next((t.before.state for t in called), None)
    return dossier.alert.state is State.ESCALATED and before is State.REGRESSED


def troubles(dossier: Dossier) -> list[Mrkdwn]:
    """Which other places are behind, since when and why; not where the next try will most likely mend it."""
    known = [(words.PLACES[name], dossier.targets[name]) for name in words.PLACES if name in dossier.targets]
    return [
        words.behind(place, shown.failing_since, shown.last_error)
        for place, shown in known
        if shown.failing_since and shown.next_try_at and shown.next_try_at - shown.failing_since >= _LASTING
    ]


def _verified(dossier: Dossier) -> Mrkdwn:
    """`No events for 24 h (was 130/h), in release shop@4.2.1 · resolved by Ana`."""
    moves = [t for t in reversed(dossier.transitions) if t.after.state is State.VERIFIED]
    held = next((words_plan.verified(t) for t in moves if t.action is Action.VERIFIED), Mrkdwn("Verified"))
    resolver = next((t.before.by for t in moves if t.action is Action.VERIFIED), None)
    return joined((held, Mrkdwn(f"resolved{words.told_by(resolver)}") if resolver else None))


def _assigned(dossier: Dossier) -> Mrkdwn:
    owner = dossier.alert.standing.owner
    if owner is not None:
        return Mrkdwn(f"assigned to {words.who(owner)}")
    theirs = [t for t in dossier.transitions if t.action is Action.ASSIGNED and t.actor.source is Source.SENTRY]
    moves = reversed(theirs)
    assignee = inert(str(next((t.detail.get("assignee", "") for t in moves), "")), NAME_LIMIT)
    return Mrkdwn(f"assigned in Sentry to {assignee}") if assignee else words.NOBODY_YET
