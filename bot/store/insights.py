"""Reads a period's history for the figures: see `bot.insights.records`. Reads only; what it means is counted there.

Of the large JSON columns only single values are asked for, by path, which both databases can do.
"""

from collections.abc import AsyncIterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, Select, and_, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerts.alert import Action, Source, State
from bot.alerts.classification import Category, FixTime, Severity
from bot.insights.records import Asking, History, Line, Offender, Open, Period, Sleeper, Step
from bot.store.codec import inside
from bot.store.engine import Database
from bot.store.feedback import tallies
from bot.store.judgements import ANSWERED, cases
from bot.store.paging import paged
from bot.store.rows import COUNTS, counts_from
from bot.store.spoken import IN_FORCE, STORMS, WORST_FIRST, in_lists, waiting
from bot.store.tables import (
    alerts,
    classifications,
    descriptions,
    model_answers,
    model_calls,
    occurrences,
    questions,
    refinements,
    transitions,
)

WORST = 10
"""Offenders that are named."""
_TELLING = tuple(
    action.value
    for action in (
        *(Action.OPENED, Action.ACKNOWLEDGED, Action.RESOLVED, Action.REOPENED, Action.REGRESSED),
        *(Action.RECLASSIFIED, Action.UNDONE),
    )
)
_TOLD = tuple(
    action.value for action in (Action.OPENED, Action.REGRESSED, Action.RECURRED, Action.MILESTONE, Action.WOKEN)
)
"""What the bot itself writes in the thread because events came."""
_LINE = (
    *(alerts.c[name] for name in ("id", "title", "state", "created_at", "short_id", "project", "severity", "category")),
    inside(descriptions.c.event, "web_url").as_string().label("url"),
    inside(classifications.c.body, "estimated_fix_time").as_string().label("fix_time"),
)
_DESCRIBED = alerts.join(descriptions).outerjoin(classifications, IN_FORCE)
_STEP = (
    *(transitions.c[name] for name in ("id", "alert_id", "at", "action", "actor_source", "detail")),
    inside(transitions.c.after, "state").as_string().label("after"),
)


class InsightStore:
    """The periods in the database; see `bot.insights.records.Remembers`."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def history(self, period: Period) -> History:
        """Everything about a period, as of one moment."""
        within = _within(transitions.c.at, period)
        telling = (within, transitions.c.action.in_(_TELLING), transitions.c.alert_id.not_in(STORMS))
        touched = select(transitions.c.alert_id).where(*telling)
        async with self._db.read() as conn:
            steps = await _steps(conn, period, touched)
            shared, saved = await _shared(conn, period)
            return History(
                period=period,
                lines={line.id: line async for line in _lines(conn, alerts.c.id.in_(touched))},
                steps=steps,
                events=await _count(conn, select(func.count()).where(_within(occurrences.c.at, period))),
                told=await _count(conn, select(func.count()).where(within, transitions.c.action.in_(_TOLD))),
                cases=await cases(conn, period, steps),
                askings=await _askings(conn, period),
                shared=shared,
                saved_usd=saved,
                offenders=await _offenders(conn, period),
                sleepers=await _sleepers(conn),
                waiting=await waiting(conn),
                thumbs=await tallies(conn, period.since, period.until),
            )

    async def still_open(self, limit: int) -> Sequence[Open]:
        """The alerts that are not over, worst first, then last seen first."""
        query = select(*_LINE, alerts.c.standing, *COUNTS).select_from(_DESCRIBED)
        query = query.where(*in_lists()).order_by(WORST_FIRST, alerts.c.last_seen.desc(), alerts.c.id)
        async with self._db.read() as conn:
            return [_open(row) for row in (await conn.execute(query.limit(limit))).mappings()]


def _within(column: ColumnElement[Any], period: Period) -> ColumnElement[bool]:
    return and_(column >= period.since, column < period.until)


async def _count(conn: AsyncConnection, query: Select[Any]) -> int:
    return int(await conn.scalar(query) or 0)


async def _lines(conn: AsyncConnection, which: ColumnElement[bool]) -> AsyncIterator[Line]:
    query = select(*_LINE).select_from(_DESCRIBED).where(which)
    async for row in paged(conn, query, alerts.c.id):
        yield _line(row)


def _line(row: RowMapping) -> Line:
    return Line(
        id=row["id"],
        title=row["title"],
        state=State(row["state"]),
        created_at=row["created_at"],
        short_id=row["short_id"],
        project=row["project"],
        url=row["url"],
        severity=Severity(row["severity"]) if row["severity"] else None,
        category=Category(row["category"]) if row["category"] else None,
        fix_time=FixTime(row["fix_time"]) if row["fix_time"] else None,
    )


def _open(row: RowMapping) -> Open:
    standing, counts = row["standing"], counts_from(row)
    owner = standing.owner.name if standing.owner else ""
    return Open(line=_line(row), since=standing.since, owner=owner, events=counts.total, users=counts.affected)


async def _steps(conn: AsyncConnection, period: Period, touched: Select[tuple[int]]) -> tuple[Step, ...]:
    query = select(*_STEP).where(transitions.c.action.in_(_TELLING), transitions.c.at < period.until)
    query = query.where(transitions.c.alert_id.in_(touched))
    return tuple([_step(row) async for row in paged(conn, query, transitions.c.id)])


def _step(row: RowMapping) -> Step:
    return Step(
        id=row["id"],
        alert_id=row["alert_id"],
        at=row["at"],
        action=Action(row["action"]),
        by=Source(row["actor_source"]),
        after=State(row["after"]),
        detail=row["detail"],
    )


async def _askings(conn: AsyncConnection, period: Period) -> tuple[Asking, ...]:
    """Verdicts and answers to questions, by model."""
    model = inside(model_calls.c.body, "model").as_string()
    cost = inside(model_calls.c.body, "cost_usd").as_float()
    verdicts = select(model, func.count(), func.sum(cost)).where(_within(model_calls.c.at, period)).group_by(model)
    asked = questions.c.model
    answers = (
        select(asked, func.count(), func.sum(questions.c.cost_usd))
        .where(_within(questions.c.answered_at, period), asked != "")
        .group_by(asked)
    )
    calls: dict[str, int] = {}
    costs: dict[str, float] = {}
    for query in (verdicts, answers):
        for name, count, usd in await conn.execute(query):
            calls[name] = calls.get(name, 0) + count
            costs[name] = costs.get(name, 0.0) + (usd or 0.0)
    return tuple(Asking(model=name, calls=calls[name], cost_usd=costs[name]) for name in sorted(calls))


async def _shared(conn: AsyncConnection, period: Period) -> tuple[int, float]:
    """The verdicts that were there already, and what they had cost when they were new."""
    taken = and_(inside(classifications.c.body, "shared").as_boolean(), _within(classifications.c.created_at, period))
    price = func.sum(inside(model_answers.c.body, "cost_usd").as_float())
    priced = (
        select(price)
        .select_from(classifications)
        .join(refinements, refinements.c.alert_id == classifications.c.alert_id)
        .join(model_answers, ANSWERED)
        .where(taken)
    )
    return await _count(conn, select(func.count()).where(taken)), float(await conn.scalar(priced) or 0.0)


async def _offenders(conn: AsyncConnection, period: Period) -> tuple[Offender, ...]:
    events = func.count().label("events")
    query = select(occurrences.c.alert_id, events).where(_within(occurrences.c.at, period))
    query = query.group_by(occurrences.c.alert_id).order_by(events.desc(), occurrences.c.alert_id).limit(WORST)
    counted = [(alert, count) for alert, count in await conn.execute(query)]
    lines = {line.id: line async for line in _lines(conn, alerts.c.id.in_([alert for alert, _ in counted]))}
    return tuple(Offender(lines[alert], count) for alert, count in counted)


async def _sleepers(conn: AsyncConnection) -> tuple[Sleeper, ...]:
    query = select(*_LINE, alerts.c.standing).select_from(_DESCRIBED)
    rows = (await conn.execute(query.where(alerts.c.state == State.SNOOZED.value))).mappings()
    asleep = [(row, row["standing"].snooze) for row in rows]
    timed = (Sleeper(_line(row), snooze.until) for row, snooze in asleep if snooze and snooze.until)
    return tuple(sorted(timed, key=lambda sleeper: (sleeper.until, sleeper.line.id)))
