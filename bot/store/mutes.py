"""Mutes in the database, and what one would have hidden. What a pattern matches is `bot.alerts.mutes`' to say."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import BindParameter, Connection, RowMapping, bindparam, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerts.alert import Action, Actor, Source, State
from bot.alerts.classification import Category, Severity
from bot.alerts.dossier import CARD
from bot.alerts.event import ErrorEvent, Meaning
from bot.alerts.listing import Preview
from bot.alerts.mutes import Mute, Pattern, matches
from bot.store.codec import UtcDateTime, inside
from bot.store.engine import Database
from bot.store.slack_tables import mutes
from bot.store.tables import alerts, descriptions, occurrences, targets, transitions
from bot.store.touching import touch

LOOKED_AT, NAMED = 5_000, 5
"""Alerts that a preview compares, newest first; those that it names."""
_NEWEST_FIRST = select(mutes).order_by(mutes.c.id.desc())
_KNOWN = _NEWEST_FIRST.limit(200)
"""More than any team has in force at once; read with every alert, so built once."""
_SINCE: BindParameter[datetime] = bindparam("since", type_=UtcDateTime())
_ACTED = (Action.ACKNOWLEDGED.value, Action.RESOLVED.value, Action.ESCALATED.value)
_ROW = (
    *(alerts.c[name] for name in ("id", "title", "project", "short_id", "issue_key", "severity", "category")),
    inside(descriptions.c.event, "environment").as_string().label("environment"),
    inside(descriptions.c.event, "release").as_string().label("release"),
)


def known_mutes(conn: Connection) -> tuple[Mute, ...]:
    """The newest mutes, whether or not they still hold: whoever asks knows what time it is."""
    return tuple(_mute(row) for row in conn.execute(_KNOWN).mappings())


class MuteStore:
    """The team's mutes."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def add(self, pattern: Pattern, by: Actor, at: datetime, until: datetime) -> Mute:
        """Begin a mute."""
        row = {"pattern": pattern, "made_by": by, "at": at, "until": until}
        async with self._db.write() as conn:
            made: int = await conn.scalar(insert(mutes).returning(mutes.c.id), row)
        return Mute(id=made, pattern=pattern, by=by, at=at, until=until)

    async def end(self, mute_id: int, at: datetime) -> Mute | None:
        """End a mute now; None: there is none of that number that still holds.

        What it hid is due at once, so that its cards come.
        """
        async with self._db.write() as conn:
            ended = update(mutes).where(mutes.c.id == mute_id, mutes.c.until > at).values(until=at).returning(mutes)
            row = (await conn.execute(ended)).mappings().one_or_none()
            if row is None:
                return None
            mute = _mute(row)
            hidden = [found["id"] for found in await _matching(conn, mute.pattern, mute.at, bare=True)]
            await touch(conn, hidden, at)
        return mute

    async def current(self, now: datetime) -> list[Mute]:
        """The mutes that hold now, soonest over first."""
        async with self._db.read() as conn:
            rows = (await conn.execute(_NEWEST_FIRST.where(mutes.c.until > now))).mappings()
            return sorted((_mute(row) for row in rows), key=lambda mute: mute.until)

    async def preview(self, pattern: Pattern, since: datetime) -> Preview:
        """What the mute would have hidden since then."""
        async with self._db.read() as conn:
            found = await _matching(conn, pattern, since)
            critical = replace(pattern, severity=Severity.CRITICAL.value)
            spared = [] if pattern.severity else await _matching(conn, critical, since)
            ids = [row["id"] for row in found]
            return Preview(
                since=since,
                alerts=len(found),
                events=await _events(conn, ids, since),
                by_severity=Counter(row["severity"] or "" for row in found),
                acted_on=await _acted_on(conn, ids, since),
                titles=tuple((row["short_id"] or "", row["title"]) for row in found[:NAMED]),
                spared=len(spared),
            )


async def _matching(
    conn: AsyncConnection, pattern: Pattern, since: datetime, *, bare: bool = False
) -> Sequence[RowMapping]:
    """The alerts seen since then that a pattern matches, newest first; `bare`: only those without a card."""
    query = select(*_ROW).join_from(alerts, descriptions).where(alerts.c.last_seen >= _SINCE)
    query = query.order_by(alerts.c.id.desc()).limit(LOOKED_AT)
    if bare:
        carded = select(targets.c.alert_id).where(targets.c.target == CARD, targets.c.external_id != "")
        query = query.where(alerts.c.id.not_in(carded), alerts.c.state != State.RESOLVED.value)
    rows = (await conn.execute(query, {"since": since})).mappings().all()
    return [row for row in rows if matches(pattern, _event(row), *_verdict(row))]


async def _events(conn: AsyncConnection, ids: Sequence[int], since: datetime) -> int:
    query = select(func.count()).where(occurrences.c.alert_id.in_(ids), occurrences.c.at >= since)
    return int(await conn.scalar(query) or 0)


async def _acted_on(conn: AsyncConnection, ids: Sequence[int], since: datetime) -> int:
    by_people = or_(transitions.c.actor_source == Source.USER.value, transitions.c.action == Action.ESCALATED.value)
    query = select(func.count(transitions.c.alert_id.distinct())).where(
        transitions.c.alert_id.in_(ids), transitions.c.at >= since, transitions.c.action.in_(_ACTED), by_people
    )
    return int(await conn.scalar(query) or 0)


def _event(row: RowMapping) -> ErrorEvent:
    """As much of an alert's event as a pattern looks at."""
    return ErrorEvent(
        resource="",
        action="",
        meaning=Meaning.OTHER,
        title=row["title"],
        project=row["project"],
        short_id=row["short_id"],
        issue_id=str(row["issue_key"]).partition(":")[2],
        environment=row["environment"],
        release=row["release"],
    )


def _verdict(row: RowMapping) -> tuple[Severity | None, Category | None]:
    severity, category = row["severity"], row["category"]
    return Severity(severity) if severity else None, Category(category) if category else None


def _mute(row: RowMapping) -> Mute:
    return Mute(id=row["id"], pattern=row["pattern"], by=row["made_by"], at=row["at"], until=row["until"])
