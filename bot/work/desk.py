"""What people do to alerts, wherever they click: each call writes one transition and wakes reconcile.

Answers nobody and shows nothing: the card follows the row.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from bot.alerts.alert import WORSE_FACTOR, Action, Actor, Command, Snooze, Source, State, Transition
from bot.alerts.asking import ModelCall
from bot.alerts.classification import Category, Classification, Severity
from bot.alerts.dossier import Dossier
from bot.alerts.permissions import Right, right_for
from bot.errors import NobodyToCall, UnknownAlert
from bot.metrics import Metrics
from bot.work.doorkeeper import Doorkeeper


class Store(Protocol):
    """What the desk asks of the store."""

    async def dossier(self, alert_id: int) -> Dossier: ...  # noqa: D102
    async def act(self, alert_id: int, command: Command, *, verdict: Classification | None = None) -> Transition: ...  # noqa: D102


class Audit(Protocol):
    """What models were asked."""

    async def calls(self, alert_id: int, limit: int = 10) -> list[ModelCall]: ...  # noqa: D102


class People(Protocol):
    """What people in Slack are called."""

    async def label(self, name: str) -> str: ...  # noqa: D102


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
        doorkeeper: Doorkeeper,
        people: People,
        escalates: Callable[[Dossier], bool] = lambda _: False,
        taught: Callable[[], None] = lambda: None,
    ) -> None:
        """Wire it.

        Args:
            store: where the alerts are.
            audit: what models were asked.
            wake: tells reconcile of a change.
            clock: the time.
            metrics: where it is counted.
            doorkeeper: who may do what.
            people: what people are called.
            escalates: whether somebody can be called for an alert.
            taught: told when a verdict was corrected, or a correction taken back.
        """
        self._store, self._audit, self._wake, self._clock, self._metrics = store, audit, wake, clock, metrics
        self._doorkeeper, self._people, self._escalates, self._taught = doorkeeper, people, escalates, taught

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
            Forbidden: the person may not.
            Refused: the alert's state does not allow it (somebody may have been first).
            UnknownAlert: there is none.
        """
        transition = await self._write(alert_id, Command(action=action, actor=actor, at=self._clock()))
        if action is Action.ACKNOWLEDGED:
            await self._measure_acknowledgement(alert_id, transition)
        return transition

    async def admit(self, alert_id: int | None, actor: Actor, right: Right) -> None:
        """Let a person through who holds a right; asked before a modal opens, and for what is no action.

        None for the alert: it is about all of them.

        Raises:
            Forbidden, UnknownAlert: as `Doorkeeper.admit`.
        """
        await self._doorkeeper.admit(alert_id, actor, right)

    async def snooze(
        self,
        alert_id: int,
        actor: Actor,
        *,
        duration: timedelta | None = None,
        more_events: int | None = None,
        more_users: int | None = None,
        new_place: bool = False,
    ) -> Transition:
        """Keep an alert quiet for `duration`, or until so many more events or users, or a new place where it breaks.

        Nothing of all that: until it gets worse.

        Raises:
            Refused, Forbidden, UnknownAlert: as `act`.
        """
        dossier, now = await self._store.dossier(alert_id), self._clock()
        counts, verdict = dossier.alert.counts, dossier.classification
        worse = duration is None and more_events is None and more_users is None and not new_place
        until_count = counts.total * WORSE_FACTOR if worse else None
        snooze = Snooze(
            until=now + duration if duration is not None else None,
            until_count=counts.total + more_events if more_events is not None else until_count,
            until_worse_than=verdict.severity if worse and verdict else None,
            until_users=counts.affected + more_users if more_users is not None else None,
            until_variant=new_place or worse,
            count_at_start=counts.total,
            users_at_start=counts.affected,
        )
        return await self._write(alert_id, Command(action=Action.SNOOZED, actor=actor, at=now, snooze=snooze))

    async def promise(self, alert_id: int, actor: Actor, away: timedelta) -> Transition:
        """Take an alert, or keep it, and say when one is back.

        Raises:
            Refused, UnknownAlert: as `act`.
        """
        taken = (await self._store.dossier(alert_id)).alert.state is State.ACKNOWLEDGED
        action, now = Action.PROMISED if taken else Action.ACKNOWLEDGED, self._clock()
        transition = await self._write(alert_id, Command(action=action, actor=actor, at=now, promise=now + away))
        if not taken:
            await self._measure_acknowledgement(alert_id, transition)
        return transition

    async def assign(self, alert_id: int, actor: Actor, user: str) -> Transition:
        """Give an alert to a user of Slack, who is told so in its thread. Whoever had it, has it no more.

        Raises:
            UnknownAlert: there is none.
        """
        owner = Actor(source=Source.USER, id=user, name=await self._people.label(user))
        detail: dict[str, str | int] = {"assignee": owner.name, "assignee_id": user}
        command = Command(action=Action.ASSIGNED, actor=actor, at=self._clock(), owner=owner, detail=detail)
        return await self._write(alert_id, command)

    async def want(self, alert_id: int, actor: Actor) -> bool:
        """Have a card made although no route gives the alert one; whether that was news.

        Raises:
            UnknownAlert: there is none.
        """
        if (await self._store.dossier(alert_id)).alert.standing.wanted:
            return False
        await self._write(alert_id, Command(action=Action.WANTED, actor=actor, at=self._clock()))
        return True

    async def escalate(self, alert_id: int, actor: Actor, note: str) -> Transition:
        """Have somebody called, with `note` for whoever comes; it may be empty.

        Raises:
            NobodyToCall: PagerDuty is not set up for this alert.
            Refused, UnknownAlert: as `act`.
        """
        if not self._escalates(await self._store.dossier(alert_id)):
            raise NobodyToCall("no service of PagerDuty's is set up for this alert")
        detail: dict[str, str | int] = {"note": note} if note else {}
        command = Command(action=Action.ESCALATED, actor=actor, at=self._clock(), detail=detail)
        return await self._write(alert_id, command)

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
        undoes = command.action is Action.UNDONE
        undone = (await self._store.dossier(alert_id)).last_move if undoes else None
        right = right_for(command.action, undone)
        if right is not None:
            await self._doorkeeper.admit(alert_id, command.actor, right)
        transition = await self._store.act(alert_id, command, verdict=verdict)
        self._wake(alert_id)
        if Action.RECLASSIFIED in (command.action, undone.action if undone else None):
            self._taught()
        return transition

    async def _measure_acknowledgement(self, alert_id: int, transition: Transition) -> None:
        dossier = await self._store.dossier(alert_id)
        first = [t for t in dossier.transitions if t.action is Action.ACKNOWLEDGED][:1]
        severity = dossier.classification.severity if dossier.classification else "unknown"
        if first and first[0].id == transition.id:
            waited = (transition.at - dossier.alert.created_at).total_seconds()
            self._metrics.time_to_acknowledge.labels(severity).observe(waited)
