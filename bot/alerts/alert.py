"""The alert: what a person triages, the states it can be in, and the only ways to change them.

Pure: `act` takes an alert and a command and returns the transition; writing it down is `bot.store.alerts`' job.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from bot.alerts.classification import Severity

UNDO_WINDOW = timedelta(minutes=5)
WORSE_FACTOR = 10
"""A snooze "until it gets worse" ends when this many times the events seen so far have come."""


class Refused(Exception):
    """The alert's standing does not allow the action; `now` says where it stands, since when and by whom."""

    def __init__(self, action: "Action", now: "Standing") -> None:
        super().__init__(f"cannot be {action.value} while it is {now.state.value}")
        self.action, self.now = action, now


class State(StrEnum):
    """Where an alert stands."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    SNOOZED = "snoozed"
    RESOLVED = "resolved"
    REGRESSED = "regressed"

    @property
    def quiet(self) -> bool:
        """Nobody needs to look at it now."""
        return self in (State.SNOOZED, State.RESOLVED)


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


class Source(StrEnum):
    """Who or what makes changes."""

    USER = "user"
    SENTRY = "sentry"
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
    count_at_start: int = 0


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """Our row for an issue."""

    id: int
    issue_key: str
    standing: Standing
    counts: Counts
    first_seen: datetime
    last_seen: datetime
    created_at: datetime
    version: int = 1
    """Grows with every change that anybody outside could see."""

    @property
    def state(self) -> State:
        """Where it stands."""
        return self.standing.state


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """One change of an alert: a line of the audit log, never updated or deleted."""

    action: Action
    actor: Actor
    at: datetime
    before: Standing
    after: Standing
    detail: Mapping[str, str | int] = field(default_factory=dict)
    id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What somebody wants to happen. `detail` is kept with the transition and shown in the thread."""

    action: Action
    actor: Actor
    at: datetime
    snooze: Snooze | None = None
    classification_id: int | None = None
    detail: Mapping[str, str | int] = field(default_factory=dict)


_AWAKE = (State.OPEN, State.REGRESSED)
_MOVES: dict[Action, tuple[tuple[State, ...], State | None]] = {
    Action.ACKNOWLEDGED: ((*_AWAKE, State.SNOOZED), State.ACKNOWLEDGED),
    Action.UNACKNOWLEDGED: ((State.ACKNOWLEDGED,), State.OPEN),
    Action.RESOLVED: ((*_AWAKE, State.ACKNOWLEDGED, State.SNOOZED), State.RESOLVED),
    Action.REOPENED: ((State.RESOLVED, State.SNOOZED), State.OPEN),
    Action.SNOOZED: ((*_AWAKE, State.ACKNOWLEDGED), State.SNOOZED),
    Action.WOKEN: ((State.SNOOZED,), State.OPEN),
    Action.REGRESSED: ((State.RESOLVED,), State.REGRESSED),
    Action.RECLASSIFIED: (tuple(State), None),
    Action.CLASSIFIED: (tuple(State), None),
    Action.ASSIGNED: (tuple(State), None),
    Action.MILESTONE: (tuple(State), None),
    Action.RECURRED: (tuple(State), None),
    Action.REMARKED: (tuple(State), None),
}
"""Action → (the states it starts from, the state it leads to; None: the state stays)."""

UNDOABLE = frozenset(
    {
        Action.ACKNOWLEDGED,
        Action.UNACKNOWLEDGED,
        Action.RESOLVED,
        Action.REOPENED,
        Action.SNOOZED,
        Action.RECLASSIFIED,
    }
)


def allowed(state: State, action: Action) -> bool:
    """Whether `action` may start from `state` (undo depends on the last transition instead: see `undoable`)."""
    return action in _MOVES and state in _MOVES[action][0]


def act(alert: Alert, command: Command) -> Transition:
    """Apply `command` to the alert as it stands now.

    Raises:
        Refused: its state does not allow it, or a machine's verdict comes after a person's; the standing says who was
            first.
    """
    now = alert.standing
    overruled = command.action is Action.CLASSIFIED and now.corrected
    if overruled or not allowed(now.state, command.action):
        raise Refused(command.action, now)
    to = _MOVES[command.action][1]
    after = now if to is None else replace(now, state=to, since=command.at, by=command.actor, snooze=command.snooze)
    if command.action is Action.ACKNOWLEDGED:
        after = replace(after, owner=command.actor)
    elif command.action in (Action.UNACKNOWLEDGED, Action.REOPENED, Action.REGRESSED):
        after = replace(after, owner=None)
    elif command.action in (Action.RECLASSIFIED, Action.CLASSIFIED):
        corrected = now.corrected or command.action is Action.RECLASSIFIED
        after = replace(after, classification_id=command.classification_id, corrected=corrected)
    return Transition(
        action=command.action, actor=command.actor, at=command.at, before=now, after=after, detail=command.detail
    )


def undoable(last: Transition | None, now: datetime) -> bool:
    """Whether `last`, the newest move (see `Dossier.last_move`), can still be taken back at `now`."""
    return (
        last is not None
        and last.action in UNDOABLE
        and last.actor.source is Source.USER
        and now - last.at < UNDO_WINDOW
    )


def undo(alert: Alert, last: Transition | None, actor: Actor, at: datetime) -> Transition:
    """Put back what `last` changed, and no more: a verdict that a machine gave since then stays.

    Raises:
        Refused: there is nothing to undo, or it is too long ago.
    """
    if last is None or not undoable(last, at):
        raise Refused(Action.UNDONE, alert.standing)
    now = alert.standing
    if last.action is Action.RECLASSIFIED:
        verdict = last.before
        after = replace(now, classification_id=verdict.classification_id, corrected=verdict.corrected)
    else:
        after = replace(last.before, classification_id=now.classification_id, corrected=now.corrected)
    detail: dict[str, str | int] = {"undid": last.action.value, "transition": last.id or 0}
    return Transition(action=Action.UNDONE, actor=actor, at=at, before=now, after=after, detail=detail)


def gets_worse(snooze: Snooze, counts: Counts, severity: Severity | None) -> bool:
    """Whether a snooze "until it gets worse" is over: ten times the events, or a worse severity."""
    by_count = snooze.until_count is not None and counts.total >= snooze.until_count
    worse_than = snooze.until_worse_than
    return by_count or (worse_than is not None and severity is not None and severity.rank < worse_than.rank)
