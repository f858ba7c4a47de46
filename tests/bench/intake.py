"""Intake against the bare handler: the same bodies from the same load generator, in turns, A B A B.

A ratio within one run says something on a noisy machine too; deliveries a second do not. What the two use of the
processor for one delivery says it again, and does not mind who else is on the machine.
"""

import asyncio
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

import httpx

from tests.bench.figures import Figure, below, spread, told
from tests.bench.load import HOST, Order, Round
from tests.bench.processes import Load, Server, bare, bot, loading
from tests.bench.servers import Sink

RATIO, P99_MS = 0.25, 50.0
_ENDLESS, _BURST_WITHIN = 10**6, 60.0
_CALM, _CALM_WITHIN = 0.3, 120
"""Of how many cores a bot uses that has done what was urgent, and the seconds that we wait for that."""
_NONE_UNJUDGED = 'pending_alerts_count{severity="unclassified"} 0.0'


@dataclass(frozen=True, slots=True)
class _Turn:
    """One round at one server, and the processor time that its process used."""

    round: Round
    cpu: float

    @property
    def cost(self) -> float:
        """Processor time for one delivery, in µs."""
        return self.cpu / self.round.answered * 1e6


async def measure(folder: Path, *, streams: Sequence[int], pairs: int, seconds: float) -> list[Figure]:
    """Streams over as many issues, each on a bot of its own."""
    figures = []
    async with Sink() as slack, loading() as load, bare() as plain:
        for issues in streams:
            async with bot(folder / f"intake-{issues}", slack.port, paced=True) as real:
                orders = _orders(issues, seconds)
                begun = await _turn(load, real, replace(next(orders), count=max(issues, 64), seconds=_BURST_WITHIN))
                await _turn(load, plain, replace(next(orders), seconds=0.5))
                await _calm(real)
                turns = [
                    (await _turn(load, plain, order), await _turn(load, real, order))
                    for order, _ in zip(orders, range(pairs), strict=False)
                ]
            figures += _figures(issues, begun, turns)
    return figures


def _orders(issues: int, seconds: float) -> Iterator[Order]:
    """Each order is about the same issues and about events that nobody has seen before."""
    for number in count():
        yield Order(port=0, seconds=seconds, count=_ENDLESS, issues=issues, first_event=1 + number * _ENDLESS)


async def _turn(load: Load, server: Server, order: Order) -> _Turn:
    before = server.cpu_seconds
    made = await load.round(replace(order, port=server.port))
    if set(made.statuses) != {202} or made.duplicates:
        raise RuntimeError(f"not every delivery was accepted: {made.statuses}, {made.duplicates} as duplicates")
    return _Turn(made, server.cpu_seconds - before)


async def _calm(server: Server) -> None:
    """Wait until the new alerts have their verdicts and wait for their turn at Slack."""
    async with httpx.AsyncClient(base_url=f"http://{HOST}:{server.port}", trust_env=False) as http:
        for _ in range(_CALM_WITHIN):
            before = server.cpu_seconds
            await asyncio.sleep(1.0)
            judged = _NONE_UNJUDGED in (await http.get("/metrics")).text
            if judged and server.cpu_seconds - before < _CALM:
                return
    raise RuntimeError("the bot does not come to rest")


def _figures(issues: int, begun: _Turn, turns: list[tuple[_Turn, _Turn]]) -> list[Figure]:
    plain, real = [pair[0] for pair in turns], [pair[1] for pair in turns]
    ratio = [b.round.rate / a.round.rate for a, b in turns]
    cost = [a.cost / b.cost for a, b in turns]
    p99 = statistics.median(turn.round.p99 * 1000 for turn in real)
    stream = f"intake, {issues:,} issue{'s' if issues > 1 else ''}"
    costs = f"{spread([t.cost for t in real], '.0f')} against {spread([t.cost for t in plain], '.0f')} µs"
    rates = f"{spread([t.round.rate for t in real], '.0f')} against {spread([t.round.rate for t in plain], '.0f')}"
    size = statistics.mean(turn.round.sent_bytes / turn.round.answered for turn in real) / 1000
    loads = statistics.median(turn.round.cpu for turn in (*plain, *real))
    new = f"{begun.round.rate:.0f}/s, p99 {begun.round.p99 * 1000:.0f} ms, {begun.cost / 1000:.2f} ms of processor time"
    return [
        Figure(
            f"{stream}: of the bare handler's rate", spread(ratio), f">= {RATIO}", statistics.median(ratio) >= RATIO
        ),
        below(f"{stream}: p99", p99, P99_MS, "ms"),
        told("  the bare handler's own p99", f"{statistics.median(t.round.p99 * 1000 for t in plain):.4g} ms"),
        told("  the ratio by processor time", spread(cost)),
        told("  processor time for a delivery, bot against bare", costs),
        told("  deliveries/s, bot against bare", rates),
        told("  mean request; the load generator's own share of a core", f"{size:.1f} kB; {loads:.2f}"),
        told(f"  none is a new alert; before, {issues:,} new in a burst", new),
    ]
