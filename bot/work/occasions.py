"""Notices when a note is due: a period is over, or somebody else is on call. Writes it down, and sends nothing.

The note's key is the same for every replica, so the first one's counts and the others' are passed over.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from bot.errors import TargetError
from bot.insights.notes import Note, NoteKind
from bot.insights.schedule import Rhythm, worth_telling

ASK_ON_CALL = timedelta(minutes=1)

log = structlog.get_logger(__name__)

OnCallNow = Callable[[], Awaitable[Sequence[str]]]
"""The names of those who are called first; nobody: nobody knows, which is no change."""


class Store(Protocol):
    """What noticing asks of the store."""

    async def add(self, key: str, note: Note, *, due_at: datetime | None) -> bool: ...  # noqa: D102
    async def newest(self, kind: NoteKind) -> tuple[str, Note] | None: ...  # noqa: D102


class Occasions:
    """The reasons to write a note to `channel`. `on_call` None: nobody tells us who is called."""

    def __init__(
        self,
        store: Store,
        rhythm: Rhythm,
        channel: str,
        *,
        clock: Callable[[], datetime],
        on_call: OnCallNow | None = None,
    ) -> None:
        self._store, self._rhythm, self._channel, self._clock, self._on_call = store, rhythm, channel, clock, on_call
        self._noticed: datetime | None = None
        self._asked: datetime | None = None
        self._heard: tuple[str, ...] = ()

    async def notice(self) -> None:
        """Write down what is due."""
        await self._notice_period(self._clock())
        if self._on_call and (self._asked is None or self._clock() - self._asked >= ASK_ON_CALL):
            self._asked = self._clock()
            await self._notice_handover(self._clock(), self._on_call)

    async def _notice_period(self, now: datetime) -> None:
        period = self._rhythm.latest(now)
        if period is None or period.until == self._noticed:
            return
        newest = await self._store.newest(NoteKind.DIGEST)
        if newest is None or newest[1].until < period.until:
            note = Note(kind=NoteKind.DIGEST, channel=self._channel, since=period.since, until=period.until)
            # Before the first one there was nobody to tell of, and what is old is no news: both are only remembered.
            news = newest is not None and worth_telling(period, now)
            await self._store.add(self._rhythm.key(period), note, due_at=now if news else None)
        self._noticed = period.until

    async def _notice_handover(self, now: datetime, on_call: OnCallNow) -> None:
        before, self._heard = self._heard, await _names(on_call)
        if not self._heard or self._heard != before:
            return  # a change counts once two looks agree on it: in between, schedules show gaps
        newest = await self._store.newest(NoteKind.HANDOVER)
        if newest is None:
            first = Note(kind=NoteKind.HANDOVER, channel=self._channel, since=now, until=now, now=self._heard)
            await self._store.add("handover:0", first, due_at=None)
            return
        key, last = newest
        if last.now != self._heard:
            note = Note(
                kind=NoteKind.HANDOVER,
                channel=self._channel,
                since=last.until,
                until=now,
                before=last.now,
                now=self._heard,
            )
            await self._store.add(f"handover:{int(key.partition(':')[2]) + 1}", note, due_at=now)


async def _names(on_call: OnCallNow) -> tuple[str, ...]:
    try:
        return tuple(sorted(await on_call()))
    except TargetError as error:
        log.warning("on_call_not_known", reason=error.reason, error=str(error))
        return ()
