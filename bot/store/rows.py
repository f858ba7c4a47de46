"""Between the tables' rows and the domain's values: each translation once, in both directions where both are needed."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import RowMapping

from bot.alerts.alert import Action, Actor, Alert, Counts, Source, Transition
from bot.alerts.dossier import Shown
from bot.alerts.event import Delivery, ErrorEvent
from bot.alerts.life import Life
from bot.store.codec import KEY_LIMIT, bounded_count, key, scrub_text
from bot.store.tables import alerts, targets

Columns = dict[str, Any]
MAX_BODY = 256 * 1024
"""Bytes kept of a body that was not understood."""
COUNTS = (
    alerts.c.events,
    alerts.c.suppressed,
    alerts.c.users,
    alerts.c.sentry_events,
    alerts.c.sentry_users,
)
"""What `counts_from` needs of a row."""
ALERT = (
    alerts.c.id,
    alerts.c.issue_key,
    alerts.c.standing,
    *COUNTS,
    alerts.c.first_seen,
    alerts.c.last_seen,
    alerts.c.created_at,
    alerts.c.version,
)
"""What `alert_from` needs of a row."""
LIFE = (
    *ALERT,
    alerts.c.loud_at,
    alerts.c.folded,
    alerts.c.lined_at,
    alerts.c.resources,
    alerts.c.variants,
    alerts.c.due_at,
)
SHOWN = tuple(column for column in targets.c if column.name != "alert_id")


def alert_from(row: RowMapping) -> Alert:
    """An alert from a row with the columns `ALERT`."""
    return Alert(
        id=row["id"],
        issue_key=row["issue_key"],
        standing=row["standing"],
        counts=counts_from(row),
        first_seen=row["first_seen"],
        last_seen=row["last_seen"],
        created_at=row["created_at"],
        version=row["version"],
    )


def counts_from(row: RowMapping) -> Counts:
    """The counts from a row with the columns `COUNTS`."""
    return Counts(
        events=row["events"],
        suppressed=row["suppressed"],
        users=row["users"],
        sentry_events=row["sentry_events"],
        sentry_users=row["sentry_users"],
    )


def life_from(row: RowMapping) -> Life:
    """A life from a row with the columns `LIFE`."""
    return Life(
        alert=alert_from(row),
        loud_at=row["loud_at"],
        folded=row["folded"],
        lined_at=row["lined_at"],
        resources=row["resources"],
        variants=row["variants"],
        due_at=row["due_at"],
    )


def passing(life: Life) -> Columns:
    """The columns that a mere occurrence changes."""
    alert, counts = life.alert, life.alert.counts
    return {
        "events": counts.events,
        "suppressed": counts.suppressed,
        "folded": life.folded,
        "users": counts.users,
        "sentry_events": bounded_count(counts.sentry_events),
        "sentry_users": bounded_count(counts.sentry_users),
        "first_seen": alert.first_seen,
        "last_seen": alert.last_seen,
        "loud_at": life.loud_at,
        "lined_at": life.lined_at,
        "due_at": life.due_at,
        "version": alert.version,
    }


def standing(life: Life) -> Columns:
    """The columns that a transition changes."""
    return {"state": life.alert.state.value, "standing": life.alert.standing}


def lasting(life: Life, event: ErrorEvent) -> Columns:
    """The columns that something new about the issue changes, a transition's among them."""
    return standing(life) | {
        "resources": life.resources,
        "variants": life.variants,
        "title": scrub_text(event.title),
        "project": event.project and scrub_text(event.project),
        "short_id": event.short_id and scrub_text(event.short_id),
    }


def delivery_columns(delivery: Delivery, alert_id: int | None) -> Columns:
    """The row of a delivery whose keys are clean."""
    return {
        "id": delivery.id,
        "source": delivery.source,
        "resource": delivery.resource,
        "action": delivery.action,
        "alert_id": alert_id,
        "event_key": delivery.event_key,
        "received_at": delivery.received_at,
        "body": delivery.body[:MAX_BODY] or None,
    }


def cleaned(delivery: Delivery) -> Delivery:
    """The delivery with keys that every database takes: a hostile one may be endless, or hold a NUL."""
    names = ("id", "issue_key", "event_key", "user", "variant", "source", "resource", "action")
    words = (
        *(delivery.id, delivery.issue_key, delivery.event_key, delivery.user, delivery.variant),
        *(delivery.source, delivery.resource, delivery.action),
    )
    together = "".join(filter(None, words))
    if len(together) <= KEY_LIMIT and scrub_text(together) == together:
        return delivery  # the storm's path: one look at all of them
    clean: Mapping[str, Any] = {name: word and key(word) for name, word in zip(names, words, strict=True)}
    return replace(delivery, **clean)


def transition_columns(alert_id: int, transition: Transition) -> Columns:
    """The audit log's line for a transition."""
    return {
        "alert_id": alert_id,
        "at": transition.at,
        "actor_source": transition.actor.source.value,
        "actor_id": scrub_text(transition.actor.id),
        "actor_name": scrub_text(transition.actor.name),
        "action": transition.action.value,
        "before": transition.before,
        "after": transition.after,
        "detail": transition.detail,
    }


def transition_from(row: RowMapping) -> Transition:
    """A transition from a whole row of the audit log."""
    return Transition(
        id=row["id"],
        action=Action(row["action"]),
        actor=Actor(source=Source(row["actor_source"]), id=row["actor_id"], name=row["actor_name"]),
        at=row["at"],
        before=row["before"],
        after=row["after"],
        detail=row["detail"],
    )


def shown_columns(shown: Shown) -> Columns:
    """What a target shows, as columns; a far system's error text is as hostile as any."""
    return {name: scrub_text(value) if isinstance(value, str) else value for name, value in asdict(shown).items()}


def shown_from(row: RowMapping) -> Shown:
    """What a target shows, from a row with the columns `SHOWN`."""
    return Shown(**row)
