"""Slack's deliveries are handled once, whatever Slack or a restart does; over real HTTP, on real databases."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
import structlog
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_bolt.authorization import AuthorizeResult

from bot.metrics import Metrics
from bot.sandbox.people import BOT_ID, BOT_USER
from bot.sandbox.server import SandboxServer
from bot.slack.gateway import SlackGateway, web_client
from bot.slack.pacing import Pacer
from bot.store.engine import Database
from bot.store.slack_deliveries import KEEP, LEASE, SlackDeliveryStore
from handlers.slack import failures
from handlers.slack.inbox import ATTEMPTS, TOO_LATE, Inbox
from tests.patience import PATIENCE
from tests.store.making import Clock

MENTION: dict[str, Any] = {
    "type": "event_callback",
    "token": "example",
    "team_id": "T0EXAMPLE",
    "event_id": "Ev1",
    "event": {"type": "app_mention", "user": "U0ANA", "channel": "C0ALERTS", "ts": "1.1", "text": "hello"},
}
COMMAND = {"command": "/triage", "text": "help", "trigger_id": "1.t", "user_id": "U0ANA", "channel_id": "C0ALERTS"}
CLICK: dict[str, Any] = {
    "type": "block_actions",
    "trigger_id": "2.t",
    "team": {"id": "T0EXAMPLE"},
    "user": {"id": "U0ANA", "name": "ana"},
    "channel": {"id": "C0ALERTS"},
    "actions": [{"action_id": "press", "block_id": "b", "type": "button"}],
}
INPUT = {"type": "input", "block_id": "reason"}


def submission(reason: str, *, blocks: list[dict[str, str]] | None = None) -> dict[str, Any]:
    state = {"values": {"reason": {"reason": {"type": "plain_text_input", "value": reason}}}}
    view: dict[str, Any] = {"type": "modal", "id": "V1", "hash": "h1", "callback_id": "form", "state": state}
    view["blocks"] = [INPUT] if blocks is None else blocks
    who = {"id": "U0ANA", "name": "ana"}
    return {"type": "view_submission", "team": {"id": "T0EXAMPLE"}, "user": who, "view": view}


class Desk:
    """A Bolt app with a listener of each kind, which counts, waits and fails as it is told."""

    def __init__(self, sandbox: SandboxServer, session: aiohttp.ClientSession, db: Database, clock: Clock) -> None:
        self.sandbox, self.clock, self.metrics = sandbox, clock, Metrics()
        self.heard: list[str] = []
        self.fails: Exception | None = None
        self.began, self.gate = asyncio.Event(), asyncio.Event()
        self.gate.set()
        self.store = SlackDeliveryStore(db)
        client = web_client("xoxb-example", sandbox.api_url, session)
        self.app = AsyncApp(client=client, authorize=_us, signing_secret="example", request_verification_enabled=False)
        failures.register(self.app, SlackGateway(client, Pacer(lambda: 0.0)))
        self._listen()
        self.inbox = Inbox(self.app, self.store, clock, self.metrics)

    def _listen(self) -> None:
        async def work(name: str) -> None:
            self.heard.append(name)
            self.began.set()
            await self.gate.wait()
            if self.fails:
                raise self.fails

        @self.app.event("app_mention")
        async def mention() -> None:
            await work("mention")

        @self.app.event("message")
        async def message() -> None:
            await work("message")

        @self.app.command("/triage")
        async def command(ack: Any) -> None:
            await ack()
            await work("command")

        @self.app.action("press")
        async def press(ack: Any) -> None:
            await work("press")
            await ack()

        @self.app.view("form")
        async def form(ack: Any, view: dict[str, Any]) -> None:
            await work("form")
            reason = view["state"]["values"]["reason"]["reason"]["value"]
            await ack() if reason != "no" else await ack(response_action="errors", errors={"reason": "Not that."})

    async def send(self, body: dict[str, Any]) -> tuple[int, str]:
        response = await self.inbox.dispatch(AsyncBoltRequest(body=body, mode="socket_mode"))
        await self.settled()
        return response.status, response.body or ""

    async def settled(self) -> None:
        """Until no listener runs that could end."""
        if self.gate.is_set():
            async with asyncio.timeout(PATIENCE):
                await self.inbox.idle()

    def counted(self, kind: str, outcome: str) -> float:
        labels = {"source": "slack", "resource": kind, "outcome": outcome}
        return self.metrics.registry.get_sample_value("webhook_deliveries_total", labels) or 0.0


async def _us(**_known: object) -> AuthorizeResult:
    return AuthorizeResult(enterprise_id=None, team_id="T0EXAMPLE", bot_user_id=BOT_USER, bot_id=BOT_ID)


@pytest.fixture
async def desk(db: Database, clock: Clock) -> AsyncIterator[Desk]:
    async with SandboxServer() as sandbox, aiohttp.ClientSession() as session:
        sandbox.standin.limits.enabled = False
        yield Desk(sandbox, session, db, clock)


@pytest.mark.parametrize(
    ("body", "heard"),
    [(MENTION, "mention"), (COMMAND, "command"), (CLICK, "press"), (submission("yes"), "form")],
    ids=["event", "command", "click", "submission"],
)
async def test_a_repetition_is_acknowledged_and_changes_nothing(desk, body, heard):
    answers = [await desk.send(body) for _ in range(3)]
    assert [status for status, _ in answers] == [200] * 3
    assert desk.heard == [heard]


async def test_repetitions_at_the_same_moment_are_one(desk):
    await asyncio.gather(*(desk.send(MENTION) for _ in range(8)))
    assert desk.heard == ["mention"]
    assert desk.counted("event", "duplicate") == 7


async def test_two_events_are_two(desk):
    await desk.send(MENTION)
    await desk.send(MENTION | {"event_id": "Ev2"})
    assert desk.heard == ["mention", "mention"]


async def test_a_modal_that_was_corrected_is_a_new_submission_and_so_is_the_same_one_after_a_mistake(desk):
    _, said = await desk.send(submission("no"))
    assert json.loads(said)["errors"] == {"reason": "Not that."}
    await desk.send(submission("no"))
    await desk.send(submission("yes"))
    await desk.send(submission("yes"))
    assert desk.heard == ["form"] * 3


async def test_what_is_being_worked_on_during_a_restart_is_handled_again(desk):
    desk.gate.clear()
    status, _ = await desk.send(MENTION)
    assert status == 200, "it is acknowledged while its listener still runs"
    await desk.began.wait()
    await desk.store.end_leases()  # as a start on SQLite does; elsewhere the lease ends by itself
    successor = Inbox(desk.app, desk.store, desk.clock, desk.metrics)
    desk.inbox = successor
    await successor.look()
    desk.gate.set()
    await desk.settled()
    assert desk.heard == ["mention", "mention"]
    await successor.look()
    assert desk.heard == ["mention", "mention"], "handled is handled"


async def test_another_replica_waits_until_the_lease_of_a_dead_one_ends(desk, clock):
    await desk.store.take("event:Ev1", "event", clock(), MENTION)
    await desk.inbox.look()
    assert desk.heard == []
    clock.pass_(LEASE.total_seconds() + 1)
    await desk.inbox.look()
    await desk.settled()
    assert desk.heard == ["mention"]


async def test_a_click_is_not_repeated_after_a_restart(desk, clock):
    await desk.store.take("block_actions:2.t", "block_actions", clock())
    await desk.store.end_leases()
    await desk.inbox.look()
    assert desk.heard == []


async def test_what_was_interrupted_again_and_again_or_is_too_old_is_given_up(desk, clock):
    await desk.store.take("event:Ev1", "event", clock(), MENTION)
    for _ in range(ATTEMPTS - 1):
        clock.pass_(LEASE.total_seconds() + 1)
        assert await desk.store.left_over(clock())
    clock.pass_(LEASE.total_seconds() + 1)
    await desk.store.take("event:Ev2", "event", clock(), MENTION)
    await desk.inbox.look()
    clock.pass_(TOO_LATE.total_seconds() + 1)
    await desk.inbox.look()
    assert desk.heard == []
    clock.pass_(LEASE.total_seconds() + 1)
    assert await desk.store.left_over(clock()) == []


@pytest.mark.parametrize("body", [MENTION, COMMAND, CLICK, submission("yes", blocks=[])], ids=lambda b: b.get("type"))
async def test_a_listener_that_fails_tells_the_person_with_a_reference_that_the_log_knows(desk, body):
    desk.fails = RuntimeError("a bug of ours")
    with structlog.testing.capture_logs() as logs:
        await desk.send(body)
    [logged] = [line for line in logs if line["event"] == "listener_failed"]
    told = desk.sandbox.standin.ephemerals("U0ANA") or desk.sandbox.standin.messages("D0ANA")
    assert logged["reference"] in told[0].text
    assert "bug of ours" not in told[0].text


async def test_a_modal_whose_listener_fails_stays_open_and_says_so_beside_its_field(desk):
    desk.fails = RuntimeError("a bug of ours")
    status, said = await desk.send(submission("yes"))
    assert status == 200
    assert "reference" in json.loads(said)["errors"]["reason"]
    desk.fails = None
    await desk.send(submission("yes"))
    assert desk.heard == ["form", "form"], "the same words, sent again, are tried again"


async def test_a_failed_event_is_not_tried_for_ever(desk):
    desk.fails = RuntimeError("a bug of ours")
    await desk.send(MENTION)
    await desk.store.end_leases()
    await desk.inbox.look()
    assert desk.heard == ["mention"], "the person was told, and may ask again"


@pytest.mark.parametrize(
    "body",
    [
        {"type": "event_callback", "team_id": "T0EXAMPLE", "event_id": "Ev9", "event": {"type": "star_added"}},
        CLICK | {"actions": [{"action_id": "nobody", "block_id": "b", "type": "button"}]},
        {"type": "shortcut", "callback_id": "nobody", "trigger_id": "9.t", "user": {"id": "U0ANA"}},
        COMMAND | {"command": "/nobody"},
    ],
    ids=["event", "action", "shortcut", "command"],
)
async def test_what_nobody_handles_is_answered_200_and_counted(desk, body):
    status, _ = await desk.send(body)
    assert status == 200
    assert desk.counted(str(body.get("type", "command")).replace("event_callback", "event"), "unhandled") == 1


async def test_the_bots_own_messages_are_not_listened_to(desk):
    own = {"type": "message", "user": BOT_USER, "bot_id": BOT_ID, "channel": "C0ALERTS", "ts": "1.2", "text": "a card"}
    for number, event in enumerate([own, own | {"user": "U0ANA", "bot_id": None}]):
        await desk.send(MENTION | {"event_id": f"Ev{number}", "event": event})
    assert desk.heard == ["message"]


async def test_peoples_words_are_kept_no_longer_than_needed(desk, db, clock):
    desk.gate.clear()
    await desk.send(MENTION)
    await desk.began.wait()
    await desk.store.end_leases()
    [(_, _, _, body)] = await desk.store.left_over(clock())
    assert body["event"]["text"] == "hello"
    assert "token" not in body
    desk.gate.set()
    await desk.settled()
    clock.pass_(LEASE.total_seconds() + 1)
    assert await desk.store.left_over(clock()) == []
    clock.pass_((KEEP + timedelta(hours=2)).total_seconds())
    await desk.inbox.look()
    assert await desk.store.take("event:Ev1", "event", clock()), "and its id is forgotten after two days"
