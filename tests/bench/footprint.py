"""What the bot takes from its machine: memory with many alerts, and the time until it answers."""

import asyncio
import statistics
import time
from pathlib import Path

from tests.bench.figures import Figure, below, spread, told
from tests.bench.load import Order
from tests.bench.processes import Load, bot, loading
from tests.bench.servers import Sink

MEMORY_MB, START_S = 150.0, 2.0
SHOWN_WITHIN = 900.0
WAITING = 10.0
"""Seconds that the alerts wait for their turn before we look."""


async def memory(folder: Path, *, alerts: int) -> list[Figure]:
    """Resident memory with `alerts` alerts: all of them shown, and nearly all of them waiting for their turn."""
    async with Sink() as slack, loading() as load:
        async with bot(folder / "shown", slack.port, paced=False) as server:
            everything = all_shown(slack, alerts)
            await _fill(load, server.port, alerts)
            began = time.monotonic()
            async with asyncio.timeout(SHOWN_WITHIN):
                await everything.wait()
            shown, peak, took = server.memory, server.peak_memory, time.monotonic() - began
        async with bot(folder / "waiting", slack.port, paced=True) as server:
            await _fill(load, server.port, alerts)
            await asyncio.sleep(WAITING)
            waiting, highest = server.memory, server.peak_memory
    return [
        below(f"memory, {alerts:,} alerts with cards", shown, MEMORY_MB, "MB"),
        told("  its peak; cards and threads posted after intake in", f"{peak:.4g} MB; {took:.3g} s"),
        below(f"memory, {alerts:,} alerts waiting for the pace", waiting, MEMORY_MB, "MB"),
        told("  its peak", f"{highest:.4g} MB"),
    ]


async def _fill(load: Load, port: int, alerts: int) -> None:
    made = await load.round(Order(port=port, seconds=120, count=alerts, issues=alerts))
    if made.statuses != {202: alerts}:
        raise RuntimeError(f"not every delivery was accepted: {made.statuses}")


def all_shown(slack: Sink, alerts: int) -> asyncio.Event:
    """Set once every alert has its card and the beginning of its thread."""
    done = asyncio.Event()

    def heard(_card: bool, _at: float) -> None:
        if min(slack.cards, slack.threads) >= alerts:
            done.set()

    slack.heard = heard
    return done


async def start(folder: Path, *, times: int) -> list[Figure]:
    """From the start of the process to the first answer of /health: on a database that is there, and on a new one."""
    again: list[float] = []
    first: list[float] = []
    async with Sink() as slack:
        for number in range(times):
            for took in (first, again):
                async with bot(folder / f"start-{number}", slack.port, paced=True) as server:
                    took.append(server.started_in)
    return [
        below("start to /health, median", statistics.median(again), START_S, "s"),
        told("  all starts", spread(again)),
        below("first start, on a new database, median", statistics.median(first), START_S, "s"),
        told("  all first starts", spread(first)),
    ]
