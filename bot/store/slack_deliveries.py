"""What Slack delivered, in the database: taken once, kept until it is handled, forgotten after two days.

Decides nothing about what a delivery means. Replicas share the table, so a delivery is taken by one of them.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, Text, delete, select, update
from sqlmodel import Field

from bot.store.codec import Stored, UtcDateTime, key
from bot.store.engine import Database
from bot.store.tables import Row

KEEP = timedelta(days=2)
"""Slack repeats an event for five minutes, and for a day where the app asks for delayed events."""
LEASE = timedelta(seconds=60)
"""How long a delivery may be worked on before another replica takes it up."""
Body = Mapping[str, Any]


class SlackDeliveryRow(Row, table=True):
    """A delivery of Slack's that was taken. Forgotten after a while."""

    __tablename__ = "slack_deliveries"

    key: str = Field(primary_key=True, sa_type=Text)
    """What its repetitions have in common."""
    kind: str = Field(sa_type=Text)
    received_at: datetime = Field(index=True, sa_type=UtcDateTime)
    body: Body | None = Field(default=None, sa_column=Column(Stored(dict[str, Any]), nullable=True))
    """Kept while it may have to be handled again, and no longer: people's words are in it."""
    attempts: int = 0
    due_at: datetime | None = Field(default=None, index=True, sa_type=UtcDateTime)
    """When it is to be taken up again, unless it is handled before; NULL: it is handled."""


_deliveries = Row.metadata.tables["slack_deliveries"]
_OVER = {"body": None, "due_at": None}


class SlackDeliveryStore:
    """The deliveries in the database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def take(self, name: str, kind: str, now: datetime, body: Body | None = None) -> bool:
        """Take a delivery; False: somebody has taken it before. With `body` it is kept until `settle`.

        Raises:
            SQLAlchemyError: it could not be written, so it must not be acknowledged.
        """
        row = {
            "key": key(name),
            "kind": kind,
            "received_at": now,
            "body": body,
            "attempts": 1,
            "due_at": now + LEASE if body is not None else None,
        }
        async with self._db.write(first=True) as conn:
            return (await conn.execute(self._db.insert_new(_deliveries), row)).first() is not None

    async def settle(self, name: str) -> None:
        """It is handled: repetitions change nothing."""
        await self._change(name, update(_deliveries).values(_OVER))

    async def release(self, name: str) -> None:
        """It was not handled: a repetition is welcome."""
        await self._change(name, delete(_deliveries))

    async def _change(self, name: str, statement: Any) -> None:
        async with self._db.write() as conn:
            await conn.execute(statement.where(_deliveries.c.key == key(name)))

    async def left_over(self, now: datetime, limit: int = 20) -> list[tuple[str, int, datetime, Body]]:
        """Take up what was taken and never settled: key, attempts so far, when it came, body."""
        query = select(_deliveries.c.key).where(_deliveries.c.due_at <= now).order_by(_deliveries.c.due_at)
        async with self._db.read() as conn:
            due = list(await conn.scalars(query.limit(limit)))
        if not due:
            return []
        mine = (_deliveries.c.key.in_(due), _deliveries.c.due_at <= now)  # another replica may have been faster
        again = {"due_at": now + LEASE, "attempts": _deliveries.c.attempts + 1}
        found = (_deliveries.c.key, _deliveries.c.attempts, _deliveries.c.received_at, _deliveries.c.body)
        async with self._db.write() as conn:
            rows = (await conn.execute(update(_deliveries).where(*mine).values(again).returning(*found))).all()
        return [(row.key, row.attempts - 1, row.received_at, row.body or {}) for row in rows]

    async def end_leases(self) -> None:
        """Make all that is unsettled due, when the only process there is starts: whoever worked on it is dead."""
        held = update(_deliveries).where(_deliveries.c.due_at.is_not(None))
        async with self._db.write() as conn:
            await conn.execute(held.values(due_at=_deliveries.c.received_at))

    async def forget(self, now: datetime) -> None:
        """Delete what is so old that Slack does not repeat it any more."""
        async with self._db.write() as conn:
            await conn.execute(delete(_deliveries).where(_deliveries.c.received_at < now - KEEP))
