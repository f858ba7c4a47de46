"""Mutes: which errors the team does not want cards of for a while, as people write it and as it is matched. Pure.

A mute hides cards; it counts everything, resolves nothing, and ends by itself. Critical alerts come through, unless
the mute names their severity: somebody then said so in full knowledge.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from difflib import get_close_matches

from bot.alerts.alert import Actor
from bot.alerts.classification import Category, Severity
from bot.alerts.durations import duration
from bot.alerts.event import ErrorEvent

DEFAULT_DURATION, LONGEST = timedelta(days=7), timedelta(days=90)
KEYS = ("project", "environment", "release", "category", "severity", "issue", "text")
VALUE_LIMIT = 100
"""Characters of one value of a pattern."""
_CHOICES = {"category": tuple(Category), "severity": tuple(Severity)}
_FOR = re.compile(r"(?:^|\s)for\s+(\S+(?:\s?[a-z]+)?)\s*$", re.IGNORECASE)
_TERM = re.compile(r'(?:(\w+):)?(?:"([^"]*)"|(\S+))')


class BadPattern(ValueError):
    """The pattern makes no mute; the message says why, `better` is the nearest one that does (or empty)."""

    def __init__(self, message: str, better: str = "") -> None:
        super().__init__(message)
        self.better = better


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """What a mute is about: every field that is not empty must match, whatever the case; `text` stands in the title."""

    project: str = ""
    environment: str = ""
    release: str = ""
    category: str = ""
    severity: str = ""
    issue: str = ""
    text: str = ""

    def __str__(self) -> str:
        """The pattern as a person would write it: `parse` reads it back."""
        said = ((key, getattr(self, key)) for key in KEYS)
        return " ".join(f'{key}:"{value}"' if " " in value else f"{key}:{value}" for key, value in said if value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mute:
    """A pattern, who asked for it, and until when it holds."""

    id: int
    pattern: Pattern
    by: Actor
    at: datetime
    until: datetime

    def holds(self, now: datetime) -> bool:
        """Whether it is in force at `now`."""
        return now < self.until


def parse(text: str) -> tuple[Pattern, timedelta]:
    """`project:shop-api "Connection reset" for 2d` → the pattern and how long; without "for", seven days.

    Raises:
        BadPattern: it would match everything, a key or a value is not known, or the time is none.
    """
    lasting, said, tail = DEFAULT_DURATION, text.strip(), ""
    if found := _FOR.search(said):
        said, tail = said[: found.start()].strip(), said[found.start() :].rstrip()
        lasting = _duration(found[1], said)
    try:
        fields = _fields(said)
    except BadPattern as wrong:
        raise BadPattern(str(wrong), f"{wrong.better}{tail}" if wrong.better else "") from None
    if not any(fields.values()):
        raise BadPattern("This would hide everything. Name a project, a category, an issue or words of its title.")
    return Pattern(**fields), lasting


def _fields(said: str) -> dict[str, str]:
    """Each field that the words name; what names none stands in the title."""
    fields: dict[str, str] = {}
    words: list[str] = []
    for key, quoted, bare in _TERM.findall(said):
        value = (quoted or bare).strip()[:VALUE_LIMIT]
        if key and not bare.startswith("//"):
            name = _key(key.lower(), value, said)
            fields[name] = _value(name, value, said)
        elif value:
            words.append(f"{key}:{bare}" if key else value)
    text = " ".join(filter(None, (fields.get("text"), *words)))[:VALUE_LIMIT]
    return {**fields, "text": text}


def matches(pattern: Pattern, event: ErrorEvent, severity: Severity | None, category: Category | None) -> bool:
    """Whether a mute with this pattern would hide the alert."""
    if severity is Severity.CRITICAL and pattern.severity != Severity.CRITICAL:
        return False
    known = {
        "project": (event.project,),
        "environment": (event.environment,),
        "release": (event.release,),
        "category": (category,),
        "severity": (severity,),
        "issue": (event.short_id, event.issue_id),
    }
    exact = all(_same(getattr(pattern, key), values) for key, values in known.items() if getattr(pattern, key))
    return exact and (not pattern.text or pattern.text.casefold() in _title(event))


def muted_by(
    mutes: Iterable[Mute], event: ErrorEvent, severity: Severity | None, category: Category | None, now: datetime
) -> Mute | None:
    """The mute that hides the alert now, the one that holds longest; None: its card is wanted as far as mutes go."""
    found = [mute for mute in mutes if mute.holds(now) and matches(mute.pattern, event, severity, category)]
    return max(found, key=lambda mute: mute.until, default=None)


def _same(wanted: str, values: Iterable[str | None]) -> bool:
    return any(value is not None and value.casefold() == wanted.casefold() for value in values)


def _title(event: ErrorEvent) -> str:
    crash = event.crash
    raised = (crash.type, crash.value) if crash else ()
    return "\n".join(filter(None, (event.title, *raised))).casefold()


def _duration(word: str, rest: str) -> timedelta:
    try:
        lasting = duration(word) if not word.isdecimal() else timedelta(0)
    except ValueError:
        lasting = timedelta(0)
    if not lasting:
        raise BadPattern(f"“{word[:20]}” is no time. Say 30m, 4h, 2d or 1w.", f"{rest} for 7d")
    if lasting > LONGEST:
        raise BadPattern(f"A mute ends after {LONGEST.days} days at most.", f"{rest} for {LONGEST.days}d")
    return lasting


def _key(key: str, value: str, said: str) -> str:
    if key in KEYS:
        return key
    near = get_close_matches(key, KEYS, n=1, cutoff=0.5)
    better = re.sub(rf"\b{re.escape(key)}:", f"{near[0]}:", said, count=1, flags=re.IGNORECASE) if near else f'"{said}"'
    raise BadPattern(f"I do not know “{key[:20]}:{value[:20]}”. Known are {', '.join(KEYS)}.", better)


def _value(key: str, value: str, said: str) -> str:
    choices = _CHOICES.get(key)
    if choices is None or value.lower() in choices:
        return value.lower() if choices else value
    near = get_close_matches(value.lower(), choices, n=1, cutoff=0.5)
    better = said.replace(f"{key}:{value}", f"{key}:{near[0]}", 1) if near else ""
    raise BadPattern(f"There is no {key} “{value[:20]}”. There are {', '.join(choices)}.", better)
