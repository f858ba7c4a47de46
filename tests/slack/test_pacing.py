"""Pacing: turns at a pace, in order; a long queue is sent away instead of held; replicas share what one of them takes.

The contract is held in memory and, where there is one, on a real Redis.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from redis.asyncio import Redis

from bot.errors import Paced, Unavailable
from bot.slack.pacing import ASK_AGAIN, LINE, OwnTurns, Pace, Pacer, Turn, Turns
from bot.slack.shared_pacing import SharedTurns, redis_for

SECOND = Pace(1.0)
PATIENCE = 2.0


class Time:
    """A clock that moves when a test says so; it does not move while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(round(seconds, 3))


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
async def redis(request: pytest.FixtureRequest) -> AsyncIterator[Redis]:
    client = redis_for(request.getfixturevalue("redis_url"))
    await client.flushdb()
    yield client
    await client.aclose()


@pytest.fixture(params=["memory", "redis"])
def turns(request: pytest.FixtureRequest, time: Time) -> Turns:
    if request.param == "memory":
        return OwnTurns(time)
    return SharedTurns(request.getfixturevalue("redis"), time)


async def taken(turns: Turns, key: str = "post:C1", pace: Pace = SECOND) -> Turn:
    turn = await turns.take(key, pace, PATIENCE)
    return Turn(turn.taken, round(turn.seconds, 3))


async def test_the_first_turn_comes_at_once_and_each_further_one_an_interval_later(turns):
    assert [await taken(turns) for _ in range(3)] == [Turn(True, 0.0), Turn(True, 1.0), Turn(True, 2.0)]


async def test_keys_do_not_wait_for_each_other(turns):
    await taken(turns)
    assert await taken(turns, "post:C2") == Turn(True, 0.0)


async def test_a_burst_comes_at_once_and_then_the_pace_holds(turns):
    pace = Pace(1.2, burst=3)
    seconds = [(await taken(turns, "method:chat_update", pace)).seconds for _ in range(5)]
    assert seconds == [0.0, 0.0, 0.0, 1.2, 2.4]


async def test_a_queue_longer_than_our_patience_is_told_to_come_back_and_takes_no_turn(turns, time):
    for _ in range(3):
        await taken(turns)
    assert await taken(turns) == Turn(False, 3.0)
    time.now += 1
    assert await taken(turns) == Turn(True, 2.0)


async def test_those_that_are_turned_away_do_not_all_come_back_at_once(turns):
    for _ in range(3):
        await taken(turns)
    told = [(await taken(turns)).seconds for _ in range(2_000)]
    assert told[:3] == [3.0, 4.0, 5.0]
    assert max(told) <= LINE, "nobody waits for longer to ask again"
    assert all(told.count(place) < 5 for place in told), "they are spread evenly"


async def test_an_idle_key_saves_up_no_more_than_its_burst(turns, time):
    await taken(turns)
    time.now += 60
    assert [await taken(turns) for _ in range(2)] == [Turn(True, 0.0), Turn(True, 1.0)]


async def test_a_pause_that_the_other_side_asks_for_counts(turns):
    await turns.pause("post:C1", SECOND, 1.5)
    assert await taken(turns) == Turn(True, 1.5)


async def test_a_pause_also_ends_a_burst(turns):
    pace = Pace(1.2, burst=3)
    await turns.pause("method:chat_update", pace, 1.5)
    assert await taken(turns, "method:chat_update", pace) == Turn(True, 1.5)


async def test_what_many_take_at_once_is_given_out_once(turns):
    told = await asyncio.gather(*(taken(turns) for _ in range(3)))
    assert sorted(turn.seconds for turn in told) == [0.0, 1.0, 2.0]


async def test_two_replicas_share_one_pace(redis, time):
    one, two = SharedTurns(redis, time), SharedTurns(redis, time)
    assert [await taken(one), await taken(two), await taken(one)] == [Turn(True, s) for s in (0.0, 1.0, 2.0)]


async def test_without_a_clock_of_ours_redis_own_counts(redis):
    far = Pace(1000.0)
    turns = SharedTurns(redis)
    await taken(turns, pace=far)
    second = await turns.take("post:C1", far, 2000.0)
    assert second.taken
    assert 900 < second.seconds <= 1000


class Away:
    """Turns that nobody can tell, for as long as `away`."""

    def __init__(self, inner: Turns) -> None:
        self.inner, self.away, self.asked = inner, True, 0

    async def take(self, key: str, pace: Pace, patience: float) -> Turn:
        self.asked += 1
        if self.away:
            raise Unavailable("no answer from Redis (ConnectionError)")
        return await self.inner.take(key, pace, patience)

    async def pause(self, key: str, pace: Pace, seconds: float) -> None:
        if self.away:
            raise Unavailable("no answer from Redis (ConnectionError)")
        await self.inner.pause(key, pace, seconds)


async def test_while_redis_is_away_each_replica_keeps_the_pace_alone_and_asks_again_later(time):
    shared = Away(OwnTurns(time))
    pacer = Pacer(time, time.sleep, shared=shared)
    for _ in range(3):
        await pacer.turn("post:C1")
    assert time.slept == [1.0, 2.0], "nobody is sent off unpaced"
    assert shared.asked == 1, "a Redis that is away is not waited for at every turn"
    shared.away = False
    time.now += ASK_AGAIN
    await pacer.turn("post:C1")
    assert shared.asked == 2


async def test_a_real_redis_that_nobody_can_reach_costs_no_turn(time, tmp_path: Path):
    client = redis_for(f"unix://{tmp_path}/nobody.sock")
    pacer = Pacer(time, time.sleep, shared=SharedTurns(client))
    for _ in range(2):
        await pacer.turn("post:C1")
    await pacer.pause("post:C1", 4.0)
    await client.aclose()
    assert time.slept == [1.0]


async def test_a_pause_is_known_here_even_when_it_could_not_be_shared(time):
    pacer = Pacer(time, time.sleep, shared=Away(OwnTurns(time)))
    await pacer.pause("post:C1", 3.0)
    await pacer.turn("post:C1")
    assert time.slept == [3.0]


async def test_who_is_turned_away_hears_when_to_come_back(time):
    pacer = Pacer(time, time.sleep, patience=PATIENCE)
    for _ in range(3):
        await pacer.turn("post:C1")
    with pytest.raises(Paced) as caught:
        await pacer.turn("post:C1")
    assert caught.value.retry_after == 3.0


@pytest.mark.parametrize("call", [lambda pacer: pacer.turn("post:C1"), lambda pacer: pacer.turn("m", Pace(9.0))])
async def test_an_interval_of_nothing_paces_nothing(time, call: Callable[[Pacer], Awaitable[None]]):
    pacer = Pacer(time, time.sleep, interval=0.0)
    for _ in range(50):
        await call(pacer)
    assert time.slept == []
