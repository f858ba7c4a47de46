"""What happens to an alert by itself, and when: who is called next, when PagerDuty is, when a fix counts as verified.

Pure, and without memory: everything follows from the alert's row, so every timer survives a restart, and undoing a
click puts back what was planned before it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from bot.alerts.alert import Action, Source, State
from bot.alerts.dossier import Dossier
from bot.alerts.durations import Seconds
from bot.alerts.routing import Decision
from bot.alerts.standing import UNTAKEN


class Timers(BaseModel):
    """The part of triage.yml about time that no route and no severity changes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    remind_owner_after: Seconds = Field(
        timedelta(hours=4), description="Acknowledged for so long and still happening: its owner is reminded; 0: never."
    )
    reopen_after: Seconds = Field(
        timedelta(minutes=30), description="Reminded so long ago and still happening: open again; 0: never."
    )
    still_happening: Seconds = Field(
        timedelta(hours=1), description="Whatever was last seen longer ago than this does not happen any more."
    )
    watch_for: Seconds = Field(
        timedelta(hours=24), description="Resolved and not seen for so long: the fix is verified; 0: never."
    )


class Step(StrEnum):
    """What can happen by itself."""

    NOTIFY = "notify"
    """The route's people hear of it."""
    CONCERNED = "concerned"
    """Whoever Sentry names hears of it: its assignee, the author of the suspect commit."""
    NEXT_PEOPLE = "next_people"
    PAGE = "page"
    REMIND = "remind"
    REOPEN = "reopen"
    WAKE = "wake"
    VERIFY = "verify"


_TOLD = (Step.NEXT_PEOPLE, Step.PAGE, Step.REMIND, Step.REOPEN, Step.VERIFY)
TRY_AGAIN = timedelta(seconds=3)
"""When a step that could not be taken is tried again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One step, and when it is due; a time that has passed means now."""

    step: Step
    at: datetime
    people: tuple[str, ...] = ()
    """Whom triage.yml names for it."""
    seen_since: datetime | None = None
    """It is done only if the error was seen after that."""
    mark: str = ""
    """What `Standing.steps` keeps once it is done."""


def plan(
    dossier: Dossier, decision: Decision, timers: Timers, *, can_page: bool, can_find: bool = False
) -> list[Planned]:
    """Every step that is still to come while nobody does anything, soonest first.

    `can_page`: there is a PagerDuty service for this alert. `can_find`: those whom Sentry names may be found in Slack.
    """
    state = dossier.alert.state
    if dossier.hushed and state in (State.OPEN, State.REGRESSED):
        return []  # its storm calls people, once
    if state in UNTAKEN:
        steps = _waiting(dossier, decision, can_page=can_page, can_find=can_find)
    elif state is State.ACKNOWLEDGED:
        steps = _owned(dossier, timers)
    else:
        steps = _closed(dossier, timers)
    return sorted(steps, key=lambda planned: planned.at)


def due(steps: Sequence[Planned], dossier: Dossier, now: datetime) -> list[Planned]:
    """The steps to take now; one that cannot be taken yet keeps no other waiting."""
    return [planned for planned in steps if planned.at <= now and _happens(planned, dossier)]


def next_due(steps: Sequence[Planned], dossier: Dossier, now: datetime) -> datetime | None:
    """When to look again; a step that could not be taken now is tried again soon.

    What waits for another event is due when that comes: an event has the alert looked at anyway.
    """
    ahead = [planned.at for planned in steps if planned.at > now]
    return min([*ahead, *([now + TRY_AGAIN] if due(steps, dossier, now) else [])], default=None)


def upcoming(steps: Sequence[Planned], dossier: Dossier, now: datetime) -> Planned | None:
    """The next step that concerns somebody, as the card tells it."""
    told = (planned for planned in steps if planned.step in _TOLD and planned.at > now)
    return next((planned for planned in told if _happens(planned, dossier)), None)


def _happens(planned: Planned, dossier: Dossier) -> bool:
    """Whether what it waits for, if anything, has come."""
    return planned.seen_since is None or dossier.alert.last_seen > planned.seen_since


def assignee(dossier: Dossier) -> str:
    """The person, not the team, that Sentry says has it; empty: nobody, or a person in Slack said so later."""
    last = next((t for t in reversed(dossier.transitions) if t.action is Action.ASSIGNED), None)
    if last is None or last.actor.source is not Source.SENTRY:
        return ""
    name = str(last.detail.get("assignee", ""))
    return "" if name.startswith("#") else name


def _waiting(dossier: Dossier, decision: Decision, *, can_page: bool, can_find: bool) -> list[Planned]:
    """While nobody has it. What quiet hours forbid waits for their end."""
    standing = dossier.alert.standing
    steps = []

    def add(step: Step, after: timedelta, people: tuple[str, ...] = (), mark: str = "") -> None:
        at = standing.since + after
        quiet_until = decision.quiet_hours.ends(at) if decision.quiet_hours else None
        if (mark or step) not in standing.steps:
            steps.append(Planned(step=step, at=quiet_until or at, people=people, mark=mark or step.value))

    soon = timedelta(0)
    named = assignee(dossier)
    if decision.mention:
        add(Step.NOTIFY, soon, decision.mention)
    if decision.notify and can_find:  # and once more when Sentry assigns it to somebody else
        add(Step.CONCERNED, soon, mark=f"{Step.CONCERNED}:{named}")
    next_people = decision.then_mention or decision.mention
    if decision.remind_after is not None and next_people:
        add(Step.NEXT_PEOPLE, decision.remind_after, next_people)
    if decision.page_after is not None and can_page and dossier.alert.state is not State.ESCALATED:
        add(Step.PAGE, decision.page_after)
    return steps


def told_mark(person: str) -> str:
    """What `Standing.steps` keeps of having mentioned somebody: nobody is called twice for the same."""
    return f"told:{person}"


def _owned(dossier: Dossier, timers: Timers) -> list[Planned]:
    """While somebody has it: a reminder at the promised time, or when it goes on for long; then it is open again."""
    standing = dossier.alert.standing
    if standing.reminded_at is None:
        if standing.promise is not None:
            return [Planned(step=Step.REMIND, at=standing.promise)]
        if not timers.remind_owner_after:
            return []
        at = standing.since + timers.remind_owner_after
        return [Planned(step=Step.REMIND, at=at, seen_since=max(standing.since, at - timers.still_happening))]
    if not timers.reopen_after:
        return []
    at = standing.reminded_at + timers.reopen_after
    return [Planned(step=Step.REOPEN, at=at, seen_since=standing.reminded_at)]


def _closed(dossier: Dossier, timers: Timers) -> list[Planned]:
    standing = dossier.alert.standing
    if standing.state is State.SNOOZED and standing.snooze and standing.snooze.until:
        return [Planned(step=Step.WAKE, at=standing.snooze.until)]
    if standing.state is State.RESOLVED and timers.watch_for and dossier.storm is None:
        return [Planned(step=Step.VERIFY, at=standing.since + timers.watch_for)]
    return []
