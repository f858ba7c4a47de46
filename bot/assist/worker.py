"""Answers the questions that were written down: leased, a few at a time, found again after a crash, each told once."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Protocol

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.alerts.dossier import Dossier
from bot.alerts.question import Answer, Question, QuestionState
from bot.assist.answers import Answers
from bot.assist.telling import Teller
from bot.errors import Rejected, TargetError, UnknownAlert
from bot.rounds import Rounds
from bot.slack import words

AT_ONCE = 8
"""Questions that one process answers at the same time."""
LEASE_SECONDS = 150.0
"""More than a model's minute and all calls to Slack around it may take."""
PAUSE, STOP_WITHIN = 1.0, 3.0
"""Seconds between two looks, and for calls that are on their way when we stop."""
GIVE_UP = timedelta(hours=1)
"""A question that could not be shown for so long is not answered any more: nobody waits for it."""
_REMEMBERED, _BATCH, _LONGEST, _TRIES = 5, 50, 300.0, 3

log = structlog.get_logger(__name__)


class Store(Protocol):
    """What answering asks of the store."""

    async def lease(self, question_id: int, owner: str, now: datetime, seconds: float) -> Question | None: ...  # noqa: D102
    async def save_message(self, question: Question, owner: str) -> bool: ...  # noqa: D102
    async def save_answer(self, question_id: int, owner: str, answer: Answer) -> bool: ...  # noqa: D102
    async def finish(self, question_id: int, owner: str, state: QuestionState, at: datetime) -> bool: ...  # noqa: D102
    async def defer(self, question_id: int, owner: str, due_at: datetime) -> bool: ...  # noqa: D102
    async def due(self, now: datetime, limit: int) -> list[int]: ...  # noqa: D102
    async def earlier(self, question: Question, limit: int) -> Sequence[Question]: ...  # noqa: D102


class _Lost(Exception):
    """Our lease has expired and is somebody else's: hands off."""


class QuestionWorker:
    """The questions' own queue: `wake` puts one in, a sweep finds those that nobody woke."""

    def __init__(
        self,
        store: Store,
        look: Callable[[int], Awaitable[Dossier]],
        answers: Answers,
        teller: Teller,
        *,
        clock: Callable[[], datetime],
        owner: str,
        outcome: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._store, self._look, self._answers, self._teller = store, look, answers, teller
        self._clock, self._outcome = clock, outcome
        self._leases = (f"{owner}:question:{number}" for number in count())
        self._places = asyncio.Semaphore(AT_ONCE)
        self._running: dict[int, asyncio.Task[None]] = {}
        self._rounds = Rounds("questions", self._sweep, PAUSE)

    def wake(self, question_id: int) -> None:
        """Answer a question as soon as there is a place for it; never blocks."""
        if question_id not in self._running:
            task = self._running[question_id] = asyncio.create_task(self._work(question_id))
            task.add_done_callback(lambda _: self._running.pop(question_id, None))

    async def start(self) -> None:
        """Begin to look for questions."""
        self._rounds.start()

    async def stop(self) -> None:
        """Answer no more. What was begun is found again by its lease, and goes on in the same message."""
        await self._rounds.stop()
        for task in (tasks := list(self._running.values())):
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=STOP_WITHIN)

    async def _sweep(self) -> None:
        for question_id in await self._store.due(self._clock(), _BATCH):
            self.wake(question_id)

    async def _work(self, question_id: int) -> None:
        async with self._places:
            lease = next(self._leases)
            try:
                question = await self._store.lease(question_id, lease, self._clock(), LEASE_SECONDS)
                if question:
                    await self._tried(_Held(question, lease, self._store))
            except (SQLAlchemyError, OSError) as error:  # found again when its lease ends
                log.warning("question_left", question=question_id, error=type(error).__name__)

    async def _tried(self, held: "_Held") -> None:
        try:
            await self._answer(held)
        except _Lost:
            log.warning("question_lease_lost", question=held.question.id)
        except UnknownAlert:
            await self._end(held, QuestionState.FAILED)
        except TargetError as error:
            await self._later(held, error)
        except (SQLAlchemyError, OSError):
            raise
        except Exception:  # the edge of a worker: one question's bug must not stop the others, nor spin
            log.exception("question_failed", question=held.question.id)
            await self._later(held, Rejected("a bug of ours"))
        else:
            await self._end(held, QuestionState.ANSWERED)

    async def _answer(self, held: "_Held") -> None:
        """Make the answer, unless an earlier try has; then show it."""
        question = held.question
        if question.answer is None:
            dossier = await self._look(question.asked.alert_id)
            earlier = await self._store.earlier(question, _REMEMBERED)
            if self._answers.model(dossier) is None:  # there at once: nobody needs to be told to wait
                answer = await self._answers.answer(question, dossier, earlier, None)
            else:
                question = await self._teller.open(question, held.save)
                async with self._teller.following(question) as draft:
                    answer = await self._answers.answer(question, dossier, earlier, draft)
            if not await self._store.save_answer(question.id, held.lease, answer):
                raise _Lost
            held.question = question = replace(held.question, answer=answer)
        if question.answer:
            await self._teller.close(question, question.answer, held.save)

    async def _later(self, held: "_Held", error: TargetError) -> None:
        question, now = held.question, self._clock()
        hopeless = not error.retry and question.attempts >= _TRIES
        log.warning("question_deferred", question=question.id, reason=error.reason, error=str(error))
        if hopeless or now - question.asked.at > GIVE_UP:
            await self._give_up(held)
            return
        wait = error.retry_after or min(_LONGEST, 2.0 ** min(question.attempts, 10))
        await self._store.defer(question.id, held.lease, now + timedelta(seconds=wait))

    async def _give_up(self, held: "_Held") -> None:
        """Nobody shall read "Looking into it…" for ever."""
        if held.question.message_ts:
            with suppress(TargetError):
                await self._teller.close(held.question, Answer(text=words.NOT_ANSWERED), held.save)
        await self._end(held, QuestionState.FAILED)

    async def _end(self, held: "_Held", state: QuestionState) -> None:
        if await self._store.finish(held.question.id, held.lease, state, self._clock()):
            self._outcome(state.value)


@dataclass(slots=True)
class _Held:
    """A question under our lease, as it stands now."""

    question: Question
    lease: str
    store: Store

    async def save(self, changed: Question) -> None:
        """Keep where its message stands."""
        if not await self.store.save_message(changed, self.lease):
            raise _Lost
        self.question = changed
