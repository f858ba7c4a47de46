"""The money that models cost, as the database remembers it: the `Ledger` of `bot.classify.budget`.

One decision at a time, also between replicas: SQLite has one writer, on PostgreSQL an advisory lock orders them.
"""

from collections.abc import Callable
from datetime import datetime
from uuid import uuid4

from sqlalchemy import func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.classify.budget import Limits, Spent
from bot.store.engine import Database
from bot.store.tables import spendings

LOCK = 7_316_020_012
"""The key of PostgreSQL's advisory lock: any number that nothing else in the database uses."""


class SpendingLedger:
    """What was spent and what is reserved, in millionths of a dollar."""

    def __init__(self, db: Database, clock: Callable[[], datetime]) -> None:
        self._db, self._clock = db, clock

    async def reserve(self, day: str, month: str, amount: int, limits: Limits) -> str | None:
        """Write a reservation where it exceeds neither limit; None: refused."""
        async with self._db.write() as conn:
            if self._db.dialect == "postgresql":
                await conn.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
            spent = await _spent(conn, day, month)
            over_day = limits.daily is not None and spent.day + amount > limits.daily
            over_month = limits.monthly is not None and spent.month + amount > limits.monthly
            if over_day or over_month:
                return None
            row = {"id": uuid4().hex, "at": self._clock(), "day": day, "month": month, "micro_usd": amount}
            await conn.execute(insert(spendings).values({**row, "settled": False}))
        return str(row["id"])

    async def settle(self, reservation: str, actual: int) -> None:
        """Replace the reserved amount by the actual one; a second time changes nothing."""
        ours = (spendings.c.id == reservation) & spendings.c.settled.is_(False)
        async with self._db.write() as conn:
            await conn.execute(update(spendings).where(ours).values(micro_usd=actual, settled=True))

    async def release(self, reservation: str) -> None:
        """The call never went out: give the amount back."""
        await self.settle(reservation, 0)

    async def spent(self, day: str, month: str) -> Spent:
        """Spent and reserved together."""
        async with self._db.read() as conn:
            return await _spent(conn, day, month)


async def _spent(conn: AsyncConnection, day: str, month: str) -> Spent:
    total = func.coalesce(func.sum(spendings.c.micro_usd), 0)
    today = await conn.scalar(select(total).where(spendings.c.day == day))
    this_month = await conn.scalar(select(total).where(spendings.c.month == month))
    return Spent(int(today or 0), int(this_month or 0))
