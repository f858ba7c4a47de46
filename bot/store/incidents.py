"""PagerDuty's side of alerts: which alert an event is about, what it does to it, and what is known of the incident.

What an event means is decided by `bot.pagerduty.news`; here it is done once, in order, in one transaction.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerts.dossier import PAGERDUTY, Shown
from bot.alerts.incident import Incident
from bot.pagerduty.news import command, incident
from bot.pagerduty.payloads import Happening, PagerDutyEvent
from bot.store.acting import perform
from bot.store.codec import key
from bot.store.dossiers import locked
from bot.store.engine import Database
from bot.store.rows import MAX_BODY, SHOWN, shown_from
from bot.store.tables import alerts, deliveries, incidents, targets
from bot.store.touching import touch

_THIS_TARGET = (targets.c.alert_id == bindparam("this_alert")) & (targets.c.target == PAGERDUTY)
_SENT = select(*SHOWN).where(_THIS_TARGET)
_KNOWN = select(incidents.c.body).where(incidents.c.alert_id == bindparam("this_alert"))


@dataclass(frozen=True, slots=True)
class Heard:
    """What became of an event: `accepted`, `duplicate`, `old`, or `kept` (it is about no alert of ours)."""

    delivery: str
    alert: int | None
    outcome: str


class IncidentStore:
    """The incidents in the database."""

    def __init__(self, db: Database) -> None:
        self._db = db
        save = db.insert(incidents)
        self._save = save.on_conflict_do_update(index_elements=["alert_id"], set_={"body": save.excluded.body})

    async def hear(self, event: PagerDutyEvent, raw: bytes, now: datetime) -> Heard:
        """Do what `event` says to its alert, unless it was heard before or something newer was."""
        delivery = key(f"pagerduty:{event.id}")
        async with self._db.write() as conn:
            if not await self._take(conn, delivery, event, raw, now):
                return Heard(delivery, None, "duplicate")
            about = await self._about(conn, event.dedup_key) if event.happening is not Happening.OTHER else None
            if about is None:
                return Heard(delivery, None, "kept")
            table = deliveries.c
            await conn.execute(update(deliveries).where(table.id == delivery).values(alert_id=about))
            return Heard(delivery, about, await self._apply(conn, about, event, now))

    async def note(self, alert_id: int, found: Incident, now: datetime) -> bool:
        """Keep what PagerDuty's REST API says of the alert's incident; whether that is anything new."""
        async with self._db.write() as conn:
            await conn.run_sync(locked, alert_id)
            known: Incident | None = await conn.scalar(_KNOWN, {"this_alert": alert_id})
            found = replace(found, heard_at=known.heard_at if known else None)
            if found == known:
                return False
            await conn.execute(self._save, {"alert_id": alert_id, "body": found})
            await touch(conn, [alert_id], now)
        return True

    async def _take(
        self, conn: AsyncConnection, delivery: str, event: PagerDutyEvent, raw: bytes, now: datetime
    ) -> bool:
        row = {
            "id": delivery,
            "source": "pagerduty",
            "resource": "incident",
            "action": event.happening.value,
            "received_at": now,
            "body": raw[:MAX_BODY] if event.happening is Happening.OTHER else None,
        }
        return (await conn.execute(self._db.insert_new(deliveries), [row])).first() is not None

    async def _apply(self, conn: AsyncConnection, alert_id: int, event: PagerDutyEvent, now: datetime) -> str:
        this = {"this_alert": alert_id}
        alert = await conn.run_sync(locked, alert_id)
        known: Incident | None = await conn.scalar(_KNOWN, this)
        if known and known.heard_at and event.occurred_at and event.occurred_at < known.heard_at:
            return "old"
        row = (await conn.execute(_SENT, this)).mappings().one_or_none()
        wanted = command(event, alert, shown_from(row) if row else Shown(target=PAGERDUTY), now)
        stands = incident(event, known)
        if stands and stands != known:
            await conn.execute(self._save, {"alert_id": alert_id, "body": stands})
        if wanted:
            await conn.run_sync(perform, alert_id, wanted)
        else:
            await touch(conn, [alert_id], now)
        return "accepted"

    async def _about(self, conn: AsyncConnection, dedup_key: str | None) -> int | None:
        """The alert that was paged under a key; else the one that would be (see `bot.pagerduty.pages.dedup_key`)."""
        if not dedup_key:
            return None
        paged = select(targets.c.alert_id).where(targets.c.target == PAGERDUTY, targets.c.external_id == dedup_key)
        issue = dedup_key.removeprefix("sentry-issue-")
        own = f"sentry:{issue}" if issue != dedup_key else dedup_key.removeprefix("sentry-")
        named = select(alerts.c.id).where((alerts.c.issue_key == own) | (alerts.c.short_id == dedup_key))
        for query in (paged.order_by(targets.c.alert_id.desc()), named.order_by(alerts.c.id.desc())):
            found: int | None = await conn.scalar(query.limit(1))
            if found is not None:
                return found
        return None
