"""Reconcile: make everything outside show what the alert's row says. Level-triggered, leased, idempotent.

Whoever changes a row wakes this; it does not matter how often, or whether a wake-up is lost: the row's `due_at` says
when it needs a look, and the sweeper finds it.
"""

import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from typing import Protocol

import structlog

from bot.alerts.alert import (
    BOT,
    TIMER,
    UNDO_WINDOW,
    Action,
    Command,
    Counts,
    Refused,
    State,
    gets_worse,
    undoable,
)
from bot.alerts.classification import Classification
from bot.alerts.dossier import Dossier, Shown
from bot.alerts.event import ErrorEvent
from bot.errors import Paced, RateLimited, TargetError, Unavailable
from bot.metrics import Metrics

LEASE_SECONDS = 120.0
"""More than all calls of one round may take; each has a limit of its own."""
_LONGEST_WAIT, _REJECTED_WAIT, _BUG_WAIT = timedelta(minutes=5), timedelta(minutes=1), timedelta(seconds=30)

log = structlog.get_logger(__name__)


class Store(Protocol):
    """What reconcile asks of the store."""

    async def dossier(self, alert_id: int) -> Dossier: ...  # noqa: D102
    async def acted(self, alert_id: int, command: Command, *, verdict: Classification | None = None) -> Dossier: ...  # noqa: D102
    async def lease(self, alert_id: int, owner: str, now: datetime, seconds: float) -> Dossier | None: ...  # noqa: D102
    async def release(  # noqa: D102
        self, alert_id: int, owner: str, seen_version: int, due_at: datetime | None, *, now: datetime | None = None
    ) -> bool: ...
    async def save_shown(self, alert_id: int, shown: Shown) -> None: ...  # noqa: D102


class Target(Protocol):
    """One place outside that shows an alert."""

    name: str

    async def show(self, dossier: Dossier, shown: Shown, save: Callable[[Shown], Awaitable[None]]) -> Shown:
        """Bring it in line; raise TargetError when it does not take it."""
        ...


class Classifier(Protocol):
    """Gives a verdict."""

    def classify(self, event: ErrorEvent, counts: Counts) -> Classification: ...  # noqa: D102


class Reconciler:
    """Brings alerts in line, one lease at a time."""

    def __init__(
        self,
        store: Store,
        classifier: Classifier,
        targets: Sequence[Target],
        *,
        clock: Callable[[], datetime],
        metrics: Metrics,
        owner: str,
        consider: Callable[[Dossier], Awaitable[None]] | None = None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._store, self._classifier, self._targets, self._consider = store, classifier, targets, consider
        self._clock, self._metrics, self._jitter = clock, metrics, jitter
        # A name for each lease, not for each worker: one that expired must not give back its successor's.
        self._leases = (f"{owner}:{number}" for number in count())

    async def reconcile(self, alert_id: int) -> None:
        """Bring everything in line with alert `alert_id`, until nothing more is due now."""
        more = True
        while more:
            lease = next(self._leases)
            dossier = await self._store.lease(alert_id, lease, self._clock(), LEASE_SECONDS)
            if dossier is None:
                return  # somebody else has it, and will see our change when giving its lease back
            try:
                version, due_at = await self._bring_in_line(dossier)
            except Exception:  # the edge of a worker: one alert's bug must not stop the others, nor spin
                log.exception("reconcile_failed", alert=alert_id)
                self._metrics.reconciled.labels("alert", "bug").inc()
                version, due_at = dossier.alert.version, self._clock() + _BUG_WAIT
                await self._store.release(alert_id, lease, version, due_at, now=self._clock())
                return
            more = await self._store.release(alert_id, lease, version, due_at, now=self._clock())

    async def _bring_in_line(self, dossier: Dossier) -> tuple[int, datetime | None]:
        """The order of things: what is due by itself, the verdict, then each target. Returns version and next due."""
        began = self._clock()
        dossier = await self._classify(dossier)
        dossier = await self._end_snooze(dossier)
        for target in self._targets:
            shown = await self._show(target, dossier)
            dossier = replace(dossier, targets={**dossier.targets, target.name: shown})
        if self._consider:  # whether a model is worth asking; last, since the card waits for nobody
            await self._consider(dossier)
        return dossier.alert.version, self._next_due(dossier, began)

    async def _classify(self, dossier: Dossier) -> Dossier:
        standing, old = dossier.alert.standing, dossier.classification
        if standing.corrected:
            return dossier
        try:
            with self._metrics.classify_seconds.time():
                new = self._classifier.classify(dossier.event, dossier.alert.counts)
        except Exception:  # a verdict that cannot be had must not cost anybody the card
            log.exception("classify_failed", alert=dossier.alert.id)
            return dossier
        if old is not None and old.model:  # a model had its say: from here the rules may only raise the severity
            worse = new.severity.rank < old.severity.rank
            new = replace(old, severity=new.severity, severity_reason=new.severity_reason) if worse else old
        if old is not None and _says_the_same(old, new):
            return dossier
        detail: dict[str, str | int] = {"to_severity": new.severity, "to_category": new.category}
        detail["reason"] = new.severity_reason
        if old is not None:
            detail |= {"from_severity": old.severity, "from_category": old.category}
        self._metrics.classified.labels(new.severity, new.category, new.made_by).inc()
        return await self._act(
            dossier, Command(action=Action.CLASSIFIED, actor=BOT, at=self._clock(), detail=detail), new
        )

    async def _end_snooze(self, dossier: Dossier) -> Dossier:
        snooze, now = dossier.alert.standing.snooze, self._clock()
        if dossier.alert.state is not State.SNOOZED or snooze is None:
            return dossier
        severity = dossier.classification.severity if dossier.classification else None
        if snooze.until and snooze.until <= now:
            reason = "time"
        elif gets_worse(snooze, dossier.alert.counts, severity):
            reason = "worse"
        else:
            return dossier
        meanwhile = dossier.alert.counts.total - snooze.count_at_start
        detail: dict[str, str | int] = {"reason": reason, "meanwhile": meanwhile}
        return await self._act(dossier, Command(action=Action.WOKEN, actor=TIMER, at=now, detail=detail))

    async def _act(self, dossier: Dossier, command: Command, verdict: Classification | None = None) -> Dossier:
        try:
            return await self._store.acted(dossier.alert.id, command, verdict=verdict)
        except Refused:  # a person was faster: what they decided stands, and is what we go on with
            return await self._store.dossier(dossier.alert.id)

    async def _show(self, target: Target, dossier: Dossier) -> Shown:
        """Bring one target in line; what goes wrong with it is its own, and stands in its record."""
        alert, now = dossier.alert, self._clock()
        latest = dossier.targets.get(target.name) or Shown(target=target.name)
        if latest.next_try_at and now < latest.next_try_at and (latest.attempts or _in_line(latest)):
            return latest  # it is failing or has its place in line: that counts, whoever woke us

        async def save(shown: Shown) -> None:
            nonlocal latest
            latest = shown
            await self._store.save_shown(alert.id, shown)

        before = latest
        try:
            after, outcome = await target.show(dossier, latest, save), "ok"
        except TargetError as error:
            after, outcome = self._failed(before, latest, error), error.reason
            if not isinstance(error, Paced):  # our own doing, and in a storm a thousand lines a minute
                log.warning("target_failed", alert=alert.id, target=target.name, reason=error.reason, error=str(error))
        if after != latest:
            await save(after)
        if outcome != "ok" or (after.external_id, after.shown_at) != (before.external_id, before.shown_at):
            self._metrics.reconciled.labels(target.name, outcome).inc()
        if outcome == "ok" and after.external_id and not before.external_id and target.name == "slack_card":
            self._metrics.time_to_card.observe((self._clock() - alert.created_at).total_seconds())
        return after

    def _failed(self, before: Shown, shown: Shown, error: TargetError) -> Shown:
        now = self._clock()
        # A send that this round began has failed, unless no answer came; one in doubt from before still is.
        began = shown.sending_since != before.sending_since
        sending = None if began and not isinstance(error, Unavailable) else shown.sending_since
        if isinstance(error, Paced | RateLimited):
            return replace(shown, sending_since=sending, next_try_at=now + timedelta(seconds=error.retry_after or 1))
        attempts = shown.attempts + 1
        back_off = min(_LONGEST_WAIT, timedelta(seconds=2.0 ** min(attempts, 12))) * (0.5 + self._jitter() / 2)
        wait = back_off if error.retry else max(back_off, _REJECTED_WAIT)
        return replace(
            shown,
            sending_since=sending,
            attempts=attempts,
            next_try_at=now + wait,
            last_error=str(error),
            failing_since=shown.failing_since or now,
        )

    def _next_due(self, dossier: Dossier, began: datetime) -> datetime | None:
        """When this alert next needs a look by itself: a retry, the end of a snooze, the end of the undo button.

        As of when this round `began`: what ended since then may still stand on the card.
        """
        due = [shown.next_try_at for shown in dossier.targets.values() if shown.next_try_at]
        snooze, last = dossier.alert.standing.snooze, dossier.last_move
        if snooze and snooze.until:
            due.append(snooze.until)
        if last and undoable(last, began):
            due.append(last.at + UNDO_WINDOW)
        return min(due, default=None)


def _in_line(shown: Shown) -> bool:
    """Whether nothing stands there yet, and the first message waits for its turn."""
    return not shown.external_id and not shown.sending_since


def _says_the_same(old: Classification, new: Classification) -> bool:
    """Whether a person would read the same verdict; confidence and evidence may differ."""

    def said(c: Classification) -> tuple[object, ...]:
        return (c.severity, c.category, c.root_cause, c.suggested_action, c.estimated_fix_time)

    return said(old) == said(new)
