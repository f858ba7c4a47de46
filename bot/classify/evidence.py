"""Checks what a model refers to: a part must exist, and a quote must stand in it. What has no such evidence is a guess.

A checked reference proves that the model looked at the event, not that it is right.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.alerts.classification import Evidence
from bot.classify.reader import Reference

CLAIMS = ("root_cause", "category", "severity")
"""What a verdict claims. A suggested action is advice: it needs no proof."""
_SHOWN, _SHORTEST = 160, 3
_WORD = re.compile(r"\w+")
_ALIASES = {"tags": "tag", "frames": "frame", "stack": "frame", "crumb": "breadcrumb", "breadcrumbs": "breadcrumb"}


@dataclass(frozen=True, slots=True)
class Checked:
    """What became of a model's references."""

    evidence: tuple[Evidence, ...] = ()
    """Those that hold, in the event's own words."""
    rejected: tuple[Reference, ...] = ()
    """Those that do not: the part does not exist, or the quote does not stand in it."""
    hypotheses: frozenset[str] = frozenset(CLAIMS)
    """The claims that nothing checked speaks for: `root_cause`, `category`, `severity`."""


def check(references: Iterable[Reference], parts: Mapping[str, str]) -> Checked:
    """Check each reference against the parts of the prompt; one that names no claim speaks for the root cause."""
    held: dict[tuple[str, str], Evidence] = {}
    rejected: list[Reference] = []
    for reference in references:
        ref = _known(reference.ref, parts)
        if ref is None or not _stands(reference.quote, parts[ref]):
            rejected.append(reference)
            continue
        claim = reference.supports or "root_cause"
        text = " ".join((reference.quote or parts[ref].partition("\n")[0]).split())[:_SHOWN]
        held.setdefault((ref, claim), Evidence(source=ref, text=text, speaks_for=claim))
    proven = {claim for _, claim in held}
    return Checked(tuple(held.values()), tuple(rejected), frozenset(CLAIMS) - proven)


def _known(ref: str, parts: Mapping[str, str]) -> str | None:
    """The part that is meant: models write `frame 0`, `tags:release`, `[message]` and `Frame:0`, too."""
    kind, _, name = ref.strip("[]() ").replace(" ", ":", 1).partition(":")
    kind = _ALIASES.get(kind.lower(), kind.lower())
    wanted = f"{kind}:{name.strip()}" if name.strip() else kind
    return wanted if wanted in parts else next((one for one in parts if one.lower() == wanted.lower()), None)


def _stands(quote: str, text: str) -> bool:
    """Whether the quote's words stand in the part one after the other; no quote at all is let pass."""
    words = _WORD.findall(quote.lower())
    if not words:
        return True
    if sum(map(len, words)) < _SHORTEST:
        return False
    return f" {' '.join(words)} " in f" {' '.join(_WORD.findall(text.lower()))} "
