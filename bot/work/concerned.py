"""Whom Sentry names: whoever an issue is assigned to, and the author of the suspect commit, as people in Slack.

A help, never a condition: what Sentry or Slack does not say leaves nobody waiting.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol, TypeVar

import structlog

from bot.alerts.dossier import Dossier
from bot.alerts.people import is_email
from bot.alerts.timing import assignee
from bot.errors import TargetError, Unavailable
from bot.sentry.issues import Committer, SentryIssue

PATIENCE = 1.0
"""Seconds that Sentry may take to say: the card waits for it, and whoever clicks."""
_SUSPECTS = 1
"""The most suspected alone: a mention that is usually wrong is soon ignored."""

_T = TypeVar("_T")
log = structlog.get_logger(__name__)


class Sentry(Protocol):
    """What is asked of `bot.sentry.client.SentryClient`."""

    async def issue(self, issue_id: str) -> SentryIssue: ...  # noqa: D102
    async def committers(self, project: str, event_id: str) -> tuple[Committer, ...]: ...  # noqa: D102


class People(Protocol):
    """Who is who in Slack: `bot.slack.people.Directory`."""

    async def slack_id(self, name: str) -> str: ...  # noqa: D102


class Concerned:
    """The people behind an alert. `known` is the team's own list of names; without `sentry` it is all there is."""

    def __init__(self, known: Callable[[], Mapping[str, str]], people: People, sentry: Sentry | None) -> None:
        self._known, self._people, self._sentry = known, people, sentry

    async def of(self, dossier: Dossier) -> dict[str, str]:
        """Slack ids, each with `assignee` or `suspect`."""
        found: dict[str, str] = {}
        user, suspects = await asyncio.gather(self._assignee(dossier), self._suspects(dossier))
        if user:
            found[user] = "assignee"
        for suspect in suspects:
            user = await self._slack_id(suspect.name or "", suspect.email or "")
            if user:
                found.setdefault(user, "suspect")
        return found

    async def _slack_id(self, name: str, address: str) -> str:
        """By the team's own list first, then by the address that Slack knows."""
        known = {word.casefold(): person for word, person in self._known().items()}
        listed = next((known[word.casefold()] for word in (address, name) if word.casefold() in known), address)
        if not is_email(listed):
            return listed
        try:
            return await self._people.slack_id(listed)
        except TargetError as error:
            log.warning("person_not_looked_up", reason=error.reason)
            return ""

    async def _assignee(self, dossier: Dossier) -> str:
        """By what Sentry says now, where it may be asked; else by the name that it told us."""
        name, issue = assignee(dossier), dossier.alert.issue_key.removeprefix("sentry:")
        if self._sentry is None or issue == dossier.alert.issue_key:
            return await self._slack_id(name, "") if name else ""
        try:
            who = (await _in_time(self._sentry.issue(issue))).assignee
        except TargetError as error:
            log.warning("assignee_not_looked_up", reason=error.reason)
            return await self._slack_id(name, "") if name else ""
        return await self._slack_id(who.name or name, who.email or "") if who and who.kind == "user" else ""

    async def _suspects(self, dossier: Dossier) -> tuple[Committer, ...]:
        event = dossier.event
        if self._sentry is None or not event.project or not event.event_id:
            return ()
        try:
            return (await _in_time(self._sentry.committers(event.project, event.event_id)))[:_SUSPECTS]
        except TargetError as error:  # also where there are none: Sentry answers 404
            log.info("no_suspects", reason=error.reason)
            return ()


async def _in_time(asking: Awaitable[_T]) -> _T:
    try:
        async with asyncio.timeout(PATIENCE):
            return await asking
    except TimeoutError:
        raise Unavailable(f"no answer within {PATIENCE:g} s") from None
