"""A measured figure beside its target, and the table of them."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """`met` None: no target, told for what it explains."""

    name: str
    value: str
    target: str = ""
    met: bool | None = None


def below(name: str, value: float, limit: float, unit: str) -> Figure:
    """A figure that should stay under `limit`."""
    return Figure(name, f"{value:.4g} {unit}", f"< {limit:g} {unit}", value < limit)


def told(name: str, value: str) -> Figure:
    """A figure without a target."""
    return Figure(name, value)


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` of them lie."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def spread(values: Sequence[float], form: str = ".3g") -> str:
    """`median (least … most)`."""
    return f"{statistics.median(values):{form}} ({min(values):{form}} … {max(values):{form}})"


def table(figures: Sequence[Figure]) -> str:
    """All of them, one a line."""
    names = max(len(figure.name) for figure in figures)
    values = max(len(figure.value) for figure in figures)
    targets = max(len(figure.target) for figure in figures)
    said = {True: "met", False: "MISSED", None: ""}
    lines = [
        f"{figure.name:<{names}}  {figure.value:<{values}}  {figure.target:<{targets}}  {said[figure.met]}".rstrip()
        for figure in figures
    ]
    return "\n".join(lines)
