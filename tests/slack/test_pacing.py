"""Pacing: one turn a second for each channel, in order; a long queue is sent away instead of held."""

import pytest

from bot.errors import Paced
from bot.slack.pacing import Pacer


class Time:
    """A clock that moves when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


async def test_the_first_turn_comes_at_once_and_each_further_one_a_second_later():
    time = Time()
    pacer = Pacer(time, time.sleep)
    for _ in range(3):
        await pacer.turn("post:C1")
    assert time.slept == [1.0, 2.0]


async def test_channels_do_not_wait_for_each_other():
    time = Time()
    pacer = Pacer(time, time.sleep)
    await pacer.turn("post:C1")
    await pacer.turn("post:C2")
    assert time.slept == []


async def turned_away(pacer: Pacer) -> float:
    with pytest.raises(Paced) as caught:
        await pacer.turn("post:C1")
    assert caught.value.retry_after is not None
    return caught.value.retry_after


async def test_a_queue_longer_than_our_patience_is_told_to_come_back_and_takes_no_turn():
    time = Time()
    pacer = Pacer(time, time.sleep, patience=2.0)
    for _ in range(3):
        await pacer.turn("post:C1")
    assert await turned_away(pacer) == 3.0
    time.now += 1
    await pacer.turn("post:C1")
    assert time.slept[-1] == 2.0


async def test_those_that_are_turned_away_do_not_all_come_back_at_once():
    time = Time()
    pacer = Pacer(time, time.sleep, patience=2.0)
    for _ in range(3):
        await pacer.turn("post:C1")
    told = [await turned_away(pacer) for _ in range(500)]
    assert told[:3] == [3.0, 4.0, 5.0]
    assert max(told) <= 60.0, "nobody waits for longer than a minute to ask again"
    assert all(told.count(place) < 12 for place in told), "they are spread evenly"


async def test_an_idle_channel_saves_up_no_turns():
    time = Time()
    pacer = Pacer(time, time.sleep)
    await pacer.turn("post:C1")
    time.now += 60
    await pacer.turn("post:C1")
    await pacer.turn("post:C1")
    assert time.slept == [1.0]


async def test_a_pause_that_the_other_side_asks_for_counts():
    time = Time()
    pacer = Pacer(time, time.sleep)
    pacer.pause("post:C1", 3.0)
    await pacer.turn("post:C1")
    assert time.slept == [3.0]
