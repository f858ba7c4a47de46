"""People's thumbs on verdicts and answers: written down once a person, counted for the figures."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerts.alert import Actor
from bot.insights.records import Tally
from bot.store.engine import Database
from bot.store.slack_tables import feedback
from bot.store.tables import classifications, questions


class Subject(StrEnum):
    """What a thumb is about."""

    VERDICT = "verdict"
    ANSWER = "answer"


class FeedbackStore:
    """The thumbs in the database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def give(self, subject: Subject, subject_id: int, by: Actor, *, good: bool, at: datetime) -> int | None:
        """Write down what a person thinks of a verdict or an answer; the newest word of each person counts.

        Returns the alert's id; None where there is no such verdict or answer.
        """
        about = classifications if subject is Subject.VERDICT else questions
        async with self._db.write() as conn:
            alert_id: int | None = await conn.scalar(select(about.c.alert_id).where(about.c.id == subject_id))
            if alert_id is None:
                return None
            key = {"subject": subject.value, "subject_id": subject_id, "user_id": by.id}
            said = {"user_name": by.name, "good": good, "at": at}
            statement = self._db.insert(feedback).values(**key, **said, alert_id=alert_id)
            await conn.execute(statement.on_conflict_do_update(index_elements=list(key), set_=said))
        return alert_id


async def tallies(conn: AsyncConnection, since: datetime, until: datetime) -> Mapping[str, Tally]:
    """What people thought in a time: every subject is there, if only with noughts."""
    query = (
        select(feedback.c.subject, feedback.c.good, func.count())
        .where(feedback.c.at >= since, feedback.c.at < until)
        .group_by(feedback.c.subject, feedback.c.good)
    )
    counts = {(subject, bool(good)): int(count) for subject, good, count in await conn.execute(query)}
    return {each: Tally(counts.get((each, True), 0), counts.get((each, False), 0)) for each in Subject}
