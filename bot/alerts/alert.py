"""The alert: what a person triages, and the only ways to change it. What it consists of is `bot.alerts.standing`.

Pure: `act` takes an alert and a command and returns the transition; writing it down is `bot.store.alerts`' job.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.alerts.classification import Severity
from bot.alerts.standing import BOT, TIMER, UNTAKEN, Action, Actor, Counts, Snooze, Source, Standing, State

__all__ = [
    "BOT",
    "TIMER",
    "UNDO_WINDOW",
    "WORSE_FACTOR",
    "Action",
    "Actor",
    "Alert",
    "Command",
    "Counts",
    "Refused",
    "Snooze",
    "Source",
    "Standing",
    "State",
    "Transition",
    "act",
    "allowed",
    "gets_worse",
    "meanwhile",
    "undo",
    "undoable",
]

UNDO_WINDOW = timedelta(minutes=5)
WORSE_FACTOR = 10
"""A snooze "until it gets worse" ends when this many times the events seen so far have come."""


class Refused(Exception):
    """The alert's standing does not allow the action; `now` says where it stands, since when and by whom."""

    def __init__(self, action: "Action", now: "Standing") -> None:
        super().__init__(f"cannot be {action.value} while it is {now.state.value}")
        self.action, self.now = action, now


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
    promise: datetime | None = None
    owner: Actor | None = None
    """Whom a person assigns it to."""
    steps: tuple[str, ...] = ()
    """The steps that this is, or that it makes needless."""
    detail: Mapping[str, str | int] = field(default_factory=dict)


_MOVES: dict[Action, tuple[tuple[State, ...], State | None]] = {
    Action.ACKNOWLEDGED: ((*UNTAKEN, State.SNOOZED), State.ACKNOWLEDGED),
    Action.ESCALATED: ((State.OPEN, State.REGRESSED, State.ACKNOWLEDGED, State.SNOOZED), State.ESCALATED),
    Action.UNACKNOWLEDGED: ((State.ACKNOWLEDGED,), State.OPEN),
    Action.RESOLVED: ((*UNTAKEN, State.ACKNOWLEDGED, State.SNOOZED), State.RESOLVED),
    Action.REOPENED: ((State.RESOLVED, State.VERIFIED, State.SNOOZED), State.OPEN),
    Action.SNOOZED: ((*UNTAKEN, State.ACKNOWLEDGED), State.SNOOZED),
    Action.WOKEN: ((State.SNOOZED,), State.OPEN),
    Action.REGRESSED: ((State.RESOLVED, State.VERIFIED), State.REGRESSED),
    Action.VERIFIED: ((State.RESOLVED,), State.VERIFIED),
    Action.NOTIFIED: (UNTAKEN, None),
    Action.REMINDED: ((State.ACKNOWLEDGED,), None),
    Action.PROMISED: ((State.ACKNOWLEDGED,), None),
    Action.WANTED: (tuple(State), None),
    Action.FORBIDDEN: (tuple(State), None),
    Action.RECLASSIFIED: (tuple(State), None),
    Action.CLASSIFIED: (tuple(State), None),
    Action.ASSIGNED: (tuple(State), None),
    Action.MILESTONE: (tuple(State), None),
    Action.RECURRED: (tuple(State), None),
    Action.REMARKED: (tuple(State), None),
    Action.INCIDENT: (tuple(State), None),
    Action.JOINED: (tuple(State), None),
    Action.LEFT: (tuple(State), None),
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
        Action.ASSIGNED,
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
    to = _destination(command)
    after = _changed(now if to is None else _moved(now, to, command), command)
    return Transition(
        action=command.action, actor=command.actor, at=command.at, before=now, after=after, detail=command.detail
    )


def _moved(now: Standing, to: State, command: Command) -> Standing:
    """The standing in a new state: what was planned for the old one is off."""
    steps = now.steps if command.action is Action.ESCALATED else ()  # they go on: still nobody has it
    return replace(
        now,
        state=to,
        since=command.at,
        by=command.actor,
        snooze=command.snooze,
        promise=command.promise,
        reminded_at=None,
        steps=(*steps, *command.steps),
    )


def _changed(after: Standing, command: Command) -> Standing:
    """What an action changes besides the state."""
    if command.action is Action.ACKNOWLEDGED:
        return replace(after, owner=command.actor)
    if command.action in (Action.UNACKNOWLEDGED, Action.REOPENED, Action.REGRESSED, Action.ESCALATED):
        return replace(after, owner=None)
    if command.action in (Action.RECLASSIFIED, Action.CLASSIFIED):
        corrected = after.corrected or command.action is Action.RECLASSIFIED
        return replace(after, classification_id=command.classification_id, corrected=corrected)
    if command.action is Action.ASSIGNED and command.owner is not None:
        return replace(after, owner=command.owner)
    if command.action is Action.NOTIFIED:
        return replace(after, steps=(*after.steps, *command.steps))
    if command.action is Action.REMINDED:
        return replace(after, reminded_at=command.at)
    if command.action is Action.PROMISED:
        return replace(after, promise=command.promise, reminded_at=None, owner=command.actor)
    return replace(after, wanted=True) if command.action is Action.WANTED else after


def _destination(command: Command) -> State | None:
    """The state that a command leads to: what is open again in PagerDuty, somebody is called for."""
    to = _MOVES[command.action][1]
    theirs = command.actor.source is Source.PAGERDUTY
    return State.ESCALATED if theirs and to is State.OPEN else to


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
        after = replace(
            last.before, classification_id=now.classification_id, corrected=now.corrected, wanted=now.wanted
        )
    detail: dict[str, str | int] = {"undid": last.action.value, "transition": last.id or 0}
    return Transition(action=Action.UNDONE, actor=actor, at=at, before=now, after=after, detail=detail)


def gets_worse(snooze: Snooze, counts: Counts, severity: Severity | None, *, new_variant: bool = False) -> str:
    """Why a snooze is over before its time: `worse` (events or severity), `users` or `variant`; empty: it is not."""
    if snooze.until_count is not None and counts.total >= snooze.until_count:
        return "worse"
    worse_than = snooze.until_worse_than
    if worse_than is not None and severity is not None and severity.rank < worse_than.rank:
        return "worse"
    if snooze.until_users is not None and counts.affected >= snooze.until_users:
        return "users"
    return "variant" if new_variant and snooze.until_variant else ""


def meanwhile(snooze: Snooze, counts: Counts) -> dict[str, str | int]:
    """What happened while it was snoozed, to be told at its end: `meanwhile` events, and `meanwhile_users` if any."""
    users = counts.affected - snooze.users_at_start
    told: dict[str, str | int] = {"meanwhile": counts.total - snooze.count_at_start}
    return told | ({"meanwhile_users": users} if users > 0 else {})
