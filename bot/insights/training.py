"""Makes `bot/classify/hunch.json`: how strongly a word leans towards each category.

Counted in the rulebook's own patterns and type names, and in labelled events. The same input gives the same file.

    python -m bot.insights.training FILE.jsonl…
"""

import json
import math
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from bot.alerts.classification import Category
from bot.classify import clues, hunch, rulebook
from bot.insights.labelled import LabelledEvent, load

_TYPE, _EVENT = 0.7, 1.5
"""How much a type's name and a labelled event count, beside a pattern's own weight."""
_SMOOTHING, _LEAST = 0.5, 1.2
"""Added to every count; a stem that counts for less in all is left out."""
_PRIORS = {
    Category.LOGIC: 0.30,
    Category.INFRASTRUCTURE: 0.14,
    Category.DATABASE: 0.11,
    Category.AUTHENTICATION: 0.11,
    Category.NETWORK: 0.10,
    Category.VALIDATION: 0.10,
    Category.EXTERNAL_SERVICE: 0.09,
    Category.TIMEOUT: 0.05,
}
"""How often each stands behind an event that no rule knows."""
_VARIES = re.compile(r"\{\w+\}|…")

Sample = tuple[Category, Iterable[str], float]


def train(rules: Iterable[rulebook.Rule], events: Iterable[LabelledEvent]) -> str:
    """The weights as the text of `hunch.json`."""
    counts: dict[Category, Counter[str]] = defaultdict(Counter)
    for category, stems, weight in (*_from_rules(rules), *_from_events(events)):
        for stem in stems:
            counts[category][stem] += weight  # type: ignore[assignment]  # a counter of shares
    totals = sum(counts.values(), Counter())
    stems = sorted(stem for stem, total in totals.items() if total >= _LEAST)
    lines = ",\n".join(f"  {json.dumps(stem, ensure_ascii=False)}: {_row(stem, counts, len(totals))}" for stem in stems)
    priors = [round(hunch.SCALE * math.log(share)) for share in _PRIORS.values()]
    head = f' "categories": {json.dumps([category.value for category in _PRIORS])},\n "priors": {priors}'
    return f'{{\n{head},\n "weights": {{\n{lines}\n }}\n}}\n'


def _row(stem: str, counts: dict[Category, Counter[str]], size: int) -> list[int]:
    """A stem's weight for each category, relative to their mean."""
    logs = [
        math.log((counts[category][stem] + _SMOOTHING) / (counts[category].total() + _SMOOTHING * size))
        for category in _PRIORS
    ]
    mean = sum(logs) / len(logs)
    return [round(hunch.SCALE * (value - mean)) for value in logs]


def _from_rules(rules: Iterable[rulebook.Rule]) -> Iterator[Sample]:
    for rule in rules:
        if rule.given or rule.category not in _PRIORS:
            continue
        for pattern in rule.looks.says:
            yield rule.category, hunch.stems_of(_VARIES.sub(" ", pattern.source).lower()), rule.weight
        for name in rule.looks.types:
            yield rule.category, hunch.stems_of("", [name.strip("….*")]), rule.weight * _TYPE


def _from_events(events: Iterable[LabelledEvent]) -> Iterator[Sample]:
    for row in events:
        if row.category in _PRIORS:
            seen = clues.read(row.event)
            yield row.category, hunch.stems_of(seen.text.low, (name.full for name in seen.names)), _EVENT


def main(files: Sequence[str]) -> None:
    """Train on the shipped rulebook and the labelled events in `files`."""
    events = [row for file in files for row in load(Path(file))]
    hunch.SHIPPED.write_text(train(rulebook.load(), events), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
