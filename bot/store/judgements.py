"""Reads what the rules, a model and people each made of the same errors; `bot.insights.scoreboard` compares."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import CompoundSelect, RowMapping, and_, case, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerts.alert import Action
from bot.alerts.classification import Category, Severity
from bot.insights.records import Case, Opinion, Period, Step
from bot.insights.spells import without_undone
from bot.store.codec import inside
from bot.store.feedback import Subject
from bot.store.paging import paged
from bot.store.shadows import shadows
from bot.store.slack_tables import feedback
from bot.store.spoken import STORMS
from bot.store.tables import classifications, model_answers, refinements, transitions

RULES, PERSON = "rules", "user:"
Thumbs = Mapping[int, tuple[int, int]]
"""A verdict's id → thumbs up, thumbs down."""
_VERDICT = (
    *(classifications.c[name] for name in ("id", "alert_id", "made_by", "severity", "category", "created_at")),
    inside(classifications.c.body, "confidence").as_float().label("confidence"),
)
_SAID = (
    refinements.c.alert_id,
    *(
        inside(model_answers.c.body, "classification", name).as_string().label(name)
        for name in ("severity", "category", "confidence")
    ),
)
ANSWERED = and_(
    model_answers.c.fingerprint == inside(refinements.c.asked, "fingerprint").as_string(),
    model_answers.c.prompt_version == inside(refinements.c.asked, "prompt_version").as_string(),
)
"""Which model's answer is an alert's."""


async def cases(conn: AsyncConnection, period: Period, steps: Sequence[Step]) -> tuple[Case, ...]:
    """The alerts that were opened or judged by a person in the period, with what each made of them."""
    within = and_(transitions.c.at >= period.since, transitions.c.at < period.until)
    begun = transitions.c.action.in_([Action.OPENED.value, Action.RECLASSIFIED.value])
    thumbed = select(feedback.c.alert_id).where(
        feedback.c.subject == Subject.VERDICT.value, feedback.c.at >= period.since, feedback.c.at < period.until
    )
    begun_by_itself = select(transitions.c.alert_id).where(within, begun, transitions.c.alert_id.not_in(STORMS))
    which = begun_by_itself.union(thumbed.where(feedback.c.alert_id.not_in(STORMS)))
    verdicts, models, thumbs = await _verdicts(conn, which), await _models(conn, which), await _thumbs(conn, which)
    corrections, aside = _corrections(steps), await shadows(conn, which)
    return tuple(
        _case(alert_id, rows, corrections.get(alert_id), models.get(alert_id), thumbs, aside.get(alert_id))
        for alert_id, rows in verdicts.items()
    )


def _corrections(steps: Iterable[Step]) -> dict[int, Step]:
    """Each alert's newest correction that was not taken back."""
    return {step.alert_id: step for step in without_undone(steps) if step.action is Action.RECLASSIFIED}


def _case(
    alert_id: int,
    rows: Sequence[RowMapping],
    correction: Step | None,
    model: Opinion | None,
    thumbs: Thumbs,
    shadow: Opinion | None,
) -> Case:
    """`rows`: the alert's verdicts, oldest first."""
    machines = [row for row in rows if not row["made_by"].startswith(PERSON)]
    if correction:
        machines = [row for row in machines if row["created_at"] <= correction.at]
    rules = [row for row in machines if row["made_by"] == RULES]
    ups, downs = thumbs.get(machines[-1]["id"], (0, 0)) if machines else (0, 0)
    return Case(
        alert_id=alert_id,
        at=correction.at if correction else rows[0]["created_at"],
        rules=_opinion(rules[-1]) if rules else None,
        model=model,
        shadow=shadow,
        shown=_opinion(machines[-1]) if machines else None,
        corrected=_meant(correction) if correction else None,
        ups=ups,
        downs=downs,
    )


def _opinion(row: RowMapping) -> Opinion:
    return Opinion(
        severity=Severity(row["severity"]),
        category=Category(row["category"]),
        confidence=float(row["confidence"] or 0.0),
    )


def _meant(correction: Step) -> Opinion | None:
    said = correction.detail
    if "to_severity" not in said or "to_category" not in said:
        return None
    return Opinion(severity=Severity(str(said["to_severity"])), category=Category(str(said["to_category"])))


async def _verdicts(conn: AsyncConnection, which: CompoundSelect[Any]) -> Mapping[int, list[RowMapping]]:
    query = select(*_VERDICT).where(classifications.c.alert_id.in_(which))
    found: dict[int, list[RowMapping]] = {}
    async for row in paged(conn, query, classifications.c.id):
        found.setdefault(row["alert_id"], []).append(row)
    return found


async def _models(conn: AsyncConnection, which: CompoundSelect[Any]) -> Mapping[int, Opinion]:
    query = select(*_SAID).join(model_answers, ANSWERED).where(refinements.c.alert_id.in_(which))
    return {row["alert_id"]: _opinion(row) async for row in paged(conn, query, refinements.c.alert_id)}


async def _thumbs(conn: AsyncConnection, which: CompoundSelect[Any]) -> Thumbs:
    up, down = (func.sum(case((feedback.c.good.is_(good), 1), else_=0)) for good in (True, False))
    about = and_(feedback.c.subject == Subject.VERDICT.value, feedback.c.alert_id.in_(which))
    query = select(feedback.c.subject_id, up, down).where(about).group_by(feedback.c.subject_id)
    return {verdict: (ups, downs) for verdict, ups, downs in await conn.execute(query)}
