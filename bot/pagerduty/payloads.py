"""A webhook's raw body → a `PagerDutyEvent`. The signature was checked before (see `bot.pagerduty.signature`).

Deliveries come at least once and in any order: tell them apart by `id`, order them by `occurred_at`.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from bot.alerts.incident import IncidentStatus
from bot.pagerduty.incidents import TITLE, named, names, status_from
from bot.untrusted.body import Object, identifier, mapping, moment, parse, string, whole
from bot.untrusted.text import Pen, web_address

_KEY = 255


class Happening(StrEnum):
    """What happened to an incident, as far as an alert cares."""

    TRIGGERED = "triggered"
    ACKNOWLEDGED = "acknowledged"
    UNACKNOWLEDGED = "unacknowledged"
    REASSIGNED = "reassigned"
    ESCALATED = "escalated"
    REOPENED = "reopened"
    RESOLVED = "resolved"
    PRIORITY_UPDATED = "priority_updated"
    OTHER = "other"
    """About no incident, or nothing that changes an alert: taken, and left at that."""


_HAPPENINGS = {f"incident.{happening.value}": happening for happening in Happening if happening is not Happening.OTHER}
_HAPPENINGS["incident.delegated"] = Happening.REASSIGNED
"""Delegated: reassigned to another escalation policy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PagerDutyEvent:
    """One delivery of a webhook v3. What PagerDuty left out is None or empty. Text is redacted, and untrusted."""

    id: str
    """The same for every attempt at one delivery; made from the body where PagerDuty gives none."""
    event_type: str
    """PagerDuty's own word: `incident.acknowledged` …"""
    happening: Happening
    occurred_at: datetime | None = None
    incident_id: str | None = None
    dedup_key: str | None = None
    """Of the event that opened the incident: see `bot.pagerduty.pages.dedup_key`."""
    status: IncidentStatus | None = None
    """Where the incident stood when the delivery was made."""
    number: int | None = None
    html_url: str | None = None
    title: str = ""
    assignees: tuple[str, ...] = ()
    agent: str | None = None
    """Who did it: a person's name, or an integration's."""
    by_person: bool = False
    """False for what an integration did, our own events among them, and for what PagerDuty did by itself."""
    by_integration: bool = False
    """Some program's event did it: ours, or Sentry's own integration's."""
    priority: str | None = None
    urgency: str | None = None


def understand(raw: bytes) -> PagerDutyEvent:
    """What a webhook's body says; one of an unknown type, or about no incident, means `OTHER`.

    Raises:
        Malformed: the body is no JSON object in UTF-8, or nested beyond reason.
    """
    event = mapping(parse(raw).get("event"))
    kind = string(event.get("event_type"))[:100].lower()
    data, pen, agent = _incident(event), Pen(), mapping(event.get("agent"))
    happening = _HAPPENINGS.get(kind, Happening.OTHER) if data else Happening.OTHER
    return PagerDutyEvent(
        id=identifier(event.get("id")) or f"body:{sha256(raw).hexdigest()}",
        event_type=pen.text(kind, 100) or "unknown",
        happening=happening,
        occurred_at=moment(event.get("occurred_at")),
        incident_id=identifier(data.get("id")),
        dedup_key=_dedup_key(data),
        status=status_from(data.get("status")),
        number=whole(data.get("number")),
        html_url=web_address(data.get("html_url")),
        title=pen.text(data.get("title"), TITLE) or "",
        assignees=names(data.get("assignees"), pen),
        agent=named(agent, pen),
        by_person=string(agent.get("type")).startswith("user"),
        by_integration="integration" in string(agent.get("type")),
        priority=named(data.get("priority"), pen),
        urgency=pen.text(data.get("urgency"), 20),
    )


def _incident(event: Object) -> Object:
    """The incident that the delivery is about; empty for one about a service, a note, a responder."""
    data = mapping(event.get("data"))
    kind = string(data.get("type")) or string(event.get("resource_type"))
    return data if kind in ("incident", "incident_reference") else {}


def _dedup_key(data: Object) -> str | None:
    key = string(data.get("incident_key"))
    return key if key and len(key) <= _KEY and key.isprintable() else None
