"""What happens to an alert by itself, carried out: finds the step that is due and says what it does to the row.

What is due, and when, is `bot.alerts.timing`'s; writing it down and showing it is reconcile's.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from bot.alerts.alert import BOT, TIMER, Action, Command, State, gets_worse, meanwhile
from bot.alerts.dossier import Dossier
from bot.alerts.routing import Page
from bot.alerts.timing import Planned, Step, due, told_mark
from bot.errors import TargetError
from bot.work.concerned import Concerned
from bot.work.guide import Guide

log = structlog.get_logger(__name__)


class People(Protocol):
    """Who is who in Slack: `bot.slack.people.Directory`."""

    async def slack_id(self, name: str) -> str: ...  # noqa: D102


class Past(Protocol):
    """What the store knows of an alert's past."""

    async def events_between(self, alert_id: int, start: datetime, end: datetime) -> int: ...  # noqa: D102
    async def newest_release(self, project: str, since: datetime) -> str: ...  # noqa: D102


class Chaser:
    """Takes the steps that are due."""

    def __init__(
        self, guide: Guide, people: People, concerned: Concerned, past: Past, clock: Callable[[], datetime]
    ) -> None:
        self._guide, self._people, self._concerned, self._past, self._clock = guide, people, concerned, past, clock

    async def due(self, dossier: Dossier) -> Command | None:
        """What is to happen to the alert now; None: nothing, or what is needed for it cannot be had yet."""
        now = self._clock()
        worse = _worse(dossier, now)
        if worse:
            return worse
        for planned in due(self._guide.plan(dossier), dossier, now):
            try:
                command = await self._command(planned, dossier, now)
            except TargetError as error:
                log.warning("step_put_off", alert=dossier.alert.id, step=planned.step, reason=error.reason)
                continue
            if command is not None:
                return command
        return None

    def next_due(self, dossier: Dossier) -> datetime | None:
        """When to look again."""
        return self._guide.next_due(dossier, self._clock())

    async def stop(self) -> None:
        """Ask nobody any more."""
        await self._concerned.stop()

    async def _command(self, planned: Planned, dossier: Dossier, now: datetime) -> Command | None:
        detail: dict[str, str | int] = {"step": planned.step.value}
        if planned.step in (Step.NOTIFY, Step.NEXT_PEOPLE):
            return await self._notify(planned, dossier, now)
        if planned.step is Step.CONCERNED:
            return self._tell_concerned(planned, dossier, now)
        if planned.step is Step.PAGE:
            return self._page(planned, dossier, now)
        if planned.step is Step.REMIND:
            taken = dossier.alert.standing.since
            detail["events"] = await self._past.events_between(dossier.alert.id, taken, now)
            return Command(action=Action.REMINDED, actor=TIMER, at=now, detail=detail | self._then(dossier, now))
        if planned.step is Step.REOPEN:
            owner = dossier.alert.standing.owner
            detail["owner"], detail["owner_id"] = (owner.name, owner.id) if owner else ("", "")
            return Command(action=Action.UNACKNOWLEDGED, actor=TIMER, at=now, detail=detail)
        if planned.step is Step.WAKE:
            return _woken(dossier, now, "time")
        return await self._verified(dossier, now)

    async def _notify(self, planned: Planned, dossier: Dossier, now: datetime) -> Command:
        """Mention people. A group and a user id need no look-up; an address that nobody has is left out, and logged."""
        found = [(name, await self._people.slack_id(name)) for name in planned.people]
        unknown = sum(not user for _, user in found)
        if unknown:
            log.warning("nobody_of_that_address", alert=dossier.alert.id, people=unknown)
        people = [user for _, user in found if user]
        said = {"people": " ".join(dict.fromkeys(people)), **self._then(dossier, now, done=planned)}
        return _told(planned, now, people, said)

    def _tell_concerned(self, planned: Planned, dossier: Dossier, now: datetime) -> Command | None:
        """Mention whom Sentry names, but for those who were mentioned before; None while that is being found out."""
        found = self._concerned.of(dossier)
        if found is None:
            return None
        news = {user: why for user, why in found.items() if told_mark(user) not in dossier.alert.standing.steps}
        said = {why: " ".join(user for user, reason in news.items() if reason == why) for why in set(news.values())}
        return _told(planned, now, list(news), said)

    def _page(self, planned: Planned, dossier: Dossier, now: datetime) -> Command:
        """At once, because it is that bad, or because nobody took it in time."""
        decision, verdict = self._guide.decide(dossier), dossier.classification
        detail: dict[str, str | int] = {"step": planned.step.value, "route": decision.route}
        at_once = decision.page is Page.AT_ONCE
        if at_once and verdict:
            detail["severity"] = verdict.severity.value
        actor = BOT if at_once else TIMER
        return Command(action=Action.ESCALATED, actor=actor, at=now, steps=(planned.mark,), detail=detail)

    async def _verified(self, dossier: Dossier, now: datetime) -> Command:
        """It was not seen again: how often it had come before, and which release ran meanwhile."""
        alert, event = dossier.alert, dossier.event
        resolved = alert.standing.since
        window = min(max((resolved - alert.first_seen).total_seconds() / 3600, 1.0), 24.0)
        start = resolved - timedelta(hours=window)
        events = await self._past.events_between(alert.id, start, resolved)
        release = await self._past.newest_release(event.project, resolved) if event.project else ""
        detail: dict[str, str | int] = {
            "quiet_s": int((now - resolved).total_seconds()),
            "per_hour": round(events / window),
            "release": release if release != (event.release or "") else "",
        }
        return Command(action=Action.VERIFIED, actor=TIMER, at=now, detail=detail)

    def _then(self, dossier: Dossier, now: datetime, done: Planned | None = None) -> dict[str, str | int]:
        """What is planned after this, for the thread: `then` and `then_at` (seconds since 1970)."""
        ahead = [p for p in self._guide.plan(dossier) if p.at > now and p.step in (Step.NEXT_PEOPLE, Step.PAGE)]
        coming = next((p for p in ahead if done is None or p.step is not done.step), None)
        return {"then": coming.step.value, "then_at": int(coming.at.timestamp())} if coming else {}


def _worse(dossier: Dossier, now: datetime) -> Command | None:
    """The end of a snooze because of what happens; what comes with an event is seen by grouping, too."""
    alert, verdict = dossier.alert, dossier.classification
    snooze = alert.standing.snooze
    if alert.state is not State.SNOOZED or snooze is None:
        return None
    reason = gets_worse(snooze, alert.counts, verdict.severity if verdict else None)
    return _woken(dossier, now, reason) if reason else None


def _woken(dossier: Dossier, now: datetime, reason: str) -> Command:
    snooze = dossier.alert.standing.snooze
    told = meanwhile(snooze, dossier.alert.counts) if snooze else {}
    return Command(action=Action.WOKEN, actor=TIMER, at=now, detail={"reason": reason, **told})


def _told(planned: Planned, now: datetime, people: Sequence[str], said: Mapping[str, str | int]) -> Command:
    """That `people` are mentioned; `said`: why each is."""
    marks = (planned.mark, *(told_mark(user) for user in people))
    detail = {"step": planned.step.value, **said}
    return Command(action=Action.NOTIFIED, actor=TIMER, at=now, steps=marks, detail=detail)
