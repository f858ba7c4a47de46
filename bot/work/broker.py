"""Wake-ups: "look at this alert", over taskiq; in memory by default, Redis Streams between replicas.

They hold no state: one that is lost is found by the sweeper in SQL.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError
from taskiq import AckableMessage, AsyncBroker, InMemoryBroker
from taskiq.receiver import Receiver
from taskiq_redis import RedisStreamBroker

AT_ONCE = 16
"""Alerts that one process works on at the same time."""

log = structlog.get_logger(__name__)


class StreamBroker(RedisStreamBroker):
    """taskiq's Redis Streams, with a listener that can be told to end and that claims without a lock.

    The library's own takes a lock inside a pipeline, which leaks a connection at every turn, and is ended by cancelling
    redis-py in the middle of a read, which hangs now and then (taskiq-redis 1.2, redis-py 8.1).
    """

    ending = False

    async def listen(self) -> AsyncGenerator[AckableMessage, None]:
        """Wake-ups as they come, and those that a dead worker never acknowledged; ends after `ending` is set."""
        async with Redis(connection_pool=self.connection_pool) as redis:
            me, group, stream = self.consumer_name, self.consumer_group_name, self.queue_name
            while not self.ending:
                fetched: Any = await redis.xreadgroup(group, me, {stream: ">"}, block=self.block, count=self.count)
                claimed: Any = await redis.xautoclaim(
                    stream, group, me, min_idle_time=self.idle_timeout, count=self.count
                )
                news = [entry for _, entries in fetched for entry in entries]
                for entry_id, fields in [*news, *claimed[1]]:
                    yield AckableMessage(data=fields[b"data"], ack=self._ack_generator(entry_id, stream))


def broker_for(redis_url: str | None) -> AsyncBroker:
    """The broker that the settings ask for."""
    if redis_url is None:
        return InMemoryBroker()
    # A dead worker's wake-up is claimed after a minute; the sweeper is usually there first.
    return StreamBroker(
        redis_url,
        queue_name="triage:wake",
        consumer_group_name="triage",
        consumer_id="0",
        idle_timeout=60_000,
        maxlen=100_000,
        xread_block=250,
    )


class Wakeups:
    """Sends wake-ups and runs `work` for those that arrive here."""

    def __init__(self, broker: AsyncBroker, work: Callable[[int], Awaitable[None]]) -> None:
        self._broker, self._work = broker, work
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

    async def start(self) -> None:
        """Begin to send and to receive."""
        await self._broker.startup()
        self._sender = asyncio.create_task(self._send())
        if not isinstance(self._broker, InMemoryBroker):  # which runs a task where it is sent
            self._listener = asyncio.create_task(self._listen())

    async def stop(self, patience: float = 5.0) -> None:
        """Send no more, and give what runs `patience` seconds to end; the rest is found again by its lease."""
        self._stopping = True
        if isinstance(self._broker, StreamBroker):
            self._broker.ending = True
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
        """What carries the wake-ups; raises redis' own errors when it does not answer."""
        if isinstance(self._broker, StreamBroker):
            async with Redis(connection_pool=self._broker.connection_pool) as redis:
                await redis.ping()
            return "Redis Streams"
        return "in memory"

    async def _send(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            while self._waiting:
                alert_id = next(iter(self._waiting))
                del self._waiting[alert_id]
                try:
                    await self._task.kiq(alert_id)
                except (RedisError, OSError) as error:
                    log.warning("wake_up_lost", alert=alert_id, error=type(error).__name__)  # the sweeper finds it

    async def _listen(self) -> None:
        """Receive until told to stop; a Redis that goes away is asked again until it is back."""
        while not self._stopping:
            try:
                never = asyncio.Event()  # the broker's listener ends by itself
                await Receiver(self._broker, run_startup=False, max_async_tasks=AT_ONCE * 2).listen(never)
            except* (RedisError, OSError) as lost:
                log.warning("wake_ups_interrupted", error=type(lost.exceptions[0]).__name__)
                await asyncio.sleep(1.0)

    async def _run(self, alert_id: int) -> None:
        if alert_id in self._queued:
            return  # whoever waits for a place will look later than now, and see this change, too
        task = asyncio.current_task()
        if task:
            self._running.add(task)
        try:
            async with self._place(alert_id):
                await self._work(alert_id)
        finally:
            with suppress(KeyError):
                self._running.remove(task)  # type: ignore[arg-type]

    @asynccontextmanager
    async def _place(self, alert_id: int) -> AsyncIterator[None]:
        self._queued.add(alert_id)
        try:
            await self._places.acquire()
        finally:
            self._queued.discard(alert_id)
        try:
            yield
        finally:
            self._places.release()
