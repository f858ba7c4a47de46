"""What a verdict was probably meant to be: its likely categories, in the order in which a person would look. Pure."""

from collections.abc import Mapping, Sequence

from bot.alerts.alert import Transition
from bot.alerts.classification import Category, Classification

SHOWN = 4
"""How many stand apart as likely, the verdict's own among them."""
_CONFUSED: Mapping[Category, tuple[Category, ...]] = {
    Category.AUTHENTICATION: (Category.EXTERNAL_SERVICE, Category.VALIDATION, Category.DATABASE),
    Category.DATABASE: (Category.TIMEOUT, Category.INFRASTRUCTURE, Category.LOGIC),
    Category.NETWORK: (Category.EXTERNAL_SERVICE, Category.TIMEOUT, Category.INFRASTRUCTURE),
    Category.TIMEOUT: (Category.EXTERNAL_SERVICE, Category.NETWORK, Category.DATABASE),
    Category.VALIDATION: (Category.LOGIC, Category.EXTERNAL_SERVICE, Category.AUTHENTICATION),
    Category.LOGIC: (Category.VALIDATION, Category.EXTERNAL_SERVICE, Category.INFRASTRUCTURE),
    Category.EXTERNAL_SERVICE: (Category.NETWORK, Category.TIMEOUT, Category.AUTHENTICATION),
    Category.INFRASTRUCTURE: (Category.DATABASE, Category.NETWORK, Category.TIMEOUT),
    Category.UNKNOWN: (Category.LOGIC, Category.EXTERNAL_SERVICE, Category.INFRASTRUCTURE),
}
"""The rubric's neighbours: which categories share symptoms with one, closest first."""


def likely(verdict: Classification | None, transitions: Sequence[Transition]) -> tuple[Category, ...]:
    """The verdict's category, then what others said of this alert, newest first, then the neighbours of the first."""
    if verdict is None:
        return ()
    evidence = [each.speaks_for for each in verdict.evidence]
    said = [str(t.detail.get(key, "")) for t in reversed(transitions) for key in ("to_category", "from_category")]
    known = set(Category)
    heard = [Category(word) for word in (*evidence, *said) if word in known]
    return tuple(dict.fromkeys([verdict.category, *heard, *_CONFUSED[verdict.category]]))[:SHOWN]
