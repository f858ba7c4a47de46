"""What a person means by an issue: its number, its short id, an event's id, or the address of one of its pages. Pure.

Only ids are taken out of an address; nobody ever goes to it.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

LONGEST = 2_000
"""Characters of an address that are looked at."""
_EVENT = r"[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_EVENT_ID = re.compile(_EVENT, re.IGNORECASE)
_KEY = re.compile(r"(?:sentry|metric|group|pasted):[\w.-]{1,100}", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,20}", re.ASCII)
_SHORT_ID = re.compile(r"(?=[a-z0-9_-]*[a-z_])[a-z0-9][a-z0-9_-]{0,80}-[0-9a-z]{1,12}", re.IGNORECASE | re.ASCII)
_ISSUE_PATH = re.compile(r"/issues/([\w-]{1,100})(?:/|$)", re.ASCII)
_EVENT_PATH = re.compile(rf"/events/({_EVENT})(?:/|$)", re.IGNORECASE)
_OLD_EVENT = re.compile(rf"(?:^|[?&])_?event(?:id)?=({_EVENT})", re.IGNORECASE)
_ADDRESS = re.compile(r"https?://[^\s<>|\"'`\\^{}]{4,2000}", re.IGNORECASE)


class Kind(StrEnum):
    """Which of an issue's names a reference is."""

    NUMBER = "number"
    SHORT_ID = "short_id"
    EVENT_ID = "event_id"
    KEY = "key"
    """Our own name for what an alert is about, where Sentry has none: `pasted:…`, `metric:…`."""


@dataclass(frozen=True, slots=True)
class Reference:
    """One name of an issue: digits, `PROJECT-1A2` in capitals, or 32 hex digits in lower case."""

    kind: Kind
    value: str


def reference(text: str) -> Reference | None:
    """What `text`, one word or one address, refers to; None where it looks like no issue."""
    word = text.strip().strip("<>").partition("|")[0].lstrip("#")[:LONGEST]
    return _in_address(word) if "/" in word else _named(word)


def links(text: str) -> list[tuple[str, Reference]]:
    """The addresses in a text that lead to issues, each once, with what they refer to."""
    found: dict[str, Reference] = {}
    for address in _ADDRESS.findall(text[:100_000])[:50]:
        url = address.rstrip(".,;:!?)]")
        known = _in_address(url)
        if known:
            found.setdefault(url, known)
    return list(found.items())


def _named(word: str) -> Reference | None:
    if _EVENT_ID.fullmatch(word):
        return Reference(Kind.EVENT_ID, word.replace("-", "").lower())
    if _KEY.fullmatch(word):
        return Reference(Kind.KEY, word)
    if _NUMBER.fullmatch(word):
        return Reference(Kind.NUMBER, word)
    return Reference(Kind.SHORT_ID, word.upper()) if _SHORT_ID.fullmatch(word) else None


def _in_address(url: str) -> Reference | None:
    try:
        parts = urlsplit(url if "://" in url else f"https://{url}")
    except ValueError:
        return None
    if parts.scheme not in ("http", "https"):
        return None
    issue = _ISSUE_PATH.search(parts.path)
    if issue and issue[1].lower() not in ("searches", "views", "feedback"):
        return _named(issue[1])
    event = _EVENT_PATH.search(parts.path) or _OLD_EVENT.search(parts.query)
    return Reference(Kind.EVENT_ID, event[1].replace("-", "").lower()) if event else None
