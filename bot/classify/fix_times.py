"""How long such alerts really took to fix, in place of a rule's estimate. Pure."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta

from bot.alerts.classification import Category, Classification, Evidence, FixTime
from bot.alerts.event import ErrorEvent

OF_A_KIND, OF_A_CATEGORY = 3, 12
"""So many fixes of the same type of error, or else of its category, make an estimate."""
SHORTEST, LONGEST = timedelta(minutes=1), timedelta(days=7)
"""What was closed sooner was no fix, and what lay around longer was not worked on."""
_LIMITS = (
    (timedelta(minutes=15), FixTime.QUARTER_HOUR),
    (timedelta(hours=1), FixTime.HOUR),
    (timedelta(hours=4), FixTime.HALF_DAY),
)


@dataclass(frozen=True, slots=True)
class Took:
    """One fix: the type and category of the error, and the time from when somebody took it until it was resolved."""

    kind: str
    category: Category
    worked: timedelta


class FixTimes:
    """What fixes took, ready to be asked."""

    def __init__(self, fixes: Iterable[Took] = ()) -> None:
        self._kinds: dict[tuple[Category, str], list[timedelta]] = defaultdict(list)
        self._categories: dict[Category, list[timedelta]] = defaultdict(list)
        for fix in fixes:
            if SHORTEST <= fix.worked <= LONGEST:
                self._kinds[(fix.category, fix.kind)].append(fix.worked)
                self._categories[fix.category].append(fix.worked)

    def __bool__(self) -> bool:
        return bool(self._categories)

    def learned(self, event: ErrorEvent, verdict: Classification) -> Classification:
        """The verdict with the estimate that experience gives, explained; unchanged where there is too little of it."""
        kind = (event.crash.type if event.crash else None) or ""
        own = self._kinds.get((verdict.category, kind), []) if kind else []
        known = own if len(own) >= OF_A_KIND else self._categories.get(verdict.category, [])
        if len(known) < (OF_A_KIND if known is own else OF_A_CATEGORY):
            return verdict
        middle = sorted(known)[len(known) // 2]
        estimate = next((name for limit, name in _LIMITS if middle <= limit), FixTime.DAY)
        text = f"{len(known)} such alerts took {_told(middle)} to fix (median)"
        return replace(
            verdict,
            estimated_fix_time=estimate,
            evidence=(*verdict.evidence, Evidence(source="history", text=text, speaks_for=estimate)),
        )


def _told(time: timedelta) -> str:
    minutes = max(1, round(time.total_seconds() / 60))
    return f"{minutes} min" if minutes < 90 else f"{minutes / 60:.0f} h"
