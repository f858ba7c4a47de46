"""The figures of a period: how many, how bad, how fast, how noisy, how dear. Pure; nothing is read or shown here.

Whoever shows them (`bot.insights.report`, the dashboard, Slack) takes a `Figures`. How good the verdicts were stands in
`bot.insights.scoreboard`.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from math import floor

from bot.alerts.alert import Action, Source, State
from bot.alerts.classification import Category, Severity
from bot.insights.records import Asking, History, Line, Offender, Period, Sleeper, Step, Tally
from bot.insights.scoreboard import Scoreboard, middle, scoreboard
from bot.insights.spells import Spell, spells

UNCLASSIFIED = "unclassified"
"""In the counts, an alert that no verdict has reached yet."""
SEVERITIES = (*(severity.value for severity in Severity), UNCLASSIFIED)


@dataclass(frozen=True, slots=True)
class Timing:
    """How long something took: how often it happened, and the middle of all times; None where it never did."""

    count: int = 0
    median: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """How fast people were. Each alert counts when it was acknowledged or resolved, not when it was opened."""

    acknowledge: Timing = Timing()
    resolve: Timing = Timing()
    acknowledge_by_severity: Mapping[str, Timing] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """What models cost, in US dollars."""

    spent_usd: float = 0.0
    saved_usd: float = 0.0
    """What answers would have cost that were there already."""
    calls: int = 0
    shared: int = 0
    by_model: tuple[Asking, ...] = ()
    """Dearest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """An alert that was resolved and that nothing has verified yet."""

    line: Line
    at: datetime
    by: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """A period in figures. Counts by severity and category name every one that there is, if only with 0."""

    period: Period
    opened: int
    by_severity: Mapping[str, int]
    by_category: Mapping[str, int]
    by_day: Mapping[date, Mapping[str, int]]
    """Day → severity → alerts opened; every day of the period is there."""
    events: int
    folded: int
    """Events that came without a new card or line: the noise that nobody saw."""
    speed: Speed
    money: Money
    scoreboard: Scoreboard
    offenders: tuple[Offender, ...]
    unverified: tuple[Fix, ...]
    """Newest first."""
    sleepers: tuple[Sleeper, ...]
    """The snoozes that end within one more such period, soonest first."""
    waiting: Mapping[str, int]
    thumbs: Mapping[str, Tally]
    """What people thought of each `verdict` and `answer`: those that somebody gave."""

    @property
    def noise_share(self) -> float:
        """The part of all events that nobody had to see, 0 to 1; only all of them is 1, however it is rounded."""
        return floor(100 * self.folded / self.events) / 100 if self.events else 0.0


def figures(history: History) -> Figures:
    """Count a period."""
    period, lived = history.period, spells(history.steps)
    opened = [(spell.began, history.lines[spell.alert_id]) for spell in lived if spell.first and spell.began in period]
    return Figures(
        period=period,
        opened=len(opened),
        by_severity=_counted((severity_of(line) for _, line in opened), SEVERITIES),
        by_category=_counted((_category_of(line) for _, line in opened), [c.value for c in Category]),
        by_day=_by_day(period, opened),
        events=history.events,
        folded=max(0, history.events - history.told),
        speed=_speed(history, lived),
        money=_money(history),
        scoreboard=scoreboard(history, lived),
        offenders=history.offenders,
        unverified=tuple(_unverified(history)),
        sleepers=tuple(s for s in history.sleepers if s.until < period.until + period.length),
        waiting=history.waiting,
        thumbs={subject: given for subject, given in history.thumbs.items() if given != Tally()},
    )


def severity_of(line: Line) -> str:
    """An alert's severity in the counts."""
    return line.severity.value if line.severity else UNCLASSIFIED


def _category_of(line: Line) -> str:
    return (line.category or Category.UNKNOWN).value


def _counted(words: Iterable[str], known: Sequence[str]) -> dict[str, int]:
    return dict.fromkeys(known, 0) | Counter(words)


def _by_day(period: Period, opened: Iterable[tuple[datetime, Line]]) -> dict[date, dict[str, int]]:
    days = {day: dict.fromkeys(SEVERITIES, 0) for day in period.days()}
    for at, line in opened:
        days[period.day(at)][severity_of(line)] += 1
    return days


def _timing(times: Iterable[timedelta]) -> Timing:
    found = list(times)
    return Timing(len(found), middle(found) if found else None)


def _speed(history: History, lived: Iterable[Spell]) -> Speed:
    taken = [spell for spell in lived if spell.acknowledged in history.period]
    done = [spell for spell in lived if spell.resolved in history.period]
    by_severity: dict[str, list[timedelta]] = {severity: [] for severity in SEVERITIES}
    for spell in taken:
        by_severity[severity_of(history.lines[spell.alert_id])] += spell.waited
    return Speed(
        acknowledge=_timing(time for spell in taken for time in spell.waited),
        resolve=_timing(time for spell in done for time in spell.lasted),
        acknowledge_by_severity={severity: _timing(times) for severity, times in by_severity.items() if times},
    )


def _money(history: History) -> Money:
    return Money(
        spent_usd=sum(asking.cost_usd for asking in history.askings),
        saved_usd=history.saved_usd,
        calls=sum(asking.calls for asking in history.askings),
        shared=history.shared,
        by_model=tuple(sorted(history.askings, key=lambda asking: (-asking.cost_usd, asking.model))),
    )


def _unverified(history: History) -> Iterator[Fix]:
    """What was resolved in the period and still only is."""
    last: dict[int, Step] = {s.alert_id: s for s in history.steps if s.action is Action.RESOLVED}
    for step in sorted(last.values(), key=lambda step: (step.at, step.id), reverse=True):
        line = history.lines[step.alert_id]
        if step.at in history.period and line.state is State.RESOLVED:
            yield Fix(line=line, at=step.at, by=step.by)
