"""One batch of deliveries, written in one transaction with a handful of statements. Knows no queue and no task.

Replicas write batches side by side, and nobody ever waits in a circle: every transaction takes its locks in the same
order (deliveries, new alerts, known alerts, occurrences, users), and within each by key.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Executable, Row, Table, bindparam, insert, select, update

from bot.alerts.event import Delivery, ErrorEvent, Meaning
from bot.alerts.grouping import fold
from bot.alerts.life import Arrival, Folded, Life, born, creates
from bot.alerts.merging import merge
from bot.store.engine import Database
from bot.store.rows import (
    LIFE,
    Columns,
    cleaned,
    delivery_columns,
    lasting,
    life_from,
    passing,
    standing,
    transition_columns,
)
from bot.store.tables import affected_users, alerts, deliveries, descriptions, events, occurrences, transitions

MOST_KNOWN = 50_000
"""Of each: about 20 MB together."""
_FIND = select(alerts.c.issue_key, alerts.c.id).where(alerts.c.issue_key.in_(bindparam("keys", expanding=True)))
# NO KEY: foreign keys onto an alert (a click's transition, say) need not wait for us, nor we for them.
_LOCK = (
    select(*LIFE)
    .where(alerts.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(alerts.c.id)
    .with_for_update(key_share=True)
)
_DESCRIBED = select(descriptions).where(descriptions.c.alert_id.in_(bindparam("ids", expanding=True)))
_DESCRIBE = update(descriptions).where(descriptions.c.alert_id == bindparam("this_alert"))
_UPDATE_ALERT = update(alerts).where(alerts.c.id == bindparam("this_alert"))
_REPEATED = (
    update(deliveries).where(deliveries.c.id == bindparam("this_delivery")).values(repeats=deliveries.c.repeats + 1)
)
_UPDATE_DELIVERY = update(deliveries).where(deliveries.c.id == bindparam("this_delivery"))


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for a whole batch: see `bot.alerts.grouping.fold`."""

    now: datetime
    window: timedelta
    crowd: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Known:
    """What stands in the database for good, and need not be asked again: most of a storm has been here before."""

    ids: dict[str, int] = field(default_factory=dict)
    """Issue key → alert id."""
    users: set[tuple[int, str]] = field(default_factory=set)
    """Alerts, and whom they were counted for."""

    def learn(self, ids: Mapping[str, int], users: Collection[tuple[int, str]]) -> None:
        """Add what was committed. Not sooner: an id that is rolled back is given to another issue."""
        for kept in (self.ids, self.users):
            if len(kept) > MOST_KNOWN:
                kept.clear()
        self.ids.update(ids)
        self.users.update(users)


@dataclass(frozen=True, slots=True)
class Receipt:
    """That a delivery was taken, and is safe. `duplicate`: its id had been taken before."""

    delivery: str
    resource: str
    alert: int | None
    duplicate: bool


@dataclass(frozen=True, slots=True)
class Written:
    """A batch that is committed: a receipt for each delivery, in order, and the alerts with news."""

    receipts: tuple[Receipt, ...]
    news: tuple[int, ...]
    suppressed: int
    """Events that only raised a count."""


async def write_batch(db: Database, batch: Sequence[Delivery], known: Known, terms: Terms) -> Written:
    """Count the deliveries and do to their alerts what they say; all of it or, on any error, nothing.

    What it finds out on the way is added to `known`.
    """
    batch = [cleaned(delivery) for delivery in batch]
    async with db.write(first=True) as conn:
        # All of it as one step for SQLAlchemy, whose way in and out of asyncio is dearer than a statement.
        writing, written = await conn.run_sync(_write, db, batch, known, terms)
    known.learn(writing.ids, writing.users)
    return written


def _write(
    conn: Connection,
    db: Database,
    batch: Sequence[Delivery],
    known: Known,
    terms: Terms,
) -> "tuple[_Writing, Written]":
    writing = _Writing(db, conn, known)
    writing.find_alerts(batch)
    fresh = writing.take(batch)
    lives = writing.open_alerts(fresh)
    folded = writing.fold(fresh, lives, terms)
    writing.save(folded)
    unseen = {delivery.id for delivery in fresh}
    receipts = []
    for delivery in batch:
        receipt = Receipt(delivery.id, delivery.resource, writing.alert_of(delivery), delivery.id not in unseen)
        receipts.append(receipt)
        unseen.discard(delivery.id)
    news = tuple(outcome.life.alert.id for outcome in folded if outcome.news)
    suppressed = sum(_suppressed(outcome.life) - _suppressed(lives[outcome.life.alert.id]) for outcome in folded)
    return writing, Written(tuple(receipts), news, suppressed)


def _suppressed(life: Life) -> int:
    return life.alert.counts.suppressed


class _Writing:
    """One batch's transaction, halfway."""

    def __init__(self, db: Database, conn: Connection, known: Known) -> None:
        self._db, self._conn, self._known = db, conn, known
        self.ids: dict[str, int] = {}
        self.users: set[tuple[int, str]] = set()

    def alert_of(self, delivery: Delivery) -> int | None:
        about = delivery.issue_key if delivery.meaning is not Meaning.OTHER else None
        return self.ids.get(about) if about is not None else None

    def find_alerts(self, batch: Iterable[Delivery]) -> None:
        """Look up the ids of the alerts that there are."""
        known = self._known.ids
        keys = {d.issue_key for d in batch if d.issue_key and d.meaning is not Meaning.OTHER}
        self.ids |= {key: known[key] for key in keys & known.keys()}
        if missing := sorted(keys - known.keys()):
            found = self._conn.execute(_FIND, {"keys": missing})
            self.ids |= {row.issue_key: row.id for row in found}

    def take(self, batch: Sequence[Delivery]) -> list[Delivery]:
        """Write the deliveries down; those that nobody had taken before, in the order of the batch."""
        first = {delivery.id: delivery for delivery in reversed(batch)}
        rows = [delivery_columns(first[each], self.alert_of(first[each])) for each in sorted(first)]
        taken = {row.id for row in self._insert_new(deliveries, rows)}
        fresh, repeated = [], []
        for delivery in batch:
            if delivery.id in taken:
                taken.discard(delivery.id)
                fresh.append(delivery)
            else:
                repeated.append({"this_delivery": delivery.id})
        self._many(_REPEATED, sorted(repeated, key=lambda row: row["this_delivery"]))
        return fresh

    def open_alerts(self, fresh: Sequence[Delivery]) -> dict[int, Life]:
        """Lock the alerts that the deliveries are about, after making those that were missing."""
        unknown = {
            d.issue_key: d for d in reversed(fresh) if d.issue_key and creates(d) and d.issue_key not in self.ids
        }
        lives = self._create(unknown, fresh) if unknown else {}
        known = sorted({found for d in fresh if (found := self.alert_of(d)) is not None} - lives.keys())
        if known:
            rows = self._conn.execute(_LOCK, {"ids": known})
            lives |= {row["id"]: life_from(row) for row in rows.mappings()}
        return lives

    def _create(self, unknown: Mapping[str, Delivery], fresh: Sequence[Delivery]) -> dict[int, Life]:
        rows = [_newborn(unknown[issue]) for issue in sorted(unknown)]
        created = self._insert_new(alerts, rows, "issue_key")
        self.find_alerts(unknown.values())  # also those that another replica made a moment ago
        about = [{"this_delivery": d.id, "alert_id": self.alert_of(d)} for d in fresh if d.issue_key in unknown]
        self._conn.execute(_UPDATE_DELIVERY, about)
        return {self.ids[row.issue_key]: born(self.ids[row.issue_key], unknown[row.issue_key]) for row in created}

    def fold(self, fresh: Sequence[Delivery], lives: Mapping[int, Life], terms: Terms) -> list[Folded]:
        """What the deliveries do to each alert; those to which they do nothing are left out."""
        about: dict[int, list[Delivery]] = defaultdict(list)
        for delivery in fresh:
            if (alert := self.alert_of(delivery)) is not None:
                about[alert].append(delivery)
        seen = [(alert, d) for alert, group in about.items() for d in group if d.meaning is Meaning.OCCURRENCE]
        times = {(alert, d.event_key): d.received_at for alert, d in seen if d.event_key}
        rows = [{"alert_id": alert, "event_key": event, "at": times[alert, event]} for alert, event in sorted(times)]
        new_events = {(row.alert_id, row.event_key) for row in self._insert_new(occurrences, rows)}
        self.users = {(alert, d.user) for alert, d in seen if d.user} - self._known.users
        rows = [{"alert_id": alert, "user": user} for alert, user in sorted(self.users)]
        new_users = {(row.alert_id, row.user) for row in self._insert_new(affected_users, rows)}
        outcomes = []
        for alert in sorted(about):
            arrivals = [_arrival(alert, delivery, new_events, new_users) for delivery in about[alert]]
            outcome = fold(lives[alert], arrivals, now=terms.now, window=terms.window, crowd=terms.crowd)
            if outcome.life is not lives[alert]:
                outcomes.append(outcome)
        return outcomes

    def save(self, outcomes: Sequence[Folded]) -> None:
        """Write down what came of it: the alerts, their audit log and the events that were read."""
        described = self._describe([outcome for outcome in outcomes if outcome.read])
        moved = [o.life for o in outcomes if o.transitions and not o.read]
        passed = [o.life for o in outcomes if not o.transitions and not o.read]
        self._many(_UPDATE_ALERT, [_this(life) | passing(life) | lasting(life, said) for life, said in described])
        new = [{"alert_id": life.alert.id, "event": said} for life, said in described if _is_new(life)]
        self._many(insert(descriptions), new)
        self._many(_DESCRIBE, [_this(life) | {"event": said} for life, said in described if not _is_new(life)])
        self._many(_UPDATE_ALERT, [_this(life) | passing(life) | standing(life) for life in moved])
        self._many(_UPDATE_ALERT, [_this(life) | passing(life) for life in passed])
        logs = [transition_columns(o.life.alert.id, t) for o in outcomes for t in o.transitions]
        self._many(insert(transitions), logs)
        self._many(insert(events), [_event_columns(o.life.alert.id, *read) for o in outcomes for read in o.read])

    def _describe(self, outcomes: Sequence[Folded]) -> list[tuple[Life, ErrorEvent]]:
        """Merge what was read into what was known of each alert."""
        known: dict[int, ErrorEvent] = {}
        old = [outcome.life.alert.id for outcome in outcomes if not _is_new(outcome.life)]
        if old:
            known = {row.alert_id: row.event for row in self._conn.execute(_DESCRIBED, {"ids": old})}
        described = []
        for outcome in outcomes:
            (_, first), *rest = outcome.read
            event = merge(known.get(outcome.life.alert.id), first)
            for _, said in rest:
                event = merge(event, said)
            described.append((outcome.life, event))
        return described

    def _insert_new(self, table: Table, rows: Sequence[Columns], *unique: str) -> Sequence[Row[Any]]:
        """Insert the rows, sorted by the caller, and return the keys of those that were not there."""
        if not rows:
            return ()
        return (self._conn.execute(self._db.insert_new(table, *unique), rows)).all()

    def _many(self, statement: Executable, rows: Sequence[Columns]) -> None:
        if rows:
            self._conn.execute(statement, rows)


def _newborn(delivery: Delivery) -> Columns:
    """The row of a new alert, complete but for what the first fold will say."""
    life = born(0, delivery)
    said = ErrorEvent(
        resource=delivery.resource, action=delivery.action, meaning=delivery.meaning, title=life.alert.issue_key
    )
    row = {"issue_key": life.alert.issue_key, "created_at": life.alert.created_at}
    return row | passing(life) | lasting(life, said)


def _arrival(alert: int, delivery: Delivery, events: set[tuple[int, str]], users: set[tuple[int, str]]) -> Arrival:
    """The delivery, with what is new of it; the first that brings an event or a user takes it out of the set."""
    if delivery.meaning is not Meaning.OCCURRENCE:
        return Arrival(delivery=delivery, new_event=False)
    event, user = (alert, delivery.event_key or ""), (alert, delivery.user or "")
    arrival = Arrival(
        delivery=delivery,
        new_event=not delivery.event_key or event in events,
        new_user=user in users,
    )
    events.discard(event)
    users.discard(user)
    return arrival


def _is_new(life: Life) -> bool:
    """Whether the alert was made by this batch, so that nothing describes it yet."""
    return life.alert.version == 1


def _this(life: Life) -> Columns:
    return {"this_alert": life.alert.id}


def _event_columns(alert_id: int, delivery: Delivery, event: ErrorEvent) -> Columns:
    return {
        "alert_id": alert_id,
        "delivery_id": delivery.id,
        "at": delivery.received_at,
        "variant": delivery.variant,
        "body": event,
    }
