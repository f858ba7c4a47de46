"""What people corrected, how long fixes took, and which rules came of it: read for `bot.classify`, which decides."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import RowMapping, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerts.alert import Action, Actor, Counts, Source, State
from bot.alerts.classification import Category, Classification, Severity
from bot.alerts.event import ErrorEvent
from bot.classify.fingerprint import normalised
from bot.classify.fix_times import Took
from bot.classify.lessons import Lesson, Traits
from bot.classify.proposals import Known
from bot.insights.records import Step
from bot.insights.spells import spells
from bot.store.codec import inside
from bot.store.engine import Database
from bot.store.learning_tables import taught_rules
from bot.store.rows import COUNTS, counts_from
from bot.store.tables import alerts, classifications, descriptions, transitions
from bot.store.touching import touch

REMEMBERED = timedelta(days=180)
"""What is older teaches nothing any more: code changes."""
_LESSONS, _FIXES, _ALIKE = 1_000, 2_000, 500
"""Rows that are read at most, the newest."""
_PERSON = "user:"
_CORRECTED = (
    *(alerts.c.standing, alerts.c.title, *COUNTS, descriptions.c.event),
    *(classifications.c[name] for name in ("alert_id", "made_by", "severity", "category", "created_at")),
)

Judge = Callable[[ErrorEvent, Counts], Classification]


class Decision(StrEnum):
    """What became of a proposed rule."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class Decided:
    """A proposed rule that somebody decided about."""

    key: str
    decision: Decision
    text: str
    by: Actor
    at: datetime


class LessonStore:
    """What the database has to teach."""

    def __init__(self, db: Database) -> None:
        self._db = db
        save = db.insert(taught_rules)
        said = {name: save.excluded[name] for name in ("state", "text", "decided_by", "decided_at")}
        self._save = save.on_conflict_do_update(index_elements=["key"], set_=said)

    async def mark(self) -> tuple[int, datetime | None]:
        """What changes whenever a correction is made or taken back, or a rule is decided about."""
        about = transitions.c.action.in_([Action.RECLASSIFIED.value, Action.UNDONE.value])
        async with self._db.read() as conn:
            newest = await conn.scalar(select(func.max(transitions.c.id)).where(about))
            return newest or 0, await conn.scalar(select(func.max(taught_rules.c.decided_at)))

    async def lessons(self, now: datetime, judge: Judge) -> list[Lesson]:
        """The corrections that are in force: what was taken back, or corrected again, is none.

        `judge`: what the machine says of an error that nobody corrected.
        """
        query = (
            select(*_CORRECTED, classifications.c.id.label("verdict_id"))
            .select_from(classifications.join(alerts).join(descriptions, descriptions.c.alert_id == alerts.c.id))
            .where(classifications.c.made_by.startswith(_PERSON), classifications.c.created_at >= now - REMEMBERED)
            .order_by(classifications.c.id.desc())
            .limit(_LESSONS)
        )
        async with self._db.read() as conn:
            rows = (await conn.execute(query)).mappings().all()
            valid = [row for row in rows if _in_force(row)]
            untaught = await _untaught(conn, [row["alert_id"] for row in valid])
            names = await _names(conn, [row["alert_id"] for row in valid])

        def taught() -> list[Lesson]:
            return [_lesson(row, judge(row["event"], counts_from(row)), untaught, names) for row in valid]

        return await asyncio.to_thread(taught)  # a thousand verdicts take a second, and others want to work meanwhile

    async def fixes(self, now: datetime) -> list[Took]:
        """How long fixes took that people finished."""
        columns = [
            transitions.c[name] for name in ("id", "alert_id", "at", "action", "actor_source", "after", "detail")
        ]
        resolved = (
            select(transitions.c.alert_id)
            .where(transitions.c.action == Action.RESOLVED.value, transitions.c.actor_source == Source.USER.value)
            .where(transitions.c.at >= now - REMEMBERED)
            .order_by(transitions.c.id.desc())
            .limit(_FIXES)
        )
        about = select(alerts.c.id, alerts.c.category, alerts.c.title).where(alerts.c.id.in_(resolved))
        steps = select(*columns).where(transitions.c.alert_id.in_(resolved)).order_by(transitions.c.id)
        async with self._db.read() as conn:
            known = {row["id"]: row for row in (await conn.execute(about)).mappings()}
            log = [_step(row) for row in (await conn.execute(steps)).mappings()]
        return [
            Took(_kind(known[spell.alert_id]["title"]), Category(known[spell.alert_id]["category"]), spell.worked)
            for spell in spells(log)
            if spell.worked is not None
            and spell.resolved_by is Source.USER
            and known[spell.alert_id]["category"] is not None
        ]

    async def look_again(self, kinds: Sequence[str] | None, now: datetime) -> list[int]:
        """Make the alerts due that are not over and whose error is of one of these types (None: any); returns them."""
        if kinds is not None and not kinds:
            return []
        title = alerts.c.title
        alike = [or_(title == kind, title.startswith(f"{kind}:", autoescape=True)) for kind in kinds or ()]
        waiting = alerts.c.state.not_in([State.RESOLVED.value, State.VERIFIED.value])
        query = select(alerts.c.id).where(waiting, *([or_(*alike)] if alike else []))
        async with self._db.write() as conn:
            found = list(await conn.scalars(query.order_by(alerts.c.id.desc()).limit(_ALIKE)))
            await touch(conn, found, now)
        return found

    async def history(self, limit: int) -> list[Known]:
        """The newest alerts, for a preview."""
        known = (alerts.c.id, alerts.c.title, alerts.c.standing, alerts.c.category, *COUNTS, descriptions.c.event)
        query = select(*known).join_from(alerts, descriptions)
        async with self._db.read() as conn:
            rows = (await conn.execute(query.order_by(alerts.c.id.desc()).limit(limit))).mappings()
            return [_known(row) for row in rows]

    async def decided(self) -> list[Decided]:
        """Every proposed rule that somebody decided about, oldest first."""
        async with self._db.read() as conn:
            rows = (await conn.execute(select(taught_rules).order_by(taught_rules.c.decided_at))).mappings()
            return [
                Decided(row["key"], Decision(row["state"]), row["text"], row["decided_by"], row["decided_at"])
                for row in rows
            ]

    async def decide(self, decided: Decided) -> None:
        """Write a decision down; the newest counts."""
        row = {
            "key": decided.key,
            "state": decided.decision.value,
            "text": decided.text,
            "decided_by": decided.by,
            "decided_at": decided.at,
        }
        async with self._db.write() as conn:
            await conn.execute(self._save, row)


def _in_force(row: RowMapping) -> bool:
    standing = row["standing"]
    return bool(standing.corrected) and standing.classification_id == row["verdict_id"]


async def _untaught(conn: AsyncConnection, ids: Sequence[int]) -> dict[int, Severity]:
    """Each alert's severity by the newest verdict that no person gave or taught."""
    by_machine = classifications.c.made_by.not_like(f"{_PERSON}%")
    taught = inside(classifications.c.body, "taught_by").as_string()
    columns = (classifications.c.alert_id, classifications.c.severity, taught.label("taught_by"))
    query = select(*columns).where(classifications.c.alert_id.in_(ids), by_machine).order_by(classifications.c.id)
    rows = (await conn.execute(query)).mappings()
    return {row["alert_id"]: Severity(row["severity"]) for row in rows if not row["taught_by"]}


async def _names(conn: AsyncConnection, ids: Sequence[int]) -> dict[tuple[int, str], str]:
    """What the people who corrected are called, by alert and id."""
    columns = (transitions.c.alert_id, transitions.c.actor_id, transitions.c.actor_name)
    corrected = transitions.c.action == Action.RECLASSIFIED.value
    query = select(*columns).where(transitions.c.alert_id.in_(ids), corrected).order_by(transitions.c.id)
    return {(row.alert_id, row.actor_id): row.actor_name for row in await conn.execute(query)}


def _lesson(
    row: RowMapping, judged: Classification, untaught: dict[int, Severity], names: dict[tuple[int, str], str]
) -> Lesson:
    who = str(row["made_by"]).removeprefix(_PERSON)
    event: ErrorEvent = row["event"]
    crash = event.crash
    return Lesson(
        alert_id=row["alert_id"],
        by=Actor(source=Source.USER, id=who, name=names.get((row["alert_id"], who), "")),
        at=row["created_at"],
        was_severity=untaught.get(row["alert_id"], judged.severity),
        was_category=judged.category,
        severity=Severity(row["severity"]),
        category=Category(row["category"]),
        traits=Traits.of(event),
        title=row["title"],
        message=normalised((crash.value if crash else None) or event.message or event.title),
    )


def _known(row: RowMapping) -> Known:
    corrected = Category(row["category"]) if row["standing"].corrected and row["category"] else None
    return Known(row["id"], row["title"], row["event"], counts_from(row), corrected)


def _step(row: RowMapping) -> Step:
    return Step(
        id=row["id"],
        alert_id=row["alert_id"],
        at=row["at"],
        action=Action(row["action"]),
        by=Source(row["actor_source"]),
        after=row["after"].state,
        detail=row["detail"],
    )


def _kind(title: str) -> str:
    """The type of an error, as its alert's title begins."""
    return title.partition(":")[0] if ": " in title else title
