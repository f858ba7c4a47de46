"""A stand-in for Sentry: issues in memory, which people and the bot's token change, and the webhooks that this causes.

It takes no events in: `add` puts an issue there, and the shelf sends what an application would have caused. The wire
is in `bot.sandbox.sentry_calls`.
"""

import asyncio
from collections.abc import Mapping
from itertools import count
from typing import Any
from uuid import uuid4

from bot.sandbox.courier import Receipt
from bot.sandbox.front import Front
from bot.sandbox.payloads import Impossible
from bot.sandbox.sentry_issues import MEMBERS, Issue, Note, check_update, member, member_id, seen_in, stamp
from bot.sandbox.shelf import Shelf, compact
from bot.sandbox.values import Json

EXAMPLE_TOKEN = "example-sentry-token"  # noqa: S105  # made up: the stand-in's own
SCOPES = frozenset({"event:read", "event:write", "project:read", "org:read"})
APP: Json = {"type": "application", "id": "7c0e0000-0000-4000-8000-000000000007", "name": "triage"}
"""Who did it, in a webhook about what the bot's own token changed."""
SENTRY: Json = {"type": "application", "id": "sentry", "name": "Sentry"}
INSTALLATION = {"uuid": "1a000000-0000-4000-8000-000000000001"}
ANA, BO = MEMBERS
_ACTIONS = {"resolved": ("resolved",), "unresolved": ("unresolved",), "ignored": ("archived", "ignored")}
"""A status → the webhooks it causes: archiving sends two."""


class SentryStandIn:
    """One organisation and its issues; `scopes` are those of the token."""

    def __init__(self, shelf: Shelf, *, token: str = EXAMPLE_TOKEN) -> None:
        self.shelf, self.courier, self.front = shelf, shelf.courier, Front("sentry", shelf.courier)
        self.token, self.scopes = token, SCOPES
        self.region_url = ""
        """What the organisation says of its region's address; empty: nothing."""
        self.issues: dict[str, Issue] = {}
        self._note_ids = count(900)
        shelf.learn = self.learn
        self._tasks: set[asyncio.Task[Receipt]] = set()

    def add(self, issue_id: str = "4256774711", short_id: str = "SHOP-API-1A2", **fields: Any) -> Issue:
        """Put an issue there, with an event, without a word to the bot."""
        now = self.front.now()
        found = Issue(issue_id, short_id, **{"first_seen": now, "last_seen": now, **fields})
        found.event = found.event or _event(found)
        self.issues[issue_id] = found
        return found

    def learn(self, resource: str, body: Json) -> None:
        """An application caused what a made-up delivery tells of: the issue is there, and seen again."""
        data = body.get("data")
        found = seen_in(resource, data) if isinstance(data, dict) else None
        if found is None:
            return
        now, known = self.front.now(), self.issues.get(found.id)
        if known is None:
            known = self.add(found.id, found.short_id, title=found.title, level=found.level, count=0, users=0)
        if found.again:
            known.happen(now, found.user)
        if found.status:
            known.status, known.substatus = found.status, found.substatus
        elif found.again and known.status == "resolved":
            known.status, known.substatus = "unresolved", "regressed"
        self.courier.standin.changed()

    def change(self, issue: Issue, body: Mapping[str, Any], actor: Json) -> list[Json]:
        """Apply an update as the API takes it; the webhooks that it causes, unsent.

        Raises:
            Turned: 400, something in it is not valid.
        """
        check_update(body)
        caused = self._assign(issue, body, actor) if "assignedTo" in body else []
        issue.priority = body.get("priority", issue.priority)
        status = body.get("status", issue.status)
        substatus = body.get("substatus") or {"unresolved": "ongoing", "ignored": "archived_until_escalating"}.get(
            status
        )
        if (status, substatus) != (issue.status, issue.substatus) and "status" in body:
            issue.status, issue.substatus = status, substatus
            extra = {"resolution_type": "now"} if status == "resolved" else {}
            caused += [_webhook(action, issue, actor, **extra) for action in _ACTIONS.get(status, ())]
        self.courier.standin.changed()
        return caused

    def _assign(self, issue: Issue, body: Mapping[str, Any], actor: Json) -> list[Json]:
        before, issue.assignee = issue.assignee, member_id(body["assignedTo"]) if body["assignedTo"] else None
        if before or not issue.assignee:
            return []  # Sentry tells the first assignment only
        return [_webhook("assigned", issue, actor, assignee=member(issue.assignee))]

    def write(self, issue: Issue, text: str, author: str | None) -> Note:
        """Write a comment; `author` None: the bot."""
        note = Note(id=str(next(self._note_ids)), text=text, author=author, at=self.front.now())
        issue.notes.append(note)
        return note

    def announce(self, bodies: list[Json], resource: str = "issue") -> None:
        """Send what the bot's own calls caused, after they have been answered, as Sentry does."""
        for body in bodies if self.courier.bot_url else []:
            task = asyncio.ensure_future(self.shelf.deliver(resource, compact(body), about=str(body["action"])))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def settled(self) -> None:
        """Wait until all webhooks that calls caused were delivered, or given up."""
        while self._tasks:
            await asyncio.wait(set(self._tasks))

    async def resolve(self, issue_id: str, *, by: str = ANA) -> list[Receipt]:
        """Somebody resolves it on Sentry's page."""
        return await self._do(issue_id, {"status": "resolved"}, _user(by))

    async def archive(self, issue_id: str, *, by: str = ANA) -> list[Receipt]:
        """Somebody archives it until it escalates: two webhooks for one act."""
        return await self._do(issue_id, {"status": "ignored", "substatus": "archived_until_escalating"}, _user(by))

    async def unresolve(self, issue_id: str, *, by: str = ANA) -> list[Receipt]:
        """Somebody opens it again."""
        return await self._do(issue_id, {"status": "unresolved"}, _user(by))

    async def assign(self, issue_id: str, to: str, *, by: str = ANA) -> list[Receipt]:
        """Somebody assigns it to a member (`1`, or `user:1`)."""
        return await self._do(issue_id, {"assignedTo": to}, _user(by))

    async def regress(self, issue_id: str) -> list[Receipt]:
        """Sentry sees it again after it was resolved."""
        return await self._by_itself(issue_id, "regressed")

    async def escalating(self, issue_id: str) -> list[Receipt]:
        """Sentry sees an archived issue more often than it expected."""
        return await self._by_itself(issue_id, "escalating")

    async def comment(self, issue_id: str, text: str, *, by: str = ANA) -> Receipt:
        """Somebody comments on it."""
        issue = self._known(issue_id)
        note = self.write(issue, text, MEMBERS[by])
        return await self.shelf.deliver(
            "comment", compact(note_webhook("created", issue, note, _user(by))), about="created"
        )

    async def _do(self, issue_id: str, body: Json, actor: Json) -> list[Receipt]:
        return await self._told(self.change(self._known(issue_id), body, actor))

    async def _by_itself(self, issue_id: str, substatus: str) -> list[Receipt]:
        issue = self._known(issue_id)
        issue.status, issue.substatus = "unresolved", substatus
        issue.happen(self.front.now(), "")
        self.courier.standin.changed()
        return await self._told([_webhook("unresolved", issue, SENTRY)])

    async def _told(self, bodies: list[Json]) -> list[Receipt]:
        return [await self.shelf.deliver("issue", compact(body), about=str(body["action"])) for body in bodies]

    def _known(self, issue_id: str) -> Issue:
        if issue_id not in self.issues:
            raise Impossible(f"Sentry has no issue {issue_id}")
        return self.issues[issue_id]


def _user(found: str) -> Json:
    return {"type": "user", "id": int(found), "name": MEMBERS[found]}


def _webhook(action: str, issue: Issue, actor: Json, **extra: object) -> Json:
    """As Sentry sends it: a change's permalink is null."""
    shown = issue.rest() | {"permalink": None}
    return {"action": action, "installation": INSTALLATION, "data": {"issue": shown, **extra}, "actor": actor}


def note_webhook(action: str, issue: Issue, note: Note, actor: Json = APP) -> Json:
    """The webhook about a comment; its author is the actor."""
    data = {
        "comment": note.text,
        "project_slug": issue.project,
        "comment_id": int(note.id),
        "issue_id": int(issue.id),
        "timestamp": stamp(note.at),
    }
    return {"action": action, "installation": INSTALLATION, "data": data, "actor": actor}


def _event(issue: Issue) -> Json:
    """An event as the REST API shows it: camel case, entries, tags as objects."""
    found = uuid4().hex
    kind, _, value = issue.title.partition(": ")
    frame = {
        "filename": "shop/db.py",
        "absPath": "/srv/shop/db.py",
        "module": "shop.db",
        "function": "connect",
        "lineNo": 42,
        "colNo": None,
        "inApp": True,
        "context": [[41, "def connect():"], [42, "    conn = pool.get()"], [43, "    return conn"]],
        "vars": None,
    }
    crash = {"type": kind, "value": value, "module": None, "stacktrace": {"frames": [frame]}, "mechanism": None}
    tags = {"environment": "production", "level": issue.level, "release": "shop@4.2.0"}
    return {
        "id": found,
        "eventID": found,
        "groupID": issue.id,
        "projectID": "11",
        "title": issue.title,
        "message": "",
        "platform": "python",
        "culprit": "shop.db in connect",
        "dateCreated": stamp(issue.last_seen),
        "dateReceived": stamp(issue.last_seen),
        "entries": [{"type": "exception", "data": {"values": [crash], "hasSystemFrames": False}}],
        "tags": [{"key": key, "value": said} for key, said in tags.items()],
        "release": {"version": "shop@4.2.0"},
        "user": None,
        "contexts": {},
        "metadata": {"type": kind, "value": value},
    }
