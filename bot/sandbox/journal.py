"""What happened, in order: every API call that came in and every delivery that went out.

Tests read it to hold promises such as "nothing was posted twice"; the page shows it. It keeps the newest entries only.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from bot.sandbox.values import Json

KEEP = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One Web API call (or use of a response_url) and what came of it."""

    number: int
    at: float
    method: str
    args: Mapping[str, Any]
    outcome: str
    """`ok`, or Slack's error code."""
    status: int = 200
    ts: str | None = None
    """The message it made or changed."""
    fault: str | None = None
    """The injected fault that spoiled the answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One delivery to the bot: an interaction, an event, a command, or a webhook of Sentry's."""

    number: int
    at: float
    kind: str
    target: str
    payload: Mapping[str, Any]
    status: int | None
    """None: there was no answer."""
    ms: float
    problem: str = ""
    """What the person would see; empty when it worked."""
    answer: str = ""


@dataclass(slots=True)
class Journal:
    """The newest entries of both kinds, numbered in one sequence."""

    entries: deque[Call | Sent] = field(default_factory=lambda: deque(maxlen=KEEP))
    _numbers: "count[int]" = field(default_factory=lambda: count(1))

    def number(self) -> int:
        """The next entry's number."""
        return next(self._numbers)

    def add(self, entry: Call | Sent) -> None:
        """Write it down."""
        self.entries.append(entry)

    def calls(self, method: str | None = None, *, ok: bool | None = None) -> list[Call]:
        """The calls, oldest first; of one method, and only those that worked (or did not), if asked."""
        return [
            entry
            for entry in self.entries
            if isinstance(entry, Call)
            and method in (None, entry.method)
            and (ok is None or ok is (entry.outcome == "ok"))
        ]

    def sent(self, kind: str | None = None) -> list[Sent]:
        """The deliveries, oldest first; of one kind, if asked."""
        return [entry for entry in self.entries if isinstance(entry, Sent) and kind in (None, entry.kind)]


def summary(entry: Call | Sent) -> Json:
    """One line for the page: no payload, no secrets."""
    if isinstance(entry, Sent):
        return {
            "number": entry.number,
            "at": entry.at,
            "way": "out",
            "what": entry.kind,
            "about": entry.target,
            "outcome": entry.problem or str(entry.status),
            "ok": not entry.problem,
            "ms": round(entry.ms),
        }
    about = ", ".join(f"{name}={_short(value)}" for name, value in entry.args.items() if name in _TELLING)
    outcome = entry.outcome if entry.fault is None else f"{entry.outcome} · {entry.fault}"
    return {
        "number": entry.number,
        "at": entry.at,
        "way": "in",
        "what": entry.method,
        "about": about,
        "outcome": outcome,
        "ok": entry.outcome == "ok",
    }


_TELLING = ("channel", "ts", "thread_ts", "user", "user_id", "view_id", "text", "limit", "email")


def _short(value: object) -> str:
    text = str(value).replace("\n", " ")
    return text if len(text) <= 60 else text[:59] + "…"
