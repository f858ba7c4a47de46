"""The stand-in without HTTP: takes Web API calls, holds the workspace, keeps the journal, spoils what tests ask it to.

Strict where Slack is strict: a call that works here works there. What it knows about the wire stops at `Answer`.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from bot.sandbox import chat, file_methods, reading, sockets, streams, unfurls, view_methods
from bot.sandbox.faults import Fault, Faults
from bot.sandbox.journal import Call, Journal
from bot.sandbox.messages import Message
from bot.sandbox.people import EXAMPLE_APP_TOKEN, EXAMPLE_TOKEN, SCOPES
from bot.sandbox.ratelimit import RateLimits
from bot.sandbox.responses import respond
from bot.sandbox.values import Answer, Args, Clock, Json, Refusal
from bot.sandbox.workspace import Workspace

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Method:
    """One Web API method: its rules and what it does. `tier` None: paced as posting is, by channel."""

    run: Callable[[Workspace, Args], Json]
    tier: int | None
    scope: str = ""
    needs: tuple[str, ...] = ()
    app_level: bool = False
    """Called with the app's own token, not the bot's."""


METHODS: dict[str, Method] = {
    "api.test": Method(reading.api_test, 4),
    "apps.connections.open": Method(sockets.open_connection, 3, app_level=True),
    "auth.test": Method(reading.auth_test, 4),
    "chat.postMessage": Method(chat.post_message, None, "chat:write", ("channel",)),
    "chat.postEphemeral": Method(chat.post_ephemeral, 4, "chat:write", ("channel", "user")),
    "chat.unfurl": Method(unfurls.unfurl, 3, "links:write", ("channel", "ts")),
    "chat.update": Method(chat.update, 3, "chat:write", ("channel", "ts")),
    "chat.delete": Method(chat.delete, 3, "chat:write", ("channel", "ts")),
    "chat.startStream": Method(streams.start_stream, 2, "chat:write", ("channel", "thread_ts")),
    "chat.appendStream": Method(streams.append_stream, 4, "chat:write", ("channel", "ts")),
    "chat.stopStream": Method(streams.stop_stream, 2, "chat:write", ("channel", "ts")),
    "chat.getPermalink": Method(chat.get_permalink, 4, "", ("channel", "message_ts")),
    "views.open": Method(view_methods.open_view, 4, "", ("view", "trigger_id")),
    "views.push": Method(view_methods.push_view, 4, "", ("view", "trigger_id")),
    "views.update": Method(view_methods.update_view, 4, "", ("view",)),
    "views.publish": Method(view_methods.publish_view, 4, "", ("view", "user_id")),
    "conversations.history": Method(reading.history, 3, "channels:history", ("channel",)),
    "conversations.replies": Method(reading.replies, 3, "channels:history", ("channel", "ts")),
    "conversations.list": Method(reading.list_channels, 2, "channels:read"),
    "conversations.info": Method(reading.channel_info, 3, "channels:read", ("channel",)),
    "files.getUploadURLExternal": Method(file_methods.get_upload_url, 4, "files:write", ("filename", "length")),
    "files.completeUploadExternal": Method(file_methods.complete_upload, 4, "files:write", ("files",)),
    "users.info": Method(reading.user_info, 4, "users:read", ("user",)),
    "users.list": Method(reading.list_users, 2, "users:read"),
    "users.lookupByEmail": Method(reading.user_by_email, 3, "users:read.email", ("email",)),
    "usergroups.list": Method(reading.list_groups, 2, "usergroups:read"),
    "usergroups.users.list": Method(reading.group_members, 2, "usergroups:read", ("usergroup",)),
}


class SlackStandIn:
    """A workspace that one bot with `bot_token` may call."""

    def __init__(
        self,
        *,
        bot_token: str = EXAMPLE_TOKEN,
        app_token: str = EXAMPLE_APP_TOKEN,
        clock: Clock = time.time,
        scopes: frozenset[str] = SCOPES,
    ) -> None:
        self.bot_token, self.clock, self.scopes = bot_token, clock, scopes
        self.app_token = app_token
        self.workspace = Workspace(clock)
        self.sockets = sockets.Sockets(self.workspace)
        self.journal = Journal()
        self.limits = RateLimits(clock)
        self.faults = Faults()
        self.version = 0
        self._changed = asyncio.Event()

    def call(self, method: str, args: Mapping[str, Any], token: str | None) -> Answer:
        """Perform one Web API call; every way it can end is an `Answer`."""
        fault = self.faults.next_for(method)
        answer = _spoiled(fault) if fault and not fault.performed else self._perform(method, Args(args), token)
        self.note_call(method, args, answer, fault)
        return _spoiled(fault) if fault and fault.performed else answer

    def respond(self, secret: str, args: Mapping[str, Any]) -> Answer:
        """One POST to a response_url."""
        try:
            ts = respond(self.workspace, self.workspace.use_response_url(secret), Args(args))
            answer = Answer({"ok": True, "ts": ts})
        except Refusal as refusal:
            answer = Answer(refusal.body, status=refusal.status if refusal.status != 200 else 400)
        self.note_call("response_url", args, answer, None)
        return answer

    def note_call(self, method: str, args: Mapping[str, Any], answer: Answer, fault: Fault | None) -> None:
        """Write a call down and tell whoever watches."""
        body = answer.body
        entry = Call(
            number=self.journal.number(),
            at=self.clock(),
            method=method,
            args={name: value for name, value in args.items() if name != "token"},
            outcome="ok" if body.get("ok") else str(body.get("error")),
            status=answer.status,
            ts=body.get("ts") or body.get("message_ts"),
            fault=fault.name if fault else None,
        )
        self.journal.add(entry)
        self.changed()

    def _perform(self, name: str, args: Args, token: str | None) -> Answer:
        headers = {"x-oauth-scopes": ",".join(sorted(self.scopes))}
        try:
            method = self._allowed(name, args, token)
            return Answer({"ok": True, **method.run(self.workspace, args)}, headers=headers)
        except Refusal as refusal:
            if refusal.code == "ratelimited":
                headers["Retry-After"] = str(refusal.fields["retry_after"])
                return Answer({"ok": False, "error": "ratelimited"}, status=429, headers=headers)
            return Answer(refusal.body, status=refusal.status, headers=headers)

    def _allowed(self, name: str, args: Args, token: str | None) -> Method:
        method = METHODS.get(name)
        if method is None:
            raise Refusal("unknown_method", req_method=name)
        if name != "api.test":
            self._authorize(method, token)
        wait = self.limits.take(name, method.tier, self._pace_key(args))
        if wait:
            raise Refusal("ratelimited", retry_after=wait)
        args.require(*method.needs)
        return method

    def _authorize(self, method: Method, token: str | None) -> None:
        if method.app_level:
            sockets.app_token_only(token, self.app_token, self.bot_token)
            return
        if not token:
            raise Refusal("not_authed")
        if token != self.bot_token:
            raise Refusal("invalid_auth")
        if method.scope and method.scope not in self.scopes:
            raise Refusal("missing_scope", needed=method.scope, provided=",".join(sorted(self.scopes)))

    def _pace_key(self, args: Args) -> str:
        name = str(args.values.get("channel", ""))
        try:
            return self.workspace.address(name).id
        except Refusal:
            return name

    def changed(self) -> None:
        """Wake everybody who waits for something to happen."""
        self.version += 1
        self._changed.set()
        self._changed = asyncio.Event()

    async def next_change(self, since: int) -> int:
        """Wait until the version is not `since` any more; the version then."""
        while self.version == since:
            await self._changed.wait()
        return self.version

    async def until(self, ready: Callable[[], T | None], *, seconds: float = 60.0) -> T:
        """Wait until `ready` answers something true, looking again after each change.

        Raises:
            TimeoutError: it did not within `seconds`.
        """
        async with asyncio.timeout(seconds):
            while True:
                seen = self.version
                found = ready()
                if found:
                    return found
                await self.next_change(seen)

    def messages(self, channel: str = "C0ALERTS") -> list[Message]:
        """What everybody sees in the channel itself, oldest first."""
        return self.workspace.messages.timeline(channel)

    def replies(self, channel: str, ts: str) -> list[Message]:
        """The thread below a message, oldest first."""
        return self.workspace.messages.replies(channel, ts)

    def ephemerals(self, user: str) -> list[Message]:
        """What only this person sees, in all channels."""
        return [message for message in self.workspace.messages.ephemerals if message.viewer == user]


def _spoiled(fault: Fault) -> Answer:
    headers = {"Retry-After": str(fault.retry_after)} if fault.retry_after is not None else {}
    body = {"ok": False, "error": fault.error}
    return Answer(body, status=fault.status, headers=headers, hang_up=fault.hang_up)
