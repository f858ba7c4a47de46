"""Answers a question from our own records alone: what people get when no model is configured, or when it fails.

It does not understand the question; it looks for the words by which people ask for one of the things it knows.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

from bot.alerts.alert import State
from bot.alerts.classification import Severity
from bot.alerts.question import Answer
from bot.assist.casefile import AROUND, HOURS, CaseFile
from bot.assist.phrases import advice, at, by, called, code, ended, resolved, said
from bot.assist.topics import topics
from bot.slack.facts import place_of, said_by
from bot.slack.text import counted, lasting, number
from bot.slack.words import FIX_TIMES

_MAX_BULLETS = 4
Lines = list[str]


def answer(question: str, case: CaseFile, *, note: str) -> Answer:
    """The parts of the records that the question's words ask for; all that matter most where they ask for none."""
    wanted = topics(question)
    parts: list[str] = []
    sources: dict[str, None] = {}
    for name in wanted or _USUAL:
        tell, source = _TOPICS[name]
        lines = tell(case) or ([_NOTHING[name]] if name in wanted else [])
        if lines:
            parts.append("\n".join(lines))
            sources[source] = None
    text = "\n".join(parts) or "I have nothing on record about this alert beyond what its card and thread say."
    return Answer(text=text, sources=tuple(sources), note=note)


def _cause(case: CaseFile) -> Lines:
    verdict, event = case.dossier.classification, case.dossier.event
    lines: Lines = []
    if verdict and verdict.root_cause:
        who = said_by(verdict, case.dossier.transitions)
        lines.append(f"**Likely cause:** {advice(verdict.root_cause, 400)} ({said(who, 120)})")
        grounds = [each for each in verdict.evidence if each.speaks_for not in set(Severity)]
        lines += [f"- evidence, {said(each.source, 40)}: “{said(each.text, 160)}”" for each in grounds[:3]]
    frame = event.crash_frame
    if frame and place_of(frame):
        line = code(frame.context_line, 160)
        lines.append(f"It breaks at {code(place_of(frame), 120)}{f': {line}' if line else ''}.")
    loud = next((c for c in reversed(event.breadcrumbs) if c.level in ("error", "fatal", "warning")), None)
    if loud and loud.message:
        lines.append(f"Shortly before: “{said(loud.message, 200)}” ({said(loud.category or 'breadcrumb', 40)}).")
    return lines


def _fix(case: CaseFile) -> Lines:
    helped = [other for other in case.similar if other.ended and not other.came_back]
    lines = [f"**What ended it before:** {code(called(other), 60)} was {ended(other)}." for other in helped[:1]]
    verdict = case.dossier.classification
    if verdict and verdict.suggested_action:
        about = f" (takes about {FIX_TIMES[verdict.estimated_fix_time]})"
        lines.append(f"**Suggested:** {advice(verdict.suggested_action, 400)}{about}")
    return lines


def _similar(case: CaseFile) -> Lines:
    lines: Lines = []
    if case.similar:
        lines.append(f"**Seen before:** {counted(len(case.similar), 'alert')} like this one.")
        for other in case.similar[:_MAX_BULLETS]:
            lines.append(f"- {code(called(other), 60)}, {other.likeness.value}: {ended(other)}")
    if case.returns:
        lines.append(f"**This alert itself** came back {counted(len(case.returns), 'time')}:")
    for back in case.returns[:3]:
        release = code(str(back.detail.get("release", "")), 80)
        away = lasting(back.at - back.before.since)
        lines.append(
            f"- resolved{by(back.before.by)}, back {at(back.at)} after {away}{f' in {release}' if release else ''}"
        )
    return lines


def _rate(case: CaseFile) -> Lines:
    alert = case.dossier.alert
    users = f" for {counted(alert.counts.affected, 'user')}" if alert.counts.affected else ""
    once = alert.last_seen - alert.first_seen < timedelta(minutes=1)
    seen = f"at {at(alert.first_seen)}" if once else f"from {at(alert.first_seen)} to {at(alert.last_seen)}"
    lines = [f"**How often:** {counted(alert.counts.total, 'event')}{users}, {seen}."]
    age, recent = case.now - alert.created_at, sum(case.hours)
    if recent > 1 and age < timedelta(hours=2):
        lines.append(f"{number(recent)} of them reached me in the {lasting(age)} since the first one.")
    elif recent > 1:
        lines.append(f"Of those, {number(recent)} reached me in the last {HOURS} hours: {_trend(case.hours)}.")
    return lines


def _trend(hours: Sequence[int]) -> str:
    last, before = hours[-1], hours[-2]
    peak = max(range(len(hours)), key=lambda hour: hours[hour])
    ago = len(hours) - 1 - peak
    now = f"{number(last)} in the last hour, {number(before)} in the hour before"
    if last > 2 * max(before, 1):
        return f"{now}, so it is rising"
    if not last and not before:
        return f"none in the last two; most of them ({number(hours[peak])}) {ago} hours ago"
    return f"{now}, so it is falling" if before > 2 * max(last, 1) else f"{now}, so it is steady"


def _changes(case: CaseFile) -> Lines:
    lines: Lines = []
    if case.releases:
        first = min(case.releases, key=lambda each: each.first)
        told = ", ".join(f"{code(each.release, 80)} since {at(each.first)}" for each in case.releases[:3])
        only = " and in no other on record" if len(case.releases) == 1 else f"; the first was {code(first.release, 80)}"
        lines.append(f"**Releases:** seen in {told}{only}.")
    if case.neighbours:
        span = lasting(AROUND)
        lines.append(f"**At the same time:** other alerts that began within {span} before or after this one:")
        for other in case.neighbours[:_MAX_BULLETS]:
            name = code(other.short_id, 60) or said(other.project, 60) or "another alert"
            lines.append(f"- {at(other.at)} {name}: {said(other.title, 140)}")
    return lines


def _who(case: CaseFile) -> Lines:
    alert = case.dossier.alert
    standing = alert.standing
    if alert.state is State.ACKNOWLEDGED and standing.owner:
        return [f"**Who has it:** {said(standing.owner.name, 60) or 'somebody'}, since {at(standing.since)}."]
    if alert.state.quiet:
        return [f"**Where it stands:** {alert.state.value}{by(standing.by)} since {at(standing.since)}."]
    return [f"**Who has it:** nobody yet; it is {alert.state.value} since {at(standing.since)}."]


def _before(case: CaseFile) -> Lines:
    crumbs = [crumb for crumb in case.dossier.event.breadcrumbs if crumb.message or crumb.category][-6:]
    lines = ["**What went before, newest last:**"] if crumbs else []
    for crumb in crumbs:
        when = f"{at(crumb.at)} " if crumb.at else ""
        lines.append(f"- {when}{' '.join(filter(None, (code(crumb.category, 40), said(crumb.message, 160))))}")
    return lines


def _where(case: CaseFile) -> Lines:
    crash = case.dossier.event.crash
    frames = [frame for frame in reversed(crash.frames) if place_of(frame)] if crash else []
    own = [frame for frame in frames if frame.in_app] or frames
    lines = ["**Where it breaks, newest call first:**"] if own else []
    for frame in own[:5]:
        line = code(frame.context_line, 140)
        lines.append(f"- {code(place_of(frame), 120)}{f': {line}' if line else ''}")
    return lines


def _history(case: CaseFile) -> Lines:
    alert = case.dossier.alert
    age = lasting(case.now - alert.created_at) if case.now - alert.created_at > timedelta() else "0 s"
    moves = [t for t in case.dossier.transitions if t.before.state is not t.after.state][-5:]
    lines = [f"**Its history:** known to me since {at(alert.created_at)} ({age}), {alert.state.value} now."]
    for move in moves:
        other = f"{move.action.value}{by(move.actor)} {at(move.at)}"
        lines.append(f"- {resolved(move) if move.after.state is State.RESOLVED else other}")
    return lines


_TOPICS: Mapping[str, tuple[Callable[[CaseFile], Lines], str]] = {
    "cause": (_cause, "the classification and its evidence"),
    "fix": (_fix, "what ended similar alerts"),
    "similar": (_similar, "similar alerts"),
    "rate": (_rate, "event counts"),
    "changes": (_changes, "releases and alerts of the same time"),
    "who": (_who, "the alert's state"),
    "before": (_before, "breadcrumbs"),
    "where": (_where, "the stack trace"),
    "history": (_history, "the alert's history"),
}
_USUAL = ("cause", "fix", "similar", "rate", "changes")
_NOTHING: Mapping[str, str] = {
    "cause": "I have no verdict on this alert yet.",
    "fix": "Nothing on record says what fixes this: no similar alert was resolved so far.",
    "similar": "I have no other alert like this one on record, and this one itself has not come back after a fix.",
    "rate": "I have no counts for this alert.",
    "changes": "I know no release of this error, and no other alert began at about the same time.",
    "who": "I do not know who has it.",
    "before": "Sentry sent no breadcrumbs with this.",
    "where": "Sentry sent no stack trace with this.",
    "history": "Nothing has happened to this alert yet.",
}
