"""Sentry's REST API, as far as the bot uses it: looking issues up, changing them, commenting on them.

Decides nothing, repeats nothing, keeps nothing. The token needs the scopes event:read and event:write; project:read
for committers; org:read for event ids, and to find the organisation's region on sentry.io.
"""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import httpx
from pydantic import SecretStr

from bot.alerts.event import ErrorEvent
from bot.errors import Gone, Rejected, Unavailable
from bot.remote import PATIENCE
from bot.sentry.addresses import PayloadContext
from bot.sentry.api import SentryApi
from bot.sentry.issues import (
    Comment,
    Committer,
    IssueUpdate,
    SentryIssue,
    Tag,
    read_comment,
    read_committers,
    read_issue,
    read_rest_event,
    read_tag,
)
from bot.untrusted.body import identifier, mapping, sequence, string

PAGE = "100"
"""Entries on a page: the most that Sentry gives."""
_READ, _WRITE = "event:read", "event:write"
_EVENT_ID = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_NUMBER = re.compile(r"[0-9]{1,20}", re.ASCII)
_SHORT_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,80}-[a-z0-9]{1,12}", re.IGNORECASE)
_IN_ADDRESS = re.compile(r"/issues/([\w-]{1,100})", re.ASCII)


class SentryClient:
    """One organisation's issues. `base_url`: `https://sentry.io`, a region's address, or your own Sentry's.

    Whatever it returns is redacted as webhooks are, with `context` for pseudonyms and links.
    """

    def __init__(
        self,
        http: httpx.AsyncClient,
        base_url: str,
        org: str,
        token: SecretStr,
        *,
        clock: Callable[[], datetime],
        context: PayloadContext | None = None,
        patience: float = PATIENCE,
    ) -> None:
        self._api = SentryApi(http, base_url, org, token, clock=clock, patience=patience)
        self._context, self._clock = context or PayloadContext(sentry_url=base_url, org=org), clock
        self._org = ("organizations", org)

    async def organization(self) -> str:
        """The organisation's name: proof that the token and the address are good.

        Raises:
            TargetError: they are not, or Sentry does not answer.
        """
        body = mapping(await self._api.get(*self._org, scope="org:read"))
        return string(body.get("name"))[:100] or self._api.org

    async def issue(self, issue_id: str) -> SentryIssue:
        """The issue with Sentry's number `issue_id`.

        Raises:
            Rejected: there is none that the token may see.
            TargetError: Sentry does not answer.
        """
        return self._read(await self._api.get(*self._org, "issues", issue_id, scope=_READ))

    async def issue_by_short_id(self, short_id: str) -> SentryIssue:
        """The issue called `PROJECT-1A2`.

        Raises:
            TargetError: as `issue`.
        """
        answer = mapping(await self._api.get(*self._org, "shortids", short_id.upper(), scope=_READ))
        return self._read(answer.get("group"))

    async def issue_by_event_id(self, event_id: str) -> SentryIssue:
        """The issue that the event (32 hex digits, hyphens or not) belongs to.

        Raises:
            TargetError: as `issue`.
        """
        bare = event_id.replace("-", "").lower()
        answer = mapping(await self._api.get(*self._org, "eventids", bare, scope="org:read"))
        found = identifier(answer.get("groupId"))
        if found is None:
            raise Unavailable("an answer that is not Sentry's")
        return await self.issue(found)

    async def find(self, reference: str) -> SentryIssue:
        """The issue that a person means: its number, its short id, an event's id, or the address of its page.

        Raises:
            Rejected: it looks like none of these, or there is none.
            TargetError: Sentry does not answer.
        """
        address = _IN_ADDRESS.search(reference)
        word = address[1] if address else reference.strip()
        if _EVENT_ID.fullmatch(word):
            return await self.issue_by_event_id(word)
        if _NUMBER.fullmatch(word):
            return await self.issue(word)
        if _SHORT_ID.fullmatch(word):
            return await self.issue_by_short_id(word)
        raise Rejected("that is no issue: give its number, its short id (PROJECT-1A2), an event's id or its address")

    async def issues(
        self,
        query: str = "",
        *,
        sort: str = "date",
        since: datetime | None = None,
        rest: Callable[[float], Awaitable[None]] | None = None,
    ) -> AsyncIterator[SentryIssue]:
        """The issues that a search finds, page by page.

        Args:
            query: Sentry's search; empty finds all, resolved ones too.
            sort: `date` (last seen), `new` (first seen), `freq`, `user` …
            since: only issues with events since then. A change without an event (a resolve) does not count.
            rest: waits some seconds where Sentry's limit is met between two pages, and the list goes on.

        Raises:
            TargetError: also half-way through.
        """
        asked = [("query", query), ("sort", sort), ("limit", PAGE)]
        if since is not None:
            asked += [("start", _stamp(since)), ("end", _stamp(max(self._clock(), since) + timedelta(seconds=1)))]
        async for entry in self._api.pages(*self._org, "issues", scope=_READ, params=asked, rest=rest):
            found = read_issue(entry, self._context)
            if found:
                yield found

    async def event(self, issue_id: str, which: str = "latest") -> ErrorEvent:
        """An event of the issue, with its crash: `latest`, `oldest`, `recommended`, or by its id.

        Raises:
            TargetError: as `issue`.
        """
        answer = await self._api.get(*self._org, "issues", issue_id, "events", which, scope=_READ)
        found = read_rest_event(answer, self._context)
        if found is None:
            raise Unavailable("an answer that is not Sentry's")
        return found

    async def update(self, issue_id: str, change: IssueUpdate) -> None:
        """Change an issue's status, assignee or priority; doing it twice is harmless.

        Raises:
            Rejected: the scope event:write is missing, the issue is gone, or the assignee cannot have it.
            TargetError: Sentry does not answer.
        """
        answer = await self._api.call("PUT", *self._org, "issues", issue_id, scope=_WRITE, body=change.body())
        self._api.parsed(answer)  # a proxy's page would mean that nothing was changed

    async def may_write(self) -> None:
        """Try, without changing anything, whether the token may change issues.

        Raises:
            Rejected: the scope event:write is missing.
            TargetError: Sentry does not answer.
        """
        with suppress(Gone):  # there is no such issue; without the scope it would not even have looked
            await self._api.call("PUT", *self._org, "issues", "0", scope=_WRITE, body={}, missing=Gone)

    async def comments(self, issue_id: str) -> tuple[Comment, ...]:
        """All comments on the issue, newest first.

        Raises:
            TargetError: as `issue`.
        """
        notes = self._api.pages(*self._org, "issues", issue_id, "notes", scope=_READ, params=[("per_page", PAGE)])
        return tuple([comment async for entry in notes if (comment := read_comment(entry))])

    async def create_comment(self, issue_id: str, text: str) -> Comment:
        """Write a comment. After `Unavailable` it may stand there: look for it before writing it again.

        Raises:
            TargetError: as `update`.
        """
        answer = await self._api.call(
            "POST", *self._org, "issues", issue_id, "notes", scope=_WRITE, body={"text": text}
        )
        return _written(self._api.parsed(answer))

    async def edit_comment(self, issue_id: str, comment_id: str, text: str) -> Comment:
        """Replace the text of our own comment.

        Raises:
            Gone: somebody deleted it.
            TargetError: as `update`.
        """
        path = (*self._org, "issues", issue_id, "notes", comment_id)
        return _written(
            self._api.parsed(await self._api.call("PUT", *path, scope=_WRITE, body={"text": text}, missing=Gone))
        )

    async def committers(self, project: str, event_id: str) -> tuple[Committer, ...]:
        """Whose commits Sentry suspects of having caused the event; empty where it suspects nobody.

        Raises:
            TargetError: as `issue`.
        """
        path = ("projects", self._api.org, project, "events", event_id, "committers")
        try:
            return read_committers(await self._api.get(*path, scope="project:read", missing=Gone))
        except Gone:
            return ()

    async def tag(self, issue_id: str, key: str) -> Tag | None:
        """How the issue's events spread over the values of the tag `key`.

        Raises:
            TargetError: as `issue`.
        """
        return read_tag(await self._api.get(*self._org, "issues", issue_id, "tags", key, scope=_READ))

    async def tags(self, issue_id: str) -> tuple[Tag, ...]:
        """All tags of the issue, each with its most frequent values.

        Raises:
            TargetError: as `issue`.
        """
        answer = sequence(await self._api.get(*self._org, "issues", issue_id, "tags", scope=_READ))
        return tuple(tag for entry in answer if (tag := read_tag(entry)))

    def _read(self, body: object) -> SentryIssue:
        found = read_issue(body, self._context)
        if found is None:
            raise Unavailable("an answer that is not Sentry's")
        return found


def _written(body: object) -> Comment:
    found = read_comment(body)
    if found is None:
        raise Unavailable("an answer that is not Sentry's")
    return found


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
