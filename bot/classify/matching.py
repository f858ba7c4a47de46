"""Which rules apply to an event's clues.

Every clue is looked up in an index: the cost grows with the event's words, hardly with the number of rules.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

from bot.classify import concepts
from bot.classify.clues import Clues, Name
from bot.classify.patterns import Pattern
from bot.classify.rulebook import Looks, Rule


@dataclass(frozen=True, slots=True)
class Hit:
    """One rule that applies, with the fact of the event that made it apply."""

    rule: Rule
    source: str
    text: str
    weight: float
    facts: Mapping[str, str] = field(default_factory=dict)


class Index:
    """All rules, findable by each kind of clue."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._types: dict[str, list[Rule]] = defaultdict(list)
        self._shapes: list[tuple[str, Rule]] = []
        self._words: dict[str, list[tuple[Pattern, Rule]]] = defaultdict(list)
        self._loose: list[tuple[Pattern, Rule]] = []
        self._unspaced: list[tuple[Pattern, Rule]] = []
        self._meanings: dict[str, list[tuple[tuple[str, ...], Rule]]] = defaultdict(list)
        self._frames: dict[str, list[Rule]] = defaultdict(list)
        self._statuses: dict[int, list[Rule]] = defaultdict(list)
        self._tags: dict[str, list[Rule]] = defaultdict(list)
        filed = [(pattern, rule, pattern.words()) for rule in rules for pattern in rule.looks.says]
        spread = Counter(chain.from_iterable(words for _, _, words in filed))
        for pattern, rule, words in filed:
            self._file(pattern, words, spread).append((pattern, rule))
        for rule in rules:
            self._add(rule)
        parts = [(shape.strip("…"), shape) for shape, _ in self._shapes]
        self._beginnings = tuple(part for part, shape in parts if not shape.startswith("…"))
        self._endings = tuple(part for part, shape in parts if not shape.endswith("…"))
        self._middles = tuple(part for part, shape in parts if shape.startswith("…") and shape.endswith("…"))

    def _file(self, pattern: Pattern, words: list[str], spread: Mapping[str, int]) -> list[tuple[Pattern, Rule]]:
        """Under its rarest word: the fewer patterns share a word, the fewer are tried in vain."""
        if words:
            return self._words[words[0] if len(words) == 1 else min(words, key=spread.__getitem__)]
        return self._unspaced if pattern.unspaced else self._loose

    def _add(self, rule: Rule) -> None:
        for meaning in rule.looks.means:
            self._meanings[meaning[0]].append((meaning, rule))
        for name in rule.looks.types:
            if "…" in name:
                self._shapes.append((name, rule))
            else:
                self._types[name].append(rule)
        for table, keys in (
            (self._frames, rule.looks.frames),
            (self._statuses, rule.looks.statuses),
            (self._tags, rule.looks.tags),
        ):
            for key in keys:
                table[key].append(rule)  # type: ignore[index]  # each table with its own kind of key

    def hits(self, clues: Clues) -> list[Hit]:
        """Each rule that applies, once, with its best clue; where two kinds of clue agree, half the doubt is gone."""
        found: dict[str, list[Hit]] = defaultdict(list)
        for hit in (*self._by_text(clues), *self._by_meaning(clues), *self._by_type(clues), *self._by_table(clues)):
            found[hit.rule.id].append(hit)
        allowed = (group for group in found.values() if applies(group[0].rule, clues))
        return [_merged(group) for group in allowed]

    def _by_text(self, clues: Clues) -> Iterator[Hit]:
        words = (entry for word in clues.text.words for entry in self._words.get(word, ()))
        for pattern, rule in (*words, *self._loose, *(self._unspaced if clues.text.unspaced else ())):
            if match := pattern.find(clues.text):
                yield Hit(rule, "message", match.text, rule.weight, match.facts)

    def _by_meaning(self, clues: Clues) -> Iterator[Hit]:
        for concept in clues.spots.keys() & self._meanings.keys():
            for meaning, rule in self._meanings[concept]:
                if span := concepts.together(meaning, clues.spots):
                    yield Hit(rule, "message", clues.said[slice(*span)], rule.weight)

    def _by_type(self, clues: Clues) -> Iterator[Hit]:
        for name in clues.names:
            for rule in self._rules_for(name):
                yield Hit(rule, name.source, name.full, rule.weight * name.factor)

    def _rules_for(self, name: Name) -> list[Rule]:
        """The most exact name wins: `a.B` before `B` and the package `a.*`, and both before a mere likeness."""
        ends = name.ends()
        for end in ends[:-1]:
            if rules := self._types.get(end):
                return rules
        packages = [rule for package in name.packages() for rule in self._types.get(package, ())]
        exact = self._types.get(ends[-1], [])
        last = ends[-1]
        return packages + (exact or (self._like(last) if self._any_like(last) else []))

    def _any_like(self, last: str) -> bool:
        """Whether any shape fits: most names fit none, and that is quickly told."""
        return (
            last.endswith(self._endings)
            or last.startswith(self._beginnings)
            or any(part in last for part in self._middles)
        )

    def _like(self, last: str) -> list[Rule]:
        return [rule for shape, rule in self._shapes if _alike(last, shape)]

    def _by_table(self, clues: Clues) -> Iterator[Hit]:
        for path in clues.paths.keys() & self._frames.keys():
            for rule in self._frames[path]:
                yield Hit(rule, "frame", clues.paths[path], rule.weight, {"library": path})
        for status in dict.fromkeys(clues.statuses):
            for rule in self._statuses.get(status, ()):
                yield Hit(rule, "status", str(status), rule.weight, {"status": str(status)})
        for tag in clues.tags & self._tags.keys():
            for rule in self._tags[tag]:
                yield Hit(rule, f"tag {tag.partition('=')[0]}", tag.partition("=")[2], rule.weight)


def applies(rule: Rule, clues: Clues) -> bool:
    """Whether all of `only` holds and none of `unless`."""
    return (rule.only is None or all(_tests(rule.only, clues))) and not (
        rule.unless is not None and any(_tests(rule.unless, clues))
    )


def _tests(looks: Looks, clues: Clues) -> Iterator[bool]:
    """One answer for each kind of condition that is set."""
    if looks.types:
        yield any(_named(name, kind) for name in clues.names for kind in looks.types)
    if looks.says:
        yield any(pattern.find(clues.text) for pattern in looks.says)
    if looks.means:
        yield any(concepts.together(meaning, clues.spots) for meaning in looks.means)
    tables = ((looks.frames, clues.paths), (looks.statuses, clues.statuses), (looks.tags, clues.tags))
    for keys, actual_keys in tables:
        if keys:
            yield not keys.isdisjoint(actual_keys)
    if looks.platforms:
        yield clues.platform in looks.platforms
    if looks.words:
        yield len(clues.text.words) >= looks.words
    for wanted, actual in ((looks.request, clues.request), (looks.starting, clues.starting), (looks.own, clues.own)):
        if wanted is not None:
            yield wanted is actual


def _named(name: Name, kind: str) -> bool:
    if "…" in kind:
        return _alike(name.last, kind)
    return kind in name.packages() if kind.endswith(".*") else kind in name.ends()


def _alike(last: str, shape: str) -> bool:
    part = shape.strip("…")
    if shape.startswith("…"):
        return part in last if shape.endswith("…") else last.endswith(part)
    return last.startswith(part)


def _merged(group: list[Hit]) -> Hit:
    best = max(group, key=lambda hit: (hit.weight, len(hit.facts)))
    facts = {name: value for hit in reversed(group) for name, value in hit.facts.items()}
    agree = len({hit.source for hit in group}) > 1
    return Hit(
        best.rule, best.source, best.text, 1 - (1 - best.weight) * (0.5 if agree else 1.0), {**facts, **best.facts}
    )
