"""Socket Mode: Slack's deliveries over a WebSocket that we open, so that nothing has to reach us from outside.

Not slack_sdk's own client, which is Bolt's too: after a failed handshake it tries the same used-up address for ever, it
closes a connection before its successor stands, takes proxies from the environment even to loopback, and forgets which
connection an answer belongs to (slack_sdk 3.47, `socket_mode/aiohttp`). What a delivery means is not decided here, nor
whether it was seen before: each one goes to one of all connections that an app has, and any may come twice.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any

import aiohttp
import structlog
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from bot.errors import Rejected, TargetError, Unavailable
from bot.proxy import proxy_for

HEARTBEAT = 10.0
"""Seconds between two pings of ours; one that is not answered within half of it ends the connection."""
STEADY = 60.0
"""Seconds that a connection must last for its end not to count as another failure."""
LONGEST_WAIT, REJECTED_WAIT = 30.0, 60.0
STOP_WITHIN = 4.0
"""Seconds that running deliveries may still take."""
_PLANNED = ("warning", "refresh_requested")
"""Reasons of Slack's to change the connection, every few hours; the others mean that something is wrong."""

log = structlog.get_logger(__name__)

Handle = Callable[[SocketModeRequest], Awaitable[SocketModeResponse | None]]
"""Handles one delivery; None: it was not taken, so it is not acknowledged."""


@dataclass(eq=False, slots=True)
class Connection:
    """One WebSocket. `over` is set once another one should take its place, which may be before it closes."""

    number: int
    socket: aiohttp.ClientWebSocketResponse
    over: asyncio.Event
    greeted: bool = False
    why: str = "closed"


class SocketMode:
    """Keeps a connection to Slack; when one is to end, its successor stands first."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        new_address: Callable[[], Awaitable[str]],
        handle: Handle,
        *,
        clock: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        jitter: Callable[[], float] = random.random,
        heartbeat: float = HEARTBEAT,
    ) -> None:
        """Wire it; `new_address` gives a `wss://` address that is good for one connection, or raises TargetError."""
        self._session, self._new_address, self._handle = session, new_address, handle
        self._clock, self._sleep, self._jitter, self._heartbeat = clock, sleep, jitter, heartbeat
        self._numbers = count(1)
        self._open: dict[Connection, asyncio.Task[None]] = {}
        self._working: set[asyncio.Task[None]] = set()
        self._keeper: asyncio.Task[None] | None = None
        self._stopping = False
        self._problem: str | None = "not connected yet"
        self._since = clock()

    async def condition(self) -> str:
        """`connected since 14:02 UTC`.

        Raises:
            Unavailable: it is not, and why.
        """
        since = f"since {self._since:%H:%M} UTC"
        if self._problem is not None:
            raise Unavailable(f"{self._problem}, {since}")
        return f"connected {since}"

    async def start(self) -> None:
        """Begin to connect; deliveries come as soon as Slack has said hello."""
        self._keeper = asyncio.create_task(self._keep(), name="socket-mode")

    async def stop(self) -> None:
        """Let running deliveries end, so that they are acknowledged, and hang up."""
        self._stopping = True
        if self._keeper:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
        if self._working:
            await asyncio.wait(self._working, timeout=STOP_WITHIN)
        for connection in list(self._open):
            await connection.socket.close()
        left = [*self._open.values(), *self._working]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    async def _keep(self) -> None:
        failures = 0
        while True:
            began = asyncio.get_running_loop().time()
            try:
                connection = await self._connect()
            except (TargetError, aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
                failures += 1
                self._lost(str(error) or type(error).__name__)
                await self._sleep(self._wait(error, failures))
                continue
            await connection.over.wait()
            if connection.why in _PLANNED:
                failures = 0
                continue
            lasted = asyncio.get_running_loop().time() - began
            failures = 1 if lasted >= STEADY else failures + 1
            await self._sleep(self._wait(None, failures))

    def _wait(self, error: Exception | None, failures: int) -> float:
        """Seconds until the next try."""
        if isinstance(error, Rejected):  # a person has to change something: the token, the app's settings
            return REJECTED_WAIT
        asked = getattr(error, "retry_after", None) or 0.0
        back_off = min(LONGEST_WAIT, 2.0 ** min(failures - 1, 8)) * (0.5 + self._jitter() / 2)
        return float(max(asked, back_off))

    async def _connect(self) -> Connection:
        address = await self._new_address()
        socket = await self._session.ws_connect(address, proxy=proxy_for(address), heartbeat=self._heartbeat)
        connection = Connection(next(self._numbers), socket, asyncio.Event())
        self._open[connection] = asyncio.create_task(self._read(connection))
        return connection

    async def _read(self, connection: Connection) -> None:
        """Take what comes until the connection closes."""
        try:
            async for frame in connection.socket:
                if frame.type is aiohttp.WSMsgType.TEXT:
                    self._take(connection, _object(frame))
        finally:
            del self._open[connection]
            connection.over.set()
            self._lost(f"the connection ended ({connection.why})")
            log.info("socket_closed", connection=connection.number, why=connection.why)

    def _take(self, connection: Connection, message: Mapping[str, Any]) -> None:
        kind = message.get("type")
        if kind == "hello":
            connection.greeted = True
            if self._problem is not None:
                self._problem, self._since = None, self._clock()
            log.info("socket_open", connection=connection.number, connections=message.get("num_connections"))
        elif kind == "disconnect":  # it still delivers until Slack closes it
            connection.why = str(message.get("reason", "disconnect"))
            connection.over.set()
        elif request := SocketModeRequest.from_dict(dict(message)):
            task = asyncio.create_task(self._answer(connection, request))
            self._working.add(task)
            task.add_done_callback(self._working.discard)

    async def _answer(self, connection: Connection, request: SocketModeRequest) -> None:
        with structlog.contextvars.bound_contextvars(request=request.envelope_id):
            try:
                answer = await self._handle(request)
                if answer is not None:
                    await connection.socket.send_json(answer.to_dict())
            except (aiohttp.ClientError, OSError):  # Slack will send it again, and we will know it
                log.info("acknowledgement_lost", connection=connection.number, kind=request.type)
            except Exception:  # the edge of a worker: not acknowledged, and the log knows why
                log.exception("socket_delivery_failed", kind=request.type)

    def _lost(self, problem: str) -> None:
        if self._stopping or any(connection.greeted for connection in self._open):
            return
        if problem != self._problem:
            log.warning("socket_mode_down", problem=problem)
        if self._problem is None:
            self._since = self._clock()
        self._problem = problem


def _object(frame: aiohttp.WSMessage) -> Mapping[str, Any]:
    """The JSON object in a frame; empty where it is none, so that one bad frame costs nothing but itself."""
    try:
        message = frame.json()
    except ValueError:
        message = None
    if isinstance(message, dict):
        return message
    log.warning("socket_frame_not_understood")
    return {}
