"""Whom Sentry names: whoever an issue is assigned to, and the author of the suspect commit, as people in Slack.

A help, never a condition: it is found out in the background, and no card and no click waits for it.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Protocol

import structlog

from bot.alerts.dossier import Dossier
from bot.alerts.people import is_email
from bot.alerts.timing import assignee
from bot.errors import TargetError
from bot.sentry.issues import Committer, SentryIssue

AT_ONCE = 4
"""Alerts about which Sentry is asked at the same time."""
_SUSPECTS = 1
"""The most suspected alone: a mention that is usually wrong is soon ignored."""

log = structlog.get_logger(__name__)


class Sentry(Protocol):
    """What is asked of `bot.sentry.client.SentryClient`."""

    async def issue(self, issue_id: str) -> SentryIssue: ...  # noqa: D102
    async def committers(self, project: str, event_id: str) -> tuple[Committer, ...]: ...  # noqa: D102


class People(Protocol):
    """Who is who in Slack: `bot.slack.people.Directory`."""

    async def slack_id(self, name: str) -> str: ...  # noqa: D102


class Concerned:
    """The people behind alerts."""

    def __init__(
        self,
        known: Callable[[], Mapping[str, str]],
        people: People,
        sentry: Sentry | None,
        wake: Callable[[int], None],
    ) -> None:
        """Wire it.

        Args:
            known: the team's own list: a name or an address → a user of Slack.
            people: who is who in Slack.
            sentry: whom to ask; None: the team's list and the name that Sentry told us are all there is.
            wake: told that something was found out about an alert.
        """
        self._known, self._people, self._sentry, self._wake = known, people, sentry, wake
        self._asking: dict[tuple[int, str], asyncio.Task[dict[str, str]]] = {}
        self._places = asyncio.Semaphore(AT_ONCE)

    def of(self, dossier: Dossier) -> dict[str, str] | None:
        """Slack ids, each with `assignee` or `suspect`; None while it is being found out."""
        about = dossier.alert.id, assignee(dossier)
        task = self._asking.get(about)
        if task is None:
            task = self._asking[about] = asyncio.create_task(self._found_out(dossier))
            task.add_done_callback(lambda _task: self._wake(dossier.alert.id))
        if not task.done():
            return None
        del self._asking[about]
        return task.result()

    async def stop(self) -> None:
        """Ask no more; whoever starts next asks again."""
        tasks = list(self._asking.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _found_out(self, dossier: Dossier) -> dict[str, str]:
        found: dict[str, str] = {}
        async with self._places:
            user = await self._assignee(dossier)
            if user:
                found[user] = "assignee"
            for suspect in await self._suspects(dossier):
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
            who = (await self._sentry.issue(issue)).assignee
        except TargetError as error:
            log.warning("assignee_not_looked_up", reason=error.reason)
            return await self._slack_id(name, "") if name else ""
        return await self._slack_id(who.name or name, who.email or "") if who and who.kind == "user" else ""

    async def _suspects(self, dossier: Dossier) -> tuple[Committer, ...]:
        event = dossier.event
        if self._sentry is None or not event.project or not event.event_id:
            return ()
        try:
            return (await self._sentry.committers(event.project, event.event_id))[:_SUSPECTS]
        except TargetError as error:  # also where there are none: Sentry answers 404
            log.info("no_suspects", reason=error.reason)
            return ()
