"""Slack's end of Socket Mode: tickets, WebSockets, envelopes and their acknowledgements.

As with Slack, a ticket is good for one connection and half a minute, an app has at most ten connections, each delivery
goes to one of them, and Slack changes them now and then.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from aiohttp import WSMsgType, web

from bot.sandbox.people import APP_ID
from bot.sandbox.values import Args, Json, Refusal
from bot.sandbox.workspace import Workspace

MOST = 10
TICKET_SECONDS = 30.0
PATH = "/link/"
NOBODY = "the bot has no connection open"
ENDED = "the connection ended before the bot had acknowledged it"


def open_connection(workspace: Workspace, _args: Args) -> Json:
    """apps.connections.open."""
    ticket = uuid4().hex
    workspace.tickets[ticket] = workspace.clock()
    address = workspace.url.rstrip("/").replace("http", "ws", 1)
    return {"url": f"{address}{PATH}?ticket={ticket}&app_id={APP_ID}"}


@dataclass(eq=False, slots=True)
class Line:
    """One connection of the bot's; `acknowledged` are the envelopes that are still to be answered."""

    socket: web.WebSocketResponse
    request: web.Request
    waiting: dict[str, asyncio.Future[Json]] = field(default_factory=dict)
    deliveries: int = 0


class Sockets:
    """All connections of the one app. Deliveries take this way while `on`, as the app's settings would have it."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.on = False
        self.frozen = False
        """No ping is answered any more, and nothing is said about it."""
        self.lines: list[Line] = []
        self.greeted = 0
        """Connections that were ever opened."""
        self._changed = asyncio.Event()

    async def deliver(
        self, kind: str, payload: Mapping[str, Any], patience: float, *, retry: int = 0, reason: str = ""
    ) -> tuple[Json, str]:
        """Send an envelope down one line; what came back with its acknowledgement, and what went wrong."""
        if not self.lines:
            return {}, NOBODY
        line = self.lines.pop(0)
        self.lines.append(line)
        envelope: Json = {
            "envelope_id": str(uuid4()),
            "type": kind,
            "payload": payload,
            "accepts_response_payload": kind == "slash_commands" or payload.get("type") == "view_submission",
        }
        if kind == "events_api":
            envelope |= {"retry_attempt": retry, "retry_reason": reason}
        answered: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        line.waiting[envelope["envelope_id"]] = answered
        line.deliveries += 1
        try:
            await line.socket.send_json(envelope)
            async with asyncio.timeout(patience):
                answer = await answered
        except TimeoutError:
            return {}, "timeout"
        except (ConnectionError, asyncio.CancelledError):
            return {}, ENDED
        finally:
            line.waiting.pop(envelope["envelope_id"], None)
        return answer.get("payload") or {} if envelope["accepts_response_payload"] else {}, ""

    async def goodbye(self, reason: str) -> None:
        """Tell every line that it is to end: `warning`, `refresh_requested`, `link_disabled` …; it still delivers."""
        for line in list(self.lines):
            await line.socket.send_json({"type": "disconnect", "reason": reason, "debug_info": {"host": "applink-1"}})

    async def close(self, lines: list[Line] | None = None) -> None:
        """Close these lines properly, or all."""
        for line in list(self.lines if lines is None else lines):
            await line.socket.close()

    def cut(self) -> None:
        """Break every line without a word."""
        for line in self.lines:
            if line.request.transport is not None:
                line.request.transport.abort()

    async def connected(self, times: int = 1) -> None:
        """Wait until so many connections were opened since the start."""
        while self.greeted < times:
            await self._changed.wait()

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """One connection, from its hello to its end."""
        self._redeem(request.query.get("ticket", ""))
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        if len(self.lines) >= MOST:
            await socket.send_json({"type": "disconnect", "reason": "too_many_websockets"})
            await socket.close()
            return socket
        line = Line(socket, request)
        self.lines.append(line)
        await socket.send_json(self._hello())
        self.greeted += 1
        self._changed.set()
        self._changed = asyncio.Event()
        try:
            await self._listen(line)
        finally:
            self.lines.remove(line)
            for answered in line.waiting.values():
                answered.cancel()
        return socket

    def _redeem(self, ticket: str) -> None:
        opened = self.workspace.tickets.pop(ticket, None)
        if opened is None or self.workspace.clock() - opened > TICKET_SECONDS:
            raise web.HTTPUnauthorized(text="this ticket is used up")

    def _hello(self) -> Json:
        return {
            "type": "hello",
            "num_connections": len(self.lines),
            "connection_info": {"app_id": APP_ID},
            "debug_info": {"host": "applink-1", "approximate_connection_time": 18060},
        }

    async def _listen(self, line: Line) -> None:
        async for frame in line.socket:
            if frame.type is WSMsgType.PING and not self.frozen:
                await line.socket.pong(frame.data)
            elif frame.type is WSMsgType.TEXT:
                said = frame.json()
                answered = line.waiting.get(str(said.get("envelope_id")))
                if answered is not None and not answered.done():
                    answered.set_result(said)


def app_token_only(token: str | None, app_token: str, bot_token: str) -> None:
    """Refuse any other token than the app's own.

    Raises:
        Refusal: not_authed, not_allowed_token_type, invalid_auth.
    """
    if token != app_token:
        code = "not_allowed_token_type" if token == bot_token else "invalid_auth"
        raise Refusal(code if token else "not_authed")
