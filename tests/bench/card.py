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
from tests.bench.processes import asking, bot
from tests.bench.servers import Sink

MEDIAN_MS = 30.0
IDLE = 0.05
"""Seconds of rest after the thread has begun, so that nothing of one alert runs into the next."""
WARM_UP = 5


async def measure(folder: Path, *, number: int) -> list[Figure]:
    """The times of `number` alerts on a bot with rules only and, in turns, on one with a model that takes 5 s."""
    async with (
        Sink() as slack,
        bot(folder / "card", slack.port, paced=False) as plain,
        bot(folder / "card-model", slack.port, paced=False, extra=asking(slack.port)) as slow,
    ):
        ways = [await asyncio.open_connection(HOST, server.port) for server in (plain, slow)]
        bodies = Bodies()
        pairs = [
            [await _one(slack, *way, bodies.request(issue, issue)) * 1000 for way in ways]
            for issue in range(1, number + WARM_UP + 1)
        ]
        for _, writer in ways:
            writer.close()
    rules, model = zip(*pairs[WARM_UP:], strict=True)
    middle = statistics.median(rules)
    return [
        below("card, last byte to chat.postMessage: p50", middle, MEDIAN_MS, "ms"),
        told("  p95; issues, one at a time", f"{percentile(rules, 0.95):.3g} ms; {number}"),
        told("  with a model that takes 5 s: p50, of that", f"{statistics.median(model) / middle:.3g}"),
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
