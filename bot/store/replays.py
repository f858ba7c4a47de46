"""Reads what `bot.insights.replay` lives through again: each alert of a period, and what was done about it."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerts.alert import Action, Source, Transition
from bot.alerts.dossier import CARD, Dossier
from bot.errors import BadSettings
from bot.insights.records import Period, Step
from bot.insights.replay import MARKS, Outcome, Past
from bot.insights.spells import spells
from bot.store.dossiers import load
from bot.store.engine import Database
from bot.store.tables import alerts, model_calls, occurrences

MOST = 5_000
"""Alerts that are read at most, the newest."""


class ReplayStore:
    """The past, for a replay. Reads only."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def pasts(self, period: Period) -> list[Past]:
        """Every alert that was open in the period, oldest first.

        Raises:
            BadSettings: the database has no such tables: the bot of this version never ran on it.
        """
        seen = select(alerts.c.id).where(alerts.c.last_seen >= period.since, alerts.c.created_at < period.until)
        try:
            async with self._db.read() as conn:
                ids = list(await conn.scalars(seen.order_by(alerts.c.id.desc()).limit(MOST)))
                found = [await self._past(conn, alert_id, period) for alert_id in reversed(ids)]
        except SQLAlchemyError as error:
            raise BadSettings(f"DATABASE_URL: cannot be read; let the bot start on it once ({error})") from error
        return [past for past in found if past is not None]

    async def _past(self, conn: AsyncConnection, alert_id: int, period: Period) -> Past | None:
        dossier = await conn.run_sync(load, alert_id)
        lived = tuple(s for s in spells(_step(alert_id, t) for t in dossier.transitions) if s.began in period)
        if not lived or dossier.event.resource == "storm":
            return None
        return Past(
            dossier=dossier,
            spells=lived,
            marks=await _marks(conn, alert_id),
            was=await _was(conn, dossier, period.until),
        )


async def _marks(conn: AsyncConnection, alert_id: int) -> tuple[tuple[datetime, int], ...]:
    number = func.row_number().over(order_by=occurrences.c.at).label("number")
    numbered = select(occurrences.c.at, number).where(occurrences.c.alert_id == alert_id).subquery()
    query = select(numbered.c.at, numbered.c.number).where(numbered.c.number.in_(MARKS)).order_by(numbered.c.number)
    return tuple((row.at, row.number) for row in await conn.execute(query))


async def _was(conn: AsyncConnection, dossier: Dossier, until: datetime) -> Outcome:
    shown, verdict = dossier.targets.get(CARD), dossier.classification
    calls = (await conn.scalars(select(model_calls.c.body).where(model_calls.c.alert_id == dossier.alert.id))).all()
    posted = shown is not None and bool(shown.external_id)
    return Outcome(
        posted=posted,
        paged=any(_by_itself(t) for t in dossier.transitions),
        muted=not posted and dossier.muted(min(until, dossier.alert.last_seen)) is not None,
        severity=verdict.severity.value if verdict else "",
        category=verdict.category.value if verdict else "",
        usd=sum(call.cost_usd for call in calls),
    )


def _by_itself(transition: Transition) -> bool:
    """PagerDuty was called, and no person asked for it."""
    machine = transition.actor.source in (Source.BOT, Source.TIMER)
    return transition.action is Action.ESCALATED and machine


def _step(alert_id: int, transition: Transition) -> Step:
    return Step(
        id=transition.id or 0,
        alert_id=alert_id,
        at=transition.at,
        action=transition.action,
        by=transition.actor.source,
        after=transition.after.state,
        detail=transition.detail,
    )
