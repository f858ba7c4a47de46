"""What deliveries do to an alert: how they are counted, when they are worth a word, and what they change.

Pure: the database says which events and users are new, and `bot.store.intake` writes down what comes out.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from bot.alerts.alert import (
    BOT,
    Action,
    Actor,
    Alert,
    Command,
    Counts,
    Snooze,
    Source,
    Standing,
    State,
    Transition,
    act,
    allowed,
    gets_worse,
    meanwhile,
)
from bot.alerts.event import Delivery, ErrorEvent, IssueChange, IssueStatus, Meaning, Remark
from bot.alerts.life import (
    NAME_LIMIT,
    SOON,
    Arrival,
    Folded,
    Life,
    born,
    creates,
    passive_delay,
    seen_at,
    sentry_actor,
)
from bot.alerts.merging import merge

__all__ = ["DUPLICATE_WINDOW", "Arrival", "Folded", "Life", "born", "creates", "fold", "merge", "passive_delay"]

DUPLICATE_WINDOW = timedelta(seconds=300)
MAX_VARIANTS = 50
"""Variants remembered of one alert; an issue that makes them up endlessly is no longer news."""
_ECHO = timedelta(minutes=1)
_TEXT_LIMIT = 500
"""Characters of a remark that the audit log keeps."""
_BORN_QUIET = {IssueStatus.RESOLVED: State.RESOLVED, IssueStatus.ARCHIVED: State.SNOOZED}
_MOVES: Mapping[IssueStatus, tuple[Action, ...]] = {
    IssueStatus.CREATED: (),
    IssueStatus.UNRESOLVED: (Action.REOPENED,),
    IssueStatus.REGRESSED: (Action.REGRESSED, Action.REOPENED),
    IssueStatus.ESCALATING: (Action.REGRESSED, Action.REOPENED),
    IssueStatus.RESOLVED: (Action.RESOLVED,),
    IssueStatus.ARCHIVED: (Action.SNOOZED,),
    IssueStatus.ASSIGNED: (Action.ASSIGNED,),
}
"""What Sentry says → what it does here: the first that the state allows, else nothing."""


def fold(
    life: Life,
    arrivals: Iterable[Arrival],
    *,
    now: datetime,
    window: timedelta = DUPLICATE_WINDOW,
    crowd: timedelta = timedelta(0),
) -> Folded:
    """Fold a batch about one alert, in the order of receipt; mere counts wait for a `crowd` of others.

    How deliveries are split into batches decides only which milestones are told: the highest of each batch.
    """
    folding = _Folding(life, window)
    for arrival in arrivals:
        folding.take(arrival)
    return folding.outcome(now, crowd)


class _Folding:
    """One call of `fold`, halfway. In a storm this runs for every event, so it counts in plain attributes."""

    def __init__(self, life: Life, window: timedelta) -> None:
        alert, counts = life.alert, life.alert.counts
        self._life, self._alert, self._window = life, alert, window
        self._standing = alert.standing
        self._events, self._suppressed, self._users = counts.events, counts.suppressed, counts.users
        self._sentry_events, self._sentry_users = counts.sentry_events, counts.sentry_users
        self._first_seen, self._last_seen = alert.first_seen, alert.last_seen
        self._loud_at, self._folded, self._lined_at = life.loud_at, life.folded, life.lined_at
        self._resources, self._variants = life.resources, life.variants
        self._transitions: list[Transition] = []
        self._milestone: Transition | None = None
        self._read: list[tuple[Delivery, ErrorEvent]] = []

    def take(self, arrival: Arrival) -> None:
        delivery = arrival.delivery
        opened = self._alert.version > 0 or bool(self._transitions)
        if not opened and not creates(delivery):
            return
        event = self._learn(delivery)
        if not opened:
            self._open(delivery, event)
        if event is not None and delivery.meaning is not Meaning.REMARK:
            self._believe(event)
        if delivery.meaning is Meaning.OCCURRENCE:
            self._occur(arrival, event)
        elif event is not None and event.change is not None:
            self._change(delivery.received_at, event.change, event)
        elif event is not None and event.remark is not None:
            self._remark(delivery.received_at, event.remark)

    def outcome(self, now: datetime, crowd: timedelta) -> Folded:
        transitions = (*self._transitions, *([self._milestone] if self._milestone else ()))
        alert = self._now(self._alert.version + 1)
        if not transitions and not self._read and self._is_as_before(alert):
            return Folded(life=self._life)
        news = bool(self._transitions) or self._variants != self._life.variants or (bool(transitions) and not crowd)
        after = Life(
            alert=alert,
            loud_at=self._loud_at,
            folded=self._folded,
            lined_at=self._lined_at,
            resources=self._resources,
            variants=self._variants,
            due_at=now if news else self._later(alert.counts, now, crowd),
        )
        return Folded(life=after, transitions=transitions, read=tuple(self._read), news=news)

    def _is_as_before(self, alert: Alert) -> bool:
        """Whether nothing but the version would change, where nothing was read and nothing was done."""
        before, life = self._alert, self._life
        if self._folded != life.folded or self._loud_at != life.loud_at:
            return False
        seen = alert.first_seen == before.first_seen and alert.last_seen == before.last_seen
        return seen and alert.counts == before.counts

    def _later(self, counts: Counts, now: datetime, crowd: timedelta) -> datetime:
        """When mere counts, and a milestone in a crowd, are worth a look."""
        if counts.weighs_more(self._alert.counts):
            wait = SOON
        else:
            wait = max(crowd, passive_delay(now - self._alert.created_at))
        planned = self._life.due_at
        return now + wait if planned is None else min(planned, now + wait)

    def _counts(self) -> Counts:
        return Counts(
            events=self._events,
            suppressed=self._suppressed,
            users=self._users,
            sentry_events=self._sentry_events,
            sentry_users=self._sentry_users,
        )

    def _now(self, version: int | None = None) -> Alert:
        return Alert(  # `replace` would take three times as long
            id=self._alert.id,
            issue_key=self._alert.issue_key,
            standing=self._standing,
            counts=self._counts(),
            first_seen=self._first_seen,
            last_seen=self._last_seen,
            created_at=self._alert.created_at,
            version=self._alert.version if version is None else version,
        )

    def _learn(self, delivery: Delivery) -> ErrorEvent | None:
        """Read in full, which is expensive, only what may say something that we do not know."""
        resource, variant = delivery.resource, delivery.variant
        new_resource = resource not in self._resources
        new_variant = variant is not None and variant not in self._variants and len(self._variants) < MAX_VARIANTS
        passive = delivery.meaning is Meaning.OCCURRENCE and not self._regresses(delivery)
        if passive and not new_resource and not new_variant:
            return None
        event = delivery.read()
        self._read.append((delivery, event))
        if new_resource:
            self._resources = (*self._resources, resource)
        if new_variant and variant is not None:
            self._variants = (*self._variants, variant)
        return event

    def _open(self, delivery: Delivery, event: ErrorEvent | None) -> None:
        change = event.change if event else None
        if event and change and (event.first_seen or event.last_seen):
            # A change is no occurrence: when Sentry tells the times, its own does not count.
            self._first_seen = event.first_seen or event.last_seen or self._first_seen
            self._last_seen = event.last_seen or self._first_seen
        before = self._standing
        if change and change.status in _BORN_QUIET:
            state = _BORN_QUIET[change.status]
            snooze = Snooze() if state is State.SNOOZED else None
            before = replace(before, state=state, by=sentry_actor(change.by), snooze=snooze)
        self._standing, action, at = before, Action.OPENED, delivery.received_at
        actor = delivery.by or before.by
        self._transitions.append(Transition(action=action, actor=actor, at=at, before=before, after=before))

    def _believe(self, event: ErrorEvent) -> None:
        """Take over what Sentry says of the whole issue."""
        self._sentry_events = max(self._sentry_events, event.event_count or 0)
        self._sentry_users = max(self._sentry_users, event.user_count or 0)
        for at in (event.first_seen, event.last_seen):
            if at is not None:
                self._see(at)

    def _see(self, at: datetime) -> None:
        self._first_seen, self._last_seen = min(self._first_seen, at), max(self._last_seen, at)

    def _occur(self, arrival: Arrival, event: ErrorEvent | None) -> None:
        at = seen_at(arrival.delivery)
        silence = at - self._last_seen
        self._see(at)
        self._users += arrival.new_user
        if arrival.new_event:
            self._events += 1
            self._judge(arrival.delivery, event, silence)
            self._count_milestone(arrival.delivery.received_at)

    def _judge(self, delivery: Delivery, event: ErrorEvent | None, silence: timedelta) -> None:
        """Whether a new occurrence is loud or folded, and what it changes."""
        at, standing, loud_at = delivery.received_at, self._standing, self._loud_at
        if self._regresses(delivery):
            self._move(Action.REGRESSED, BOT, at, _regression(event, standing))
        elif standing.snooze is not None and (reason := self._worse(standing.snooze)):
            self._move(Action.WOKEN, BOT, at, {"reason": reason} | meanwhile(standing.snooze, self._counts()))
        elif standing.state.quiet or (loud_at is not None and at - loud_at < self._window):
            self._suppressed, self._folded = self._suppressed + 1, self._folded + 1
            return
        elif loud_at is not None:
            self._recur(at, silence)
        self._loud_at, self._folded = at, 0

    def _worse(self, snooze: Snooze) -> str:
        return gets_worse(snooze, self._counts(), None, new_variant=self._variants != self._life.variants)

    def _recur(self, at: datetime, silence: timedelta) -> None:
        if self._lined_at is not None:
            calm = max(self._window, (at - self._alert.created_at) / 4)
            if at - self._lined_at < calm:
                return
        detail = {"silence_s": max(0, int(silence.total_seconds())), "suppressed": self._folded}
        self._move(Action.RECURRED, BOT, at, detail)
        self._lined_at = at

    def _count_milestone(self, at: datetime) -> None:
        count = self._events
        if count % 10 or str(count).strip("0") != "1" or self._standing.state.quiet:
            return
        detail = {"count": count, "elapsed_s": max(0, int((at - self._first_seen).total_seconds()))}
        self._milestone = act(self._now(), Command(action=Action.MILESTONE, actor=BOT, at=at, detail=detail))

    def _change(self, at: datetime, change: IssueChange, event: ErrorEvent) -> None:
        action = next((a for a in _MOVES[change.status] if allowed(self._standing.state, a)), None)
        if action is None or (change.by_app and self._is_echo(action, at)):
            return
        detail: dict[str, str | int] = {"how": change.how} if change.how else {}
        if action is Action.ASSIGNED:
            detail["assignee"] = (change.assignee or "")[:NAME_LIMIT]
        elif action is Action.REGRESSED:
            detail |= _regression(event, self._standing)
        self._move(action, sentry_actor(change.by), at, detail)

    def _is_echo(self, action: Action, at: datetime) -> bool:
        """Whether it is most likely what we told Sentry a moment ago, and must not undo what was decided since then."""
        decided = self._standing
        return action is Action.ASSIGNED or (decided.by.source is not Source.SENTRY and at - decided.since < _ECHO)

    def _remark(self, at: datetime, remark: Remark) -> None:
        detail = {"author": remark.author[:NAME_LIMIT], "text": remark.text[:_TEXT_LIMIT], "topic": remark.topic}
        if remark.url:
            detail["url"] = remark.url
        self._move(Action.REMARKED, sentry_actor(remark.author), at, detail)

    def _move(self, action: Action, actor: Actor, at: datetime, detail: Mapping[str, str | int]) -> None:
        counts = self._counts()
        start = Snooze(count_at_start=counts.total, users_at_start=counts.affected)
        snooze = start if action is Action.SNOOZED else None
        command = Command(action=action, actor=actor, at=at, snooze=snooze, detail=detail)
        transition = act(self._now(), command)
        self._transitions.append(transition)
        self._standing = transition.after

    def _regresses(self, delivery: Delivery) -> bool:
        standing = self._standing
        return standing.state.over and seen_at(delivery) > standing.since


def _regression(event: ErrorEvent | None, resolved: Standing) -> dict[str, str | int]:
    release = (event.release if event else None) or ""
    return {"release": release, "resolved_by": resolved.by.name, "resolved_by_id": resolved.by.id}
