"""Reading alerts, acting on them, and the leases by which one reconcile at a time works on each. Decides no rule."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Column, Connection, RowMapping, Table, bindparam, case, delete, func, or_, select, tuple_, update

from bot.alerts.alert import Command, Counts, State, Transition
from bot.alerts.classification import Category, Classification, Severity
from bot.alerts.dossier import Dossier, Shown
from bot.store.acting import acted, perform
from bot.store.codec import UtcDateTime
from bot.store.dossiers import load
from bot.store.engine import Database
from bot.store.rows import COUNTS, SHOWN, Columns, counts_from, shown_columns
from bot.store.spoken import waiting
from bot.store.tables import alerts, deliveries, occurrences, targets

_CHUNK = 1_000
"""Rows deleted in one transaction: intake waits no longer than that."""
_SUMMARY = (
    *(alerts.c[name] for name in ("id", "issue_key", "short_id", "project", "title", "state", "severity", "category")),
    *(*COUNTS, alerts.c.first_seen, alerts.c.last_seen),
)
# What reconcile does for every change is built once: building a statement costs more than running it.
_NOW = bindparam("now", type_=UtcDateTime())
_UPDATE = update(alerts).where(alerts.c.id == bindparam("this_alert"))
_LEASE = _UPDATE.where(or_(alerts.c.lease_until.is_(None), alerts.c.lease_until <= _NOW))
_UNCHANGED = alerts.c.version == bindparam("seen_version")
_RELEASE = (
    _UPDATE.where(alerts.c.lease_owner == bindparam("this_owner"))
    .values(
        lease_owner=None,
        lease_until=None,
        due_at=case((_UNCHANGED, bindparam("next_due", type_=UtcDateTime())), else_=alerts.c.due_at),
    )
    .returning(alerts.c.version, alerts.c.due_at)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """An alert as a line of a list."""

    id: int
    issue_key: str
    short_id: str | None
    project: str | None
    title: str
    state: State
    severity: Severity | None
    category: Category | None
    counts: Counts
    first_seen: datetime
    last_seen: datetime


class AlertStore:
    """The alerts in the database."""

    def __init__(self, db: Database) -> None:
        self._db = db
        save = db.insert(targets)
        said = {column.name: save.excluded[column.name] for column in SHOWN}
        self._save_shown = save.on_conflict_do_update(index_elements=list(targets.primary_key), set_=said)

    async def dossier(self, alert_id: int) -> Dossier:
        """Everything about an alert, as of one moment.

        Raises:
            UnknownAlert: there is none.
        """
        async with self._db.read() as conn:
            return await conn.run_sync(load, alert_id)

    async def find(self, name: str) -> int | None:
        """The alert that a person means: by Sentry's issue id or short id in any case, or by our own issue key."""
        name = name.strip()
        by_key = alerts.c.issue_key.in_([name, f"sentry:{name}"])
        by_short_id = alerts.c.short_id.in_([name, name.upper()])
        query = (
            select(alerts.c.id).where(or_(by_key, by_short_id)).order_by(case((by_key, 0), else_=1), alerts.c.id.desc())
        )
        async with self._db.read() as conn:
            found: int | None = await conn.scalar(query.limit(1))
        return found

    async def act(self, alert_id: int, command: Command, *, verdict: Classification | None = None) -> Transition:
        """Do what `command` says, with its line in the audit log; `verdict` is written down and put in force first.

        Raises:
            Refused: the alert's state does not allow it; of two at once, the second hears this.
            UnknownAlert: there is none.
        """
        async with self._db.write() as conn:
            return await conn.run_sync(perform, alert_id, command, verdict)

    async def acted(self, known: Dossier, command: Command, *, verdict: Classification | None = None) -> Dossier:
        """Like `act`, and everything about the alert as it is then; `known` is how it was a moment ago.

        Raises:
            Refused: as `act`.
            UnknownAlert: as `act`.
        """
        async with self._db.write() as conn:
            return await conn.run_sync(acted, known, command, verdict)

    async def lease(self, alert_id: int, owner: str, now: datetime, seconds: float) -> Dossier | None:
        """Keep others from working on the alert; None where somebody does already, or there is none.

        It is not re-entrant: a second lease of the same owner gets None, too. Until the release the alert is due when
        the lease ends, so that a dead worker's alert is found, unless something happens to it sooner.
        """
        until = now + timedelta(seconds=seconds)
        leased = {"lease_owner": owner, "lease_until": until, "due_at": until}
        async with self._db.write() as conn:
            return await conn.run_sync(_taken, {"this_alert": alert_id, "now": now, **leased})

    async def release(
        self, alert_id: int, owner: str, seen_version: int, due_at: datetime | None, *, now: datetime | None = None
    ) -> bool:
        """Give the lease back; due again at `due_at` if nothing happened to the alert since `seen_version`.

        Returns whether there is more to do: something happened, and (where `now` is given) may not wait. Without `now`
        a storm's mere counts count too, and its worker would never rest.
        """
        seen = {"this_alert": alert_id, "this_owner": owner, "seen_version": seen_version, "next_due": due_at}
        async with self._db.write() as conn:
            row = (await conn.execute(_RELEASE, seen)).one_or_none()
        if row is None or row.version == seen_version:
            return False
        return now is None or (row.due_at is not None and row.due_at <= now)

    async def end_leases(self) -> None:
        """End every lease, when the only process there is starts: whoever held them is dead."""
        statement = update(alerts).where(alerts.c.lease_owner.is_not(None))
        async with self._db.write() as conn:
            await conn.execute(statement.values(lease_owner=None, lease_until=None, due_at=alerts.c.created_at))

    async def due(self, now: datetime, limit: int) -> list[int]:
        """The alerts to look at now and that nobody is working on, longest due first."""
        free = or_(alerts.c.lease_until.is_(None), alerts.c.lease_until <= now)
        query = select(alerts.c.id).where(alerts.c.due_at <= now, free).order_by(alerts.c.due_at, alerts.c.id)
        async with self._db.read() as conn:
            return list(await conn.scalars(query.limit(limit)))

    async def look_again(self, now: datetime) -> None:
        """Make every alert due that is not over: what is planned for it may have changed."""
        waiting = alerts.c.state.not_in((State.RESOLVED, State.VERIFIED))
        async with self._db.write() as conn:
            await conn.execute(update(alerts).where(waiting).values(due_at=now, version=alerts.c.version + 1))

    async def next_due(self) -> datetime | None:
        """When `due` will next find something; a time in the past means now."""
        waits = case((alerts.c.lease_until > alerts.c.due_at, alerts.c.lease_until), else_=alerts.c.due_at)
        async with self._db.read() as conn:
            found: datetime | None = await conn.scalar(select(func.min(waits)).where(alerts.c.due_at.is_not(None)))
        return found

    async def save_shown(self, alert_id: int, shown: Shown) -> None:
        """Keep what a target shows of the alert."""
        async with self._db.write() as conn:
            await conn.execute(self._save_shown, {"alert_id": alert_id, **shown_columns(shown)})

    async def pending(self) -> Mapping[str, int]:
        """How many issues wait for somebody, by severity; each severity is there, if only with 0."""
        async with self._db.read() as conn:
            return await waiting(conn)

    async def recent(self, limit: int, states: Collection[State] = tuple(State)) -> list[Summary]:
        """The alerts in one of `states`, last seen first."""
        newest = (alerts.c.last_seen.desc(), alerts.c.id.desc())
        query = select(*_SUMMARY).where(alerts.c.state.in_(states)).order_by(*newest).limit(limit)
        async with self._db.read() as conn:
            return [_summary(row) for row in (await conn.execute(query)).mappings()]

    async def forget(self, before: datetime) -> int:
        """Delete the deliveries and occurrences from before that time; returns how many. Alerts and their log stay.

        A delivery or event that comes again later than that counts anew.
        """
        return await self._forget(deliveries, deliveries.c.received_at, before) + await self._forget(
            occurrences, occurrences.c.at, before
        )

    async def _forget(self, table: Table, column: Column[datetime], before: datetime) -> int:
        keys = tuple_(*table.primary_key)
        old = select(*table.primary_key).where(column < before).limit(_CHUNK)
        total = 0
        while True:
            async with self._db.write() as conn:
                deleted = (await conn.execute(delete(table).where(keys.in_(old)))).rowcount
            total += deleted
            if deleted < _CHUNK:
                return total


def _taken(conn: Connection, lease: Columns) -> Dossier | None:
    """The alert, if the lease could be had: one step for SQLAlchemy, as in `bot.store.dossiers`."""
    return load(conn, lease["this_alert"]) if conn.execute(_LEASE, lease).rowcount else None


def _summary(row: RowMapping) -> Summary:
    return Summary(
        id=row["id"],
        issue_key=row["issue_key"],
        short_id=row["short_id"],
        project=row["project"],
        title=row["title"],
        state=State(row["state"]),
        severity=Severity(row["severity"]) if row["severity"] else None,
        category=Category(row["category"]) if row["category"] else None,
        counts=counts_from(row),
        first_seen=row["first_seen"],
        last_seen=row["last_seen"],
    )
