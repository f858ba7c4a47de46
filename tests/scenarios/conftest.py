"""The whole bot on the sandbox: real HTTP on loopback, a real SQLite file, a clock that tests can move."""

import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest

from app import build
from bot.sandbox.demo import Demo
from bot.sandbox.messages import Message
from bot.sandbox.server import SandboxServer
from bot.sandbox.standin import SlackStandIn
from bot.sandbox.views import View
from bot.slack.words_commands import ANSWER_TITLE
from handlers.server import App
from tests.patience import PATIENCE


class Way(StrEnum):
    """How Slack's deliveries reach the bot: signed requests to its address, or a connection that it opened itself."""

    HTTP = "http"
    SOCKET = "socket"


T = TypeVar("T")
ANA, BO = "U0ANA", "U0BO"
CHANNEL = "C0ALERTS"


class Clock:
    """The real time, plus what a test adds to it."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def seconds(self) -> float:
        return time.time() + self.ahead

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.seconds(), UTC)

    def advance(self, seconds: float) -> None:
        self.ahead += seconds


class Stage:
    """A running bot and its sandbox, with the words that scenarios are told in."""

    def __init__(
        self,
        folder: Path,
        *,
        pace: float = 0.0,
        extra: Mapping[str, str] | None = None,
        triage: str = "",
        way: Way = Way.HTTP,
    ) -> None:
        if triage:
            (folder / "triage.yml").write_text(triage, encoding="utf-8")
        self.clock, self.folder, self.pace, self.extra = Clock(), folder, pace, extra or {}
        self.sandbox = SandboxServer(clock=self.clock.seconds)
        self.slack: SlackStandIn = self.sandbox.standin
        self.sandbox.be_patient(PATIENCE)
        self.slack.limits.enabled = pace > 0
        self.slack.sockets.on = way is Way.SOCKET
        self.http = httpx.AsyncClient(timeout=PATIENCE)
        self._demo: Demo | None = None

    @property
    def bot(self) -> App:
        assert self._demo is not None
        assert isinstance(self._demo.bot, App)
        return self._demo.bot

    async def start(self) -> None:
        await self.sandbox.start()
        await self.start_bot()

    async def start_bot(self) -> None:
        make = partial(build, clock=self.clock.now, pace=self.pace)
        self._demo = Demo(make, self.sandbox, self.folder, self.extra)
        greeted = self.slack.sockets.greeted
        await self._demo.start_bot()
        if self.slack.sockets.on:
            await self.slack.sockets.connected(greeted + 1)

    async def stop_bot(self) -> None:
        if self._demo:
            await self._demo.stop_bot()
            self._demo = None

    async def stop(self) -> None:
        await self.http.aclose()
        await self.stop_bot()
        await self.sandbox.stop()

    async def until(self, ready: Callable[[], T | None]) -> T:
        """Wait for what `ready` answers, as long as a busy machine may need."""
        return await self.slack.until(ready)

    async def told(self, who: str, before: int) -> Message | None:
        """The private answer after the first `before`; None where a busy machine made it a modal, which is closed."""
        found, view = await self.until(lambda: self.answered(who, before))
        if view:
            await self.sandbox.people.close(who, view.id)
        return found[-1] if found else None

    def answered(self, who: str, before: int) -> tuple[list[Message], View | None] | None:
        """What somebody was told after the first `before`, and the modal that became an answer; None: nothing yet."""
        found, view = self.slack.ephemerals(who)[before:], self.slack.workspace.views.top(who)
        finished = view if view and view.title == ANSWER_TITLE else None
        return (found, finished) if found or finished else None

    def cards(self) -> list[Message]:
        return self.slack.messages(CHANNEL)

    async def card(self, saying: str = "", *, seconds: float = PATIENCE) -> Message:
        """The newest card once it says `saying` (anywhere: text or blocks)."""
        return await self.slack.until(
            lambda: next((m for m in reversed(self.cards()) if saying in said(m)), None), seconds=seconds
        )

    async def begun(self, saying: str = "") -> Message:
        """The newest card once its thread has begun, too: by then it is written down that it stands there."""
        card = await self.card(saying)
        await self.slack.until(lambda: self.slack.replies(CHANNEL, card.ts))
        return card

    async def thread(self, card: Message, saying: str, *, seconds: float = PATIENCE) -> Message:
        """The message of the card's thread that says `saying`."""
        return await self.slack.until(
            lambda: next((m for m in self.slack.replies(CHANNEL, card.ts) if saying in said(m)), None), seconds=seconds
        )

    async def click(self, who: str, card: Message, action: str):
        outcome = await self.sandbox.people.click(who, CHANNEL, card.ts, action)
        assert outcome.ok, outcome.problem
        return outcome

    async def modal(self, who: str):
        """The modal in front of somebody."""
        return await self.slack.until(lambda: self.slack.workspace.views.top(who))

    async def whispered(self, who: str) -> str:
        """What only that person was told."""
        message = await self.slack.until(lambda: next(iter(self.slack.ephemerals(who)), None))
        return message.text


def said(message: Message) -> str:
    """Everything a message says, as one text."""
    return message.text + "\n" + "\n".join(words(message.blocks))


def words(value: object) -> list[str]:
    if isinstance(value, dict):
        own = [value["text"]] if isinstance(value.get("text"), str) else []
        return own + [
            w for key, inner in value.items() if not (key == "text" and isinstance(inner, str)) for w in words(inner)
        ]
    if isinstance(value, list):
        return [w for inner in value for w in words(inner)]
    return []


@asynccontextmanager
async def staged(folder: Path, **options: Any) -> AsyncIterator[Stage]:
    stage = Stage(folder, **options)
    try:
        await stage.start()
        yield stage
    finally:
        await stage.stop()


@pytest.fixture(params=list(Way))
def way(request: pytest.FixtureRequest) -> Way:
    """Each scenario on a `stage` is told twice; a module in which the way makes no difference has its own `way`."""
    return Way(request.param)


@pytest.fixture
async def stage(tmp_path: Path, way: Way) -> AsyncIterator[Stage]:
    async with staged(tmp_path, way=way) as running:
        yield running


@pytest.fixture
def staging(tmp_path: Path) -> Callable[..., object]:
    return partial(staged, tmp_path)
