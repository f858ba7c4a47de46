"""Between Slack's ways in and Bolt: each delivery is taken once, and what was acknowledged is handled in the end.

Slack repeats what it thinks got lost, over HTTP and over every connection that replicas hold; Bolt neither notices nor
survives a restart (`slack_bolt/listener/asyncio_runner.py`). So a delivery is written down before Bolt sees it. Events
and commands keep their body until their listener has ended: what a restart interrupts is handled again. A click is not:
it is acknowledged once its effect is written, and its trigger is worthless a moment later.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Protocol

import structlog
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_bolt.listener.async_listener_completion_handler import AsyncListenerCompletionHandler
from slack_bolt.listener.async_listener_start_handler import AsyncListenerStartHandler
from slack_bolt.response import BoltResponse
from sqlalchemy.exc import SQLAlchemyError

from bot.metrics import Metrics

PAUSE = 5.0
"""Seconds between two looks for what was left over."""
ATTEMPTS = 3
TOO_LATE = timedelta(minutes=30)
"""A command can be answered for as long; and nobody waits longer."""
HOUSEKEEPING = timedelta(hours=1)
STOP_WITHIN = 4.0
"""Seconds that running listeners may still take."""
_THIS, _STARTED = "delivery", "listener_started"

log = structlog.get_logger(__name__)
Body = Mapping[str, Any]


class Deliveries(Protocol):
    """What the inbox asks of the store; `bot.store.slack_deliveries`."""

    async def take(self, name: str, kind: str, now: datetime, body: Body | None = None) -> bool: ...  # noqa: D102
    async def settle(self, name: str) -> None: ...  # noqa: D102
    async def release(self, name: str) -> None: ...  # noqa: D102
    async def left_over(self, now: datetime) -> list["tuple[str, int, datetime, Body]"]: ...  # noqa: D102
    async def forget(self, now: datetime) -> None: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Identity:
    """What makes a delivery and its repetitions one; `lasting`: worth handling after a restart."""

    kind: str
    key: str
    lasting: bool = False


def identity(body: Body) -> Identity | None:
    """Which delivery this is; None where repetitions do no harm (a check of the address, suggestions while typing)."""
    kind = str(body.get("type") or ("command" if body.get("command") else ""))
    if kind == "event_callback":
        return Identity("event", f"event:{body['event_id']}", lasting=True) if body.get("event_id") else None
    if kind in ("view_submission", "view_closed"):
        view = body.get("view") or {}
        # The values, too: whoever was told of a mistake submits the same view, with the same hash, again.
        values = json.dumps((view.get("state") or {}).get("values"), sort_keys=True)
        said = sha256(values.encode()).hexdigest()[:32]
        return Identity(kind, f"{kind}:{view.get('id')}:{view.get('hash')}:{said}")
    if kind == "block_suggestion" or not body.get("trigger_id"):
        return None
    return Identity(kind, f"{kind}:{body['trigger_id']}", lasting=kind == "command")


class Inbox:
    """Takes Slack's deliveries, however they come."""

    def __init__(
        self,
        bolt: AsyncApp,
        deliveries: Deliveries,
        clock: Callable[[], datetime],
        metrics: Metrics,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._bolt, self._store, self._clock, self._sleep = bolt, deliveries, clock, sleep
        self._metrics = metrics
        self._running: set[str] = set()
        self._idle = asyncio.Event()
        self._idle.set()
        self._task: asyncio.Task[None] | None = None
        self._cleaned: datetime | None = None
        bolt.listener_runner.listener_start_handler = _Started()
        bolt.listener_runner.listener_completion_handler = _Ended(self._ended)

    async def dispatch(self, request: AsyncBoltRequest) -> BoltResponse:
        """Let Bolt handle the request, unless it was taken before. What nobody handles is answered 200 all the same.

        Raises:
            SQLAlchemyError: it could not be written down, so it is not acknowledged and Slack sends it again.
        """
        this = identity(request.body)
        if this is None:
            return await self._bolt.async_dispatch(request)
        kept = _kept(request.body) if this.lasting else None
        if not await self._store.take(this.key, this.kind, self._clock(), kept):
            self._count(this.kind, "duplicate")
            return BoltResponse(status=200)
        response = await self._handled(this, request)
        if response.status == 404:
            self._count(this.kind, "unhandled")
            return BoltResponse(status=200)
        self._count(this.kind, "accepted" if response.status < 500 else "failed")
        if not this.lasting and (response.status >= 500 or _to_be_corrected(response)):
            await self._store.release(this.key)
        return response

    async def _handled(self, this: Identity, request: AsyncBoltRequest) -> BoltResponse:
        request.context[_THIS] = this
        self._running.add(this.key)
        self._idle.clear()
        response = await self._bolt.async_dispatch(request)
        await asyncio.sleep(0)  # Bolt has only scheduled an event's listener: let it begin
        if not request.context.get(_STARTED):
            self._rest(this.key)
            if this.lasting and response.status < 500:  # nobody's, or answered on the way
                await self._store.settle(this.key)
        return response

    async def _ended(self, this: Identity) -> None:
        try:
            if this.lasting:
                await self._store.settle(this.key)
        finally:
            self._rest(this.key)

    def _rest(self, key: str) -> None:
        self._running.discard(key)
        if not self._running:
            self._idle.set()

    def _count(self, kind: str, outcome: str) -> None:
        self._metrics.deliveries.labels("slack", kind, outcome).inc()

    async def start(self) -> None:
        """Begin to look for what was left over."""
        self._task = asyncio.create_task(self._loop(), name="slack-inbox")

    async def stop(self) -> None:
        """Look no more, and give running listeners a moment; what they leave is handled by whoever starts next."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        try:
            async with asyncio.timeout(STOP_WITHIN):
                await self.idle()
        except TimeoutError:
            log.warning("listeners_left", number=len(self._running))

    async def idle(self) -> None:
        """Wait until no listener runs."""
        await self._idle.wait()

    async def look(self) -> None:
        """Handle again what was taken and never settled, and forget what is old."""
        now = self._clock()
        for key, attempts, received_at, body in await self._store.left_over(now):
            if attempts >= ATTEMPTS or now - received_at > TOO_LATE:
                log.error("slack_delivery_given_up", key=key, attempts=attempts)
                await self._store.settle(key)
                continue
            log.info("slack_delivery_again", key=key, attempts=attempts)
            headers: dict[str, Any] = {"x-slack-retry-num": str(attempts), "x-slack-retry-reason": "restart"}
            request = AsyncBoltRequest(body=dict(body), headers=headers, mode="socket_mode")
            await self._handled(Identity("again", key, lasting=True), request)
        if self._cleaned is None or now - self._cleaned >= HOUSEKEEPING:
            self._cleaned = now
            await self._store.forget(now)

    async def _loop(self) -> None:
        while True:
            try:
                await self.look()
            except (SQLAlchemyError, OSError) as error:  # the database is away: look again when it may be back
                log.warning("slack_inbox_failed", error=type(error).__name__)
            await self._sleep(PAUSE)


class _Started(AsyncListenerStartHandler):
    """Marks a request that has found its listener."""

    async def handle(self, request: AsyncBoltRequest, response: BoltResponse | None) -> None:  # noqa: ARG002  Bolt's
        request.context[_STARTED] = True


class _Ended(AsyncListenerCompletionHandler):
    """Tells the inbox that a listener has ended, well or not: who used it was told."""

    def __init__(self, ended: Callable[[Identity], Awaitable[None]]) -> None:
        self._ended = ended

    async def handle(self, request: AsyncBoltRequest, response: BoltResponse | None) -> None:  # noqa: ARG002  Bolt's
        if this := request.context.get(_THIS):
            await self._ended(this)


def _kept(body: Body) -> Body:
    """What is written down: not Slack's old verification token."""
    return {name: value for name, value in body.items() if name != "token"}


def _to_be_corrected(response: BoltResponse) -> bool:
    """Whether a modal stays open with a mistake beside its field."""
    try:
        said = json.loads(response.body or "{}")
    except ValueError:
        return False
    return isinstance(said, dict) and said.get("response_action") == "errors"
