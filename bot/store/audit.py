"""Reading the audit log of all alerts, a page at a time. Nothing in this program updates or deletes a line of it."""

from collections.abc import AsyncIterator
from datetime import datetime

from sqlalchemy import select

from bot.insights.audit import Entry
from bot.store.engine import Database
from bot.store.rows import transition_from
from bot.store.tables import alerts, transitions

PAGE = 1_000
"""Lines read at once."""
_LINES = (
    select(transitions, alerts.c.issue_key, alerts.c.short_id, alerts.c.project)
    .join(alerts, alerts.c.id == transitions.c.alert_id)
    .order_by(transitions.c.id)
    .limit(PAGE)
)


class AuditStore:
    """The audit log."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def since(self, start: datetime | None) -> AsyncIterator[Entry]:
        """Every transition from `start` on (None: from the first), oldest first. Memory holds one page of it."""
        after = 0
        while True:
            query = _LINES.where(transitions.c.id > after)
            if start is not None:
                query = query.where(transitions.c.at >= start)
            async with self._db.read() as conn:
                rows = (await conn.execute(query)).mappings().all()
            for row in rows:
                yield Entry(
                    alert=row["alert_id"],
                    issue=row["short_id"] or row["issue_key"],
                    project=row["project"] or "",
                    transition=transition_from(row),
                )
            if len(rows) < PAGE:
                return
            after = rows[-1]["id"]
