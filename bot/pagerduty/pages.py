"""What a page says: an alert in the fields of PagerDuty's Events API, within its limits. Pure.

Nothing here decides whether somebody is paged.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from bot.alerts.alert import Action
from bot.alerts.classification import Classification, Severity
from bot.alerts.dossier import Dossier
from bot.untrusted.text import web_address

SUMMARY, KEY = 1024, 255
"""PagerDuty's limits, in characters."""
LARGEST = 512_000
"""Bytes of a whole event. Whether PagerDuty's kB has 1,000 or 1,024 of them does not matter below both."""
TOO_LARGE = "The details are left out: with them the event would be larger than PagerDuty's 512 kB."
CLIENT = "triage"
_SEVERITIES = {
    Severity.CRITICAL: "critical",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "info",
}
_FIELD = 255


class EventAction(StrEnum):
    """What an event asks of PagerDuty."""

    TRIGGER = "trigger"
    ACKNOWLEDGE = "acknowledge"
    RESOLVE = "resolve"


@dataclass(frozen=True, slots=True)
class Link:
    """A link on the incident."""

    href: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What a trigger says besides its key."""

    summary: str
    severity: str
    """PagerDuty's word: critical, error, warning or info."""
    source: str
    at: datetime | None = None
    component: str | None = None
    group: str | None = None
    kind: str | None = None
    """PagerDuty's `class`."""
    details: Mapping[str, object]
    links: tuple[Link, ...] = ()


def dedup_key(dossier: Dossier) -> str:
    """What PagerDuty knows the incident by: the issue's short id, as in Sentry's own integration, so that both merge.

    Where the short id is not known it is `sentry-issue-<id>`, and for what is no issue the alert's own key. A short id
    may become known later: whoever has paged keeps to the key that was used then.
    """
    issue = dossier.alert.issue_key.removeprefix("sentry:")
    other = f"sentry-issue-{issue}" if issue != dossier.alert.issue_key else f"sentry-{issue}"
    key = " ".join((dossier.event.short_id or other).split())
    return key if len(key) <= KEY else f"{key[:200]}-{sha256(key.encode()).hexdigest()[:16]}"


def page(dossier: Dossier, *, thread_url: str | None = None) -> Page:
    """What to tell whoever is on call; `thread_url` is the Slack thread's."""
    event, verdict = dossier.event, dossier.classification
    where = " · ".join(filter(None, (event.project, event.environment)))
    title = f"{event.title} ({where})" if where else event.title
    places = ((web_address(event.web_url), "Sentry issue"), (web_address(thread_url), "Slack thread"))
    return Page(
        summary=_cut(title, SUMMARY),
        severity=_SEVERITIES[verdict.severity] if verdict else "error",
        source=_cut(event.server_name or event.project or "sentry", _FIELD),
        at=dossier.alert.first_seen,
        component=event.project and _cut(event.project, _FIELD),
        group=event.environment and _cut(event.environment, _FIELD),
        kind=verdict.category.value if verdict else None,
        details=_details(dossier),
        links=tuple(Link(url, text) for url, text in places if url),
    )


def _details(dossier: Dossier) -> dict[str, object]:
    event, counts = dossier.event, dossier.alert.counts
    known = {
        "culprit": event.culprit,
        "release": event.release,
        "environment": event.environment,
        "events": counts.total,
        "users": counts.affected,
        "short_id": event.short_id,
        **_asked(dossier),
    }
    return (_verdict(dossier.classification) if dossier.classification else {}) | {
        name: value for name, value in known.items() if value
    }


def _asked(dossier: Dossier) -> dict[str, object]:
    """Who wants somebody to come, and what they said to it."""
    last = next((made for made in reversed(dossier.transitions) if made.action is Action.ESCALATED), None)
    return {"escalated_by": last.actor.name, "note": last.detail.get("note")} if last else {}


def _verdict(verdict: Classification) -> dict[str, object]:
    said = {
        "severity": verdict.severity.value,
        "category": verdict.category.value,
        "root_cause": verdict.root_cause,
        "suggested_action": verdict.suggested_action,
        "estimated_fix_time": verdict.estimated_fix_time.value,
        "confidence": f"{verdict.confidence:.0%}",
        "made_by": verdict.made_by,
        "severity_reason": verdict.severity_reason,
        "evidence": [f"{fact.source}: {fact.text}" for fact in verdict.evidence],
    }
    return {name: value for name, value in said.items() if value}


def event_body(routing_key: str, action: EventAction, key: str, what: Page | None = None) -> dict[str, object]:
    """One event as PagerDuty wants it. `what` is for a trigger; details that make it too large are explained away."""
    body: dict[str, object] = {"routing_key": routing_key, "event_action": action.value, "dedup_key": key}
    if what is None:
        return body
    body |= {"payload": _payload(what, what.details), "links": _links(what.links), "client": CLIENT}
    if what.links:
        body["client_url"] = what.links[0].href
    if len(json.dumps(body).encode()) > LARGEST:
        body["payload"] = _payload(what, {"note": TOO_LARGE})
    return body


def _payload(what: Page, details: Mapping[str, object]) -> dict[str, object]:
    said = {
        "summary": what.summary,
        "source": what.source,
        "severity": what.severity,
        "timestamp": what.at and what.at.isoformat(),
        "component": what.component,
        "group": what.group,
        "class": what.kind,
        "custom_details": dict(details),
    }
    return {name: value for name, value in said.items() if value is not None}


def _links(links: Sequence[Link]) -> list[dict[str, str]]:
    return [{"href": link.href, "text": link.text} for link in links]


def _cut(text: str, limit: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"
