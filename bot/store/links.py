"""The messages in which people linked to issues that we know: where each stands, and what was last shown there."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update

from bot.store.engine import Database
from bot.store.slack_tables import links
from bot.store.touching import touch

LIVE = timedelta(days=3)
"""How long what is unfolded follows the alert: older messages are read as what they said then."""
MOST = 20
"""Messages of one alert that are kept up to date, the newest."""


@dataclass(frozen=True, slots=True)
class Link:
    """One address in one message."""

    channel: str
    ts: str
    url: str
    digest: str = ""


class LinkStore:
    """The links in the database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def add(self, alert_id: int, found: Iterable[Link], at: datetime) -> None:
        """Write links down, each once, and make the alert due, so that they are unfolded."""
        rows = [
            {"channel": each.channel, "ts": each.ts, "url": each.url, "alert_id": alert_id, "at": at, "digest": ""}
            for each in found
        ]
        async with self._db.write() as conn:
            await conn.execute(self._db.insert_new(links), rows)
            await touch(conn, [alert_id], at)

    async def live(self, alert_id: int, now: datetime) -> list[Link]:
        """The links that are to show an alert as it stands."""
        query = select(links).where(links.c.alert_id == alert_id, links.c.at > now - LIVE)
        async with self._db.read() as conn:
            rows = await conn.execute(query.order_by(links.c.at.desc(), links.c.ts.desc()).limit(MOST))
            return [Link(row.channel, row.ts, row.url, row.digest) for row in rows]

    async def shown(self, link: Link, digest: str) -> None:
        """What stands there now."""
        this = (links.c.channel == link.channel, links.c.ts == link.ts, links.c.url == link.url)
        async with self._db.write() as conn:
            await conn.execute(update(links).where(*this).values(digest=digest))
