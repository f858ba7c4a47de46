"""Sentences made from templates and facts: root cause, suggested action and fix time.

A template is a list of sentences, best first: the first whose facts are all known is used. `{fact}` stands for a fact;
a part in square brackets is left out when one of its facts is missing. Facts are bounded and plain; escaping them is
the card's business.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from bot.alerts.classification import FixTime
from bot.alerts.event import ErrorEvent
from bot.classify.clues import place
from bot.classify.patterns import FACT_LENGTH

_PATH_LENGTH = 60
_EVENT_FACTS = "type where function library release transaction culprit server environment project status words"
EVENT_FACTS = frozenset(_EVENT_FACTS.split())
"""Facts that any event may have; a rule's patterns add their own."""

_SLOT = re.compile(r"\{([A-Za-z_]+)\}")
_OPTION = re.compile(r"\[([^\[\]]*)\]")
_ROUTE_SLOT = re.compile(r"\{(\w{1,40})\}")
_NOTHINGS = "none null nil undefined (null) <nil> nan <unknown> unknown ? (unknown) [undefined]"
_NOWHERE = "<anonymous> ?(<anonymous>)"
_SAYS_NOTHING = frozenset(f"{_NOTHINGS} {_NOWHERE}".split())


@dataclass(frozen=True, slots=True)
class Advice:
    """What a rule says to people: alternatives, best first; the last one needs no fact."""

    cause: tuple[str, ...]
    action: tuple[str, ...]
    fix: FixTime


def slots(template: str) -> set[str]:
    """The names of the facts in a template, optional ones included."""
    return set(_SLOT.findall(template))


def needed(template: str) -> set[str]:
    """The names of the facts that a template cannot do without."""
    return slots(_OPTION.sub("", template))


def write(templates: tuple[str, ...], facts: Mapping[str, str]) -> str:
    """The first sentence whose facts are all known; empty when none is."""
    fitting = next((t for t in templates if needed(t) <= facts.keys()), "")
    with_options = _OPTION.sub(lambda m: m.group(1) if slots(m.group(1)) <= facts.keys() else "", fitting)
    return _SLOT.sub(lambda m: facts[m.group(1)], with_options)


def clean(value: str | None) -> str:
    """One fact as plain text of at most 80 characters; empty when it says nothing."""
    text = " ".join((value or "")[: 4 * FACT_LENGTH].split())
    if text.lower() in _SAYS_NOTHING:
        return ""
    if "{" in text:
        text = _ROUTE_SLOT.sub(r":\1", text)
    text = text.translate(_PLAIN).strip()
    return text if len(text) <= FACT_LENGTH else f"{text[: FACT_LENGTH - 1]}…"


_PLAIN = {ord("`"): "'", ord("{"): "(", ord("}"): ")"} | dict.fromkeys((*range(32), 127))


def facts_of(event: ErrorEvent) -> dict[str, str]:
    """What the event itself tells, without anything that is missing."""
    frame, crash = event.crash_frame, event.crash
    words = (crash.value if crash else None) or event.message or (event.title if not crash else None)
    raw = {
        "type": (crash.type if crash else None),
        "where": _near(place(frame)) if frame and clean(frame.filename or frame.module) else event.culprit,
        "function": frame.function if frame else None,
        "release": event.release or event.tag("release") or event.origin.version,
        "transaction": event.transaction,
        "culprit": event.culprit,
        "server": event.server_name or event.tag("server_name"),
        "environment": event.environment,
        "project": event.project,
        "words": words,
    }
    return known(raw)


def _near(path: str) -> str:
    """The end of a path is what people know a file by."""
    path = path.replace("\\", "/")
    for folder in ("/node_modules/", "/site-packages/", "/gems/"):
        path = path.rpartition(folder)[2]
    return path if len(path) <= _PATH_LENGTH else f"…/{path[-_PATH_LENGTH:].partition('/')[2] or path[-_PATH_LENGTH:]}"


def known(raw: Mapping[str, str | None]) -> dict[str, str]:
    """The facts that say something, cleaned."""
    return {name: text for name, value in raw.items() if (text := clean(value))}
