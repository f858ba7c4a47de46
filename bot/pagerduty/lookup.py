"""Asks PagerDuty how an alert's incident stands: its number, who has it, who is on call. It changes nothing there."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from bot.alerts.alert import State
from bot.alerts.dossier import PAGERDUTY, PAGERDUTY_LOOKUP, Dossier, Shown
from bot.alerts.incident import Incident, IncidentStatus, OnCall
from bot.pagerduty.pages import dedup_key

SOON = timedelta(seconds=3)
"""An event that PagerDuty accepted is queued: the incident shows a moment later."""
GIVE_UP = timedelta(minutes=2)
"""After so long an incident that does not show what we sent is taken as it is."""

Save = Callable[[Shown], Awaitable[None]]


class Incidents(Protocol):
    """PagerDuty's records, read only."""

    async def incident(self, dedup_key: str) -> Incident | None: ...  # noqa: D102
    async def on_call(self, escalation_policy: str) -> tuple[OnCall, ...]: ...  # noqa: D102


class PagerDutyLookup:
    """Looks before somebody is paged, and after each change of the alert.

    Of its `Shown`, `external_id` is the incident's id, `digest` the alert's state about which it was asked last.
    """

    name = PAGERDUTY_LOOKUP

    def __init__(
        self,
        incidents: Incidents,
        note: Callable[[int, Incident, datetime], Awaitable[bool]],
        *,
        clock: Callable[[], datetime],
        every: timedelta | None = None,
    ) -> None:
        """Wire it.

        Args:
            incidents: the way there.
            note: keeps what was found of an alert's incident.
            clock: the time.
            every: how often to look at an open incident, where no webhook tells; None: webhooks do.
        """
        self._incidents, self._note, self._clock, self._every = incidents, note, clock, every

    async def show(self, dossier: Dossier, shown: Shown, save: Save) -> Shown:  # noqa: ARG002  all targets are called alike
        """Look, where there is a reason to.

        Raises:
            TargetError: PagerDuty does not tell.
        """
        state, now = dossier.alert.state, self._clock()
        sent = dossier.targets.get(PAGERDUTY) or Shown(target=PAGERDUTY)
        if state is not State.ESCALATED and not sent.external_id and dossier.incident is None:
            return shown  # nobody was ever paged
        if shown.digest == state.value and not (shown.next_try_at and shown.next_try_at <= now):
            return shown
        found = await self._found(dossier, sent.external_id or dedup_key(dossier))
        if found:
            await self._note(dossier.alert.id, found, now)
        is_open = found is not None and found.status is not IncidentStatus.RESOLVED
        in_line = found is not None and is_open is not state.over
        looked = replace(shown.healthy(), external_id=found.id if found else "", version=dossier.alert.version)
        if not in_line and now < dossier.alert.standing.since + GIVE_UP:
            return replace(looked, next_try_at=now + SOON)
        again = now + self._every if self._every and is_open else None
        return replace(looked, digest=state.value, shown_at=now, next_try_at=again)

    async def _found(self, dossier: Dossier, key: str) -> Incident | None:
        found, known = await self._incidents.incident(key), dossier.incident
        if found is None or found.status is IncidentStatus.RESOLVED or not found.escalation_policy:
            return found
        if known and known.id == found.id and known.on_call:
            return replace(found, on_call=known.on_call)
        return replace(found, on_call=await self._incidents.on_call(found.escalation_policy))
