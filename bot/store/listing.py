"""Reads lists of alerts, names near to a wrong one, releases, and an alert's trail, for `/triage` and Home."""

from collections.abc import Sequence
from datetime import UTC
from difflib import get_close_matches

from sqlalchemy import ColumnElement, FromClause, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerts.classification import Category
from bot.alerts.event import ErrorEvent
from bot.alerts.listing import Filter, Heard, Listed, Release, Trail
from bot.store.codec import inside
from bot.store.engine import Database
from bot.store.slack_tables import feedback
from bot.store.spoken import AWAKE, IN_FORCE, WORST_FIRST, in_lists
from bot.store.tables import alerts, classifications, deliveries, descriptions, events, occurrences
from bot.traces.events import is_same, short_type

_GUESS = 0.5
"""Less sure than this, the card calls a verdict a guess."""
_CANDIDATES = 60
"""Alerts whose events are read to be compared with a pasted trace."""
_NAMES = 2_000
"""The newest alerts and projects whose names a wrong one is compared with."""


class ListStore:
    """What the database can list."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def listed(self, which: Filter, limit: int) -> Listed:
        """The alerts that are not at rest, worst first, then last seen."""
        wanted = in_lists(lambda of: _wanted(which, of))
        order = (WORST_FIRST, alerts.c.last_seen.desc(), alerts.c.id.desc())
        async with self._db.read() as conn:
            ids = await conn.scalars(select(alerts.c.id).where(*wanted).order_by(*order).limit(limit))
            counts = select(alerts.c.severity, func.count()).where(*wanted).group_by(alerts.c.severity)
            found = {severity or "": int(count) for severity, count in await conn.execute(counts)}
        return Listed(ids=tuple(ids), total=sum(found.values()), by_severity=found)

    async def unsure(self, limit: int) -> list[int]:
        """The alerts not at rest whose verdict says little: of an unknown category, or less sure than a coin."""
        sure = inside(classifications.c.body, "confidence").as_float()
        guess = or_(alerts.c.category == Category.UNKNOWN.value, sure < _GUESS)
        query = select(alerts.c.id).join(classifications, IN_FORCE).where(alerts.c.state.in_(AWAKE), guess)
        async with self._db.read() as conn:
            return list(await conn.scalars(query.order_by(WORST_FIRST, alerts.c.id.desc()).limit(limit)))

    async def of_event(self, event_id: str) -> int | None:
        """The alert for which an event was counted, by Sentry's id of the event."""
        query = select(occurrences.c.alert_id).where(occurrences.c.event_key == event_id).limit(1)
        async with self._db.read() as conn:
            found: int | None = await conn.scalar(query)
        return found

    async def same_error(self, event: ErrorEvent) -> int | None:
        """The newest alert of the same error: the same type at the same place, or the same fingerprint."""
        kind = event.crash.type if event.crash else None
        if not kind:
            return None
        names = {kind, short_type(kind)}
        alike = [alerts.c.title.in_(names), *(alerts.c.title.startswith(f"{n}:", autoescape=True) for n in names)]
        described = select(alerts.c.id, descriptions.c.event).join_from(alerts, descriptions)
        query = described.where(or_(*alike)).order_by(alerts.c.id.desc()).limit(_CANDIDATES)
        async with self._db.read() as conn:
            rows = (await conn.execute(query)).all()
        return next((row.id for row in rows if is_same(event, row.event)), None)

    async def near_issue(self, name: str) -> str:
        """The short id that is spelled most like `name`; empty where none is near."""
        short_ids = select(alerts.c.short_id).where(alerts.c.short_id.is_not(None)).order_by(alerts.c.id.desc())
        async with self._db.read() as conn:
            return _nearest(name, [str(found) for found in await conn.scalars(short_ids.limit(_NAMES))])

    async def near_project(self, name: str) -> str:
        """The project that is spelled most like `name`; empty where none is near."""
        async with self._db.read() as conn:
            return _nearest(name, await _projects(conn))

    async def project(self, name: str) -> str | None:
        """The project of that name, whatever its case; None: no alert is of it."""
        async with self._db.read() as conn:
            return next((found for found in await _projects(conn) if found.casefold() == name.casefold()), None)

    async def releases(self, limit: int) -> list[Release]:
        """The releases whose errors were heard of last, newest first."""
        name = inside(events.c.body, "release").as_string().label("name")
        project = func.coalesce(alerts.c.project, "").label("project")
        first = func.min(events.c.at).label("first")
        query = (
            select(name, project, first, func.count(events.c.alert_id.distinct()))
            .join(alerts, alerts.c.id == events.c.alert_id)
            .where(name.is_not(None))
            .group_by(name, project)
            .order_by(first.desc())
            .limit(limit)
        )
        async with self._db.read() as conn:
            return [Release(*row) for row in await conn.execute(query)]

    async def trail(self, alert_id: int) -> Trail:
        """What the dossier does not hold of an alert's past."""
        async with self._db.read() as conn:
            return Trail(
                heard=await _heard(conn, alert_id),
                verdicts=tuple(
                    (row.created_at, row.body)
                    for row in await conn.execute(
                        select(classifications.c.created_at, classifications.c.body)
                        .where(classifications.c.alert_id == alert_id)
                        .order_by(classifications.c.id)
                    )
                ),
                ups=await _thumbs(conn, alert_id, good=True),
                downs=await _thumbs(conn, alert_id, good=False),
            )


def _nearest(name: str, names: Sequence[str]) -> str:
    known = {each.casefold(): each for each in names}
    close = get_close_matches(name.casefold(), known, n=1, cutoff=0.6)
    return known[close[0]] if close else ""


def _wanted(which: Filter, of: FromClause) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = []
    if which.owner:
        wanted.append(inside(of.c.standing, "owner", "id").as_string() == which.owner)
    if which.severity:
        wanted.append(of.c.severity == which.severity.value)
    if which.overdue_at:
        promise = inside(of.c.standing, "promise").as_string()
        wanted.append(promise < which.overdue_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S"))
    if which.project:
        wanted.append(func.lower(of.c.project) == which.project.lower())
    return wanted


async def _projects(conn: AsyncConnection) -> Sequence[str]:
    query = select(alerts.c.project).where(alerts.c.project.is_not(None)).distinct().limit(_NAMES)
    return [str(found) for found in await conn.scalars(query)]


async def _heard(conn: AsyncConnection, alert_id: int) -> tuple[Heard, ...]:
    kind = (deliveries.c.source, deliveries.c.resource, deliveries.c.action)
    at = deliveries.c.received_at
    columns = (*kind, func.count(), func.sum(deliveries.c.repeats), func.min(at), func.max(at))
    query = select(*columns).where(deliveries.c.alert_id == alert_id).group_by(*kind).order_by(func.min(at))
    return tuple(
        Heard(source=s, resource=r, action=a, count=count, repeats=int(repeats or 0), first=first, last=last)
        for s, r, a, count, repeats, first, last in await conn.execute(query)
    )


async def _thumbs(conn: AsyncConnection, alert_id: int, *, good: bool) -> int:
    query = select(func.count()).where(feedback.c.alert_id == alert_id, feedback.c.good.is_(good))
    return int(await conn.scalar(query) or 0)
