"""Lists of alerts, and one alert's trail, as values: what `/triage` and the Home tab tell. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.alerts.classification import Classification, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which of the alerts that are not at rest a list holds; what is empty does not matter."""

    owner: str = ""
    """The Slack id of who has it."""
    severity: Severity | None = None
    project: str = ""
    overdue_at: datetime | None = None
    """Only those whose owner promised to be done before then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """The first alerts of a list, worst first, and how many there are in all."""

    ids: tuple[int, ...]
    total: int
    by_severity: Mapping[str, int] = field(default_factory=dict)
    """Severity → how many; those that no verdict has reached stand under an empty word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """The deliveries of one kind that reached an alert."""

    source: str
    resource: str
    action: str
    count: int
    repeats: int
    """How often one of them came again: duplicates, which count nothing."""
    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Trail:
    """What the dossier of an alert does not hold of its past."""

    heard: tuple[Heard, ...] = ()
    """Oldest kind first; deliveries are forgotten after a while, and the alert stays."""
    verdicts: tuple[tuple[datetime, Classification], ...] = ()
    """Every verdict that there was, oldest first."""
    ups: int = 0
    """Thumbs up for its verdicts and answers."""
    downs: int = 0


@dataclass(frozen=True, slots=True)
class Release:
    """A release, as far as errors told us of it."""

    name: str
    project: str
    first: datetime
    """When an error in it was first heard of."""
    alerts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a mute would have hidden since some time."""

    since: datetime
    alerts: int = 0
    events: int = 0
    by_severity: Mapping[str, int] = field(default_factory=dict)
    acted_on: int = 0
    """Those that a person acknowledged or resolved: perhaps they mattered."""
    titles: tuple[tuple[str, str], ...] = ()
    """The newest: short id (or empty) and title, which is hostile text."""
    spared: int = 0
    """Those that fit too and are critical: they come through."""
