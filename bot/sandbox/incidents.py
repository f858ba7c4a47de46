"""PagerDuty's incidents in memory: what an event must look like, what it does, how an incident is shown. No wire."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from bot.sandbox.front import Turned
from bot.sandbox.values import Json

ACTIONS, SEVERITIES = ("trigger", "acknowledge", "resolve"), ("critical", "error", "warning", "info")
SUMMARY, KEY, ROUTING_KEY, LARGEST = 1024, 255, 32, 512 * 1024
SITE = "https://example-shop.pagerduty.example.com"
POLICY = "PEXPOL1"
BY_EVENT = "Events API V2"
"""What PagerDuty calls an integration whose event did something."""
FIRST, SECOND = "Ana Example", "Bo Example"
"""Who is on call, at level 1 and 2."""


@dataclass(slots=True)
class Incident:
    """One incident; `status` is PagerDuty's word."""

    id: str
    number: int
    key: str
    title: str
    severity: str
    created_at: float
    status: str = "triggered"
    assignees: list[str] = field(default_factory=lambda: [FIRST])
    acknowledged_by: str | None = None
    priority: str | None = None
    changed_at: float = 0.0
    changed_by: str = BY_EVENT
    triggers: int = 1
    """Events of the same key that were merged into it, the first included."""
    payload: Mapping[str, Any] = field(default_factory=dict)

    @property
    def open(self) -> bool:
        """It is not resolved."""
        return self.status != "resolved"

    def reference(self) -> Json:
        """What the webhooks' and the REST API's form of it have in common."""
        return {
            "id": self.id,
            "type": "incident",
            "self": f"https://api.pagerduty.example.com/incidents/{self.id}",
            "html_url": f"{SITE}/incidents/{self.id}",
            "status": self.status,
            "incident_key": self.key,
            "created_at": stamp(self.created_at),
            "title": self.title,
            "service": reference("service", "PEXSERV", "shop-api"),
            "escalation_policy": reference("escalation_policy", POLICY, "Example on-call"),
            "teams": [],
            "priority": reference("priority", f"PEX{self.priority}", self.priority) if self.priority else None,
            "urgency": "high" if self.severity in ("critical", "error") else "low",
        }

    def webhook(self) -> Json:
        """As `event.data` of a webhook shows it."""
        return self.reference() | {
            "number": self.number,
            "assignees": [person(name) for name in self.assignees],
            "conference_bridge": None,
            "resolve_reason": None,
        }

    def rest(self) -> Json:
        """As GET /incidents shows it."""
        at, acknowledged = stamp(self.changed_at), []
        if self.acknowledged_by:
            acknowledged = [{"at": at, "acknowledger": agent(self.acknowledged_by)}]
        return self.reference() | {
            "incident_number": self.number,
            "summary": f"[#{self.number}] {self.title}",
            "assignments": [{"at": at, "assignee": person(name)} for name in self.assignees],
            "acknowledgements": acknowledged,
            "last_status_change_at": at,
            "last_status_change_by": agent(self.changed_by),
        }


def check_event(body: Mapping[str, Any], size: int) -> None:
    """Refuse an event as the Events API does.

    Raises:
        Turned: 400 with every mistake, or 413.
    """
    if size > LARGEST:
        raise Turned(413, {"status": "payload too large", "message": "Event is larger than 512 kB", "errors": []})
    action, key = body.get("event_action"), body.get("dedup_key")
    problems = _text(body, "routing_key", ROUTING_KEY, needed=True)
    if not problems and len(str(body["routing_key"])) != ROUTING_KEY:
        problems.append(f"Length of 'routing_key' is incorrect (should be {ROUTING_KEY} characters)")
    if action not in ACTIONS:
        problems.append("'event_action' is invalid (must be one of the following: 'trigger', 'acknowledge', 'resolve')")
    problems += _text(body, "dedup_key", KEY, needed=action != "trigger")
    if isinstance(key, str) and not key.strip() and action != "trigger":
        problems.append("'dedup_key' is missing or blank")
    if action == "trigger":
        problems += _payload(body.get("payload")) + _links(body.get("links"))
        problems += _text(body, "client", KEY) + _text(body, "client_url", SUMMARY)
    if problems:
        raise Turned(400, {"status": "invalid event", "message": "Event object is invalid", "errors": problems})


def _payload(payload: object) -> list[str]:
    if not isinstance(payload, dict):
        return ["'payload' is missing or blank"]
    problems = _text(payload, "summary", SUMMARY, needed=True) + _text(payload, "source", KEY, needed=True)
    for name in ("timestamp", "component", "group", "class"):
        problems += _text(payload, name, KEY)
    if payload.get("severity") not in SEVERITIES:
        problems.append("'payload.severity' is invalid (must be one of 'critical', 'warning', 'error', 'info')")
    if not isinstance(payload.get("custom_details", {}), dict):
        problems.append("'payload.custom_details' must be an object")
    return problems


def _links(links: object) -> list[str]:
    if links is None:
        return []
    well = isinstance(links, list) and all(isinstance(link, dict) and _is_url(link.get("href")) for link in links)
    return [] if well else ["'links' must be a list of objects with a URL as 'href'"]


def _is_url(value: object) -> bool:
    return isinstance(value, str) and value.startswith(("https://", "http://"))


def _text(body: Mapping[str, Any], name: str, longest: int, *, needed: bool = False) -> list[str]:
    value = body.get(name)
    if value is None or value == "":
        return [f"'{name}' is missing or blank"] if needed else []
    if not isinstance(value, str):
        return [f"'{name}' must be a string"]
    return [f"'{name}' is longer than {longest} characters"] if len(value) > longest else []


def reference(kind: str, identity: str, name: str | None) -> Json:
    """How PagerDuty refers to anything."""
    return {
        "html_url": f"{SITE}/{kind}s/{identity}",
        "id": identity,
        "self": f"https://api.pagerduty.example.com/{kind}s/{identity}",
        "summary": name,
        "type": f"{kind}_reference",
    }


def person(name: str) -> Json:
    """A user of the account."""
    return reference("user", f"PEX{name.split()[0].upper()}", name)


def agent(name: str) -> Json:
    """Who did something: a user of the account, or an integration."""
    return reference("inbound_integration", "PEXINTE", name) if name == BY_EVENT else person(name)


def stamp(seconds: float) -> str:
    """A time as PagerDuty writes it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
