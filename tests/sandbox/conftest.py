"""The sandbox over real HTTP, a clock that tests move, Slack's own client, and a small receiver as the bot."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import pytest
from aiohttp import web
from slack_sdk.signature import Clock as SdkClock
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.server import SandboxServer
from tests.patience import PATIENCE

SECRET = "example-signing-secret"
CHANNEL = "C0ALERTS"
ANA, BO = "U0ANA", "U0BO"


class MovableClock(SdkClock):
    """Seconds that pass only when a test says so; also the clock of Slack's signature verifier."""

    def __init__(self) -> None:
        self.seconds = 1_760_000_000.0

    def __call__(self) -> float:
        return self.seconds

    def now(self) -> float:
        return self.seconds

    def forward(self, seconds: float) -> None:
        self.seconds += seconds


@dataclass
class Received:
    """One request as the bot got it."""

    path: str
    headers: dict[str, str]
    raw: bytes
    body: dict[str, Any]


Answer = Callable[[Received], Awaitable[web.StreamResponse]]


@dataclass
class Receiver:
    """A bot that checks signatures, remembers what came, and answers 200 unless a test gives it another answer."""

    clock: MovableClock
    url: str = ""
    got: list[Received] = field(default_factory=list)
    answer: Answer | None = None

    async def handle(self, request: web.Request) -> web.StreamResponse:
        raw = await request.read()
        if request.path == "/slack/events":
            verifier = SignatureVerifier(SECRET, self.clock)
            if not verifier.is_valid_request(raw, dict(request.headers)):
                return web.Response(status=401)
        received = Received(request.path, dict(request.headers), raw, _parsed(request, raw))
        self.got.append(received)
        return await self.answer(received) if self.answer else web.Response()

    def says(self, body: dict[str, Any] | None = None, *, status: int = 200, text: str | None = None) -> None:
        async def answer(_: Received) -> web.StreamResponse:
            return (
                web.json_response(body, status=status) if body is not None else web.Response(status=status, text=text)
            )

        self.answer = answer


def _parsed(request: web.Request, raw: bytes) -> dict[str, Any]:
    if request.content_type == "application/json":
        return dict(json.loads(raw))
    form = {name: values[0] for name, values in parse_qs(raw.decode(), keep_blank_values=True).items()}
    return dict(json.loads(form["payload"])) if "payload" in form else dict(form)


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
async def bot(clock: MovableClock) -> AsyncIterator[Receiver]:
    receiver = Receiver(clock)
    app = web.Application()
    app.router.add_post("/{path:.*}", receiver.handle)
    runner = web.AppRunner(app, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield receiver
    await runner.cleanup()


@pytest.fixture
async def sandbox(clock: MovableClock, bot: Receiver) -> AsyncIterator[SandboxServer]:
    async with SandboxServer(bot_url=bot.url, signing_secret=SECRET, clock=clock) as server:
        yield server


@pytest.fixture
def client(sandbox: SandboxServer) -> AsyncWebClient:
    return AsyncWebClient("xoxb-example", base_url=sandbox.api_url)


@pytest.fixture
def fast(sandbox: SandboxServer) -> SandboxServer:
    """The sandbox without rate limits, for tests about something else."""
    sandbox.standin.limits.enabled = False
    sandbox.courier.patience = PATIENCE
    return sandbox


def button(action_id: str = "go", **fields: Any) -> dict[str, Any]:
    return {"type": "button", "text": {"type": "plain_text", "text": "Go"}, "action_id": action_id, **fields}


def actions(*elements: dict[str, Any], block_id: str = "acts") -> dict[str, Any]:
    return {"type": "actions", "block_id": block_id, "elements": list(elements or [button()])}


def section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def modal(**fields: Any) -> dict[str, Any]:
    """A modal with one text field."""
    view: dict[str, Any] = {
        "type": "modal",
        "callback_id": "ask",
        "title": {"type": "plain_text", "text": "Ask"},
        "submit": {"type": "plain_text", "text": "Send"},
        "blocks": [
            {
                "type": "input",
                "block_id": "q",
                "label": {"type": "plain_text", "text": "Question"},
                "element": {"type": "plain_text_input", "action_id": "question", "multiline": True},
            }
        ],
    }
    return view | fields


async def silence(_: Received) -> web.StreamResponse:
    """An answer that never comes."""
    await asyncio.Event().wait()
    return web.Response()
