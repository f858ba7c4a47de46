"""Keeps us below Slack's limits before it has to say so: one turn a second for each channel's messages.

Knows nothing of Slack: a key, an interval, and a clock.
"""

import asyncio
from collections.abc import Awaitable, Callable

from bot.errors import Paced

LINE = 60.0
"""Seconds over which those that are turned away are spread: all of them coming back at once is a stampede."""


class Pacer:
    """Hands out turns for a key at least `interval` seconds apart, in order of asking."""

    def __init__(
        self,
        monotonic: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        *,
        interval: float = 1.0,
        patience: float = 5.0,
    ) -> None:
        self._monotonic, self._sleep = monotonic, sleep
        self._interval, self._patience = interval, patience
        self._next: dict[str, float] = {}
        self._line: dict[str, float] = {}

    async def turn(self, key: str) -> None:
        """Wait for the next turn of `key`.

        Raises:
            Paced: the queue is longer than our patience; come back after `retry_after` seconds, and hold nothing
                (a lease, a worker) until then.
        """
        now = self._monotonic()
        slot = max(now, self._next.get(key, now))
        if slot - now > self._patience:
            raise Paced(f"{key} is busy", retry_after=self._place_in_line(key, now, slot) - now)
        self._next[key] = slot + self._interval
        if slot > now:
            await self._sleep(slot - now)

    def _place_in_line(self, key: str, now: float, slot: float) -> float:
        """When to come back: from `slot` on one after the other, and from the start again after a while.

        A place is a guess and holds no turn: who comes sooner (a click, more news) asks again, and takes another.
        """
        place = max(slot, self._line.get(key, slot))
        if place > now + max(LINE, 2 * self._patience):
            place = slot
        self._line[key] = place + self._interval
        return place

    def pause(self, key: str, seconds: float) -> None:
        """Give no turn of `key` for `seconds`: the other side has asked for it."""
        self._next[key] = max(self._next.get(key, 0.0), self._monotonic() + seconds)
