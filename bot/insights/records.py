"""What the figures are made of: what the database remembers of a period, as plain values.

`bot.store.insights` reads them, `bot.insights.stats` and `bot.insights.scoreboard` count them. Decides nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Protocol

from bot.alerts.alert import Action, Source, State
from bot.alerts.classification import Category, FixTime, Severity


@dataclass(frozen=True, slots=True)
class Period:
    """The time from `since` up to, but without, `until`; its days are those of `zone`."""

    since: datetime
    until: datetime
    zone: tzinfo = UTC

    def __contains__(self, at: datetime | None) -> bool:
        return at is not None and self.since <= at < self.until

    @property
    def length(self) -> timedelta:
        """How long it is."""
        return self.until - self.since

    def day(self, at: datetime) -> date:
        """The day on which something happened, for the people of `zone`."""
        return at.astimezone(self.zone).date()

    def days(self) -> tuple[date, ...]:
        """Every day that has a part in it, oldest first."""
        first, last = self.day(self.since), self.day(self.until - timedelta(microseconds=1))
        return tuple(first + timedelta(days=n) for n in range((last - first).days + 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An alert as a line of a list, as it stands now. `title`, `project` and `url` are hostile text."""

    id: int
    title: str
    state: State
    created_at: datetime
    short_id: str | None = None
    project: str | None = None
    severity: Severity | None = None
    category: Category | None = None
    url: str | None = None
    """Its page in Sentry, as far as anybody said."""
    fix_time: FixTime | None = None
    """The estimate of the verdict in force."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A transition, as far as the figures need it."""

    id: int
    alert_id: int
    at: datetime
    action: Action
    by: Source
    after: State
    detail: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """What somebody made of an error."""

    severity: Severity
    category: Category
    confidence: float = 1.0
    """0 to 1; a person is always sure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One alert, and what each made of it; None: that one said nothing."""

    alert_id: int
    at: datetime
    """When a person corrected it, else when it was first judged."""
    rules: Opinion | None = None
    model: Opinion | None = None
    """The model's own word, whatever counted of it."""
    shown: Opinion | None = None
    """What stood on the card before a person spoke: the rules' and the model's word together."""
    corrected: Opinion | None = None
    """What a person put in its place, which may be the same."""
    shadow: Opinion | None = None
    """What a shadow said that only looked on."""
    ups: int = 0
    downs: int = 0
    """Thumbs on what stood on the card."""

    @property
    def person(self) -> Opinion | None:
        """What people meant: a correction, else what more of them call right than wrong. Silence is neither."""
        return self.corrected or (self.shown if self.ups > self.downs else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What asking one model took in the period."""

    model: str
    calls: int
    cost_usd: float


@dataclass(frozen=True, slots=True)
class Tally:
    """Thumbs: how many were content, and how many were not."""

    ups: int = 0
    downs: int = 0


@dataclass(frozen=True, slots=True)
class Offender:
    """An alert and how many of its events came in the period."""

    line: Line
    events: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """An alert that is not over, and how it stands."""

    line: Line
    since: datetime
    """When it came to its state."""
    owner: str = ""
    """Who has it (untrusted); empty: nobody."""
    events: int = 1
    users: int = 0


@dataclass(frozen=True, slots=True)
class Sleeper:
    """A snoozed alert and when it comes back."""

    line: Line
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """A period as the database remembers it."""

    period: Period
    lines: Mapping[int, Line] = field(default_factory=dict)
    """Every alert to which something happened in the period, by id."""
    steps: tuple[Step, ...] = ()
    """All that ever happened to those alerts until the period's end, oldest first."""
    events: int = 0
    """Events that came in the period, each counted once for its alert."""
    told: int = 0
    """How often events were worth a new card or line."""
    cases: tuple[Case, ...] = ()
    """The alerts that were opened, or judged by a person, in the period."""
    askings: tuple[Asking, ...] = ()
    shared: int = 0
    """Verdicts that a model had already given to the same error elsewhere."""
    saved_usd: float = 0.0
    """What these would have cost."""
    offenders: tuple[Offender, ...] = ()
    """Those with the most events, most first."""
    sleepers: tuple[Sleeper, ...] = ()
    """Every alert that is snoozed until a time, soonest first."""
    waiting: Mapping[str, int] = field(default_factory=dict)
    """How many alerts wait for somebody now, by severity."""
    thumbs: Mapping[str, Tally] = field(default_factory=dict)
    """What people thought of each `verdict` and `answer` in the period."""


class Remembers(Protocol):
    """Who can tell a period's history."""

    async def history(self, period: Period) -> History:
        """Everything about a period, as of one moment."""
        ...

    async def still_open(self, limit: int) -> Sequence[Open]:
        """The alerts that are not over, worst first, then last seen first."""
        ...
