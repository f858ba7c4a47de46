"""What the catch-up with Sentry asks of the database: which issues we know, how they stand, when it last looked."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select

from bot.alerts.alert import State
from bot.store.dossiers import SENTRY_CHECKED
from bot.store.engine import Database
from bot.store.tables import alerts, marks

_OVER = tuple(state for state in State if state.over)


class CatchUpStore:
    """Reads alerts by their issues; keeps the time of the last look."""

    def __init__(self, db: Database) -> None:
        self._db = db
        save = db.insert(marks)
        self._mark = save.on_conflict_do_update(index_elements=["name"], set_={"at": save.excluded.at})

    async def checked_at(self) -> datetime | None:
        """When somebody last looked at all of it; None: never."""
        async with self._db.read() as conn:
            found: datetime | None = await conn.scalar(select(marks.c.at).where(marks.c.name == SENTRY_CHECKED))
        return found

    async def checked(self, at: datetime) -> None:
        """All that had happened before `at` is known."""
        async with self._db.write() as conn:
            await conn.execute(self._mark, {"name": SENTRY_CHECKED, "at": at})

    async def known(self, issue_keys: Collection[str]) -> dict[str, tuple[int, State]]:
        """The alerts of these issues: their ids and states, by issue key."""
        query = select(alerts.c.issue_key, alerts.c.id, alerts.c.state).where(alerts.c.issue_key.in_(issue_keys))
        async with self._db.read() as conn:
            return {row.issue_key: (row.id, State(row.state)) for row in await conn.execute(query)}

    async def going_on(self, limit: int) -> dict[str, tuple[int, State, datetime]]:
        """Sentry's issues that go on here, newest first: alert, state and when it was last seen, by issue key."""
        query = (
            select(alerts.c.issue_key, alerts.c.id, alerts.c.state, alerts.c.last_seen)
            .where(alerts.c.state.not_in(_OVER), alerts.c.issue_key.like("sentry:%"))
            .order_by(alerts.c.last_seen.desc())
            .limit(limit)
        )
        async with self._db.read() as conn:
            rows = await conn.execute(query)
            return {row.issue_key: (row.id, State(row.state), row.last_seen) for row in rows}
