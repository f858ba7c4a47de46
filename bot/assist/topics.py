"""What a question asks for, by the words that people use. Understands nothing: a question without them is about all."""

import re
from collections.abc import Mapping

MOST = 4
"""Topics that one answer is about."""


def topics(question: str) -> list[str]:
    """What a question asks for, in the order of its words; empty: nothing that these words tell."""
    low = question.lower()
    found = [(match.start(), name) for name, pattern in _ASKED.items() if (match := pattern.search(low))]
    return [name for _, name in sorted(found)][:MOST]


def _any(*words: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(words)})")


_ASKED: Mapping[str, re.Pattern[str]] = {
    "similar": _any(
        *("similar", r"before\s*(?:[?.,;!]|and\b|$)", "seen (?:this|it)", "again", "last time", "previous", "recur"),
        *("ever had", "known issue", "like th(?:is|ese)", "already happened"),
    ),
    "cause": _any("why", "caus(?:e|ed|ing)", "reason", "what (?:is|does|happened|went wrong)", "explain", "mean"),
    "fix": _any(
        *("fix", "solve", "resolve", "mitigat", "workaround", "what (?:should|can|do|did) ", "how (?:do|can|to|did)"),
        *("next step", "help", "roll ?back"),
    ),
    "rate": _any(
        *("how (?:often|many|much|bad)", "when", "since", "start(?:ed)?", "rate", "count", "frequen", "trend", "spike"),
        *("worse", "users?", "affected", "impact", "still"),
    ),
    "changes": _any(
        *("release", "deploy", "version", "commit", "chang", "introduc", "regress", "roll ?back", "same time"),
        *("correlat", "related", "other alerts"),
    ),
    "who": _any("who", "owner", "assigned", "acknowledg", "on ?call", "working on"),
    "before": _any(
        "breadcrumb", "le(?:d|ads?) (?:up )?to", "steps", "beforehand", "before (?:it|the)", "happened before"
    ),
    "where": _any("where", "which (?:line|file|function)", "line", "file", "function", "stack", "trace", "code"),
    "history": _any("history", "timeline", "so far", "what has happened", "log of"),
}
