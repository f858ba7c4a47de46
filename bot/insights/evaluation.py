"""Measures a classifier against labelled events: accuracy, confusion, severity, time and cost.

Knows nothing of how a verdict is made. The events' schema stands in `bot.insights.labelled`.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from bot.alerts.alert import Counts
from bot.alerts.classification import Category, Classification, Severity
from bot.alerts.event import ErrorEvent
from bot.insights.labelled import BadEvaluation, LabelledEvent, event_from, load

__all__ = ["BadEvaluation", "Classify", "Judged", "LabelledEvent", "Report", "evaluate", "event_from", "load"]

Classify = Callable[[ErrorEvent, Counts], Classification]
_WORST = 20
"""Mistakes shown in the text."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One event, what it was called, and how long that took."""

    row: LabelledEvent
    said: Classification
    milliseconds: float

    @property
    def right(self) -> bool:
        """The category is the label."""
        return self.said.category is self.row.category

    @property
    def defensible(self) -> bool:
        """The category is the label, or one that a labeller found defensible too."""
        return self.right or self.said.category in self.row.category_also

    @property
    def steps(self) -> int:
        """How far the severity is from the label: 0 to 3."""
        return abs(self.said.severity.rank - self.row.severity.rank)


@dataclass(frozen=True, slots=True)
class Report:
    """What came of an evaluation."""

    judged: tuple[Judged, ...]
    cost_usd: float = 0.0

    def as_json(self) -> dict[str, Any]:
        """The contract's answer of `app.py eval --json`; shares are 0 to 1, times in milliseconds."""
        times = sorted(one.milliseconds for one in self.judged)
        return {
            "n": len(self.judged),
            "category_accuracy": self._share(one.right for one in self.judged),
            "category_accuracy_lenient": self._share(one.defensible for one in self.judged),
            "severity_accuracy": self._share(one.steps == 0 for one in self.judged),
            "severity_within_one": self._share(one.steps <= 1 for one in self.judged),
            "per_category": self._per_category(),
            "confusion": self._confusion(),
            "p50_ms": _quantile(times, 0.50),
            "p99_ms": _quantile(times, 0.99),
            "cost_usd": self.cost_usd,
        }

    def as_text(self) -> str:
        """The same for people: the figures, the confusion matrix, the worst mistakes."""
        said = self.as_json()
        figures = (
            f"{said['n']} events\n"
            f"category  {said['category_accuracy']:.1%} exact, {said['category_accuracy_lenient']:.1%} with what is "
            f"defensible too\n"
            f"severity  {said['severity_accuracy']:.1%} exact, {said['severity_within_one']:.1%} within one step\n"
            f"time      {said['p50_ms']:.2f} ms median, {said['p99_ms']:.2f} ms 99th percentile\n"
            f"cost      ${said['cost_usd']:.4f}"
        )
        return "\n\n".join(part for part in (figures, self._matrix(), self._severities(), self._mistakes()) if part)

    @staticmethod
    def _share(hits: Iterable[bool]) -> float:
        values = list(hits)
        return round(sum(values) / len(values), 4) if values else 0.0

    def _confusion(self) -> dict[str, dict[str, int]]:
        """Label → what was said → how often."""
        pairs = Counter((one.row.category.value, one.said.category.value) for one in self.judged)
        table: dict[str, dict[str, int]] = {}
        for (label, said), number in sorted(pairs.items()):
            table.setdefault(label, {})[said] = number
        return table

    def _per_category(self) -> dict[str, dict[str, float | int]]:
        labels = Counter(one.row.category for one in self.judged)
        said = Counter(one.said.category for one in self.judged)
        right = Counter(one.row.category for one in self.judged if one.right)
        return {
            category.value: {
                "precision": round(right[category] / said[category], 4) if said[category] else 0.0,
                "recall": round(right[category] / labels[category], 4) if labels[category] else 0.0,
                "n": labels[category],
            }
            for category in Category
            if labels[category] or said[category]
        }

    def _matrix(self) -> str:
        """Rows are labels, columns what was said; a dot is none."""
        table, each = self._confusion(), self._per_category()
        if not each:
            return ""
        short = [name[:5] for name in each]
        lines = [f"{'label ↓  said →':<17}" + "".join(f"{name:>7}" for name in short) + "  recall"]
        for label, figures in each.items():
            cells = "".join(f"{table.get(label, {}).get(said, 0) or '·':>7}" for said in each)
            lines.append(f"{label:<17}{cells}  {figures['recall']:>6.0%}")
        precision = "".join(f"{figures['precision']:>7.0%}" for figures in each.values())
        return "\n".join([*lines, f"{'precision':<17}{precision}"])

    def _severities(self) -> str:
        """The same for severities, the worst first."""
        pairs = Counter((one.row.severity, one.said.severity) for one in self.judged)
        if not pairs:
            return ""
        lines = [f"{'label ↓  said →':<17}" + "".join(f"{said.value:>9}" for said in Severity)]
        lines += [
            f"{label.value:<17}" + "".join(f"{pairs[(label, said)] or '·':>9}" for said in Severity)
            for label in Severity
        ]
        return "\n".join(lines)

    def _mistakes(self) -> str:
        """The surest wrong categories first, then wrong severities, the farthest first."""
        wrong = sorted((one for one in self.judged if not one.defensible), key=lambda one: -one.said.confidence)
        off = sorted((one for one in self.judged if one.steps), key=lambda one: -one.steps)
        parts = []
        if wrong:
            parts.append("Wrong categories, the surest first:\n" + "\n".join(map(_category_line, wrong[:_WORST])))
        if off:
            parts.append("Wrong severities, the farthest first:\n" + "\n".join(map(_severity_line, off[:_WORST])))
        return "\n\n".join(parts)


def _title(one: Judged) -> str:
    return " ".join(one.row.event.title.split())[:90]


def _category_line(one: Judged) -> str:
    return f"  {one.row.id}  {one.row.category} → {one.said.category} ({one.said.confidence:.0%})  {_title(one)}"


def _severity_line(one: Judged) -> str:
    return f"  {one.row.id}  {one.row.severity} → {one.said.severity}  {one.said.severity_reason}  {_title(one)}"


def _quantile(ordered: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of all values does not exceed; 0 when there is none."""
    if not ordered:
        return 0.0
    return round(ordered[min(len(ordered) - 1, max(0, -int(-share * len(ordered) // 1) - 1))], 3)


def evaluate(
    rows: Iterable[LabelledEvent],
    classify: Classify,
    *,
    clock: Callable[[], float] = time.perf_counter,
    cost_usd: Callable[[], float] = lambda: 0.0,
) -> Report:
    """Classify every event and compare. `clock` tells seconds; `cost_usd` is asked once, at the end."""
    judged = []
    for row in rows:
        before = clock()
        said = classify(row.event, Counts())
        judged.append(Judged(row, said, (clock() - before) * 1_000))
    return Report(tuple(judged), cost_usd())
