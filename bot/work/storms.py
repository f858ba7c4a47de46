"""Storms, brought in line with what is seen: each alert is asked whether it is part of one, each storm if it lasts.

Called by reconcile for one alert at a time, before anything of it is shown. Level-triggered like everything there: a
crash between any two steps is made good by the next look, and of two replicas that see the same storm begin, one makes
it (`bot.store.storms`).
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from bot.alerts.alert import TIMER, Action, Alert, Command, Refused
from bot.alerts.dossier import PAGERDUTY, Dossier
from bot.alerts.event import ErrorEvent, Meaning
from bot.alerts.standing import State
from bot.alerts.storms import (
    EARLIER,
    Membership,
    Outbreak,
    Seen,
    Storm,
    StormRules,
    ends_at,
    most_telling,
    next_look,
    outbreak,
)
from bot.alerts.traits import Trait, traits

HOUSEKEEPING = timedelta(hours=1)
_OLD = timedelta(hours=1)
_DESCRIBED = 12
"""Members that the description of a new storm names."""


class Store(Protocol):
    """What this asks of the storms' store; `bot.store.storms`."""

    async def sight(self, alert_id: int, traits: Iterable[Trait], at: datetime, within: timedelta) -> Seen: ...  # noqa: D102
    async def lasting(self, traits: Iterable[Trait]) -> dict[Trait, int]: ...  # noqa: D102
    async def begin(self, found: Outbreak, event: ErrorEvent, now: datetime) -> int | None: ...  # noqa: D102
    async def join(self, storm_id: int, anchor: Trait, alert_ids: Sequence[int], now: datetime) -> bool: ...  # noqa: D102
    async def stragglers(self, storm_id: int, anchor: Trait, since: datetime) -> list[int]: ...  # noqa: D102
    async def leave(self, storm_id: int, alert_id: int, anchor: Trait, now: datetime) -> None: ...  # noqa: D102
    async def end(self, storm_id: int, now: datetime) -> None: ...  # noqa: D102
    async def resume(self, storm_id: int) -> bool: ...  # noqa: D102
    async def spread(self, storm_id: int) -> list[int]: ...  # noqa: D102
    async def forget(self, before: datetime) -> None: ...  # noqa: D102


class Alerts(Protocol):
    """What this asks of the alerts' store."""

    async def dossier(self, alert_id: int) -> Dossier: ...  # noqa: D102
    async def acted(self, known: Dossier, command: Command) -> Dossier: ...  # noqa: D102


class StormWatch:
    """Sees storms come and go."""

    def __init__(
        self,
        store: Store,
        alerts: Alerts,
        rules: Callable[[], StormRules],
        wake: Callable[[int], None],
        clock: Callable[[], datetime],
    ) -> None:
        self._store, self._alerts, self._rules, self._wake, self._clock = store, alerts, rules, wake, clock
        self._sighted: dict[int, datetime] = {}
        self._cleaned: datetime | None = None

    async def consider(self, dossier: Dossier) -> Dossier:
        """Let the alert join or leave a storm, or, where it is one, let it end; the alert as it is then."""
        if dossier.storm is not None:
            return await self._tend(dossier, dossier.storm)
        if dossier.member is not None and dossier.member.ended_at is None:
            return await self._stay_or_leave(dossier, dossier.member)
        if not self._rules().enabled or not self._may_join(dossier):
            return dossier
        return await self._look_around(dossier)

    def next_due(self, dossier: Dossier) -> datetime | None:
        """When to look again by itself; None: not because of storms."""
        alert, storm = dossier.alert, dossier.storm
        if storm is None or alert.state.over:
            return None
        return next_look(storm, alert.standing.since, self._clock(), self._rules())

    def _may_join(self, dossier: Dossier) -> bool:
        """Whether the alert has just begun, or come back, and somebody would hear of it."""
        stirred, now = dossier.stirred_at, self._clock()
        recent = now - stirred <= self._rules().within and self._sighted.get(dossier.alert.id) != stirred
        loud = dossier.alert.state in (State.OPEN, State.REGRESSED) and not dossier.private and not dossier.event.sample
        return recent and loud and dossier.muted(now) is None and not dossier.alert.standing.wanted

    async def _look_around(self, dossier: Dossier) -> Dossier:
        """Join the storm that lasts, or see one begin."""
        alert_id, stirred, now = dossier.alert.id, dossier.stirred_at, self._clock()
        mine = traits(dossier.event, known_before=_known_before(dossier))
        if not mine:
            return dossier
        seen = await self._store.sight(alert_id, mine, stirred, self._rules().within)
        lasting = await self._store.lasting(mine)
        if anchor := most_telling(lasting):
            await self._store.join(lasting[anchor], anchor, [alert_id], now)
            self._wake(lasting[anchor])
        elif found := outbreak(mine, seen, self._rules()):
            await self._begin(found, now)
        await self._tidy(alert_id, stirred, now)
        return await self._alerts.dossier(alert_id)

    async def _begin(self, found: Outbreak, now: datetime) -> None:
        members = [await self._alerts.dossier(alert_id) for alert_id in found.alert_ids[:_DESCRIBED]]
        storm_id = await self._store.begin(found, _described(found, members), now)
        if storm_id is None:  # another replica was faster
            lasting = await self._store.lasting([found.trait])
            storm_id = lasting.get(found.trait)
            if storm_id is None:
                return
            await self._store.join(storm_id, found.trait, found.alert_ids, now)
        self._wake_all((storm_id, *found.alert_ids))

    async def _stay_or_leave(self, dossier: Dossier, member: Membership) -> Dossier:
        """Leave a storm whose trait the alert has not got any more; one that says nothing else stays."""
        mine = traits(dossier.event)
        others = {trait.value for trait in mine if trait.kind is member.anchor.kind}
        if not others or member.anchor in mine:
            return dossier
        await self._store.leave(member.storm_id, dossier.alert.id, member.anchor, self._clock())
        self._wake(member.storm_id)
        return await self._alerts.dossier(dossier.alert.id)

    async def _tend(self, dossier: Dossier, storm: Storm) -> Dossier:
        """Take in who was missed, do to the members what people did to the storm, and end what has blown over."""
        alert, now, rules = dossier.alert, self._clock(), self._rules()
        while changed := await self._store.spread(alert.id):
            self._wake_all(changed)
        if (page := dossier.targets.get(PAGERDUTY)) and page.external_id:  # theirs end, or are the storm's from now on
            self._wake_all(each.alert_id for each in storm.called)
        if storm.ended_at is not None:
            going_on = not alert.state.over and await self._store.resume(alert.id)
            return await self._alerts.dossier(alert.id) if going_on else dossier
        missed = await self._store.stragglers(alert.id, storm.anchor, storm.started_at - rules.within)
        if missed and not alert.state.over:
            await self._store.join(alert.id, storm.anchor, missed, now)
            self._wake_all(missed)
            return await self._alerts.dossier(alert.id)
        if not alert.state.over and now >= ends_at(storm, alert.standing.since, rules):
            alert = await self._end(dossier, storm, now)
        if not alert.state.over:
            return dossier
        await self._store.end(alert.id, now)
        self._wake_all(member.alert_id for member in storm.members)  # their cards say that it is over
        return await self._alerts.dossier(alert.id)

    async def _end(self, dossier: Dossier, storm: Storm, now: datetime) -> Alert:
        detail: dict[str, str | int] = {"how": "storm", "issues": storm.issues, "events": storm.events}
        over = Command(action=Action.RESOLVED, actor=TIMER, at=now, detail=detail)
        try:
            return (await self._alerts.acted(dossier, over)).alert
        except Refused:  # a person was faster
            return (await self._alerts.dossier(dossier.alert.id)).alert

    def _wake_all(self, alert_ids: Iterable[int]) -> None:
        for alert_id in alert_ids:
            self._wake(alert_id)

    async def _tidy(self, alert_id: int, stirred: datetime, now: datetime) -> None:
        """Remember who was looked at, so that a card's next update costs nothing, and forget what is old."""
        self._sighted[alert_id] = stirred
        if self._cleaned is None or now - self._cleaned >= HOUSEKEEPING:
            self._cleaned = now
            horizon = now - self._rules().within
            self._sighted = {known: at for known, at in self._sighted.items() if at >= horizon}
            await self._store.forget(now - 2 * EARLIER)


def _known_before(dossier: Dossier) -> bool:
    """Whether the issue is older than what stirred it now, and nobody had resolved it: no release has brought it."""
    stirred = dossier.stirred_at
    newest = max((t for t in dossier.transitions if t.at == stirred), key=lambda t: t.id or 0, default=None)
    if newest is not None and newest.action is Action.REGRESSED:
        return False
    return (newest is not None and newest.action is Action.RECURRED) or stirred - dossier.alert.first_seen > _OLD


def _described(found: Outbreak, members: Sequence[Dossier]) -> ErrorEvent:
    """A storm in the form of an event: what a card, a route and a model read."""
    events = [member.event for member in members]

    def common(values: Iterable[str | None]) -> str | None:
        said = set(values)
        return said.pop() if len(said) == 1 else None

    about = f"Different issues that began within minutes and share {found.trait.kind.value} {found.trait.value}:"
    lines = [f"- {event.title} ({event.project or 'unknown project'})" for event in events]
    more = len(found.alert_ids) - len(events)
    return ErrorEvent(
        resource="storm",
        action="opened",
        meaning=Meaning.OTHER,
        title=f"Storm: {found.trait.kind.value} {found.trait.value}",
        message="\n".join([about, *lines, *([f"and {more} more"] if more > 0 else [])]),
        level="error",
        project=common(event.project for event in events),
        environment=common(event.environment for event in events),
        org=common(event.org for event in events),
        platform=common(event.platform for event in events),
        release=common(event.release for event in events),
        tags=(("storm", found.trait.key),),
    )
