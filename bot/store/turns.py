"""Who writes next: one at a time, and whoever somebody outside is waiting for goes before the others."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

OTHERS = 2
"""Turns of the others between two of the first: short ones, but each waits for the disk, and the first with it."""


class Turns:
    """A lock with two queues: whoever is `first` waits for a few turns of the others, and they for one of theirs."""

    def __init__(self) -> None:
        self._taken, self._others_had = False, 0
        self._first: deque[asyncio.Future[None]] = deque()
        self._others: deque[asyncio.Future[None]] = deque()

    @asynccontextmanager
    async def turn(self, *, first: bool = False) -> AsyncIterator[None]:
        """Wait for a turn and keep it until the end of the block."""
        if self._taken:
            await self._wait(self._first if first else self._others)
        self._taken = True
        try:
            yield
        finally:
            self._pass_on()

    async def _wait(self, queue: deque[asyncio.Future[None]]) -> None:
        called: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        queue.append(called)
        try:
            await called
        except asyncio.CancelledError:
            if called.done() and not called.cancelled():  # called in the same moment: the turn is another's now
                self._pass_on()
            raise

    def _pass_on(self) -> None:
        others = self._others_had < OTHERS
        for queue in (self._others, self._first) if others else (self._first, self._others):
            while queue:
                called = queue.popleft()
                if not called.done():
                    self._others_had = self._others_had + 1 if queue is self._others else 0
                    called.set_result(None)
                    return
        self._taken = False
