"""Who writes next: one at a time, neither side for long without a turn, and a cancelled one in nobody's way."""

import asyncio
from contextlib import suppress

from bot.store.turns import Turns


class Queue:
    """Writers that stand in line, and the order in which they had their turns."""

    def __init__(self) -> None:
        self.turns, self.had = Turns(), list[str]()
        self.go = asyncio.Event()

    async def take(self, name: str, *, first: bool = False, hold: bool = False) -> None:
        async with self.turns.turn(first=first):
            self.had.append(name)
            if hold:
                await self.go.wait()


async def stand(queue: Queue, *names: str) -> list[asyncio.Task[None]]:
    """One holds the turn, the others are in line in this order; a name with `!` is urgent."""
    tasks = [asyncio.create_task(queue.take("holder", hold=True))]
    tasks += [asyncio.create_task(queue.take(name, first=name.endswith("!"))) for name in names]
    await asyncio.wait(tasks, timeout=0)
    return tasks


async def test_the_urgent_wait_for_a_few_of_the_others_and_the_others_for_one_of_the_urgent():
    queue = Queue()
    tasks = await stand(queue, *"abcdefghij", "1!", "2!")
    queue.go.set()
    await asyncio.gather(*tasks)
    assert queue.had == ["holder", *"ab", "1!", *"cd", "2!", *"efghij"]


async def test_a_cancelled_one_is_passed_over():
    queue = Queue()
    holder, a, b = await stand(queue, "a", "b")
    a.cancel()
    queue.go.set()
    await asyncio.gather(holder, b)
    assert queue.had == ["holder", "b"]


async def test_one_that_is_cancelled_in_the_moment_of_its_turn_passes_it_on():
    queue = Queue()

    async def hold_then_cancel() -> None:
        await queue.take("holder", hold=True)
        a.cancel()  # it has been called and has not run yet

    holder = asyncio.create_task(hold_then_cancel())
    a, b = (asyncio.create_task(queue.take(name)) for name in "ab")
    await asyncio.wait([holder, a, b], timeout=0)
    queue.go.set()
    await asyncio.gather(holder, b)
    assert a.cancelled()
    assert queue.had == ["holder", "b"]


async def test_a_turn_that_ends_in_an_error_is_passed_on():
    queue = Queue()
    with suppress(ZeroDivisionError):
        async with queue.turns.turn():
            raise ZeroDivisionError
    await queue.take("next")
    assert queue.had == ["next"]
