"""Wake-ups: "look at this alert", over taskiq; in memory by default, Redis Streams between replicas.

They hold no state: one that is lost is found by the sweeper in SQL.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING, cast

import structlog
from taskiq import AsyncBroker, InMemoryBroker
from taskiq.exceptions import SendTaskError
from taskiq.receiver import Receiver

from bot.errors import Unavailable

if TYPE_CHECKING:
    from bot.work.streams import StreamBroker

AT_ONCE = 16
"""Alerts that one process works on at the same time."""

log = structlog.get_logger(__name__)


def broker_for(redis_url: str | None) -> AsyncBroker:
    """The broker that the settings ask for."""
    if redis_url is None:
        return InMemoryBroker()
    from bot.work.streams import stream_broker  # a start without Redis has no time for its client

    return stream_broker(redis_url)


class Wakeups:
    """Sends wake-ups and runs `work` for those that arrive here."""

    def __init__(self, broker: AsyncBroker, work: Callable[[int], Awaitable[None]]) -> None:
        self._broker, self._work = broker, work
        self._stream = None if isinstance(broker, InMemoryBroker) else cast("StreamBroker", broker)
        self._waiting: dict[int, None] = {}
        self._news = asyncio.Event()
        self._places = asyncio.Semaphore(AT_ONCE)
        self._queued: set[int] = set()
        self._running: set[asyncio.Task[None]] = set()
        self._sender: asyncio.Task[None] | None = None
        self._listener: asyncio.Task[None] | None = None
        self._stopping = False

        async def reconcile(alert_id: int) -> None:  # taskiq takes functions, not methods
            await self._run(alert_id)

        self._task = broker.register_task(reconcile, task_name="reconcile")

    def wake(self, alert_id: int) -> None:
        """Ask for a look at an alert; never blocks, and asking twice before it is sent counts once."""
        self._waiting[alert_id] = None
        self._news.set()

    def hurry(self, alert_id: int) -> None:
        """Like `wake`, and before all that wait: a person looks at it."""
        self._waiting = {alert_id: None, **self._waiting}
        self._news.set()

    async def start(self) -> None:
        """Begin to send and to receive."""
        await self._broker.startup()
        self._sender = asyncio.create_task(self._send())
        if self._stream:  # the one in memory runs a task where it is sent
            self._listener = asyncio.create_task(self._listen())

    async def stop(self, patience: float = 5.0) -> None:
        """Send no more, and give what runs `patience` seconds to end; the rest is found again by its lease."""
        self._stopping = True
        if self._stream:
            self._stream.ending = True
        if self._sender:
            self._sender.cancel()
        if self._running:
            await asyncio.wait(self._running, timeout=patience)
        for task in list(self._running):
            task.cancel()
        ending = [task for task in (self._sender, self._listener) if task]
        await asyncio.gather(*self._running, *ending, return_exceptions=True)
        await self._broker.shutdown()

    async def ping(self) -> str:
        """What carries the wake-ups.

        Raises:
            Unavailable: it does not answer.
        """
        if self._stream is None:
            return "in memory"
        await self._stream.ping()
        return "Redis Streams"

    async def _send(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            while self._waiting:
                if self._stream is None:
                    await self._places.acquire()  # `_run` gives it back
                alert_id = next(iter(self._waiting))
                del self._waiting[alert_id]
                try:
                    await self._task.kiq(alert_id)
                except SendTaskError as error:  # the sweeper finds it
                    log.warning("wake_up_lost", alert=alert_id, error=type(error.__cause__).__name__)
                    if self._stream is None:
                        self._places.release()

    async def _listen(self) -> None:
        """Receive until told to stop; a Redis that goes away is asked again until it is back."""
        while not self._stopping:
            try:
                never = asyncio.Event()  # the broker's listener ends by itself
                await Receiver(self._broker, run_startup=False, max_async_tasks=AT_ONCE * 2).listen(never)
            except* Unavailable as lost:
                log.warning("wake_ups_interrupted", error=str(lost.exceptions[0]))
                await asyncio.sleep(1.0)

    async def _run(self, alert_id: int) -> None:
        if alert_id in self._queued:
            return  # whoever waits for a place will look later than now, and see this change, too
        task = asyncio.current_task()
        if task:
            self._running.add(task)
        try:
            await self._take_place(alert_id)
            try:
                await self._work(alert_id)
            finally:
                self._places.release()
        finally:
            with suppress(KeyError):
                self._running.remove(task)  # type: ignore[arg-type]

    async def _take_place(self, alert_id: int) -> None:
        """In memory it was taken before sending: a backlog waits as numbers there, and not as tasks of 8 kB."""
        if self._stream is None:
            return
        self._queued.add(alert_id)
        try:
            await self._places.acquire()
        finally:
            self._queued.discard(alert_id)
