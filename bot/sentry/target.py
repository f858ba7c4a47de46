"""What Sentry shows of an alert: the issue's status, its assignee and priority, and one comment with the verdict.

Nothing that Sentry did is told to Sentry again: what it said last is read off the alert's transitions, so that our own
changes and Sentry's never chase each other.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Self

import structlog

from bot.alerts.alert import Action, Source, State
from bot.alerts.classification import Severity
from bot.alerts.dossier import SENTRY, Dossier, Shown
from bot.errors import Gone, Rejected
from bot.sentry.client import SentryClient
from bot.sentry.comment import comment, marker
from bot.sentry.issues import IssueUpdate, Priority, Status

SETTLE = timedelta(seconds=3)
"""How long a request of a process that died may still be on its way."""

Save = Callable[[Shown], Awaitable[None]]

_STATUS = {
    State.RESOLVED: Status.RESOLVED,
    State.VERIFIED: Status.RESOLVED,
    State.SNOOZED: Status.ARCHIVED,
}
_PRIORITY = {
    Severity.CRITICAL: Priority.HIGH,
    Severity.HIGH: Priority.HIGH,
    Severity.MEDIUM: Priority.MEDIUM,
    Severity.LOW: Priority.LOW,
}
_NOTHING = "-"

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Told:
    """What Sentry was last told, or said itself; kept as four words in `Shown.digest`."""

    status: str = _NOTHING
    priority: str = _NOTHING
    assignee: str = _NOTHING
    comment: str = _NOTHING

    @classmethod
    def read(cls, digest: str) -> Self:
        words = digest.split(" ")
        return cls(*words) if len(words) == 4 else cls()

    @property
    def begun(self) -> datetime | None:
        """When a comment was sent whose outcome nobody wrote down.

        It stands here and not in `Shown.sending_since`, which is forgotten when a later call is rate-limited.
        """
        return datetime.fromtimestamp(int(self.comment[1:]), UTC) if self.comment.startswith("?") else None

    def beginning(self, now: datetime) -> Self:
        return replace(self, comment=f"?{int(now.timestamp())}")

    def __str__(self) -> str:
        return f"{self.status} {self.priority} {self.assignee} {self.comment}"


async def _nobody(_: Dossier) -> str | None:
    return None


class SentryTarget:
    """An alert's issue in Sentry. Of its `Shown`, `external_id` is the comment's id."""

    name = SENTRY

    def __init__(
        self,
        client: SentryClient,
        *,
        clock: Callable[[], datetime],
        assignee: Callable[[Dossier], Awaitable[str | None]] = _nobody,
        thread_url: Callable[[Dossier], Awaitable[str | None]] = _nobody,
    ) -> None:
        """Wire it.

        Args:
            client: the way there.
            clock: the time.
            assignee: whom the issue is to be assigned to, in Sentry's words (`user:12`, an address); empty: nobody;
                None: it stays as it is in Sentry, as it must where the assignment came from there.
            thread_url: the Slack thread's address, where it is known.
        """
        self._client, self._clock, self._assignee, self._thread_url = client, clock, assignee, thread_url

    async def show(self, dossier: Dossier, shown: Shown, save: Save) -> Shown:
        """Bring the issue in line. What Sentry refuses of one part does not keep the other parts from it.

        Raises:
            TargetError: Sentry did not take it, or not all of it.
        """
        quiet = dossier.opened_quietly and dossier.alert.state.quiet and not shown.external_id
        if quiet or dossier.event.sample or not dossier.alert.issue_key.startswith("sentry:"):
            return shown  # over before we said a word, Sentry's own test notification, or no issue
        refused: Rejected | None = None
        for step in (self._status, self._comment, self._priority, self._assign):
            try:
                shown = await step(dossier, shown, save)
            except Rejected as error:
                refused = refused or error
        if refused:
            raise refused
        begun = _Told.read(shown.digest).begun
        return replace(shown.healthy(), version=dossier.alert.version, next_try_at=begun + SETTLE if begun else None)

    async def _status(self, dossier: Dossier, shown: Shown, save: Save) -> Shown:
        told = _Told.read(shown.digest)
        known = _known(dossier, shown, told)
        wanted = _STATUS.get(dossier.alert.state, Status.UNRESOLVED)
        if wanted != known:
            await self._client.update(_issue(dossier), IssueUpdate(status=wanted))
        cursor = max((t.id or 0 for t in dossier.transitions), default=0)
        after = replace(shown, digest=str(replace(told, status=wanted.value)), cursor=cursor)
        return await self._kept(after, save) if wanted != known else after

    async def _comment(self, dossier: Dossier, shown: Shown, save: Save) -> Shown:
        text = comment(dossier, await self._thread_url(dossier))
        told = _Told.read(shown.digest)
        if text is None or told.comment == _digest(text):
            return shown
        if told.begun:
            if self._clock() < told.begun + SETTLE:
                return shown
            shown = replace(shown, external_id=await self._found(dossier))
        if shown.external_id:
            try:
                await self._client.edit_comment(_issue(dossier), shown.external_id, text)
            except Gone:  # somebody deleted it: the verdict has changed, so it is worth saying again
                shown = replace(shown, external_id="")
        if not shown.external_id:
            await save(replace(shown, digest=str(told.beginning(self._clock()))))
            written = await self._client.create_comment(_issue(dossier), text)
            shown = replace(shown, external_id=written.id)
        return await self._kept(replace(shown, digest=str(replace(told, comment=_digest(text)))), save)

    async def _found(self, dossier: Dossier) -> str:
        """The id of the comment that a process which died has written, or empty."""
        mark = marker(dossier)
        written = await self._client.comments(_issue(dossier))
        return next((c.id for c in reversed(written) if c.text.rstrip().endswith(mark)), "")

    async def _priority(self, dossier: Dossier, shown: Shown, save: Save) -> Shown:
        """A machine's verdict does not change what Sentry, or somebody there, chose."""
        told, verdict = _Told.read(shown.digest), dossier.classification
        if verdict is None or not dossier.alert.standing.corrected or _PRIORITY[verdict.severity] == told.priority:
            return shown
        priority = _PRIORITY[verdict.severity]
        await self._client.update(_issue(dossier), IssueUpdate(priority=priority))
        return await self._kept(replace(shown, digest=str(replace(told, priority=priority.value))), save)

    async def _assign(self, dossier: Dossier, shown: Shown, save: Save) -> Shown:
        """Whom Sentry cannot assign it to, such as somebody who is only in Slack, is not tried again."""
        told, assignee = _Told.read(shown.digest), await self._assignee(dossier)
        if assignee is None or _digest(assignee) == told.assignee:
            return shown
        try:
            await self._client.update(_issue(dossier), IssueUpdate(assigned_to=assignee))
        except Rejected as error:
            log.info("not_assigned", alert=dossier.alert.id, why=str(error))
        return await self._kept(replace(shown, digest=str(replace(told, assignee=_digest(assignee)))), save)

    async def _kept(self, shown: Shown, save: Save) -> Shown:
        """Written down at once: should the next part fail, this one is not sent again."""
        shown = replace(shown, shown_at=self._clock())
        await save(shown)
        return shown


def _issue(dossier: Dossier) -> str:
    return dossier.alert.issue_key.removeprefix("sentry:")


def expected_status(dossier: Dossier) -> Status | None:
    """How the issue stands in Sentry if nobody there has touched it; None while we have yet to tell Sentry."""
    shown = dossier.targets.get(SENTRY) or Shown(target=SENTRY)
    known = _known(dossier, shown, _Told.read(shown.digest))
    wanted = _STATUS.get(dossier.alert.state, Status.UNRESOLVED)
    return wanted if known == wanted.value else None


def _known(dossier: Dossier, shown: Shown, told: _Told) -> str:
    """How the issue stands in Sentry: as we told it last, unless Sentry has said otherwise since then."""
    known = Status.UNRESOLVED.value if told.status == _NOTHING else told.status
    for made in dossier.transitions:
        moved = made.action is Action.OPENED or made.before.state is not made.after.state
        if (made.id or 0) > shown.cursor and made.actor.source is Source.SENTRY and moved:
            known = _STATUS.get(made.after.state, Status.UNRESOLVED).value
    return known


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:16]
