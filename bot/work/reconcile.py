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

from bot.alerts.alert import BOT, UNDO_WINDOW, Action, Command, Counts, Refused, undoable
from bot.alerts.classification import Classification
from bot.alerts.dossier import Dossier, Shown
from bot.alerts.event import ErrorEvent
from bot.alerts.storms import verdict
from bot.metrics import Metrics
from bot.work.showing import Showing, Target

LEASE_SECONDS = 120.0
"""More than all calls of one round may take; each has a limit of its own."""
_BUG_WAIT = timedelta(seconds=30)
_MOST_STEPS = 8
"""Steps that one round takes; what comes after these comes with the next."""

log = structlog.get_logger(__name__)


class Store(Protocol):
    """What reconcile asks of the store."""

    async def dossier(self, alert_id: int) -> Dossier: ...  # noqa: D102
    async def acted(self, known: Dossier, command: Command, *, verdict: Classification | None = None) -> Dossier: ...  # noqa: D102
    async def lease(self, alert_id: int, owner: str, now: datetime, seconds: float) -> Dossier | None: ...  # noqa: D102
    async def release(  # noqa: D102
        self, alert_id: int, owner: str, seen_version: int, due_at: datetime | None, *, now: datetime | None = None
    ) -> bool: ...
    async def save_shown(self, alert_id: int, shown: Shown) -> None: ...  # noqa: D102


class Classifier(Protocol):
    """Gives a verdict."""

    def classify(self, event: ErrorEvent, counts: Counts) -> Classification: ...  # noqa: D102


class Chaser(Protocol):
    """What happens to an alert by itself: `bot.work.chaser.Chaser`."""

    async def due(self, dossier: Dossier) -> Command | None: ...  # noqa: D102
    def next_due(self, dossier: Dossier) -> datetime | None: ...  # noqa: D102


class Storms(Protocol):
    """What different alerts share: `bot.work.storms.StormWatch`."""

    async def consider(self, dossier: Dossier) -> Dossier: ...  # noqa: D102
    def next_due(self, dossier: Dossier) -> datetime | None: ...  # noqa: D102


class Reconciler:
    """Brings alerts in line, one lease at a time."""

    def __init__(
        self,
        store: Store,
        classifier: Classifier,
        targets: Sequence[Target],
        chaser: Chaser,
        *,
        clock: Callable[[], datetime],
        metrics: Metrics,
        owner: str,
        far: Sequence[Sequence[Target]] = (),
        consider: Callable[[Dossier], Awaitable[None]] | None = None,
        storms: Storms | None = None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        """Wire it.

        Args:
            store: where the alerts are.
            classifier: gives the verdicts.
            targets: what people look at, in the order in which it is shown.
            chaser: what happens by itself: who is called when, the end of a snooze, a fix that is verified.
            clock: the time.
            metrics: where it is counted.
            owner: this worker's name, which no other has.
            far: other places, in lanes that do not wait for each other (see `bot.work.showing`).
            consider: puts an alert in line for a model.
            storms: sees what different alerts share.
            jitter: between 0 and 1, so that retries spread.
        """
        self._store, self._classifier, self._chaser, self._consider = store, classifier, chaser, consider
        self._clock, self._metrics, self._storms = clock, metrics, storms
        self._showing = Showing(store, targets, far, self._prepare, clock=clock, metrics=metrics, jitter=jitter)
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
        dossier = await self._prepare(dossier)
        dossier = await self._showing.everywhere(dossier)
        if self._consider:  # whether a model is worth asking; last, since the card waits for nobody
            await self._consider(dossier)
        return dossier.alert.version, self._next_due(dossier, began)

    async def _prepare(self, dossier: Dossier) -> Dossier:
        """The verdict, then what is due by itself; once more where what they go by has changed meanwhile."""
        for _ in range(_MOST_STEPS):
            grounds = _grounds(dossier)
            dossier = await self._classify(dossier)
            if self._storms:  # before anything of it is shown: a storm may speak for it
                dossier = await self._storms.consider(dossier)
            dossier = await self._chase(dossier)
            if _grounds(dossier) == grounds:
                break
        return dossier

    async def _classify(self, dossier: Dossier) -> Dossier:
        standing, old = dossier.alert.standing, dossier.classification
        if standing.corrected:
            return dossier
        try:
            with self._metrics.classify_seconds.time():
                new = (
                    verdict(dossier.storm)
                    if dossier.storm
                    else self._classifier.classify(dossier.event, dossier.alert.counts)
                )
        except Exception:  # a verdict that cannot be had must not cost anybody the card
            log.exception("classify_failed", alert=dossier.alert.id)
            return dossier
        if old is not None and old.model and not new.taught_by:
            # A model had its say: from here the rules may only raise the severity. What people taught goes before it.
            worse = new.severity.rank < old.severity.rank
            new = replace(old, severity=new.severity, severity_reason=new.severity_reason) if worse else old
        if old is not None and _says_the_same(old, new):
            return dossier
        detail: dict[str, str | int] = {"to_severity": new.severity, "to_category": new.category}
        detail["reason"] = f"as corrected by {new.taught_by}" if new.taught_by else new.severity_reason
        if old is not None:
            detail |= {"from_severity": old.severity, "from_category": old.category}
        self._metrics.classified.labels(new.severity, new.category, new.made_by).inc()
        return await self._act(
            dossier, Command(action=Action.CLASSIFIED, actor=BOT, at=self._clock(), detail=detail), new
        )

    async def _chase(self, dossier: Dossier) -> Dossier:
        """Do what is due by itself."""
        for _ in range(_MOST_STEPS):
            command = await self._chaser.due(dossier)
            if command is None:
                break
            dossier = await self._act(dossier, command)
        return dossier

    async def _act(self, dossier: Dossier, command: Command, verdict: Classification | None = None) -> Dossier:
        try:
            return await self._store.acted(dossier, command, verdict=verdict)
        except Refused:  # a person was faster: what they decided stands, and is what we go on with
            return await self._store.dossier(dossier.alert.id)

    def _next_due(self, dossier: Dossier, began: datetime) -> datetime | None:
        """When this alert next needs a look by itself: a retry, a step that is planned, the end of the undo button.

        As of when this round `began`: what ended since then may still stand on the card.
        """
        due = [shown.next_try_at for shown in dossier.targets.values() if shown.next_try_at]
        last = dossier.last_move
        if step := self._chaser.next_due(dossier):
            due.append(step)
        if self._storms and (look := self._storms.next_due(dossier)):
            due.append(look)
        if last and undoable(last, began):
            due.append(last.at + UNDO_WINDOW)
        if (mute := dossier.muted(began)) and not dossier.alert.state.over:  # what it hides comes when it runs out
            due.append(mute.until)
        return min(due, default=None)


def _grounds(dossier: Dossier) -> tuple[object, ...]:
    """What the verdict and the storms go by; what happens by itself is looked up again after each of its steps."""
    return (dossier.alert.counts, dossier.member, dossier.stirred_at, dossier.event, dossier.storm)


def _says_the_same(old: Classification, new: Classification) -> bool:
    """Whether a person would read the same verdict; confidence and evidence may differ."""

    def said(c: Classification) -> tuple[object, ...]:
        return (c.severity, c.category, c.root_cause, c.suggested_action, c.estimated_fix_time)

    return said(old) == said(new)
