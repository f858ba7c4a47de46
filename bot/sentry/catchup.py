"""Catching up with Sentry: finds what its webhooks did not tell, at start and every few minutes, and tells intake.

Sentry never sends a webhook of an internal integration twice: what came while we were down is lost. Nothing is told
anew that is known, and nothing is taken for Sentry's doing that we have yet to tell Sentry.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from datetime import datetime, timedelta
from typing import Protocol

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.alerts.alert import State
from bot.alerts.dossier import SENTRY, Dossier
from bot.alerts.event import Delivery, IssueStatus, Meaning
from bot.errors import TargetError
from bot.sentry.issues import SentryIssue, Status
from bot.sentry.target import expected_status

EVERY, AGAIN = timedelta(minutes=5), timedelta(seconds=20)
"""Between two looks, and after one that failed, or met an alert that was just changing."""
OVERLAP = timedelta(minutes=10)
"""What Sentry shows late, a look finds that begins before the last one ended."""
PAUSE = 1.0
MOST = 2_000
"""Alerts that are compared in one look, the newest."""
_BATCH = 100
_BACK = (IssueStatus.REGRESSED, IssueStatus.ESCALATING)

log = structlog.get_logger(__name__)


class Sentry(Protocol):
    """What is asked of `bot.sentry.client.SentryClient`."""

    def issues(  # noqa: D102
        self, query: str = "", *, since: datetime | None = None, rest: Callable[[float], Awaitable[None]] | None = None
    ) -> AsyncIterator[SentryIssue]: ...
    async def issue(self, issue_id: str) -> SentryIssue: ...  # noqa: D102


class Store(Protocol):
    """What is asked of `bot.store.catchup.CatchUpStore`."""

    async def checked_at(self) -> datetime | None: ...  # noqa: D102
    async def checked(self, at: datetime) -> None: ...  # noqa: D102
    async def known(self, issue_keys: Collection[str]) -> dict[str, tuple[int, State]]: ...  # noqa: D102
    async def going_on(self, limit: int) -> dict[str, tuple[int, State, datetime]]: ...  # noqa: D102


class CatchUp:
    """Looks, and looks again."""

    def __init__(
        self,
        sentry: Sentry,
        store: Store,
        look_at: Callable[[int], Awaitable[Dossier]],
        submit: Callable[[Delivery], Awaitable[object]],
        *,
        clock: Callable[[], datetime],
        unknown: bool = True,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Wire it.

        Args:
            sentry: the way there.
            store: what is known here.
            look_at: everything about an alert.
            submit: takes what was missed, like a webhook.
            clock: the time.
            unknown: whether issues that nobody told us of become alerts.
            sleep: how to wait.
        """
        self._sentry, self._store, self._look_at, self._submit = sentry, store, look_at, submit
        self._clock, self._unknown, self._sleep = clock, unknown, sleep
        self._task: asyncio.Task[None] | None = None
        self._unsettled = False

    async def look(self) -> None:
        """Compare everything once. The first look ever makes no alerts: what was before us was not missed.

        Raises:
            TargetError: Sentry does not answer, or not to the end; what was found until then is told.
        """
        self._unsettled = False
        began, last = self._clock(), await self._store.checked_at()
        since = (last or began) - OVERLAP
        batch: list[SentryIssue] = []
        async for issue in self._sentry.issues("is:unresolved", since=since, rest=self._sleep):
            batch.append(issue)
            if len(batch) == _BATCH:
                await self._compare(batch, since if last else None)
                batch = []
        await self._compare(batch, since if last else None)
        await self._find_ended()
        await self._store.checked(began)

    async def _compare(self, issues: Collection[SentryIssue], since: datetime | None) -> None:
        """Issues that are unresolved in Sentry: are they here, too?"""
        known = await self._store.known([_key(issue) for issue in issues])
        for issue in issues:
            alert, state = known.get(_key(issue), (None, None))
            if alert is None:
                if self._unknown and since is not None and _is_news(issue, since):
                    await self._tell(issue, "new")
            elif state is not None and state.quiet:
                await self._mend(alert, issue.id)

    async def _find_ended(self) -> None:
        """What goes on here: was it resolved or archived in Sentry? A resolve brings no event, so no time helps."""
        here = await self._store.going_on(MOST)
        for status in (Status.RESOLVED, Status.ARCHIVED):
            resolved = status is Status.RESOLVED
            wanted = {key: told for key, told in here.items() if resolved or told[1] is not State.SNOOZED}
            oldest = min((seen for _, _, seen in wanted.values()), default=None)
            if oldest is None:
                continue
            async for issue in self._sentry.issues(f"is:{status.value}", rest=self._sleep):
                if (issue.event.last_seen or oldest) < oldest - OVERLAP:
                    break  # the newest come first
                if _key(issue) in wanted:
                    await self._mend(wanted[_key(issue)][0], issue.id)

    async def _mend(self, alert_id: int, issue_id: str) -> None:
        """Look at one issue closely; tell what happened to it there, unless something happens here meanwhile."""
        before = await self._look_at(alert_id)
        expected = expected_status(before)
        if expected is None:
            return  # we have yet to tell Sentry: that is the newer word
        issue = await self._sentry.issue(issue_id)
        after = await self._look_at(alert_id)
        same = before.alert.version == after.alert.version and before.targets.get(SENTRY) == after.targets.get(SENTRY)
        if not same:
            self._unsettled = True
        elif _status(issue) is not expected:
            await self._tell(issue, str(after.alert.version))

    async def _tell(self, issue: SentryIssue, version: str) -> None:
        log.info("missed", issue=issue.id, became=issue.became.value)
        delivery = Delivery(
            id=f"catch-up:{issue.id}:{issue.became.value}:{version}",
            source="sentry",
            resource="issue",
            action=issue.became.value,
            meaning=Meaning.CHANGE,
            received_at=self._clock(),
            read=lambda: issue.event,
            issue_key=_key(issue),
        )
        await self._submit(delivery)

    async def start(self) -> None:
        """Begin to look."""
        self._task = asyncio.create_task(self._loop(), name="catch-up")

    async def stop(self) -> None:
        """Look no more."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _loop(self) -> None:
        due = self._clock()  # at once, whoever looked before
        while True:
            if self._clock() >= due:
                due = await self._one()
            await self._sleep(PAUSE)

    async def _one(self) -> datetime:
        """Look; when to look next."""
        try:
            await self.look()
        except TargetError as error:
            log.warning("catch_up_failed", reason=error.reason, error=str(error))
        except (SQLAlchemyError, OSError) as error:  # the database is away: look again when it may be back
            log.warning("catch_up_failed", error=type(error).__name__)
        else:
            return self._clock() + (AGAIN if self._unsettled else EVERY)
        return self._clock() + AGAIN


def _key(issue: SentryIssue) -> str:
    return f"sentry:{issue.id}"


def _is_news(issue: SentryIssue, since: datetime) -> bool:
    return issue.became in _BACK or (issue.event.first_seen is not None and issue.event.first_seen >= since)


def _status(issue: SentryIssue) -> Status:
    became = {IssueStatus.RESOLVED: Status.RESOLVED, IssueStatus.ARCHIVED: Status.ARCHIVED}
    return became.get(issue.became, Status.UNRESOLVED)
