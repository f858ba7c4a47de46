"""Evidence becomes a category: the weights add up, the rubric's precedence says who yields, the margin says how sure.

Knows nothing of libraries and messages: those stand in the rulebook.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from bot.alerts.classification import Category
from bot.classify.matching import Hit

A, D, E, I, N, T, U, V = (  # noqa: E741  # the table below is read as a table
    Category.AUTHENTICATION,
    Category.DATABASE,
    Category.EXTERNAL_SERVICE,
    Category.INFRASTRUCTURE,
    Category.NETWORK,
    Category.TIMEOUT,
    Category.UNKNOWN,
    Category.VALIDATION,
)


@dataclass(frozen=True, slots=True)
class Precedence:
    """Where `winner` has at least `least` evidence, the others yield: they keep a quarter of theirs."""

    winner: Category
    least: float
    others: tuple[Category, ...]
    because: str


PRECEDENCE = (
    Precedence(D, 0.5, (U,), "an error that says nothing still says whose it is"),
    Precedence(E, 0.5, (U,), "an error that says nothing still says whose it is"),
    Precedence(D, 0.6, (N, T, A, E), "a named data store owns its timeouts, refused connections and refused logins"),
    Precedence(D, 0.9, (I,), "a store's own disk, memory and members are the store's"),
    Precedence(A, 0.6, (E, N, T, V, I, D), "refused credentials beat everything except a data store's own login"),
    Precedence(N, 0.9, (E,), "nobody answered where the name does not resolve or nobody listens"),
    Precedence(E, 0.75, (N, T, V), "a third party that answered owns its answer; one only named (0.5) does not"),
    Precedence(T, 0.6, (N,), "where a deadline passed, the path is not what failed first"),
)
"""Asked in this order: a category that has yielded rarely has enough left to make others yield."""
_YIELD = 0.25
_LEAST = 0.25
"""With less evidence than this for the best category, the event does not say enough."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The category, how sure (0 to 1), and the hits that speak for it, strongest first."""

    category: Category
    confidence: float
    hits: tuple[Hit, ...]


def weigh(hits: Iterable[Hit]) -> Verdict:
    """Weigh all evidence. None at all, or too little, is `unknown`."""
    by_category: dict[Category, list[Hit]] = defaultdict(list)
    for hit in hits:
        by_category[hit.rule.category].append(hit)
    scores = {category: _together(found) for category, found in by_category.items()}
    for rule in PRECEDENCE:
        if scores.get(rule.winner, 0.0) >= rule.least:
            for other in rule.others:
                scores[other] = scores.get(other, 0.0) * _YIELD
    ranked = sorted(scores.items(), key=lambda item: -item[1])
    if not ranked or ranked[0][1] < _LEAST:
        return Verdict(Category.UNKNOWN, 0.2, ())
    (category, best), second = ranked[0], ranked[1][1] if len(ranked) > 1 else 0.0
    found = tuple(sorted(by_category[category], key=lambda hit: -hit.weight))
    return Verdict(category, round(max(0.05, min(0.99, best - second / 2)), 2), found)


def _together(hits: list[Hit]) -> float:
    """Independent pieces of evidence: what doubt one leaves, the next one lessens."""
    doubt = 1.0
    for hit in hits:
        doubt *= 1 - hit.weight
    return 1 - doubt
