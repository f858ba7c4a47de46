"""Looks back: alerts like this one, how often, in which releases, what else began then. Reads only, and bounded."""

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerts.alert import Action, Transition
from bot.alerts.dossier import Dossier
from bot.alerts.event import ErrorEvent
from bot.assist.records import Likeness, Neighbour, ReleaseSeen, Similar
from bot.classify.fingerprint import fingerprint
from bot.store.engine import Database
from bot.store.rows import ALERT, alert_from, transition_from
from bot.store.tables import alerts, classifications, descriptions, events, occurrences, transitions

CANDIDATES = 60
"""Alerts whose events are read to be compared: the newest with the same kind of error."""
_READ = 200
"""Deliveries read in full that are looked at for releases."""
_TELLING = (Action.RESOLVED, Action.REGRESSED, Action.RECLASSIFIED, Action.REMARKED)
_MAX_TOLD = 40


class PastStore:
    """What the database remembers; see `bot.assist.records.Past`."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def similar(self, dossier: Dossier, limit: int) -> Sequence[Similar]:
        """Other alerts like this one, closest first, then newest."""
        event = dossier.event
        kind = event.crash.type if event.crash else None
        alike = [alerts.c.title == event.title]
        if kind:
            alike += [alerts.c.title == kind, alerts.c.title.startswith(f"{kind}:", autoescape=True)]
        others = (
            select(*ALERT, descriptions.c.event)
            .join_from(alerts, descriptions)
            .where(alerts.c.id != dossier.alert.id, or_(*alike))
        )
        async with self._db.read() as conn:
            rows = (await conn.execute(others.order_by(alerts.c.id.desc()).limit(CANDIDATES))).mappings().all()
            told = [(row, likeness(event, row["event"])) for row in rows]
            ranked = sorted(((row, how) for row, how in told if how), key=lambda pair: pair[1].rank)[:limit]
            return [
                Similar(
                    alert=(alert := alert_from(row)),
                    event=row["event"],
                    likeness=how,
                    classification=await conn.scalar(
                        select(classifications.c.body).where(classifications.c.id == alert.standing.classification_id)
                    ),
                    transitions=await _told(conn, alert.id),
                )
                for row, how in ranked
            ]

    async def counts(self, alert_id: int, edges: Sequence[datetime]) -> Sequence[int]:
        """Events received between each two neighbouring `edges`."""
        at = occurrences.c.at
        spans = list(pairwise(edges))
        sums = [func.coalesce(func.sum(case((and_(at >= a, at < b), 1), else_=0)), 0) for a, b in spans]
        query = select(*sums).where(occurrences.c.alert_id == alert_id, at >= edges[0], at < edges[-1])
        async with self._db.read() as conn:
            return [int(number) for number in (await conn.execute(query)).one()]

    async def releases(self, alert_id: int, limit: int) -> Sequence[ReleaseSeen]:
        """The releases in which it happened, newest first."""
        query = select(events.c.at, events.c.body).where(events.c.alert_id == alert_id)
        async with self._db.read() as conn:
            rows = (await conn.execute(query.order_by(events.c.id.desc()).limit(_READ))).all()
        seen: dict[str, list[datetime]] = {}
        for at, body in rows:
            if body.release:
                seen.setdefault(body.release, []).append(at)
        found = [ReleaseSeen(name, min(times), max(times), len(times)) for name, times in seen.items()]
        return sorted(found, key=lambda each: each.last, reverse=True)[:limit]

    async def neighbours(self, alert_id: int, since: datetime, until: datetime, limit: int) -> Sequence[Neighbour]:
        """Other alerts that began in that time, oldest first."""
        columns = (alerts.c.id, alerts.c.title, alerts.c.project, alerts.c.short_id, alerts.c.created_at)
        when = (alerts.c.created_at >= since, alerts.c.created_at < until, alerts.c.id != alert_id)
        query = select(*columns).where(*when).order_by(alerts.c.created_at, alerts.c.id).limit(limit)
        async with self._db.read() as conn:
            return [Neighbour(*row) for row in await conn.execute(query)]


def likeness(one: ErrorEvent, other: ErrorEvent) -> Likeness | None:
    """How much two events are alike; None: no more than their titles."""
    if fingerprint(one) == fingerprint(other):
        return Likeness.SAME_ERROR
    if one.crash is None or other.crash is None or one.crash.type != other.crash.type:
        return None
    here, there = one.crash_frame, other.crash_frame
    if here and there and (here.filename, here.function) == (there.filename, there.function):
        return Likeness.SAME_PLACE
    return Likeness.SAME_TYPE


async def _told(conn: AsyncConnection, alert_id: int) -> tuple[Transition, ...]:
    actions = [action.value for action in _TELLING]
    query = select(transitions).where(transitions.c.alert_id == alert_id, transitions.c.action.in_(actions))
    rows = (await conn.execute(query.order_by(transitions.c.id.desc()).limit(_MAX_TOLD))).mappings().all()
    return tuple(transition_from(row) for row in reversed(rows))
