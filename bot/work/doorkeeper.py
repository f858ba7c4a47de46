"""Lets people through who may do what they try, and writes down whom it turned away.

The rule is `bot.alerts.permissions`'; this finds out who belongs to which group. Who cannot be looked up is not let
through: a right that is kept for some would otherwise be everybody's whenever Slack is slow.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, Protocol

import structlog

from bot.alerts.alert import Action, Actor, Command, Source
from bot.alerts.people import is_email, is_group
from bot.alerts.permissions import Forbidden, Permissions, Right, holds
from bot.errors import TargetError

log = structlog.get_logger(__name__)


class People(Protocol):
    """Who is who in Slack: `bot.slack.people.Directory`."""

    async def slack_id(self, name: str) -> str: ...  # noqa: D102
    async def belongs(self, group: str, user: str) -> bool: ...  # noqa: D102
    async def label(self, name: str) -> str: ...  # noqa: D102


class Doorkeeper:
    """Guards the rights of triage.yml. `record` writes a command down with its alert."""

    def __init__(
        self,
        permissions: Callable[[], Permissions],
        people: People,
        record: Callable[[int, Command], Awaitable[Any]],
        clock: Callable[[], datetime],
    ) -> None:
        self._permissions, self._people, self._record, self._clock = permissions, people, record, clock

    async def admit(self, alert_id: int | None, actor: Actor, right: Right) -> None:
        """Let `actor` use `right` on an alert (None: on all); whoever is no person in Slack needs none.

        Raises:
            Forbidden: they may not. It stands in the alert's audit log then.
            UnknownAlert: there is no such alert to write it down with.
        """
        permissions = self._permissions()
        if actor.source is not Source.USER or holds(permissions, right, (actor.id,)):
            return
        holders = permissions.holders(right)
        unsure = False
        try:
            if holds(permissions, right, await self._names(actor, holders)):
                return
        except TargetError as error:
            log.warning("rights_not_looked_up", right=right, reason=error.reason)
            unsure = True
        detail: dict[str, str | int] = {"right": right.value, "unsure": int(unsure)}
        if alert_id is not None:
            await self._record(alert_id, Command(action=Action.FORBIDDEN, actor=actor, at=self._clock(), detail=detail))
        named = [await self._people.label(name) or name for name in holders]
        raise Forbidden(right, tuple(named), unsure=unsure)

    async def _names(self, actor: Actor, holders: Sequence[str]) -> list[str]:
        """Which of the holders' names mean this person: their own address, and the groups they are in."""
        names = []
        for name in holders:
            own = is_email(name) and await self._people.slack_id(name) == actor.id
            if own or (is_group(name) and await self._people.belongs(name, actor.id)):
                names.append(name)
        return names
