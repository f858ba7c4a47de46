"""PagerDuty's incident of an alert, as far as the alert's card shows it. Values only; reading them is elsewhere."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class IncidentStatus(StrEnum):
    """Where an incident stands."""

    TRIGGERED = "triggered"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True, kw_only=True)
class OnCall:
    """Somebody who is on call; level 1 is called first."""

    level: int
    name: str
    html_url: str | None = None
    until: datetime | None = None
    """None: for good, by no schedule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """An incident. Names are people's display names, never addresses; all text is redacted, and untrusted."""

    id: str
    number: int | None = None
    status: IncidentStatus
    title: str = ""
    dedup_key: str | None = None
    html_url: str | None = None
    priority: str | None = None
    urgency: str | None = None
    """`high` or `low`."""
    assignees: tuple[str, ...] = ()
    acknowledged_by: tuple[str, ...] = ()
    changed_at: datetime | None = None
    """When its status last changed."""
    changed_by: str | None = None
    escalation_policy: str | None = None
    """Its id, to ask who is on call."""
    on_call: tuple[OnCall, ...] = ()
    """Empty where nobody asked."""
    heard_at: datetime | None = None
    """When what was last heard of it happened, by PagerDuty's clock: anything older is no news."""
