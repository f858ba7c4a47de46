"""Making alerts due because of what does not stand in their rows: a model's answer, a link, the end of a mute."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import bindparam, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.tables import alerts

_TOUCH = (
    update(alerts)
    .where(alerts.c.id == bindparam("this_alert"))
    .values(version=alerts.c.version + 1, due_at=bindparam("now"))
)


async def touch(conn: AsyncConnection, alert_ids: Iterable[int], now: datetime) -> None:
    """Make the alerts due, in the transaction that changes what their cards show.

    The version is all that tells a worker who is at one of them in this moment, and whose release would else find
    nothing to do. Ids in order, as everybody takes their locks.
    """
    rows = [{"this_alert": alert_id, "now": now} for alert_id in sorted(alert_ids)]
    if rows:
        await conn.execute(_TOUCH, rows)
