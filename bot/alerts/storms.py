"""Storms: different issues that begin within minutes and share something that is rare otherwise. Pure.

A storm is an alert about alerts: it has a row, a card, a page and a verdict of its own, and while it lasts it speaks
for its members, who keep theirs. Here stand its rules: when one begins, when it is over, what it says.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict, Field

from bot.alerts.classification import Category, Classification, Evidence, FixTime, Severity
from bot.alerts.durations import Seconds
from bot.alerts.standing import State
from bot.alerts.traits import Kind, Trait

PREFIX = "storm:"
"""How the issue keys of storms begin."""
EARLIER = timedelta(days=1)
"""What is rare is measured by how often it was seen within so long before."""
RARE = 4.0
"""A trait must be shared by at least so many times the number that would be usual."""
_WEIGHTS = {Kind.UPSTREAM: 1.0, Kind.FRAME: 1.0, Kind.COMMIT: 0.9, Kind.RELEASE: 0.8, Kind.HOST: 0.6}
"""How well each kind explains an outbreak; a host is shared by much that has nothing to do with it."""
_LONGEST_LOOK = timedelta(seconds=60)
_DO = {
    Kind.UPSTREAM: "Look at `{value}` first: all of them wait for it. Retry or switch over once it answers.",
    Kind.FRAME: "Look at `{value}`: all of them break there.",
    Kind.COMMIT: "Roll back to before commit `{value}`, then look at what it changed.",
    Kind.RELEASE: "Roll back `{value}`, then look at what it changed.",
    Kind.HOST: "Take `{value}` out of service, then look at its disk, memory and network.",
}
_NAMES = {
    Kind.UPSTREAM: "the upstream `{value}`",
    Kind.FRAME: "the code `{value}`",
    Kind.COMMIT: "commit `{value}`",
    Kind.RELEASE: "release `{value}`",
    Kind.HOST: "the host `{value}`",
}
_CATEGORIES = {Kind.UPSTREAM: Category.EXTERNAL_SERVICE, Kind.HOST: Category.INFRASTRUCTURE}
"""What a storm is about where its members do not agree."""


class StormRules(BaseModel):
    """The part of triage.yml about storms."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    enabled: bool = Field(True, description="Whether issues that belong together become one storm card.")
    at_least: int = Field(5, ge=2, description="So many different issues make a storm …")
    within: Seconds = Field(timedelta(minutes=5), description="… when they begin within so many seconds.")
    calm: Seconds = Field(
        timedelta(minutes=10), description="A storm is over when nothing joined it for so long and it does not go on."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """That an alert, when it began or came back, had a trait."""

    trait: str
    alert_id: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Seen:
    """Who had any of an alert's traits: lately, and how many in the `EARLIER` before that."""

    recent: tuple[Sighting, ...]
    earlier: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """Why a storm was called one: so many issues shared its trait within the time, and so many in the day before."""

    issues: int
    seconds: int
    earlier: int


@dataclass(frozen=True, slots=True)
class Outbreak:
    """A storm that begins."""

    trait: Trait
    alert_ids: tuple[int, ...]
    grounds: Grounds


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """That an alert is part of a storm."""

    storm_id: int
    anchor: Trait
    joined_at: datetime
    ended_at: datetime | None = None
    """When the storm was over."""
    page: str = ""
    """The key of the storm's incident; empty: it has called nobody."""


@dataclass(frozen=True, slots=True)
class Called:
    """A page that a member opened before it was part of the storm, and that nobody has taken."""

    alert_id: int
    key: str
    service: str
    """A fingerprint of the integration key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A member as a line of its storm's list."""

    alert_id: int
    title: str
    short_id: str | None
    project: str | None
    url: str | None
    state: State
    severity: Severity | None
    category: Category | None
    events: int
    last_seen: datetime
    joined_at: datetime
    posted: bool
    """It has a card of its own, from before the storm or because somebody asked for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Storm:
    """What is known of a storm besides its alert."""

    anchor: Trait
    grounds: Grounds
    started_at: datetime
    ended_at: datetime | None
    members: tuple[Member, ...]
    """The loudest first; as many as a list may hold."""
    issues: int
    """All of them, listed or not."""
    events: int
    users: int
    unposted: int
    """Members that have no card of their own."""
    unsettled: int
    """Members that nobody has resolved or silenced."""
    shared: tuple[tuple[Trait, int], ...] = ()
    """What else they share, and how many of them do; the anchor first."""
    called: tuple[Called, ...] = ()
    """Oldest first."""

    @property
    def project(self) -> str | None:
        """Where all of them are; None: in several places."""
        projects = {member.project for member in self.members}
        return projects.pop() if len(projects) == 1 else None


def outbreak(mine: Iterable[Trait], seen: Seen, rules: StormRules) -> Outbreak | None:
    """The storm of which an alert with these traits is the last stone, if it is one; it is itself among the `seen`."""
    best: tuple[float, Outbreak] | None = None
    for trait in sorted(mine, key=lambda trait: (list(Kind).index(trait.kind), trait.value)):
        ids = tuple(sorted({sighting.alert_id for sighting in seen.recent if sighting.trait == trait.key}))
        before = seen.earlier.get(trait.key, 0)
        usual = before * (rules.within / EARLIER)
        if len(ids) < rules.at_least or len(ids) < RARE * usual:
            continue
        score = _WEIGHTS[trait.kind] * (len(ids) - RARE * usual)
        if best is None or score > best[0]:
            grounds = Grounds(issues=len(ids), seconds=int(rules.within.total_seconds()), earlier=before)
            best = (score, Outbreak(trait, ids, grounds))
    return best[1] if best else None


def most_telling(anchors: Iterable[Trait]) -> Trait | None:
    """Of several storms that an alert could join, the one whose trait explains most."""
    return max(anchors, key=lambda trait: (_WEIGHTS[trait.kind], trait.value), default=None)


def ends_at(storm: Storm, since: datetime, rules: StormRules) -> datetime:
    """When the storm will have blown over, if nothing more happens: nobody joined for a while, and at most one goes on.

    `since`: when its alert was last changed by somebody, which gives it another while.
    """
    joined = max((member.joined_at for member in storm.members), default=storm.started_at)
    seen = sorted(member.last_seen for member in storm.members)
    return max([joined, since, *seen[-2:-1]]) + rules.calm


def next_look(storm: Storm, since: datetime, now: datetime, rules: StormRules) -> datetime | None:
    """When it may be over, or its counts worth another look: the older the storm, the calmer."""
    if storm.ended_at is not None:
        return None
    calmly = now + min(max((now - storm.started_at) / 20, timedelta(seconds=2)), _LONGEST_LOOK)
    return min(calmly, ends_at(storm, since, rules))


def verdict(storm: Storm) -> Classification:
    """What a storm's members say together: as bad as the worst of them, of the kind that most of them are."""
    severities = [member.severity for member in storm.members if member.severity]
    worst = min(severities, key=lambda severity: severity.rank, default=Severity.HIGH)
    kind, value = storm.anchor.kind, storm.anchor.value
    name = _NAMES[kind].format(value=value)
    rare = f"{storm.grounds.earlier} in the day before" if storm.grounds.earlier else "none in the day before"
    return Classification(
        severity=worst,
        category=_category(storm),
        root_cause=f"Different issues that began within minutes share {name}, and {rare} did.",
        suggested_action=_DO[kind].format(value=value),
        estimated_fix_time=FixTime.QUARTER_HOUR if kind in (Kind.RELEASE, Kind.COMMIT) else FixTime.HOUR,
        confidence=0.9 if kind in (Kind.UPSTREAM, Kind.FRAME) else 0.8,
        made_by="rules",
        evidence=tuple(
            Evidence(source=each.kind.value, text=each.value, speaks_for="storm") for each, _ in storm.shared[:5]
        ),
        severity_reason="as the worst of its issues",
    )


def _category(storm: Storm) -> Category:
    known = Counter(member.category for member in storm.members if member.category not in (None, Category.UNKNOWN))
    most = known.most_common(1)
    if most and most[0][0] is not None and most[0][1] * 2 > len(storm.members):
        return most[0][0]
    return _CATEGORIES.get(storm.anchor.kind, Category.UNKNOWN)
