"""From a webhook's last byte to the card at Slack, one issue after the other on an idle bot.

Without the pause between two messages in a channel: on an idle channel it is nothing, and here it would be all that is
measured. Everything else is what `serve` does, the rules' verdict included.
"""

import asyncio
import statistics
import time
from pathlib import Path

from tests.bench.bodies import Bodies
from tests.bench.figures import Figure, below, percentile, told
from tests.bench.load import HOST
from tests.bench.processes import bot
from tests.bench.servers import Sink

MEDIAN_MS = 30.0
IDLE = 0.05
"""Seconds of rest after the thread has begun, so that nothing of one alert runs into the next."""
WARM_UP = 5


async def measure(folder: Path, *, number: int) -> list[Figure]:
    """The times of `number` alerts, after a few that warm up."""
    async with Sink() as slack, bot(folder / "card", slack.port, paced=False) as server:
        reader, writer = await asyncio.open_connection(HOST, server.port)
        bodies = Bodies()
        times = [await _one(slack, reader, writer, bodies.request(i, i)) for i in range(1, number + WARM_UP + 1)]
        writer.close()
    times = [seconds * 1000 for seconds in times[WARM_UP:]]
    return [
        below("card, last byte to chat.postMessage: p50", statistics.median(times), MEDIAN_MS, "ms"),
        told("  p95; issues, one at a time", f"{percentile(times, 0.95):.3g} ms; {number}"),
    ]


async def _one(slack: Sink, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> float:
    card: asyncio.Future[float] = asyncio.get_running_loop().create_future()
    thread: asyncio.Future[float] = asyncio.get_running_loop().create_future()

    def heard(is_card: bool, at: float) -> None:
        arrived = card if is_card else thread
        if not arrived.done():
            arrived.set_result(at)

    slack.heard = heard
    writer.write(request)
    sent = time.monotonic()
    async with asyncio.timeout(10):
        await reader.readuntil(b"}")
        at = await card
        await thread
    await asyncio.sleep(IDLE)
    return at - sent
