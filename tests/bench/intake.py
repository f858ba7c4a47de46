"""Intake against the bare handler: the same bodies from the same load generator, in turns, A B A B.

A ratio within one run says something on a noisy machine too; deliveries a second do not.
"""

import statistics
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

from tests.bench.figures import Figure, below, spread, told
from tests.bench.load import Order, Round
from tests.bench.processes import Load, Server, bare, bot, loading
from tests.bench.servers import Sink

STREAMS = (1, 20, 1_000)
"""Issues that the deliveries of a stream are about."""
RATIO, P99_MS = 0.25, 50.0
WARM_UP = 0.5
_ENDLESS = 10**6


@dataclass(frozen=True, slots=True)
class _Turn:
    """One round at one server; `cpu`: of how many cores its process used on average."""

    round: Round
    cpu: float


async def measure(folder: Path, *, pairs: int, seconds: float) -> list[Figure]:
    """Each stream on a bot of its own: ratio, p99, and what explains them."""
    figures = []
    async with Sink() as slack, loading() as load, bare() as plain:
        for issues in STREAMS:
            async with bot(folder / f"intake-{issues}", slack.port, paced=True) as real:
                figures += await _stream(load, plain, real, issues, pairs, seconds)
    return figures


async def _stream(
    load: Load, plain: Server, real: Server, issues: int, pairs: int, seconds: float
) -> list[Figure]:
    orders = _orders(issues, seconds)
    for server in (plain, real):
        await load.round(replace(next(orders), port=server.port, seconds=WARM_UP))
    turns = []
    for _ in range(pairs):
        order = next(orders)
        turns.append((await _turn(load, plain, order), await _turn(load, real, order)))
    return _figures(issues, turns)


def _orders(issues: int, seconds: float) -> Iterator[Order]:
    """Each order is about issues and events that nobody has seen before."""
    for number in count():
        first = 1 + number * _ENDLESS
        yield Order(port=0, seconds=seconds, count=_ENDLESS, issues=issues, first_issue=first, first_event=first)


async def _turn(load: Load, server: Server, order: Order) -> _Turn:
    before = server.cpu_seconds
    made = await load.round(replace(order, port=server.port))
    if set(made.statuses) != {202} or made.duplicates:
        raise RuntimeError(f"not every delivery was accepted: {made.statuses}, {made.duplicates} as duplicates")
    return _Turn(made, (server.cpu_seconds - before) / made.took)


def _figures(issues: int, turns: list[tuple[_Turn, _Turn]]) -> list[Figure]:
    ratio = [real.round.rate / plain.round.rate for plain, real in turns]
    plain, real = [pair[0] for pair in turns], [pair[1] for pair in turns]
    p99 = [turn.round.p99 * 1000 for turn in real]
    size = statistics.mean(turn.round.sent_bytes / sum(turn.round.statuses.values()) for turn in real)
    rates = f"{spread([t.round.rate for t in real], '.0f')} against {spread([t.round.rate for t in plain], '.0f')}"
    busy = ", ".join(f"{statistics.mean(used):.2f}" for used in (
        [t.cpu for t in real], [t.round.cpu for t in real], [t.cpu for t in plain], [t.round.cpu for t in plain]
    ))
    stream = f"intake, {issues:,} issue{'s' if issues > 1 else ''}"
    return [
        Figure(f"{stream}: of the bare handler", spread(ratio), f">= {RATIO}", statistics.median(ratio) >= RATIO),
        below(f"{stream}: p99", statistics.median(p99), P99_MS, "ms"),
        told("  deliveries/s, against the bare handler's", rates),
        told("  new alerts in each round; mean request", f"{issues:,}; {size / 1000:.1f} kB"),
        told("  cores used: bot, its load; bare, its load", busy),
    ]


def note() -> str:
    """What a reader must know of the machine."""
    return f"Python {sys.version.split()[0]}, {sys.platform}"
