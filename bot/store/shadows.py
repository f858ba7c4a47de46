"""What a shadow would have said and done: written beside the truth, and never read for anything but comparison."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import CompoundSelect, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerts.classification import Category, Classification, Severity
from bot.insights.records import Opinion
from bot.store.codec import inside
from bot.store.engine import Database
from bot.store.learning_tables import shadow_verdicts


@dataclass(frozen=True, slots=True)
class Shadowed:
    """What the shadow would have made of an alert."""

    verdict: Classification
    card: bool
    page: bool
    cost_usd: float = 0.0


class ShadowStore:
    """The shadow's words."""

    def __init__(self, db: Database) -> None:
        self._db = db
        save = db.insert(shadow_verdicts)
        names = ("body", "severity", "category", "card", "page", "cost_usd", "at")
        said = {name: save.excluded[name] for name in names}
        self._save = save.on_conflict_do_update(index_elements=["alert_id", "shadow"], set_=said)

    async def known(self, alert_id: int, shadow: str) -> Shadowed | None:
        """What it last said of an alert."""
        table = shadow_verdicts.c
        query = select(shadow_verdicts).where(table.alert_id == alert_id, table.shadow == shadow)
        async with self._db.read() as conn:
            row = (await conn.execute(query)).mappings().one_or_none()
        return Shadowed(row["body"], row["card"], row["page"], row["cost_usd"]) if row else None

    async def keep(self, alert_id: int, shadow: str, said: Shadowed, at: datetime) -> None:
        """Write down what it says now."""
        row = {
            "alert_id": alert_id,
            "shadow": shadow,
            "body": said.verdict,
            "severity": said.verdict.severity.value,
            "category": said.verdict.category.value,
            "card": said.card,
            "page": said.page,
            "cost_usd": said.cost_usd,
            "at": at,
        }
        async with self._db.write() as conn:
            await conn.execute(self._save, row)


async def shadows(conn: AsyncConnection, which: CompoundSelect[Any]) -> Mapping[int, Opinion]:
    """The shadow's opinion on each of these alerts; of several shadows, the newest word."""
    table = shadow_verdicts.c
    confidence = inside(table.body, "confidence").as_float().label("confidence")
    columns = (table.alert_id, table.severity, table.category, confidence)
    query = select(*columns).where(table.alert_id.in_(which)).order_by(table.at)
    return {
        row.alert_id: Opinion(
            severity=Severity(row.severity), category=Category(row.category), confidence=float(row.confidence or 0.0)
        )
        for row in await conn.execute(query)
    }
