"""`python -m tests.bench [--quick]`: measure, print the table; see docs/performance.md for what the figures mean."""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import uvloop

from tests.bench import card, figures, footprint, intake, silence

Part = Callable[[Path], Awaitable[list[figures.Figure]]]


def parts(*, quick: bool) -> dict[str, Part]:
    """What is measured, in order; quickly: 20 seconds in all, for a first look."""
    if quick:
        return {
            "start": lambda folder: footprint.start(folder, times=1),
            "card": lambda folder: card.measure(folder, number=10),
            "intake": lambda folder: intake.measure(folder, streams=(1, 20), pairs=2, seconds=1.0),
        }
    return {
        "start": lambda folder: footprint.start(folder, times=5),
        "card": lambda folder: card.measure(folder, number=100),
        "intake": lambda folder: intake.measure(folder, streams=(1, 20, 1_000), pairs=7, seconds=2.0),
        "memory": lambda folder: footprint.memory(folder, alerts=10_000),
        "silence": lambda folder: silence.measure(folder, alerts=600),
    }


async def bench(wanted: dict[str, Part]) -> None:
    """Measure part after part, so that none disturbs another."""
    cores, load = os.cpu_count(), os.getloadavg()[0]
    print(f"Python {sys.version.split()[0]}, {cores} cores, load {load:.2f} before the start\n", flush=True)
    began, made = time.monotonic(), []
    with tempfile.TemporaryDirectory(prefix="triage-bench-") as folder:
        for name, part in wanted.items():
            print(f"measuring {name} …", file=sys.stderr, flush=True)
            made += await part(Path(folder))
    print(figures.table(made))
    print(f"\n{time.monotonic() - began:.0f} s. Median (least … most). A missed target is no failure.")


def main() -> None:
    """The command line; exits 1 only where something broke."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Timings, as ratios within one run.")
    parser.add_argument("--quick", action="store_true", help="a first look in 20 seconds")
    parser.add_argument("--only", choices=list(parts(quick=False)), help="measure one part")
    chosen = parser.parse_args()
    wanted = parts(quick=chosen.quick)
    uvloop.run(bench({name: part for name, part in wanted.items() if chosen.only in (None, name)}))


if __name__ == "__main__":
    main()
