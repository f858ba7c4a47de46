"""Keeps us below Slack's limits before it has to say so: turns for each channel's messages and for each method.

Knows nothing of Slack: a key, a pace, and a clock. Where replicas share their turns, `bot.slack.shared_pacing` does.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

import structlog

from bot.errors import Paced, Unavailable

LINE = 600.0
"""Seconds over which those that are turned away are spread: all of them coming back at once is a stampede."""
PATIENCE = 5.0
"""Seconds that anybody waits for a turn."""
ASK_AGAIN = 10.0
"""Seconds after which shared turns that could not be had are asked for again; until then each replica counts alone."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Pace:
    """One turn in `interval` seconds on the average; after a silence `burst` of them may come at once."""

    interval: float
    burst: int = 1


@dataclass(frozen=True, slots=True)
class Turn:
    """`taken`: yours, in `seconds`. Otherwise nothing was taken: come back in `seconds`."""

    taken: bool
    seconds: float


class Turns(Protocol):
    """Where turns are counted."""

    async def take(self, key: str, pace: Pace, patience: float) -> Turn:
        """The next turn of `key`, unless it is more than `patience` seconds away; Unavailable: nobody can tell."""
        ...

    async def pause(self, key: str, pace: Pace, seconds: float) -> None:
        """Give no turn of `key` for `seconds`."""
        ...


class OwnTurns:
    """The turns of one process, in its memory."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._next: dict[str, float] = {}
        self._line: dict[str, float] = {}

    async def take(self, key: str, pace: Pace, patience: float) -> Turn:
        """As `Turns.take`; never unavailable."""
        now = self._monotonic()
        following = max(now, self._next.get(key, now))
        slot = max(now, following - (pace.burst - 1) * pace.interval)
        if slot - now > patience:
            return Turn(False, self._place_in_line(key, now, slot, pace, patience) - now)
        self._next[key] = following + pace.interval
        return Turn(True, slot - now)

    def _place_in_line(self, key: str, now: float, slot: float, pace: Pace, patience: float) -> float:
        """When to come back: from `slot` on one after the other, and from the start again after a while.

        A place is a guess and holds no turn: who comes sooner (a click, more news) asks again, and takes another.
        """
        place = max(slot, self._line.get(key, slot))
        if place > now + max(LINE, 2 * patience):
            place = slot
        self._line[key] = place + pace.interval
        return place

    async def pause(self, key: str, pace: Pace, seconds: float) -> None:
        """As `Turns.pause`."""
        until = self._monotonic() + seconds + (pace.burst - 1) * pace.interval
        self._next[key] = max(self._next.get(key, 0.0), until)


class Pacer:
    """Hands out turns in order of asking. An `interval` of 0 paces nothing: for tests.

    `shared` are the turns that replicas share; while they cannot be had, this process counts its own.
    """

    def __init__(
        self,
        monotonic: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        *,
        interval: float = 1.0,
        patience: float = PATIENCE,
        shared: Turns | None = None,
    ) -> None:
        self._monotonic, self._sleep, self._patience = monotonic, sleep, patience
        self._pace = Pace(interval)
        self._own, self._shared = OwnTurns(monotonic), shared
        self._alone_until = 0.0

    async def turn(self, key: str, pace: Pace | None = None) -> None:
        """Wait for the next turn of `key`, at the channels' pace if none is given.

        Raises:
            Paced: the queue is longer than our patience; come back after `retry_after` seconds, and hold nothing
                (a lease, a worker) until then.
        """
        if not self._pace.interval:
            return
        turn = await self._take(key, pace or self._pace)
        if not turn.taken:
            raise Paced(f"{key} is busy", retry_after=turn.seconds)
        if turn.seconds > 0:
            await self._sleep(turn.seconds)

    async def pause(self, key: str, seconds: float, pace: Pace | None = None) -> None:
        """Give no turn of `key` for `seconds`: the other side has asked for it."""
        await self._own.pause(key, pace or self._pace, seconds)
        if shared := self._reachable():
            try:
                await shared.pause(key, pace or self._pace, seconds)
            except Unavailable as error:
                self._go_alone(error)

    async def _take(self, key: str, pace: Pace) -> Turn:
        if shared := self._reachable():
            try:
                return await shared.take(key, pace, self._patience)
            except Unavailable as error:
                self._go_alone(error)
        return await self._own.take(key, pace, self._patience)

    def _reachable(self) -> Turns | None:
        return self._shared if self._monotonic() >= self._alone_until else None

    def _go_alone(self, error: Unavailable) -> None:
        self._alone_until = self._monotonic() + ASK_AGAIN
        log.warning("pacing_alone", says="replicas do not share Slack's limits for now", error=str(error))
