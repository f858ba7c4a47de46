"""The contract of wake-ups, held in memory and over a real Redis alike."""

import asyncio
from collections import Counter

import pytest
from redis.asyncio import Redis
from taskiq import BrokerMessage, InMemoryBroker

from bot.work.broker import AT_ONCE, Wakeups, broker_for
from tests.patience import PATIENCE


class Worker:
    """Counts what it is woken for, and can be told to wait."""

    def __init__(self) -> None:
        self.seen: Counter[int] = Counter()
        self.changed = asyncio.Condition()
        self.gate = asyncio.Event()
        self.gate.set()

    async def work(self, alert_id: int) -> None:
        async with self.changed:
            self.seen[alert_id] += 1
            self.changed.notify_all()
        await self.gate.wait()

    async def until(self, ready) -> None:
        async with asyncio.timeout(PATIENCE), self.changed:
            await self.changed.wait_for(ready)


@pytest.fixture(params=["memory", "redis"])
async def url(request):
    if request.param == "memory":
        return None
    address = request.getfixturevalue("redis_url")
    async with Redis.from_url(address) as redis:
        await redis.flushall()
    return address


@pytest.fixture
async def worker():
    return Worker()


@pytest.fixture
async def wakeups(url, worker):
    running = Wakeups(broker_for(url), worker.work)
    await running.start()
    yield running
    worker.gate.set()
    await running.stop()


async def test_what_is_woken_is_worked_on(wakeups, worker):
    for alert in (1, 2, 3):
        wakeups.wake(alert)
    await worker.until(lambda: set(worker.seen) == {1, 2, 3})


async def test_waking_the_same_alert_many_times_at_once_is_one_wake_up(wakeups, worker):
    for _ in range(1_000):
        wakeups.wake(1)
    await worker.until(lambda: worker.seen[1] >= 1)
    wakeups.wake(2)
    await worker.until(lambda: worker.seen[2] >= 1)
    assert worker.seen[1] == 1


async def test_a_wake_up_during_the_work_is_not_lost(wakeups, worker):
    worker.gate.clear()
    wakeups.wake(1)
    await worker.until(lambda: worker.seen[1] == 1)
    wakeups.wake(1)
    worker.gate.set()
    await worker.until(lambda: worker.seen[1] == 2)


async def test_one_alerts_failure_does_not_stop_the_others(url):
    done = asyncio.Event()

    async def work(alert_id: int) -> None:
        if alert_id == 1:
            raise RuntimeError("a bug")
        done.set()

    running = Wakeups(broker_for(url), work)
    await running.start()
    running.wake(1)
    running.wake(2)
    await asyncio.wait_for(done.wait(), PATIENCE)
    await running.stop()


async def test_stopping_waits_for_what_runs(wakeups, worker):
    worker.gate.clear()
    wakeups.wake(1)
    await worker.until(lambda: worker.seen[1] == 1)
    asyncio.get_running_loop().call_later(0.05, worker.gate.set)
    await wakeups.stop(patience=5)
    assert worker.gate.is_set()


async def test_it_says_what_carries_it(wakeups, url):
    assert await wakeups.ping() == ("Redis Streams" if url else "in memory")


async def test_two_replicas_on_one_redis_share_the_work(redis_url):
    worker = Worker()
    done: list[tuple[int, int]] = []

    def replica(number: int) -> Wakeups:
        async def work(alert_id: int) -> None:
            done.append((number, alert_id))
            await worker.work(alert_id)

        return Wakeups(broker_for(redis_url), work)

    replicas = [replica(0), replica(1)]
    for each in replicas:
        await each.start()
    worker.gate.clear()  # whoever has its hands full leaves the rest to the other
    for alert in range(40):
        replicas[0].wake(alert)
    await worker.until(lambda: {number for number, _ in done} == {0, 1})
    worker.gate.set()
    await worker.until(lambda: len(worker.seen) == 40)
    assert set(worker.seen.values()) == {1}, "each wake-up is worked on by one replica"
    for each in replicas:
        await each.stop()


class Flaky(InMemoryBroker):
    """Counts what it is given, and loses the first of it where it is told to."""

    def __init__(self, *, loses: int = 0) -> None:
        super().__init__()
        self.loses, self.given = loses, 0

    async def kick(self, message: BrokerMessage) -> None:
        self.given += 1
        if self.given <= self.loses:
            raise ConnectionError("the broker is away")
        await super().kick(message)


async def test_what_a_person_waits_for_goes_before_a_backlog(worker):
    wakeups = Wakeups(broker_for(None), worker.work)
    await wakeups.start()
    worker.gate.clear()
    for alert in range(100):
        wakeups.wake(alert)
    await worker.until(lambda: len(worker.seen) == AT_ONCE)
    wakeups.hurry(99)
    worker.gate.set()
    await worker.until(lambda: len(worker.seen) == 100)
    await wakeups.stop()
    assert list(worker.seen).index(99) == AT_ONCE


async def test_a_wake_up_that_the_broker_does_not_take_does_not_end_the_sending(worker):
    wakeups = Wakeups(Flaky(loses=1), worker.work)
    await wakeups.start()
    wakeups.wake(1)
    wakeups.wake(2)
    await worker.until(lambda: worker.seen[2] == 1)
    await wakeups.stop()


async def test_a_backlog_in_memory_is_not_a_task_for_each_alert(worker):
    broker = Flaky()
    wakeups = Wakeups(broker, worker.work)
    await wakeups.start()
    worker.gate.clear()
    for alert in range(1_000):
        wakeups.wake(alert)
    await worker.until(lambda: len(worker.seen) == AT_ONCE)
    assert broker.given == AT_ONCE
    worker.gate.set()
    await worker.until(lambda: len(worker.seen) == 1_000)
    await wakeups.stop()
    assert set(worker.seen.values()) == {1}
