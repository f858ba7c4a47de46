"""An hour in which the model's endpoint is dead, on a clock that runs sixty times as fast: cards, and memory.

New alerts come all the time. The same hour without any model, beside it, says what the alerts themselves take.
"""

import asyncio
import time
from contextlib import suppress
from pathlib import Path

from tests.bench.bodies import Bodies
from tests.bench.figures import Figure, below, told
from tests.bench.footprint import all_shown
from tests.bench.load import HOST
from tests.bench.processes import asking, bot
from tests.bench.servers import Sink

HOUR = 60.0
"""Seconds on the wall."""
SPEED = 3600 / HOUR
SETTLED = 0.25
"""The part of the hour after which memory should grow no more than it does without a model."""
GROWTH_MB = 10.0
SHOWN_WITHIN = 60.0
NOBODY = 9
"""A port where nobody listens: the connection is refused at once, as with a process that is down."""


async def measure(folder: Path, *, alerts: int) -> list[Figure]:
    """Memory at a quarter of the hour and at its end, with the dead endpoint and without a model, and the cards."""
    early, late, shown = await _hour(folder / "dead", alerts, asking(NOBODY))
    early_without, late_without, _ = await _hour(folder / "without", alerts, {})
    more = (late - early) - (late_without - early_without)
    return [
        below("an hour of a dead endpoint: memory grows, more than without a model", more, GROWTH_MB, "MB"),
        told("  after a quarter, at the end", f"{early:.4g} MB, {late:.4g} MB"),
        told("  the same without a model", f"{early_without:.4g} MB, {late_without:.4g} MB"),
        told("  alerts with a card", f"{shown} of {alerts}"),
    ]


async def _hour(folder: Path, alerts: int, extra: dict[str, str]) -> tuple[float, float, int]:
    """Memory after a quarter of the hour and at its end, and the number of cards."""
    async with Sink() as slack, bot(folder, slack.port, paced=False, extra=extra, speed=SPEED) as server:
        reader, writer = await asyncio.open_connection(HOST, server.port)
        shown = all_shown(slack, alerts)
        bodies, began, early = Bodies(), time.monotonic(), float("nan")
        for number in range(1, alerts + 1):
            writer.write(bodies.request(number, number))
            await reader.readuntil(b"}")
            if number == int(alerts * SETTLED):
                early = server.memory
            await asyncio.sleep(max(0.0, began + number * HOUR / alerts - time.monotonic()))
        writer.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(SHOWN_WITHIN):
                await shown.wait()
        return early, server.memory, slack.cards
