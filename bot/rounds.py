"""Looking again and again whether there is something to do: every few seconds, and at once when told to hurry.

What a look runs into is logged, and never keeps the next one from being had.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog
from sqlalchemy.exc import SQLAlchemyError

log = structlog.get_logger(__name__)


class Rounds:
    """Calls `look`, waits `pause` seconds, and so on from `start` to `stop`. `name` is what the log calls it."""

    def __init__(self, name: str, look: Callable[[], Awaitable[object]], pause: float) -> None:
        self._name, self._look, self._pause = name, look, pause
        self._hurry = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def hurry(self) -> None:
        """Look again without waiting."""
        self._hurry.set()

    def start(self) -> None:
        """Begin with a look."""
        self._task = asyncio.create_task(self._go_round(), name=self._name)

    async def stop(self) -> None:
        """End, also in the middle of a look."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _go_round(self) -> None:
        while True:
            self._hurry.clear()
            try:
                await self._look()
            except (SQLAlchemyError, OSError) as error:  # the database is away: look again when it may be back
                log.warning("look_failed", of=self._name, error=type(error).__name__)
            except Exception:  # the edge of a worker: whatever a look runs into, the next may not
                log.exception("look_failed", of=self._name)
            with suppress(TimeoutError):
                async with asyncio.timeout(self._pause):  # Python 3.11's wait_for may swallow a stop beside a hurry
                    await self._hurry.wait()
