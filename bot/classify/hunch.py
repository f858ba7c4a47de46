"""A hunch from single words, for events that no rule knows: naive Bayes over word stems, never more than a guess.

The weights stand in `hunch.json`; `python -m bot.insights.training` makes them from the rulebook's own words and from
labelled events. Nothing is learned at run time.
"""

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.alerts.classification import Category

SHIPPED = Path(__file__).with_name("hunch.json")
SCALE = 10
"""The weights are natural logarithms, times this, as whole numbers."""

_STEM = 6
"""Letters of a word that count: the rest is grammar in most languages that are written with spaces."""
_KNOWN, _SAID = 3, 2
"""So many words must be known at least, and so many of them must stand in the text: a type's name alone says little."""
_SHARE, _SHOWN, _WORDS = 0.6, 4, 80
_WORD = re.compile(r"[a-zß-ɏͰ-ԯ]{2,}")
_PART = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_UNSPACED = re.compile(r"[぀-ヿ㐀-鿿가-힯]{2,60}")
_SEPARATOR = re.compile(r"[.:\\/$]+")
_FILLERS = "the an of to in is not for and or be has was by at on it this that with from as are no can cannot"
_SAY_NOTHING = frozenset([*_FILLERS.split(), "error", "exception", "failed"])


@dataclass(frozen=True, slots=True)
class Guess:
    """The likeliest category, its share of the probability (0 to 1), and the event's words that speak for it most."""

    category: Category
    share: float
    words: tuple[str, ...]


def stems_of(text: str, names: Iterable[str] = ()) -> dict[str, str]:
    """Stem → the word as it stands in a lower-case text; type names are taken apart at their capitals.

    Chinese, Japanese and Korean have no spaces: there every two signs in a row are a word.
    """
    found = {word[:_STEM]: word for word in _WORD.findall(text)[:_WORDS] if word not in _SAY_NOTHING}
    for run in _UNSPACED.findall(text)[:_WORDS]:
        found |= {run[at : at + 2]: run[at : at + 2] for at in range(len(run) - 1)}
    for name in names:
        parts = (part.lower() for part in _PART.findall(_SEPARATOR.split(name)[-1]))
        found |= {part[:_STEM]: part for part in parts if len(part) > 1 and part not in _SAY_NOTHING}
    return found


class Hunches:
    """The trained weights, ready to guess."""

    def __init__(
        self, categories: Sequence[Category], priors: Sequence[int], weights: Mapping[str, Sequence[int]]
    ) -> None:
        self._categories, self._priors, self._weights = tuple(categories), tuple(priors), weights

    @classmethod
    def load(cls, path: Path = SHIPPED) -> "Hunches":
        """Read what training wrote."""
        said = json.loads(path.read_text(encoding="utf-8"))
        return cls([Category(name) for name in said["categories"]], said["priors"], said["weights"])

    def guess(self, text: str, names: Iterable[str], *, least: float = _SHARE) -> Guess | None:
        """The likeliest category of a lower-case text; None where too few words are known, or they do not agree.

        `least`: the share of the probability that it must have.
        """
        known = {stem: word for stem, word in stems_of(text, names).items() if stem in self._weights}
        if len(known) < _KNOWN or len(stems_of(text).keys() & known.keys()) < _SAID:
            return None
        columns = zip(self._priors, *(self._weights[stem] for stem in known), strict=True)
        totals = [sum(column) / SCALE for column in columns]
        best = max(range(len(totals)), key=totals.__getitem__)
        share = 1 / sum(math.exp(total - totals[best]) for total in totals)
        if share < least:
            return None
        telling = sorted(known, key=lambda stem: -self._weights[stem][best])[:_SHOWN]
        return Guess(self._categories[best], share, tuple(known[stem] for stem in telling))
