"""What grouping remembers of an alert between two batches, and how such a life begins. Pure values."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.alerts.alert import Actor, Alert, Counts, Source, Standing, Transition
from bot.alerts.event import Delivery, ErrorEvent, Meaning

NAME_LIMIT = 200
"""Characters of a name that the audit log keeps."""

SOON = timedelta(seconds=2)
"""How long counts wait at least, so that one change of the card shows many events."""
_WHOLE = frozenset({"activity_alert"})
"""Resources whose remarks bring the whole issue along."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """An alert, and what must be remembered of its past to judge the next delivery."""

    alert: Alert
    loud_at: datetime | None = None
    """When an occurrence was last not folded: the duplicate window begins there."""
    folded: int = 0
    """Occurrences folded since then."""
    lined_at: datetime | None = None
    """When a recurrence was last written into the audit log."""
    resources: tuple[str, ...] = ()
    """The resources of which a delivery was read in full."""
    variants: tuple[str, ...] = ()
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A delivery, and what of it the database had not seen before."""

    delivery: Delivery
    new_event: bool = True
    new_user: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Folded:
    """What a batch did to an alert; `life` is the very same object where it did nothing."""

    life: Life
    transitions: tuple[Transition, ...] = ()
    read: tuple[tuple[Delivery, ErrorEvent], ...] = ()
    """What was read in full, to be merged and kept."""
    news: bool = False
    """Somebody should hear of it now, not just at the next update."""


def creates(delivery: Delivery) -> bool:
    """Whether the delivery makes an alert of an issue that has none; most remarks do not say what they are about."""
    if delivery.issue_key is None or delivery.meaning is Meaning.OTHER:
        return False
    return delivery.meaning is not Meaning.REMARK or delivery.resource in _WHOLE


def born(alert_id: int, delivery: Delivery) -> Life:
    """The life, before its first `fold`, of an alert that `delivery` creates: version 0, not yet opened."""
    at, seen = delivery.received_at, seen_at(delivery)
    alert = Alert(
        id=alert_id,
        issue_key=delivery.issue_key or delivery.id,
        standing=Standing(since=at, by=sentry_actor(None)),
        counts=Counts(),
        first_seen=seen,
        last_seen=seen,
        created_at=at,
        version=0,
    )
    return Life(alert=alert)


def passive_delay(age: timedelta) -> timedelta:
    """How long mere counts may wait to be shown: the older the alert, the calmer we are."""
    return min(max(age / 20, SOON), timedelta(seconds=60))


def seen_at(delivery: Delivery) -> datetime:
    """When it happened, as far as the delivery says; a client's clock that runs ahead cannot put it in the future."""
    return min(delivery.occurred_at or delivery.received_at, delivery.received_at)


def sentry_actor(name: str | None) -> Actor:
    """Somebody in Sentry, or Sentry itself."""
    return Actor(source=Source.SENTRY, name=(name or "Sentry")[:NAME_LIMIT])
