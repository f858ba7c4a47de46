"""Storms in the database: who had what when, and the transactions by which one begins, grows, is left and ends.

Decides nothing: when there is a storm, and who belongs to it, is `bot.alerts.storms`'. Alerts are locked by their ids,
in order, as everywhere.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerts.alert import BOT, Action, Command, Refused, Source, Standing, Transition
from bot.alerts.event import ErrorEvent
from bot.alerts.storms import EARLIER, PREFIX, Outbreak, Seen, Sighting
from bot.alerts.traits import Trait
from bot.store.acting import perform
from bot.store.codec import key
from bot.store.dossiers import load
from bot.store.engine import Database
from bot.store.rows import transition_columns, transition_from
from bot.store.storm_tables import sightings, storm_members, storms
from bot.store.tables import alerts, descriptions, transitions
from bot.store.touching import touch

AT_ONCE = 50
"""Members that one transaction changes: intake waits no longer than that."""
_SPREAD = (Action.ACKNOWLEDGED, Action.UNACKNOWLEDGED, Action.RESOLVED, Action.REOPENED, Action.UNDONE)
_PEOPLE = (Source.USER.value, Source.PAGERDUTY.value)


class StormStore:
    """The storms in the database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def sight(self, alert_id: int, traits: Iterable[Trait], at: datetime, within: timedelta) -> Seen:
        """Write down what an alert that began or came back at `at` has, and look who else has it."""
        keys = sorted(key(trait.key) for trait in traits)
        rows = [{"trait": name, "alert_id": alert_id, "at": at} for name in keys]
        statement = self._db.insert(sightings)
        newest = statement.on_conflict_do_update(
            index_elements=list(sightings.primary_key), set_={"at": statement.excluded["at"]}
        )
        since = at - within
        lately = select(sightings).where(sightings.c.trait.in_(keys), sightings.c.at >= since)
        before = (
            select(sightings.c.trait, func.count().label("times"))
            .where(sightings.c.trait.in_(keys), sightings.c.at < since, sightings.c.at >= since - EARLIER)
            .group_by(sightings.c.trait)
        )
        async with self._db.write() as conn:
            await conn.execute(newest, rows)
        async with self._db.read() as conn:  # after the commit: of many at once, the last one sees all the others
            recent = [Sighting(trait=r.trait, alert_id=r.alert_id, at=r.at) for r in await conn.execute(lately)]
            earlier = {row.trait: int(row.times) for row in await conn.execute(before)}
        return Seen(tuple(recent), earlier)

    async def lasting(self, traits: Iterable[Trait]) -> dict[Trait, int]:
        """The storms that these traits could belong to: anchor → alert id."""
        keys = {key(trait.key): trait for trait in traits}
        query = select(storms.c.open_key, storms.c.alert_id).where(storms.c.open_key.in_(list(keys)))
        async with self._db.read() as conn:
            return {keys[row.open_key]: row.alert_id for row in await conn.execute(query)}

    async def begin(self, found: Outbreak, event: ErrorEvent, now: datetime) -> int | None:
        """Make a storm with its members; `event` describes it. None: somebody was faster, and there is one."""
        try:
            async with self._db.write() as conn:
                storm_id = await _open_alert(conn, f"{PREFIX}{found.trait.key}:{now.isoformat()}", event, now)
                row = {
                    "alert_id": storm_id,
                    "anchor": found.trait.key,
                    "open_key": key(found.trait.key),
                    "grounds": found.grounds,
                    "started_at": now,
                }
                await conn.execute(insert(storms).values(row))
                await self._gather(conn, storm_id, found.trait, found.alert_ids, now)
        except IntegrityError:  # the key of an open storm is unique
            return None
        return storm_id

    async def join(self, storm_id: int, anchor: Trait, alert_ids: Sequence[int], now: datetime) -> bool:
        """Make alerts part of a storm; whether any of them was not."""
        async with self._db.write() as conn:
            return await self._gather(conn, storm_id, anchor, alert_ids, now)

    async def _gather(
        self, conn: AsyncConnection, storm_id: int, anchor: Trait, alert_ids: Sequence[int], now: datetime
    ) -> bool:
        told = await conn.scalar(select(func.max(transitions.c.id)).where(transitions.c.alert_id == storm_id))
        about = {"storm_id": storm_id, "joined_at": now, "cursor": told or 0}
        rows = [{**about, "alert_id": alert_id} for alert_id in sorted(alert_ids) if alert_id != storm_id]
        new = (await conn.execute(self._db.insert_new(storm_members), rows)).all()
        joined = sorted(row.alert_id for row in new)
        elsewhere = (storm_members.c.alert_id.in_(joined), storm_members.c.storm_id != storm_id)
        if joined:
            await conn.execute(
                update(storm_members).where(*elsewhere, storm_members.c.left_at.is_(None)).values(left_at=now)
            )
        detail: dict[str, str | int] = {"storm": storm_id, "kind": anchor.kind, "value": anchor.value}
        for alert_id in joined:
            await conn.run_sync(perform, alert_id, Command(action=Action.JOINED, actor=BOT, at=now, detail=detail))
        if joined:
            await touch(conn, [storm_id], now)
        return bool(joined)

    async def stragglers(self, storm_id: int, anchor: Trait, since: datetime) -> list[int]:
        """Alerts that were seen with the storm's trait since then and never became part of it."""
        members = select(storm_members.c.alert_id).where(storm_members.c.storm_id == storm_id)
        have_it = (sightings.c.trait == key(anchor.key), sightings.c.at >= since)
        query = select(sightings.c.alert_id).where(*have_it, sightings.c.alert_id.not_in(members))
        async with self._db.read() as conn:
            return list(await conn.scalars(query.order_by(sightings.c.alert_id).limit(AT_ONCE)))

    async def leave(self, storm_id: int, alert_id: int, anchor: Trait, now: datetime) -> None:
        """Let an alert speak for itself again."""
        mine = (storm_members.c.storm_id == storm_id, storm_members.c.alert_id == alert_id)
        detail: dict[str, str | int] = {"storm": storm_id, "kind": anchor.kind, "value": anchor.value}
        async with self._db.write() as conn:
            await conn.run_sync(perform, alert_id, Command(action=Action.LEFT, actor=BOT, at=now, detail=detail))
            await conn.execute(update(storm_members).where(*mine).values(left_at=now))
            await touch(conn, [storm_id], now)

    async def end(self, storm_id: int, now: datetime) -> None:
        """Let nobody join any more, and make its members due: their cards tell."""
        over = update(storms).where(storms.c.alert_id == storm_id, storms.c.ended_at.is_(None))
        still = (storm_members.c.storm_id == storm_id, storm_members.c.left_at.is_(None))
        members = select(storm_members.c.alert_id).where(*still)
        async with self._db.write() as conn:
            if (await conn.execute(over.values(ended_at=now, open_key=None))).rowcount:
                await touch(conn, await conn.scalars(members), now)

    async def resume(self, storm_id: int) -> bool:
        """Let a storm that was declared over too soon go on; False: there is another one like it by now."""
        again = update(storms).where(storms.c.alert_id == storm_id)
        try:
            async with self._db.write() as conn:
                anchor = await conn.scalar(select(storms.c.anchor).where(storms.c.alert_id == storm_id))
                await conn.execute(again.values(ended_at=None, open_key=key(str(anchor))))
        except IntegrityError:
            return False
        return True

    async def spread(self, storm_id: int) -> list[int]:
        """Do to the members what people did to their storm since; the alerts that changed, at most `AT_ONCE`."""
        moves = select(transitions).where(
            transitions.c.alert_id == storm_id,
            transitions.c.action.in_([action.value for action in _SPREAD]),
            transitions.c.actor_source.in_(_PEOPLE),
        )
        async with self._db.read() as conn:
            done = [transition_from(row) for row in (await conn.execute(moves.order_by(transitions.c.id))).mappings()]
        if not done:
            return []
        newest = max(move.id or 0 for move in done)
        behind = (storm_members.c.storm_id == storm_id, storm_members.c.left_at.is_(None))
        late = select(storm_members.c.alert_id, storm_members.c.cursor).where(*behind, storm_members.c.cursor < newest)
        async with self._db.write() as conn:
            rows = (await conn.execute(late.order_by(storm_members.c.alert_id).limit(AT_ONCE))).all()
            for row in rows:
                for move in (move for move in done if (move.id or 0) > row.cursor):
                    await _copy(conn, storm_id, row.alert_id, move)
                this = storm_members.c.alert_id == row.alert_id
                await conn.execute(update(storm_members).where(*behind, this).values(cursor=newest))
        return [row.alert_id for row in rows]

    async def forget(self, before: datetime) -> None:
        """Delete what was seen before that time."""
        async with self._db.write() as conn:
            await conn.execute(delete(sightings).where(sightings.c.at < before))


async def _open_alert(conn: AsyncConnection, issue_key: str, event: ErrorEvent, now: datetime) -> int:
    """The row of a storm's alert, and the first line of its log."""
    standing = Standing(since=now)
    row: dict[str, Any] = {
        "issue_key": key(issue_key),
        "state": standing.state.value,
        "standing": standing,
        "title": event.title,
        "project": event.project,
        "resources": (event.resource,),
        "variants": (),
        **dict.fromkeys(("events", "suppressed", "folded", "users", "sentry_events", "sentry_users"), 0),
        **dict.fromkeys(("first_seen", "last_seen", "created_at", "due_at"), now),
        "version": 1,
    }
    storm_id = int((await conn.execute(insert(alerts).values(row).returning(alerts.c.id))).scalar_one())
    name = f"STORM-{storm_id}"
    await conn.execute(update(alerts).where(alerts.c.id == storm_id).values(short_id=name))
    described = {"alert_id": storm_id, "event": replace(event, short_id=name)}
    await conn.execute(insert(descriptions).values(described))
    opened = Transition(action=Action.OPENED, actor=BOT, at=now, before=standing, after=standing)
    await conn.execute(insert(transitions).values(transition_columns(storm_id, opened)))
    return storm_id


async def _copy(conn: AsyncConnection, storm_id: int, alert_id: int, move: Transition) -> None:
    """Do one person's move to a member, where its own state allows it; undo only what came with the storm."""
    if move.action is Action.UNDONE:
        last = (await conn.run_sync(load, alert_id)).last_move
        if last is None or last.detail.get("storm") != storm_id:
            return
    command = Command(action=move.action, actor=move.actor, at=move.at, detail={"storm": storm_id})
    try:
        await conn.run_sync(perform, alert_id, command)
    except Refused:
        return  # it is further already, or somebody decided otherwise about it
