"""Socket Mode against the stand-in: connections end in every way there is, and deliveries go on."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from bot.errors import Rejected, Unavailable
from bot.sandbox.people import EXAMPLE_APP_TOKEN
from bot.sandbox.server import SandboxServer
from bot.sandbox.sockets import NOBODY, Sockets
from bot.slack.gateway import SlackGateway, web_client
from bot.slack.pacing import Pacer
from bot.slack.socket_mode import REJECTED_WAIT, SocketMode
from tests.patience import PATIENCE
from tests.store.making import Clock

EVENT = {"type": "event_callback", "event_id": "Ev1", "event": {"type": "app_mention"}}


class Taking:
    """Takes deliveries; `fails` is raised, `gate` keeps them waiting."""

    def __init__(self) -> None:
        self.taken: list[SocketModeRequest] = []
        self.fails: Exception | None = None
        self.began, self.gate = asyncio.Event(), asyncio.Event()
        self.gate.set()

    async def __call__(self, request: SocketModeRequest) -> SocketModeResponse | None:
        self.taken.append(request)
        self.began.set()
        await self.gate.wait()
        if self.fails:
            raise self.fails
        return SocketModeResponse(request.envelope_id, {"text": "done"})


class Naps:
    """Sleeps not at all, and remembers for how long it should have."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self._another = asyncio.Event()

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        self._another.set()
        await asyncio.sleep(0)

    async def times(self, number: int) -> None:
        async with asyncio.timeout(PATIENCE):
            while len(self.seconds) < number:
                self._another.clear()
                await self._another.wait()


class Bench:
    """A Socket Mode that speaks to the stand-in."""

    def __init__(self, sandbox: SandboxServer, session: aiohttp.ClientSession) -> None:
        self.sockets: Sockets = sandbox.standin.sockets
        client = web_client("xoxb-example", sandbox.api_url, session)
        self.gateway = SlackGateway(client, Pacer(lambda: 0.0, interval=0.0))
        self.session, self.taking, self.naps = session, Taking(), Naps()

    @asynccontextmanager
    async def connected(
        self,
        *,
        token: str = EXAMPLE_APP_TOKEN,
        address: Callable[[], Awaitable[str]] | None = None,
        heartbeat: float = 10.0,
        greeted: int = 1,
    ) -> AsyncIterator[SocketMode]:
        running = SocketMode(
            self.session,
            address or (lambda: self.gateway.socket_address(token)),
            self.taking,
            clock=Clock(),
            sleep=self.naps,
            jitter=lambda: 1.0,
            heartbeat=heartbeat,
        )
        await running.start()
        try:
            async with asyncio.timeout(PATIENCE):
                await self.sockets.connected(greeted)
            yield running
        finally:
            await running.stop()

    async def deliver(self, kind: str = "events_api", body: dict[str, Any] | None = None) -> tuple[Any, str]:
        return await self.sockets.deliver(kind, body or EVENT, PATIENCE)

    async def again(self, times: int) -> None:
        async with asyncio.timeout(PATIENCE):
            await self.sockets.connected(times)


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with SandboxServer() as sandbox, aiohttp.ClientSession() as session:
        sandbox.standin.limits.enabled = False
        yield Bench(sandbox, session)


async def test_a_delivery_is_handled_and_acknowledged_with_what_the_person_is_to_see(bench):
    async with bench.connected() as running:
        answer, problem = await bench.deliver("slash_commands", {"command": "/triage", "text": "help"})
        assert (answer, problem) == ({"text": "done"}, "")
        assert (await running.condition()).startswith("connected since")
    [taken] = bench.taking.taken
    assert (taken.type, taken.payload["text"]) == ("slash_commands", "help")


async def test_when_slack_wants_another_connection_it_stands_before_the_old_one_ends(bench):
    async with bench.connected() as running:
        await bench.sockets.goodbye("warning")
        await bench.again(2)
        old, new = bench.sockets.lines
        for _ in range(2):
            assert (await bench.deliver())[1] == ""
        assert old.deliveries + new.deliveries == 2, "both lines deliver while they overlap"
        await bench.sockets.close([old])
        assert (await bench.deliver())[1] == ""
        assert await running.condition()
    assert bench.naps.seconds == [], "a change that Slack asked for is no failure"


@pytest.mark.parametrize("end", ["close", "cut"])
async def test_a_connection_that_ends_is_replaced(bench, end):
    async with bench.connected():
        if end == "close":
            await bench.sockets.close()
        else:
            bench.sockets.cut()
        await bench.again(2)
        assert (await bench.deliver())[1] == ""
    assert bench.naps.seconds == [1.0]


async def test_a_connection_that_answers_no_ping_is_given_up(bench):
    async with bench.connected(heartbeat=0.2):
        bench.sockets.frozen = True
        await bench.again(2)
        bench.sockets.frozen = False
        assert (await bench.deliver())[1] == ""


async def test_every_try_has_an_address_of_its_own(bench):
    used_up: str = await bench.gateway.socket_address(EXAMPLE_APP_TOKEN)
    async with bench.session.ws_connect(used_up):
        addresses = [used_up]

        async def address() -> str:
            return addresses.pop() if addresses else str(await bench.gateway.socket_address(EXAMPLE_APP_TOKEN))

        async with bench.connected(address=address, greeted=2):
            assert bench.naps.seconds == [1.0], "one failure, and then a fresh address"


async def test_what_is_not_handled_is_not_acknowledged_so_that_slack_sends_it_again(bench):
    async with bench.connected():
        bench.taking.fails = OSError("no space left")
        _, problem = await bench.sockets.deliver("events_api", EVENT, 0.2)
        assert problem == "timeout"
        bench.taking.fails = None
        assert (await bench.deliver())[1] == ""


async def test_a_delivery_that_is_running_is_acknowledged_before_the_bot_hangs_up(bench):
    async with bench.connected() as running:
        bench.taking.gate.clear()
        delivery = asyncio.ensure_future(bench.deliver())
        await bench.taking.began.wait()
        stopping = asyncio.ensure_future(running.stop())
        bench.taking.gate.set()
        await stopping
        assert (await delivery)[1] == ""
    assert (await bench.deliver())[1] == NOBODY


async def test_frames_that_make_no_sense_cost_nothing(bench):
    async with bench.connected():
        for frame in ("{", "[]", '"hello"', "{}", '{"type": "events_api"}', '{"type": "not heard of"}'):
            await bench.sockets.lines[0].socket.send_str(frame)
        assert (await bench.deliver())[1] == ""


@pytest.mark.parametrize("token", ["xapp-wrong-example", "xoxb-example"])
async def test_a_token_that_slack_refuses_is_said_and_tried_again_slowly(bench, token):
    async with bench.connected(token=token, greeted=0) as running:
        await bench.naps.times(1)
        assert set(bench.naps.seconds) == {REJECTED_WAIT}
        with pytest.raises(Unavailable, match=r"invalid_auth|not_allowed_token_type"):
            await running.condition()
        assert token not in str(running.__dict__["_problem"])


async def test_an_app_with_too_many_connections_waits_longer_each_time(bench):
    lines = [await bench.session.ws_connect(await bench.gateway.socket_address(EXAMPLE_APP_TOKEN)) for _ in range(10)]
    async with bench.connected(greeted=10) as running:
        await bench.naps.times(4)
        assert bench.naps.seconds[:4] == [1.0, 2.0, 4.0, 8.0]
        with pytest.raises(Unavailable, match="too_many_websockets"):
            await running.condition()
    for line in lines:
        await line.close()


async def test_the_gateway_says_why_there_is_no_address(bench):
    with pytest.raises(Rejected, match="invalid_auth"):
        await bench.gateway.socket_address("xapp-wrong-example")
