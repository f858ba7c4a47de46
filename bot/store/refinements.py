"""Asking models, as the database remembers it: who is to be asked about, what was answered, what was seen and said."""

from datetime import datetime, timedelta

from sqlalchemy import insert, or_, select, update

from bot.alerts.asking import Asked, AskState, ModelCall
from bot.classify.answer import ModelVerdict
from bot.store.engine import Database
from bot.store.tables import model_answers, model_calls, refinements
from bot.store.touching import touch

_PENDING = (AskState.WAITING.value, AskState.GIVEN_UP.value)


class RefinementStore:
    """What is asked of models."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def want(self, alert_id: int, asked: Asked) -> None:
        """Put an alert in line, or back in line."""
        columns = {"asked": asked, "state": asked.state.value, "due_at": asked.next_try_at}
        statement = self._db.insert(refinements).values(alert_id=alert_id, **columns)
        async with self._db.write() as conn:
            await conn.execute(statement.on_conflict_do_update(index_elements=["alert_id"], set_=columns))

    async def due(self, now: datetime, limit: int) -> list[int]:
        """The alerts about which a model is to be asked now and nobody is asking, longest waiting first."""
        free = or_(refinements.c.lease_until.is_(None), refinements.c.lease_until <= now)
        query = select(refinements.c.alert_id).where(refinements.c.due_at <= now, free)
        query = query.where(refinements.c.state.in_(_PENDING)).order_by(refinements.c.due_at, refinements.c.alert_id)
        async with self._db.read() as conn:
            return list(await conn.scalars(query.limit(limit)))

    async def claim(self, alert_id: int, owner: str, now: datetime, seconds: float) -> Asked | None:
        """Keep others from asking about the alert; None where somebody does, or nobody has to any more."""
        free = or_(refinements.c.lease_until.is_(None), refinements.c.lease_until <= now)
        statement = (
            update(refinements)
            .where(refinements.c.alert_id == alert_id, free, refinements.c.state.in_(_PENDING))
            .values(lease_owner=owner, lease_until=now + timedelta(seconds=seconds))
            .returning(refinements.c.asked)
        )
        async with self._db.write() as conn:
            asked: Asked | None = await conn.scalar(statement)
        return asked

    async def settle(self, alert_id: int, owner: str, asked: Asked) -> None:
        """Write down what came of it, let others ask again, and make the alert due: its card tells."""
        statement = (
            update(refinements)
            .where(refinements.c.alert_id == alert_id, refinements.c.lease_owner == owner)
            .values(asked=asked, state=asked.state.value, due_at=asked.next_try_at, lease_owner=None, lease_until=None)
        )
        async with self._db.write() as conn:
            if (await conn.execute(statement)).rowcount:
                await touch(conn, [alert_id], asked.at)

    async def unanswered(self, limit: int) -> list[int]:
        """The review queue: alerts whose question no model answered, newest first."""
        states = (AskState.GIVEN_UP.value, AskState.NO_BUDGET.value)
        query = select(refinements.c.alert_id).where(refinements.c.state.in_(states))
        async with self._db.read() as conn:
            return list(await conn.scalars(query.order_by(refinements.c.alert_id.desc()).limit(limit)))

    async def answer(self, fingerprint: str, prompt_version: str) -> ModelVerdict | None:
        """What a model said of the same error before."""
        query = select(model_answers.c.body).where(
            model_answers.c.fingerprint == fingerprint, model_answers.c.prompt_version == prompt_version
        )
        async with self._db.read() as conn:
            found: ModelVerdict | None = await conn.scalar(query)
        return found

    async def remember(self, fingerprint: str, prompt_version: str, body: ModelVerdict, at: datetime) -> None:
        """Keep an answer for all alerts with this fingerprint; the newest one wins."""
        statement = self._db.insert(model_answers).values(
            fingerprint=fingerprint, prompt_version=prompt_version, body=body, created_at=at
        )
        keys = list(model_answers.primary_key)
        async with self._db.write() as conn:
            await conn.execute(
                statement.on_conflict_do_update(index_elements=keys, set_={"body": body, "created_at": at})
            )

    async def record(self, alert_id: int, call: ModelCall) -> None:
        """Add a call to the audit."""
        async with self._db.write() as conn:
            await conn.execute(insert(model_calls).values(alert_id=alert_id, at=call.at, body=call))

    async def calls(self, alert_id: int, limit: int = 10) -> list[ModelCall]:
        """The calls about an alert, newest first."""
        query = select(model_calls.c.body).where(model_calls.c.alert_id == alert_id)
        async with self._db.read() as conn:
            return list(await conn.scalars(query.order_by(model_calls.c.id.desc()).limit(limit)))
