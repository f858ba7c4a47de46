"""The modal that tells everything that is known of an alert, to read and to copy. Decides nothing and asks nothing."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from bot.alerts.asking import ModelCall
from bot.alerts.classification import Classification
from bot.alerts.dossier import Dossier, Shown
from bot.alerts.event import ErrorEvent
from bot.slack import storm_cards, story, words
from bot.slack.blocks import (
    Block,
    Element,
    line,
    linked,
    marked,
    named,
    packed,
    paragraph,
    plain,
    prose,
    rich,
    small,
    span,
)
from bot.slack.facts import TITLE_LIMIT, counts, place_of, said_by, state_line, title
from bot.slack.seen import seen
from bot.slack.text import Mrkdwn, counted, inert, joined, lasting, moment, one_line

_VALUE_LIMIT, _KEY_LIMIT = 300, 60
_MAX_TAGS, _MAX_EVIDENCE, _MAX_HISTORY, _MAX_TARGETS = 20, 10, 20, 10

Field = tuple[str, str | None]


def details(dossier: Dossier, now: datetime, calls: Sequence[ModelCall] = ()) -> Block:
    """Everything that is known of an alert, to read and to copy; `calls` of models about it, newest first."""
    verdict = dossier.classification
    parts: dict[str, Block | None] = {
        "subject": subject(dossier),
        "state": paragraph(state_line(dossier)),
        "counts": small(marked(counts(dossier.alert))),
        **(storm_cards.whole_list(dossier.storm) if dossier.storm else {}),
        **_group("facts", words.FACTS, _facts(dossier.event)),
        **_group("tags", words.TAGS, dossier.event.tags[:_MAX_TAGS]),
        **(_group("verdict", words.VERDICT, _verdict(dossier, verdict), spell=prose) if verdict else {}),
        **_history(dossier),
        **_targets(dossier, now),
        **seen(calls),
    }
    return {
        "type": "modal",
        "title": plain(words.DETAILS_TITLE),
        "close": plain(words.CLOSE),
        "blocks": named("details", parts),
    }


def subject(dossier: Dossier) -> Block:
    """What a modal is about: the card's title."""
    return rich(line(linked(title(dossier.event, TITLE_LIMIT), dossier.event.web_url, bold=True)))


def _heading(text: str) -> Block:
    return {"type": "header", "text": plain(text)}


def _as_it_is(text: str, limit: int) -> list[Element]:
    value = one_line(text, limit)
    return [span(value)] if value else []


def _group(
    name: str, heading: str, fields: Iterable[Field], *, spell: Callable[[str, int], list[Element]] = _as_it_is
) -> dict[str, Block | None]:
    """A heading and its fields, one a line; nothing where no field says anything."""
    told = [(one_line(key, _KEY_LIMIT), spell(value, _VALUE_LIMIT)) for key, value in fields if value]
    spans = [
        piece for key, value in told if key and value for piece in (span(f"{key}  ", bold=True), *value, span("\n"))
    ]
    if not spans:
        return {}
    return {f"{name}-title": _heading(heading), name: rich(line(*spans))}


def _facts(event: ErrorEvent) -> list[Field]:
    frame, request = event.crash_frame, event.request
    short = {
        "Issue": event.short_id,
        "Issue id": event.issue_id,
        "Event id": event.event_id,
        "Project": event.project,
        "Environment": event.environment,
        "Release": event.release,
        "Place": place_of(frame) if frame else None,
        "Culprit": event.culprit,
        "Transaction": event.transaction,
        "Request": " ".join(filter(None, (request.method, request.url))) if request else None,
        "Level": event.level,
        "Logger": event.logger,
        "Platform": event.platform,
        "Server": event.server_name,
        "Service": event.origin.service,
        "Region": event.origin.region,
        "Version": event.origin.version,
        "User": event.user,
        "Alert rule": event.rule,
        "Handled": None if event.handled is None else ("yes" if event.handled else "no"),
        "Removed before storage": ", ".join(f"{kind} × {count}" for kind, count in event.redacted),
    }
    return list(short.items())


def _verdict(dossier: Dossier, verdict: Classification) -> list[Field]:
    return [
        ("Severity", verdict.severity.value),
        ("Because", verdict.severity_reason),
        ("Category", verdict.category.value.replace("_", " ")),
        ("Why", verdict.root_cause),
        ("Do", verdict.suggested_action),
        ("Fix", f"≈ {words.FIX_TIMES[verdict.estimated_fix_time]}"),
        ("Said by", said_by(verdict, dossier.transitions)),
        ("Models", verdict.note),
        *(("Evidence", words.evidence(each)) for each in verdict.evidence[:_MAX_EVIDENCE]),
    ]


def _history(dossier: Dossier) -> dict[str, Block | None]:
    newest = dossier.transitions[-_MAX_HISTORY:]
    if not newest:
        return {}
    sections = packed([story.history(each, dossier) for each in newest])
    return {"history-title": _heading(words.HISTORY), **{f"history-{i}": each for i, each in enumerate(sections)}}


def _targets(dossier: Dossier, now: datetime) -> dict[str, Block | None]:
    known = sorted(dossier.targets.values(), key=lambda each: each.target)[:_MAX_TARGETS]
    if not known:
        return {}
    checked = [words.last_checked(dossier.sentry_checked_at)] if dossier.sentry_checked_at else []
    said = packed([*(shown_line(each, now) for each in known), *checked])
    return {"targets-title": _heading(words.TARGETS), **{f"targets-{i}": each for i, each in enumerate(said)}}


def shown_line(shown: Shown, now: datetime) -> Mrkdwn:
    """`slack card · shows version 34 since 14:09 · failing for 7 min, 3 attempts: ratelimited`."""
    failing = ""
    if shown.last_error:
        since = f" for {lasting(now - shown.failing_since)}" if shown.failing_since else ""
        failing = f"failing{since}, {counted(shown.attempts, 'attempt')}: {inert(shown.last_error, _VALUE_LIMIT)}"
    version = f"shows version {shown.version}" if shown.version else "not sent yet"
    since_when = f" since {moment(shown.shown_at)}" if shown.version and shown.shown_at else ""
    name = inert(shown.target.replace("_", " "), _KEY_LIMIT)
    return joined((name, Mrkdwn(f"{version}{since_when}"), Mrkdwn(failing)))
