"""Ideas behind words: “twice”, “money”, “a store”, “is down”, in eight languages; and which of them stand together.

The vocabulary is `concepts.yml`. A term is a word, a word's beginning (`corrupt*`), or several in a row; punctuation
does not count, so `dead letter` finds dead-letter and dead_letter, too. Where terms begin at the same word the longest
wins and uses its words up: `slow down` is not “down”. One pass over a bounded text, no regular expression of terms.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import yaml

from bot.errors import BadSettings

VOCABULARY = Path(__file__).with_name("concepts.yml")
NEAR = 60
"""Characters that may stand between two ideas that belong together."""

_TOKENS, _SPOTS, _HEAD = 300, 12, 3
"""Words of a text that are looked at; places of one concept that are kept; letters that a beginning has at least."""
_TOKEN = re.compile(r"[^\W_]+|%")
_BETWEEN = re.compile(r"(?:_|[^\w%*,\n])+")
"""What stands between a term's words."""
_UNSPACED = re.compile(r"[぀-ヿ㐀-鿿]")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Spot = tuple[int, int]
"""Where a term stands: its first character, and the one after its last."""
Term = tuple[str, tuple[str, ...], str]
"""What the first word begins with, the words after it, and the concept."""


@dataclass(frozen=True, slots=True)
class Terms:
    """All terms of all concepts, findable by their first word or its beginning."""

    names: frozenset[str]
    whole: dict[str, list[Term]] = field(default_factory=lambda: defaultdict(list))
    begun: dict[str, list[Term]] = field(default_factory=lambda: defaultdict(list))
    """Those whose first word may go on, by its first three letters."""
    unspaced: list[tuple[str, str]] = field(default_factory=list)
    """Chinese and Japanese terms: found anywhere, as no spaces stand between words."""

    @classmethod
    def of(cls, vocabulary: Mapping[str, str]) -> "Terms":
        """File each concept's terms, which are separated by commas and line ends."""
        terms = cls(frozenset(vocabulary))
        for name, listed in vocabulary.items():
            for line in _BETWEEN.sub(" ", listed.lower()).splitlines():
                for raw in line.split(","):
                    if words := raw.split():
                        terms._file(words, name)
        return terms

    def _file(self, words: list[str], name: str) -> None:
        first, *rest = words
        if not first.isascii() and _UNSPACED.search(first):
            self.unspaced.append((" ".join(words), name))
        elif first[-1] == "*":
            self.begun[first[:_HEAD]].append((first[:-1], tuple(rest), name))
        else:
            self.whole[first].append((first, tuple(rest), name))

    def at(self, words: list[str], place: int) -> tuple[int, list[str]]:
        """How many words the longest terms at this place use up, and whose terms they are."""
        word = words[place]
        best, names = 0, list[str]()
        for listed in (self.whole.get(word), self.begun.get(word[:_HEAD])):
            for first, rest, name in listed or ():
                size = 1 + len(rest)
                if size >= best and word.startswith(first) and (not rest or _follow(rest, words, place + 1)):
                    names = [name] if size > best else [*names, name]
                    best = size
        return best, names


def _follow(rest: tuple[str, ...], words: list[str], place: int) -> bool:
    if place + len(rest) > len(words):
        return False
    return all(
        word.startswith(wanted[:-1]) if wanted[-1] == "*" else word == wanted
        for wanted, word in zip(rest, words[place : place + len(rest)], strict=True)
    )


@cache
def shipped() -> Terms:
    """The vocabulary that ships with the bot.

    Raises:
        BadSettings: it is not a mapping of names to texts.
    """
    said = yaml.load(VOCABULARY.read_text(encoding="utf-8"), Loader=_LOADER)  # noqa: S506  # a safe loader, see above
    if not isinstance(said, dict) or not all(isinstance(listed, str) for listed in said.values()):
        raise BadSettings(f"{VOCABULARY.name}: must be a mapping of concepts to their words")
    return Terms.of(said)


def spots(low: str, terms: Terms | None = None) -> dict[str, list[Spot]]:
    """Concept → where its terms stand in a lower-case text, bounded."""
    terms = terms or shipped()
    tokens = [match for _, match in zip(range(_TOKENS), _TOKEN.finditer(low), strict=False)]
    words = [token.group() for token in tokens]
    found: dict[str, list[Spot]] = defaultdict(list)
    place = 0
    while place < len(words):
        size, names = terms.at(words, place)
        for name in names:
            if len(found[name]) < _SPOTS:
                found[name].append((tokens[place].start(), tokens[place + size - 1].end()))
        place += size or 1
    if _UNSPACED.search(low):
        for raw, name in terms.unspaced:
            if (at := low.find(raw)) >= 0:
                found[name].append((at, at + len(raw)))
    return dict(found)


def together(wanted: Iterable[str], found: Mapping[str, list[Spot]]) -> Spot | None:
    """The span over the first place where all `wanted` concepts stand near each other, each in words of its own."""
    first, *others = wanted
    for start in found.get(first, ()):
        span, taken = start, [start]
        for other in others:
            near = next((spot for spot in found.get(other, ()) if _near(spot, span, taken)), None)
            if near is None:
                break
            taken.append(near)
            span = min(span[0], near[0]), max(span[1], near[1])
        else:
            return span
    return None


def _near(spot: Spot, span: Spot, taken: Iterable[Spot]) -> bool:
    apart = max(spot[0] - span[1], span[0] - spot[1])
    return apart <= NEAR and all(spot[1] <= one[0] or spot[0] >= one[1] for one in taken)
