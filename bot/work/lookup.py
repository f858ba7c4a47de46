"""Finds the alert that a person means, and makes one where there is none: of Sentry's issue, or of a pasted trace.

What it makes comes in as a delivery, so that it is counted, kept and classified like any other.
"""

import contextlib
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from bot.alerts.alert import Actor
from bot.alerts.event import Delivery, ErrorEvent, IssueChange, Meaning
from bot.alerts.merging import merge
from bot.errors import TargetError, TriageError
from bot.sentry.issues import SentryIssue
from bot.sentry.references import Kind, Reference
from bot.store.batch import Receipt
from bot.traces.events import event_of, key_of
from bot.traces.reading import Trace

LOOKUP, PASTED = "lookup", "pasted"
"""The resources under which such deliveries stand in the records."""


class NotConnected(TriageError):
    """The issue is not known here, and there is no way to ask Sentry."""

    reason = "not_connected"


class Store(Protocol):
    """The alerts, by what people call them."""

    async def find(self, name: str) -> int | None: ...  # noqa: D102


class Names(Protocol):
    """The same, by what only events know."""

    async def of_event(self, event_id: str) -> int | None: ...  # noqa: D102
    async def same_error(self, event: ErrorEvent) -> int | None: ...  # noqa: D102


class Intake(Protocol):
    """Where deliveries are taken."""

    async def submit(self, delivery: Delivery) -> Receipt: ...  # noqa: D102


class Sentry(Protocol):
    """The part of `bot.sentry.client` that is needed here."""

    async def find(self, reference: str) -> SentryIssue: ...  # noqa: D102
    async def event(self, issue_id: str, which: str = "latest") -> ErrorEvent: ...  # noqa: D102


class Lookup:
    """From a name to an alert. `sentry` None: only what is known already is found."""

    def __init__(
        self, store: Store, names: Names, intake: Intake, sentry: Sentry | None, clock: Callable[[], datetime]
    ) -> None:
        self._store, self._names, self._intake, self._sentry, self._clock = store, names, intake, sentry, clock

    async def known(self, issue: Reference) -> int | None:
        """The alert, if there is one already."""
        if issue.kind is Kind.EVENT_ID:
            return await self._names.of_event(issue.value)
        return await self._store.find(issue.value)

    async def fetch(self, issue: Reference, by: Actor) -> int:
        """The alert of an issue that only Sentry knows so far; its card stays with whoever asked until more happens.

        Raises:
            NotConnected: there is no token to ask Sentry with.
            TargetError: Sentry knows no such issue, or does not answer.
        """
        if self._sentry is None:
            raise NotConnected("SENTRY_AUTH_TOKEN and SENTRY_ORG are not set")
        found = await self._sentry.find(issue.value)
        event = await self._with_crash(self._sentry, found)
        at = self._clock()
        delivery = Delivery(
            id=f"{LOOKUP}:{found.id}:{at.timestamp():.6f}",
            source=LOOKUP,
            resource=LOOKUP,
            action=found.became.value,
            meaning=Meaning.CHANGE,
            received_at=at,
            read=lambda: event,
            issue_key=f"sentry:{found.id}",
            by=by,
        )
        return await self._submitted(delivery)

    async def pasted(self, trace: Trace, by: Actor, source: str) -> tuple[int, bool]:
        """The alert of a stack trace that somebody pasted, and whether it was there before.

        Args:
            trace: what was pasted.
            by: who wants it looked at.
            source: names the message that holds it: the same one twice is one event.
        """
        event = event_of(trace)
        known = await self._names.same_error(event)
        if known is not None:
            return known, True
        at = self._clock()
        delivery = Delivery(
            id=f"{PASTED}:{source}",
            source=PASTED,
            resource=PASTED,
            action="triggered",
            meaning=Meaning.OCCURRENCE,
            received_at=at,
            read=lambda: event,
            issue_key=f"{PASTED}:{key_of(event)}",
            event_key=f"{PASTED}:{source}",
            by=by,
        )
        return await self._submitted(delivery), False

    async def _with_crash(self, sentry: Sentry, found: SentryIssue) -> ErrorEvent:
        """All that is known of an issue: its counts and state, and where it crashed last, if Sentry still knows."""
        whole = found.event
        with contextlib.suppress(TargetError):  # its events are gone: the issue itself is worth showing all the same
            whole = merge(found.event, await sentry.event(found.id))
        change = IssueChange(status=found.became)
        return replace(whole, meaning=Meaning.CHANGE, change=change, resource=whole.resource or LOOKUP)

    async def _submitted(self, delivery: Delivery) -> int:
        receipt = await self._intake.submit(delivery)
        if receipt.alert is None:
            raise RuntimeError(f"{delivery.issue_key} made no alert")
        return receipt.alert
