"""Everything that our own records say around one alert, gathered once for an answer. What cannot be had is left out."""

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.alerts.alert import Action, Transition
from bot.alerts.dossier import Dossier
from bot.alerts.question import Question
from bot.assist.records import Neighbour, Past, ReleaseSeen, Similar

HOURS = 24
AROUND = timedelta(minutes=30)
"""Before and after an alert's beginning: what else began then may have the same cause."""
_SIMILAR, _RELEASES, _NEIGHBOURS = 5, 8, 6

T = TypeVar("T")
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFile:
    """One alert and what stands around it, at the time `now`."""

    now: datetime
    dossier: Dossier
    similar: Sequence[Similar] = ()
    hours: Sequence[int] = ()
    """Events in each of the last `HOURS` hours, oldest first; empty: not known."""
    releases: Sequence[ReleaseSeen] = ()
    neighbours: Sequence[Neighbour] = ()
    earlier: Sequence[Question] = field(default=())
    """Questions about this alert that were answered before, oldest first."""

    @property
    def returns(self) -> list[Transition]:
        """The times when this alert came back after it was resolved, newest first."""
        return [t for t in reversed(self.dossier.transitions) if t.action is Action.REGRESSED]


async def gather(dossier: Dossier, past: Past, now: datetime, earlier: Sequence[Question] = ()) -> CaseFile:
    """Look everything up; a lookup that fails is an empty one."""
    alert = dossier.alert
    edges = [now - timedelta(hours=HOURS - hour) for hour in range(HOURS + 1)]
    return CaseFile(
        now=now,
        dossier=dossier,
        similar=await _or_nothing(past.similar(dossier, _SIMILAR)),
        hours=await _or_nothing(past.counts(alert.id, edges)),
        releases=await _or_nothing(past.releases(alert.id, _RELEASES)),
        neighbours=await _or_nothing(
            past.neighbours(alert.id, alert.created_at - AROUND, alert.created_at + AROUND, _NEIGHBOURS)
        ),
        earlier=earlier,
    )


async def _or_nothing(lookup: Awaitable[Sequence[T]]) -> Sequence[T]:
    try:
        return await lookup
    except (SQLAlchemyError, TimeoutError, ValueError) as error:
        log.warning("lookup_failed", error=type(error).__name__)
        return ()
