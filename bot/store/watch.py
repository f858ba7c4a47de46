"""How often an alert came, and which release ran: what is told when a fix is verified, or an owner is reminded."""

from datetime import datetime

from sqlalchemy import func, select

from bot.store.codec import inside
from bot.store.engine import Database
from bot.store.tables import alerts, descriptions, occurrences


class WatchStore:
    """Numbers about an alert's past. Events that were forgotten (see `retention_days`) do not count."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def events_between(self, alert_id: int, start: datetime, end: datetime) -> int:
        """How many events of the alert came after `start`, up to `end`."""
        query = select(func.count()).where(
            occurrences.c.alert_id == alert_id, occurrences.c.at > start, occurrences.c.at <= end
        )
        async with self._db.read() as conn:
            return int(await conn.scalar(query) or 0)

    async def newest_release(self, project: str, since: datetime) -> str:
        """The release of the project's newest alert that was seen after `since`; empty: none was, or it said none."""
        query = (
            select(inside(descriptions.c.event, "release").as_string())
            .join_from(alerts, descriptions)
            .where(alerts.c.project == project, alerts.c.last_seen > since)
            .order_by(alerts.c.last_seen.desc())
            .limit(1)
        )
        async with self._db.read() as conn:
            release: str | None = await conn.scalar(query)
        return release or ""
