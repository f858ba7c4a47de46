"""Looking again and again: at once when told to, whatever the last look ran into, until told to stop."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from bot.rounds import Rounds
from tests.patience import PATIENCE

LONG = 3600.0
"""Seconds of a pause that no test waits for."""


class Looks:
    """Looks that are counted, and end as a test wants."""

    def __init__(self, *ends: Exception) -> None:
        self._ends, self.number = list(ends), 0
        self._changed = asyncio.Condition()

    async def __call__(self) -> None:
        async with self._changed:
            self.number += 1
            self._changed.notify_all()
        if self._ends:
            raise self._ends.pop(0)

    async def until(self, ready: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE), self._changed:
            await self._changed.wait_for(ready)


@asynccontextmanager
async def going(looks: Looks, pause: float) -> AsyncIterator[Rounds]:
    rounds = Rounds("test", looks, pause)
    rounds.start()
    yield rounds
    await rounds.stop()


async def test_the_first_look_comes_at_once_and_the_others_by_themselves():
    looks = Looks()
    async with going(looks, 0.0):
        await looks.until(lambda: looks.number >= 3)


async def test_who_hurries_does_not_wait_for_the_pause():
    looks = Looks()
    async with going(looks, LONG) as rounds:
        await looks.until(lambda: looks.number == 1)
        rounds.hurry()
        await looks.until(lambda: looks.number == 2)


@pytest.mark.parametrize("problem", [OSError("the database is away"), RuntimeError("a bug")])
async def test_whatever_a_look_runs_into_the_next_is_had(problem):
    looks = Looks(problem, problem)
    async with going(looks, 0.0):
        await looks.until(lambda: looks.number >= 4)


async def test_after_the_stop_nobody_looks_any_more():
    looks = Looks()
    async with going(looks, 0.0) as rounds:
        await looks.until(lambda: looks.number >= 1)
        await rounds.stop()
        seen = looks.number
        rounds.hurry()
        for _ in range(10):
            await asyncio.sleep(0)
        assert looks.number == seen


@pytest.mark.parametrize("turns", range(4))
async def test_a_stop_beside_a_hurry_is_still_a_stop(turns):
    looks = Looks()
    async with asyncio.timeout(PATIENCE), going(looks, LONG) as rounds:
        await looks.until(lambda: looks.number == 1)
        for _ in range(turns):
            await asyncio.sleep(0)
        rounds.hurry()


async def test_a_stop_before_the_start_does_no_harm():
    await Rounds("test", Looks(), LONG).stop()
