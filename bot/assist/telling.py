"""One message in the alert's thread for each question: first that it is being looked into, at last the answer.

Streamed where Slack has that, else posted and changed at most once a second. Never posted twice: what was begun and
not recorded is looked for in Slack first. What goes wrong while the answer is only being watched does not matter.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

import structlog

from bot.alerts.question import Answer, Question
from bot.errors import Gone, Paced, RateLimited, Rejected, TargetError
from bot.slack import answers, words
from bot.slack.cards import Message
from bot.slack.gateway import Posted
from bot.slack.ids import ANSWER_EVENT

PACE = 1.0
"""Seconds between two changes of one message."""
SETTLE = timedelta(seconds=3)
"""How long a request of a process that died may still be on its way."""

Save = Callable[[Question], Awaitable[None]]
log = structlog.get_logger(__name__)


class Slack(Protocol):
    """What telling asks of `SlackGateway`."""

    async def turn(self, channel: str) -> None: ...  # noqa: D102
    async def post(  # noqa: D102
        self, channel: str, message: Message, metadata: Mapping[str, Any], *, thread_ts: str | None = None
    ) -> Posted: ...
    async def update(self, at: Posted, message: Message, metadata: Mapping[str, Any]) -> None: ...  # noqa: D102
    async def marked(  # noqa: D102
        self, channel: str, since: datetime, event_type: str, *, thread_ts: str | None = None
    ) -> list[tuple[Posted, Mapping[str, Any]]]: ...
    async def unmarked(self, at: Posted, since: datetime, saying: str) -> list[Posted]: ...  # noqa: D102
    async def start_stream(self, at: Posted, markdown: str, *, team: str, user: str) -> Posted: ...  # noqa: D102
    async def append_stream(self, at: Posted, markdown: str) -> None: ...  # noqa: D102
    async def stop_stream(self, at: Posted, metadata: Mapping[str, Any]) -> None: ...  # noqa: D102


@dataclass(slots=True)
class Draft:
    """What a model has written so far."""

    text: str = ""
    current: str = ""
    """Since it last looked something up."""
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    def wrote(self, text: str) -> None:
        """More of it."""
        self.text += text
        self.current += text
        self.changed.set()

    def again(self) -> None:
        """It looks something up before it goes on."""
        self.text += "\n\n" if self.text else ""
        self.current = ""


class Teller:
    """Shows questions and answers in Slack."""

    def __init__(self, slack: Slack, clock: Callable[[], datetime]) -> None:
        self._slack, self._clock = slack, clock
        self._streamless: set[str] = set()
        """Channels in which Slack has refused to stream."""
        self._changed_at: dict[int, float] = {}

    async def open(self, question: Question, save: Save) -> Question:
        """Say that it is being looked into; a message that is there already stays as it is.

        Raises:
            TargetError: it was not said; to be tried again, after `retry_after` where that is set.
        """
        question = await self._found(question, save)
        return question if question.message_ts else await self._begin(question, save, stream=True)

    @asynccontextmanager
    async def following(self, question: Question) -> AsyncIterator[Draft]:
        """Show what is written into the draft, as it grows."""
        draft = Draft()
        follower = asyncio.create_task(self._follow(question, draft))
        try:
            yield draft
        finally:
            draft.ended.set()
            draft.changed.set()
            await asyncio.gather(follower, return_exceptions=True)  # a call on its way must not overtake the answer

    async def close(self, question: Question, answer: Answer, save: Save) -> Question:
        """Show the answer, in the message that there is or else in a new one.

        Raises:
            TargetError: as `open`.
        """
        question = await self._found(question, save)
        message = answers.answered(question, answer)
        if not question.message_ts:
            return await self._begin(question, save, message=message)
        at = Posted(question.asked.channel, question.message_ts)
        if question.streaming:
            with suppress(Rejected):  # it ended by itself, or somebody stopped it
                await self._slack.stop_stream(at, _metadata(question))
            question = replace(question, streaming=False)
            await save(question)
        await asyncio.sleep(max(0.0, self._changed_at.pop(question.id, 0.0) + PACE - _now()))
        try:
            await self._slack.update(at, message, _metadata(question))
        except Gone:  # somebody deleted it, but the question was asked
            question = replace(question, message_ts="")
            return await self._begin(question, save, message=message)
        return question

    async def _found(self, question: Question, save: Save) -> Question:
        """The question with its message, where an earlier try got as far as Slack."""
        if question.message_ts or question.sending_since is None:
            return question
        now = self._clock()
        if now < question.sending_since + SETTLE:
            wait = (question.sending_since + SETTLE - now).total_seconds()
            raise Paced("an earlier try may still be on its way", retry_after=wait)
        thread = Posted(question.asked.channel, question.asked.thread_ts)
        sent = await self._slack.marked(thread.channel, question.sending_since, ANSWER_EVENT, thread_ts=thread.ts)
        mine = [at for at, payload in sent if payload.get("question") == question.id]
        saying = words.looking(answers.asker(question))
        streams = [] if mine else await self._slack.unmarked(thread, question.sending_since, saying)
        found = next(iter([*mine, *streams]), None)
        question = replace(question, message_ts=found.ts if found else "", streaming=bool(streams), sending_since=None)
        await save(question)
        return question

    async def _begin(
        self, question: Question, save: Save, *, stream: bool = False, message: Message | None = None
    ) -> Question:
        asked = question.asked
        thread = Posted(asked.channel, asked.thread_ts)
        await self._slack.turn(asked.channel)
        question = replace(question, sending_since=self._clock())
        await save(question)
        at = await self._streamed(question, thread) if stream else None
        if at is None:
            shown = message or answers.looking(question)
            posted = await self._slack.post(asked.channel, shown, _metadata(question), thread_ts=asked.thread_ts)
            question = replace(question, message_ts=posted.ts, sending_since=None)
        else:
            question = replace(question, message_ts=at.ts, streaming=True, sending_since=None)
        await save(question)
        return question

    async def _streamed(self, question: Question, thread: Posted) -> Posted | None:
        """The stream that was begun; None where there is none to be had."""
        asked = question.asked
        if asked.channel in self._streamless:
            return None
        saying = f"{words.looking(answers.asker(question))}\n\n"
        try:
            return await self._slack.start_stream(thread, saying, team=asked.team, user=asked.by.id)
        except Rejected as error:
            log.info("no_streaming", channel=asked.channel, error=str(error))
            self._streamless.add(asked.channel)
        except RateLimited:
            pass
        return None

    async def _follow(self, question: Question, draft: Draft) -> None:
        at = Posted(question.asked.channel, question.message_ts)
        shown = ""
        while not draft.ended.is_set():
            await draft.changed.wait()
            draft.changed.clear()
            if draft.ended.is_set():
                return
            pause = PACE
            try:
                if question.streaming:
                    shown = await self._grown(at, shown, draft)
                else:
                    await self._slack.update(at, answers.looking(question, draft.current), _metadata(question))
                    self._changed_at[question.id] = _now()
            except Rejected:
                return  # the answer itself will say more
            except TargetError as error:
                pause = max(PACE, error.retry_after or 0.0)
                draft.changed.set()
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await draft.ended.wait()

    async def _grown(self, at: Posted, shown: str, draft: Draft) -> str:
        """Append what is new, as far as its last space: half a link is not seen to be one. Returns what is shown."""
        whole = draft.text[: max(draft.text.rfind(" "), draft.text.rfind("\n")) + 1]
        safe = answers.tamed(whole)
        if len(safe) > len(shown) and safe.startswith(shown):
            await self._slack.append_stream(at, safe[len(shown) :])
            return safe
        return shown


def _now() -> float:
    return asyncio.get_running_loop().time()


def _metadata(question: Question) -> dict[str, Any]:
    payload = {"alert": question.asked.alert_id, "question": question.id}
    return {"event_type": ANSWER_EVENT, "event_payload": payload}
