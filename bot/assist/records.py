"""What our own records say beyond the alert itself: alerts like it and how they ended, its rate, its releases. Values.

Finding them is `bot.store.past`'s work, telling them `evidence`'s and the tools'.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from bot.alerts.alert import Action, Alert, Source, State, Transition
from bot.alerts.classification import Classification
from bot.alerts.dossier import Dossier
from bot.alerts.event import ErrorEvent


class Likeness(StrEnum):
    """How much another alert is like this one, closest first."""

    SAME_ERROR = "the same error"
    SAME_PLACE = "the same kind of error at the same place"
    SAME_TYPE = "the same kind of error elsewhere"

    @property
    def rank(self) -> int:
        """0 for the closest."""
        return list(Likeness).index(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Similar:
    """Another alert, and what became of it."""

    alert: Alert
    event: ErrorEvent
    likeness: Likeness
    classification: Classification | None = None
    transitions: tuple[Transition, ...] = ()
    """Those that tell how it went: resolves, regressions, corrections, comments; oldest first."""

    @property
    def ended(self) -> Transition | None:
        """Its last resolve; None: it never was."""
        return next((t for t in reversed(self.transitions) if t.action is Action.RESOLVED), None)

    @property
    def came_back(self) -> bool:
        """Whether the last resolve did not last."""
        return self.ended is not None and self.alert.state is not State.RESOLVED

    @property
    def said(self) -> tuple[str, ...]:
        """What people wrote about it: comments and reasons for corrections, newest first (untrusted)."""
        keys = {Action.REMARKED: "text", Action.RECLASSIFIED: "reason"}
        people = (t for t in reversed(self.transitions) if t.actor.source is not Source.BOT)
        return tuple(word for t in people if t.action in keys and (word := str(t.detail.get(keys[t.action], ""))))


@dataclass(frozen=True, slots=True)
class ReleaseSeen:
    """A release in which it happened, as far as deliveries were read in full."""

    release: str
    first: datetime
    last: datetime
    times: int


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Another alert that began at about the same time."""

    alert_id: int
    title: str
    project: str | None
    short_id: str | None
    at: datetime


class Past(Protocol):
    """What can be looked up in our own records; nothing in it changes anything."""

    async def similar(self, dossier: Dossier, limit: int) -> Sequence[Similar]:
        """Other alerts like this one, closest first, then newest."""
        ...

    async def counts(self, alert_id: int, edges: Sequence[datetime]) -> Sequence[int]:
        """Events received between each two neighbouring `edges`."""
        ...

    async def releases(self, alert_id: int, limit: int) -> Sequence[ReleaseSeen]:
        """The releases in which it happened, newest first."""
        ...

    async def neighbours(self, alert_id: int, since: datetime, until: datetime, limit: int) -> Sequence[Neighbour]:
        """Other alerts that began in that time, oldest first."""
        ...
