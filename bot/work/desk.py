"""What people do to alerts, wherever they click: each call writes one transition and wakes reconcile.

Answers nobody and shows nothing: the card follows the row.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from bot.alerts.alert import WORSE_FACTOR, Action, Actor, Command, Snooze, Transition
from bot.alerts.asking import ModelCall
from bot.alerts.classification import Category, Classification, Severity
from bot.alerts.dossier import Dossier
from bot.errors import UnknownAlert
from bot.metrics import Metrics


class Store(Protocol):
    """What the desk asks of the store."""

    async def dossier(self, alert_id: int) -> Dossier: ...  # noqa: D102
    async def act(self, alert_id: int, command: Command, *, verdict: Classification | None = None) -> Transition: ...  # noqa: D102


class Audit(Protocol):
    """What models were asked."""

    async def calls(self, alert_id: int, limit: int = 10) -> list[ModelCall]: ...  # noqa: D102


class Desk:
    """Acknowledge, resolve, snooze, reclassify, undo: on behalf of a person."""

    def __init__(
        self,
        store: Store,
        audit: Audit,
        wake: Callable[[int], None],
        *,
        clock: Callable[[], datetime],
        metrics: Metrics,
    ) -> None:
        self._store, self._audit, self._wake, self._clock, self._metrics = store, audit, wake, clock, metrics

    def now(self) -> datetime:
        """The time by which everything here is measured."""
        return self._clock()

    async def look(self, alert_id: int) -> Dossier:
        """Everything about an alert as it stands now.

        Raises:
            UnknownAlert: there is none.
        """
        return await self._store.dossier(alert_id)

    async def calls(self, alert_id: int) -> list[ModelCall]:
        """What models were asked about an alert, newest first."""
        return await self._audit.calls(alert_id)

    async def act(self, alert_id: int, action: Action, actor: Actor) -> Transition:
        """Do what needs no more words: acknowledge, un-acknowledge, resolve, reopen, undo.

        Raises:
            Refused: the alert's state does not allow it (somebody may have been first).
            UnknownAlert: there is none.
        """
        transition = await self._write(alert_id, Command(action=action, actor=actor, at=self._clock()))
        if action is Action.ACKNOWLEDGED:
            await self._measure_acknowledgement(alert_id, transition)
        return transition

    async def snooze(self, alert_id: int, actor: Actor, *, duration: timedelta | None) -> Transition:
        """Keep an alert quiet for `duration`; None: until it gets worse.

        Raises:
            Refused, UnknownAlert: as `act`.
        """
        dossier, now = await self._store.dossier(alert_id), self._clock()
        total = dossier.alert.counts.total
        if duration is not None:
            snooze = Snooze(until=now + duration, count_at_start=total)
        else:
            severity = dossier.classification.severity if dossier.classification else None
            snooze = Snooze(until_count=total * WORSE_FACTOR, until_worse_than=severity, count_at_start=total)
        return await self._write(alert_id, Command(action=Action.SNOOZED, actor=actor, at=now, snooze=snooze))

    async def reclassify(
        self, alert_id: int, actor: Actor, *, severity: Severity, category: Category, reason: str
    ) -> Transition:
        """Correct the verdict; from now on machines leave it alone.

        Raises:
            UnknownAlert: there is none, or it has no verdict to correct yet.
        """
        old = (await self._store.dossier(alert_id)).classification
        if old is None:
            raise UnknownAlert(f"alert {alert_id} has no verdict yet")
        new = replace(
            old, severity=severity, category=category, confidence=1.0, reason=reason, made_by=f"user:{actor.id}"
        )
        detail: dict[str, str | int] = {
            "from_severity": old.severity,
            "to_severity": severity,
            "from_category": old.category,
            "to_category": category,
            "reason": reason,
        }
        command = Command(action=Action.RECLASSIFIED, actor=actor, at=self._clock(), detail=detail)
        transition = await self._write(alert_id, command, new)
        self._metrics.classified.labels(severity, category, "user").inc()
        return transition

    async def _write(self, alert_id: int, command: Command, verdict: Classification | None = None) -> Transition:
        transition = await self._store.act(alert_id, command, verdict=verdict)
        self._wake(alert_id)
        return transition

    async def _measure_acknowledgement(self, alert_id: int, transition: Transition) -> None:
        dossier = await self._store.dossier(alert_id)
        first = [t for t in dossier.transitions if t.action is Action.ACKNOWLEDGED][:1]
        severity = dossier.classification.severity if dossier.classification else "unknown"
        if first and first[0].id == transition.id:
            waited = (transition.at - dossier.alert.created_at).total_seconds()
            self._metrics.time_to_acknowledge.labels(severity).observe(waited)
