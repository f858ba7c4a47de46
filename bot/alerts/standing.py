"""Where an alert stands, who brought it there, how often it came: values that the rules of `bot.alerts.alert` move."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.alerts.classification import Severity


class State(StrEnum):
    """Where an alert stands."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    ESCALATED = "escalated"
    """PagerDuty is to call somebody, and nobody has it yet."""
    SNOOZED = "snoozed"
    RESOLVED = "resolved"
    VERIFIED = "verified"
    """Resolved, and not seen again for as long as we watched."""
    REGRESSED = "regressed"

    @property
    def quiet(self) -> bool:
        """Nobody needs to look at it now."""
        return self in (State.SNOOZED, State.RESOLVED, State.VERIFIED)

    @property
    def over(self) -> bool:
        """Somebody said that it is fixed."""
        return self in (State.RESOLVED, State.VERIFIED)


UNTAKEN = (State.OPEN, State.REGRESSED, State.ESCALATED)
"""Nobody has it, and somebody should."""


class Action(StrEnum):
    """What can happen to an alert: a transition's name in the audit log."""

    OPENED = "opened"
    ACKNOWLEDGED = "acknowledged"
    UNACKNOWLEDGED = "unacknowledged"
    RESOLVED = "resolved"
    REOPENED = "reopened"
    RECLASSIFIED = "reclassified"
    SNOOZED = "snoozed"
    WOKEN = "woken"
    UNDONE = "undone"
    REGRESSED = "regressed"
    ASSIGNED = "assigned"
    CLASSIFIED = "classified"
    """The machine's verdict came or changed."""
    MILESTONE = "milestone"
    """The 10th, 100th, 1,000th … occurrence."""
    RECURRED = "recurred"
    """It is back after a silence longer than the duplicate window."""
    REMARKED = "remarked"
    """A comment in Sentry, or a finding of Seer's."""
    ESCALATED = "escalated"
    NOTIFIED = "notified"
    """People were mentioned."""
    REMINDED = "reminded"
    """Its owner was told that it still happens, or that the promised time has come."""
    PROMISED = "promised"
    """Its owner said until when."""
    VERIFIED = "verified"
    WANTED = "wanted"
    """A person asked for the card of an alert that no route gives one."""
    FORBIDDEN = "forbidden"
    """Somebody may not do what they tried to do: it changed nothing."""
    JOINED = "joined"
    """It became part of a storm, which speaks for it."""
    LEFT = "left"
    """What it says now does not fit its storm any more: it speaks for itself again."""
    INCIDENT = "incident"
    """PagerDuty's incident changed, and the alert did not: it was reassigned, or its priority was set."""


class Source(StrEnum):
    """Who or what makes changes."""

    USER = "user"
    SENTRY = "sentry"
    PAGERDUTY = "pagerduty"
    BOT = "bot"
    TIMER = "timer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who did it. `id` is a Slack user id for people in Slack, empty where there is none."""

    source: Source
    id: str = ""
    name: str = ""


BOT = Actor(source=Source.BOT, name="triage")
TIMER = Actor(source=Source.TIMER, name="timer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Snooze:
    """When a snoozed alert comes back: at a time, or when it gets worse, whichever is set and first."""

    until: datetime | None = None
    until_count: int | None = None
    until_worse_than: Severity | None = None
    until_users: int | None = None
    until_variant: bool = False
    """Until it breaks in a new place: a variant (exception type and crash frame) that was not there before."""
    count_at_start: int = 0
    users_at_start: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Everything about an alert that a transition changes; undo puts the one from before back."""

    state: State = State.OPEN
    since: datetime
    by: Actor = BOT
    owner: Actor | None = None
    snooze: Snooze | None = None
    classification_id: int | None = None
    """The verdict in force."""
    corrected: bool = False
    """A person set the verdict: machines no longer change it."""
    wanted: bool = False
    """A person asked for its card, whatever the routes say."""
    promise: datetime | None = None
    """When its owner said to be back."""
    reminded_at: datetime | None = None
    """When its owner was reminded, since they took it or last promised something."""
    steps: tuple[str, ...] = ()
    """What has been done by itself since nobody has it (see `bot.alerts.timing`)."""


MANY_USERS, SOME_USERS, SOME_EVENTS = 1_000, 50, 50
"""From these numbers on an alert may be more severe."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How often and for how many; exact under concurrency."""

    events: int = 0
    """Events that reached us, each counted once."""
    suppressed: int = 0
    """Those of them that were folded silently into the card."""
    users: int = 0
    """Distinct users among them."""
    sentry_events: int = 0
    """Sentry's own total, as last told; 0 when it never said."""
    sentry_users: int = 0

    @property
    def total(self) -> int:
        """The best known number of events."""
        return max(self.events, self.sentry_events, 1)

    @property
    def affected(self) -> int:
        """The best known number of users."""
        return max(self.users, self.sentry_users)

    def weighs_more(self, before: "Counts") -> bool:
        """Whether one of the numbers that severity depends on was passed since `before`."""
        was, now = before.affected, self.affected
        return before.total < SOME_EVENTS <= self.total or was < SOME_USERS <= now or was < MANY_USERS <= now
