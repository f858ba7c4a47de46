"""The front of a stand-in for an HTTP API: what tests order to go wrong, how the whole service feels, the journal.

It knows nothing of what the API does; Slack's stand-in, whose errors look different, has its own.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from aiohttp import web

from bot.sandbox.courier import Courier
from bot.sandbox.faults import Fault, Faults
from bot.sandbox.journal import Call
from bot.sandbox.values import Json


class Mood(StrEnum):
    """How the whole service is doing, until somebody changes it."""

    UP = "up"
    DOWN = "down"
    """503 to everything."""
    SLOW = "slow"
    """No answer before it is another mood's turn; what was asked for happens then."""
    GARBLED = "garbled"
    """200, and a page of some proxy's instead of what was asked for, which does not happen."""
    LIMITED = "limited"
    """429 to everything."""
    REVOKED = "revoked"
    """401 to everything."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back over the wire: `body` as JSON, or as it is where `page` says that it is text."""

    status: int
    body: object
    headers: Mapping[str, str] = field(default_factory=dict)
    page: bool = False

    @property
    def ok(self) -> bool:
        """It did what it was asked to."""
        return self.status < 400


class Turned(Exception):
    """The service turns a request down with `reply`."""

    def __init__(self, status: int, body: object, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status)
        self.reply = Reply(status, body, headers or {})


_MOODS = {
    Mood.DOWN: Reply(503, {"detail": "Service unavailable"}),
    Mood.GARBLED: Reply(200, "<html><body>Welcome to example-proxy</body></html>", page=True),
    Mood.LIMITED: Reply(429, {"detail": "Too many requests"}, {"Retry-After": "2"}),
    Mood.REVOKED: Reply(401, {"detail": "Invalid token"}),
}


class Front:
    """Takes each call of the service `name`; `courier` lends the journal and the clock that all stand-ins share."""

    def __init__(self, name: str, courier: Courier) -> None:
        self.name, self.courier = name, courier
        self.faults = Faults()
        self._mood = Mood.UP
        self._quick = asyncio.Event()
        self._quick.set()

    @property
    def mood(self) -> Mood:
        """How it is doing."""
        return self._mood

    @mood.setter
    def mood(self, mood: Mood) -> None:
        self._mood = mood
        if mood is Mood.SLOW:
            self._quick.clear()
        else:
            self._quick.set()

    def now(self) -> float:
        """Seconds since the epoch, by the injected clock."""
        return self.courier.standin.clock()

    def open_all(self) -> None:
        """Let everybody go who waits: the server is stopping."""
        self._quick.set()
        self.faults.open_all()

    async def serve(
        self, request: web.Request, method: str, args: Mapping[str, object], perform: Callable[[], Reply]
    ) -> web.StreamResponse:
        """Answer one call: as the mood or a fault has it, else as `perform` does."""
        await self.faults.wait(method)
        await self._quick.wait()
        fault = self.faults.next_for(method)
        spoiled = _spoiled(fault) if fault else _MOODS.get(self._mood)
        happens = spoiled is None or (fault is not None and fault.performed)
        done = _performed(perform) if happens else None
        self._note(method, args, done, spoiled, fault.name if fault else self._mood.value)
        if fault and fault.hang_up and request.transport is not None:
            request.transport.abort()
        return _sent(spoiled or done or Reply(500, {}))

    def _note(
        self, method: str, args: Mapping[str, object], done: Reply | None, spoiled: Reply | None, trouble: str
    ) -> None:
        journal, status = self.courier.standin.journal, (done or spoiled or Reply(500, {})).status
        entry = Call(
            number=journal.number(),
            at=self.now(),
            method=f"{self.name}.{method}",
            args=dict(args),
            outcome="ok" if done and done.ok else f"status {status}",
            status=status,
            fault=trouble if spoiled else None,
        )
        journal.add(entry)
        self.courier.standin.changed()


def _performed(perform: Callable[[], Reply]) -> Reply:
    try:
        return perform()
    except Turned as turned:
        return turned.reply


def _spoiled(fault: Fault) -> Reply:
    headers = {"Retry-After": str(fault.retry_after)} if fault.retry_after is not None else {}
    return Reply(fault.status, {"detail": fault.error}, headers)


def _sent(reply: Reply) -> web.StreamResponse:
    if reply.page:
        return web.Response(
            status=reply.status, text=str(reply.body), content_type="text/html", headers=dict(reply.headers)
        )
    return web.json_response(reply.body, status=reply.status, headers=dict(reply.headers))


async def read_json(request: web.Request) -> Json:
    """The object in a request's body; empty where it is none, so that the service's own rules say what is missing."""
    try:
        body = await request.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
