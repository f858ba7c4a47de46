"""Showing an alert in the places outside: each in its own time, with a record of how it goes.

What goes wrong with one place is its own: it stands in its record and keeps no other place waiting.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from bot.alerts.dossier import CARD, Dossier, Shown
from bot.errors import Paced, RateLimited, TargetError, Unavailable
from bot.metrics import Metrics

LOOK_AGAIN = 0.5
"""Seconds between two looks for news while a place outside takes its time."""
_URGENT_WAIT = timedelta(seconds=10)
"""What is critical asks for a turn again so soon, and is before all that wait in line."""
_LONGEST_WAIT, _REJECTED_WAIT = timedelta(seconds=45), timedelta(seconds=50)
"""Less than a minute: that soon after a place is back, everything agrees again."""

log = structlog.get_logger(__name__)


class Target(Protocol):
    """One place outside that shows an alert."""

    name: str

    async def show(self, dossier: Dossier, shown: Shown, save: Callable[[Shown], Awaitable[None]]) -> Shown:
        """Bring it in line; raise TargetError when it does not take it."""
        ...


class Store(Protocol):
    """What showing asks of the store."""

    async def dossier(self, alert_id: int) -> Dossier: ...  # noqa: D102
    async def save_shown(self, alert_id: int, shown: Shown) -> None: ...  # noqa: D102


@dataclass(slots=True)
class _Lane:
    """Places under way, and what they were given to show."""

    targets: Sequence[Target]
    given: Dossier
    task: asyncio.Future[Dossier]


class Showing:
    """The places where an alert is shown.

    `near` are shown in their order, and again as soon as anything changes: people look at them. `far` are lanes; each
    goes its own pace beside the others. `prepare` does to an alert what is to be done before it is shown.
    """

    def __init__(
        self,
        store: Store,
        near: Sequence[Target],
        far: Sequence[Sequence[Target]],
        prepare: Callable[[Dossier], Awaitable[Dossier]],
        *,
        clock: Callable[[], datetime],
        metrics: Metrics,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._store, self._near, self._far, self._prepare = store, near, far, prepare
        self._clock, self._metrics, self._jitter = clock, metrics, jitter

    async def everywhere(self, dossier: Dossier) -> Dossier:
        """Bring all places in line; the oldest dossier that one of them shows, with the records as they are now."""
        near = await self._in_turn(self._near, dossier)
        lanes = [self._begin(targets, near) for targets in self._far]
        try:
            near = await self._meanwhile(lanes, near)
            done = [(target.name, lane.task.result()) for lane in lanes for target in lane.targets]
        finally:
            for lane in lanes:
                lane.task.cancel()
            await asyncio.gather(*(lane.task for lane in lanes), return_exceptions=True)
        records = {name: after.targets[name] for name, after in done}
        if any(_trouble(records[name]) != _trouble(near.targets.get(name)) for name in records):
            near = await self._in_turn(self._near, replace(near, targets={**near.targets, **records}))
        oldest = min((near, *(lane.given for lane in lanes)), key=lambda given: given.alert.version)
        return replace(oldest, targets={**near.targets, **records})

    def _begin(self, targets: Sequence[Target], given: Dossier) -> _Lane:
        return _Lane(targets, given, asyncio.ensure_future(self._in_turn(targets, given)))

    async def _meanwhile(self, lanes: list[_Lane], near: Dossier) -> Dossier:
        """Wait for the far places, and show what happens meanwhile in all others: a click is not kept waiting."""
        while waiting := [lane.task for lane in lanes if not lane.task.done()]:
            if not (await asyncio.wait(waiting, timeout=LOOK_AGAIN))[1]:
                break
            fresh = await self._store.dossier(near.alert.id)
            if fresh.alert.version == near.alert.version:
                continue
            near = await self._in_turn(self._near, await self._prepare(fresh))
            for index, lane in enumerate(lanes):
                if lane.task.done() and not lane.task.exception():
                    lanes[index] = self._begin(lane.targets, near)
        return near

    async def _in_turn(self, targets: Sequence[Target], dossier: Dossier) -> Dossier:
        for target in targets:
            shown = await self._show(target, dossier)
            dossier = replace(dossier, targets={**dossier.targets, target.name: shown})
        return dossier

    async def _show(self, target: Target, dossier: Dossier) -> Shown:
        """Bring one target in line; what goes wrong with it is its own, and stands in its record."""
        alert, now = dossier.alert, self._clock()
        latest = dossier.targets.get(target.name) or Shown(target=target.name)
        in_line = _in_line(latest) and not dossier.critical
        if latest.next_try_at and now < latest.next_try_at and (latest.attempts or in_line):
            return latest  # it is failing or has its place in line: that counts, whoever woke us

        async def save(shown: Shown) -> None:
            nonlocal latest
            latest = shown
            await self._store.save_shown(alert.id, shown)

        before = latest
        try:
            after, outcome = await target.show(dossier, latest, save), "ok"
        except TargetError as error:
            after, outcome = self._failed(before, latest, error, urgent=dossier.critical), error.reason
            if not isinstance(error, Paced):  # our own doing, and in a storm a thousand lines a minute
                log.warning("target_failed", alert=alert.id, target=target.name, reason=error.reason, error=str(error))
        if after != latest:
            await save(after)
        if outcome != "ok" or (after.external_id, after.shown_at) != (before.external_id, before.shown_at):
            self._metrics.reconciled.labels(target.name, outcome).inc()
        if outcome == "ok" and after.external_id and not before.external_id and target.name == CARD:
            self._metrics.time_to_card.observe((self._clock() - alert.created_at).total_seconds())
        return after

    def _failed(self, before: Shown, shown: Shown, error: TargetError, *, urgent: bool) -> Shown:
        # A send that this round began has failed, unless no answer came; one in doubt from before still is.
        began = shown.sending_since != before.sending_since
        sending = None if began and not isinstance(error, Unavailable) else shown.sending_since
        if isinstance(error, Paced | RateLimited):
            return self._held_up(replace(shown, sending_since=sending), error, urgent=urgent)
        attempts = shown.attempts + 1
        back_off = min(_LONGEST_WAIT, timedelta(seconds=2.0 ** min(attempts, 12))) * (0.5 + self._jitter() / 2)
        wait, now = back_off if error.retry else max(back_off, _REJECTED_WAIT), self._clock()
        return replace(
            shown,
            sending_since=sending,
            attempts=attempts,
            next_try_at=now + wait,
            last_error=str(error),
            failing_since=shown.failing_since or now,
        )

    def _held_up(self, shown: Shown, error: Paced | RateLimited, *, urgent: bool) -> Shown:
        """Nothing is wrong, and it takes its time: by our own pace, or because the other side asks for it."""
        now, wait = self._clock(), timedelta(seconds=error.retry_after or 1)
        if isinstance(error, Paced):
            return replace(shown, next_try_at=now + (min(wait, _URGENT_WAIT) if urgent else wait))
        since = shown.failing_since or now
        return replace(shown, next_try_at=now + wait, last_error=str(error), failing_since=since)


def _in_line(shown: Shown) -> bool:
    """Whether nothing stands there yet, and the first message waits for its turn."""
    return not shown.external_id and not shown.sending_since


def _trouble(shown: Shown | None) -> tuple[str, datetime | None]:
    return (shown.last_error, shown.failing_since) if shown else ("", None)
