"""Questions and answers in the database: written before they are acknowledged, leased while they are answered.

Decides nothing about answers, and knows no Slack beyond the ids that it keeps.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import RowMapping, or_, select, update

from bot.alerts.dossier import CARD
from bot.alerts.question import Answer, Inquiry, Question, QuestionState
from bot.store.codec import key
from bot.store.engine import Database
from bot.store.tables import questions, targets, transitions

_OPEN = (QuestionState.WAITING.value, QuestionState.ANSWERING.value)
_QUESTION = tuple(
    questions.c[name]
    for name in ("id", "asked", "state", "answer", "message_ts", "streaming", "sending_since", "attempts")
)


class ConversationStore:
    """The questions in the database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def add(self, asked: Inquiry) -> int | None:
        """Write a question down, due at once; None: this one was there already.

        Raises:
            SQLAlchemyError: it could not be written, so it must not be acknowledged.
        """
        row = {
            "alert_id": asked.alert_id,
            "asked": asked,
            "source": key(asked.source),
            "asked_by": key(asked.by.id),
            "state": QuestionState.WAITING.value,
            "model": "",
            "created_at": asked.at,
            "message_ts": "",
            "streaming": False,
            "attempts": 0,
            "due_at": asked.at,
        }
        new = self._db.insert(questions).values(row).on_conflict_do_nothing(index_elements=[questions.c.source])
        async with self._db.write() as conn:
            added: int | None = await conn.scalar(new.returning(questions.c.id))
        return added

    async def alert_of(self, channel: str, thread_ts: str) -> int | None:
        """The alert whose card begins this thread; None: nobody's card does."""
        place = (targets.c.channel == channel, targets.c.external_id == thread_ts, targets.c.target == CARD)
        async with self._db.read() as conn:
            found: int | None = await conn.scalar(select(targets.c.alert_id).where(*place))
        return found

    async def name_of(self, user_id: str) -> str:
        """What a person was called when they last did something; empty: they never did."""
        query = select(transitions.c.actor_name).where(
            transitions.c.actor_id == user_id, transitions.c.actor_name != ""
        )
        async with self._db.read() as conn:
            return str(await conn.scalar(query.order_by(transitions.c.id.desc()).limit(1)) or "")

    async def lease(self, question_id: int, owner: str, now: datetime, seconds: float) -> Question | None:
        """Keep others from answering it; None where somebody does already, or it is over."""
        until = now + timedelta(seconds=seconds)
        free = or_(questions.c.lease_until.is_(None), questions.c.lease_until <= now)
        statement = update(questions).where(questions.c.id == question_id, questions.c.state.in_(_OPEN), free)
        taken = {
            "state": QuestionState.ANSWERING.value,
            "attempts": questions.c.attempts + 1,
            "lease_owner": owner,
            "lease_until": until,
            "due_at": until,  # a dead worker's question is found when its lease ends
        }
        async with self._db.write() as conn:
            row = (await conn.execute(statement.values(taken).returning(*_QUESTION))).mappings().one_or_none()
        return _question(row) if row else None

    async def save_message(self, question: Question, owner: str) -> bool:
        """Keep where its message stands; False: the lease is somebody else's by now, so hands off."""
        told = {
            "message_ts": question.message_ts,
            "streaming": question.streaming,
            "sending_since": question.sending_since,
        }
        return await self._save(question.id, owner, told)

    async def save_answer(self, question_id: int, owner: str, answer: Answer) -> bool:
        """Keep the answer, before it is shown; False: as `save_message`."""
        told = {"answer": answer, "model": answer.model, "cost_usd": answer.cost_usd}
        return await self._save(question_id, owner, told)

    async def finish(self, question_id: int, owner: str, state: QuestionState, at: datetime) -> bool:
        """It is over: answered and shown, or given up."""
        over = {"state": state.value, "answered_at": at, "due_at": None, "lease_owner": None, "lease_until": None}
        return await self._save(question_id, owner, over)

    async def defer(self, question_id: int, owner: str, due_at: datetime) -> bool:
        """Give the lease back, to be taken up again at `due_at`."""
        return await self._save(question_id, owner, {"due_at": due_at, "lease_owner": None, "lease_until": None})

    async def _save(self, question_id: int, owner: str, columns: dict[str, Any]) -> bool:
        mine = (questions.c.id == question_id, questions.c.lease_owner == owner)
        async with self._db.write() as conn:
            return bool((await conn.execute(update(questions).where(*mine).values(columns))).rowcount)

    async def due(self, now: datetime, limit: int) -> list[int]:
        """The questions to take up now, longest due first."""
        query = select(questions.c.id).where(questions.c.due_at <= now).order_by(questions.c.due_at, questions.c.id)
        async with self._db.read() as conn:
            return list(await conn.scalars(query.limit(limit)))

    async def end_leases(self) -> None:
        """End every lease, when the only process there is starts: whoever held them is dead."""
        held = update(questions).where(questions.c.lease_owner.is_not(None))
        async with self._db.write() as conn:
            await conn.execute(held.values(lease_owner=None, lease_until=None, due_at=questions.c.created_at))

    async def earlier(self, question: Question, limit: int) -> Sequence[Question]:
        """The newest questions about the same alert that were answered before this one, oldest first."""
        same = (questions.c.alert_id == question.asked.alert_id, questions.c.id < question.id)
        answered = questions.c.state == QuestionState.ANSWERED.value
        query = select(*_QUESTION).where(*same, answered).order_by(questions.c.id.desc()).limit(limit)
        async with self._db.read() as conn:
            return [_question(row) for row in reversed((await conn.execute(query)).mappings().all())]

    async def of(self, alert_id: int) -> list[Question]:
        """All questions about an alert, oldest first."""
        query = select(*_QUESTION).where(questions.c.alert_id == alert_id).order_by(questions.c.id)
        async with self._db.read() as conn:
            return [_question(row) for row in (await conn.execute(query)).mappings()]


def _question(row: RowMapping) -> Question:
    return Question(**{**row, "state": QuestionState(row["state"])})
