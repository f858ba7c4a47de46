"""A mention is acknowledged only once it is written down: otherwise Slack must tell us again."""

import aiohttp
import pytest
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from sqlalchemy.exc import OperationalError

from bot.assist.asking import Questions
from bot.sandbox.people import BOT_USER
from bot.sandbox.server import SandboxServer
from bot.slack.gateway import SlackGateway, web_client
from bot.slack.pacing import Pacer
from handlers.slack import threads
from tests.assist.making import NOW, Remembering, look


@pytest.fixture
async def sandbox():
    async with SandboxServer() as running:
        running.standin.limits.enabled = False
        yield running


@pytest.fixture
async def mention(sandbox):
    """Sends a mention through Bolt to a store; gives back the answer."""
    async with aiohttp.ClientSession() as session:
        client = web_client("xoxb-example", sandbox.api_url, session)
        gateway = SlackGateway(client, Pacer(lambda: 0.0))

        async def send(store: Remembering, **said: str):
            app = AsyncApp(client=client, signing_secret="s", request_verification_enabled=False)
            threads.register(app, Questions(store, look, store.woken.append, lambda: NOW), gateway)
            event = {"type": "app_mention", "user": "U0ANA", "ts": "2.2", "channel": "C0ALERTS", "thread_ts": "1.1"}
            event |= {"text": f"<@{BOT_USER}> why?", "team": "T0EXAMPLE"} | said
            body = {"type": "event_callback", "team_id": "T0EXAMPLE", "event_id": "Ev1", "event": event}
            return await app.async_dispatch(AsyncBoltRequest(body=body, mode="socket_mode"))

        yield send


async def test_a_question_is_in_the_store_before_slack_is_answered(mention):
    store = Remembering()
    answer = await mention(store)
    assert answer.status == 200
    [asked] = store.asked
    assert (asked.text, asked.source, asked.team) == ("why?", "mention:C0ALERTS:2.2", "T0EXAMPLE")
    assert store.woken == [1]


async def test_a_store_that_fails_makes_slack_tell_us_again(mention):
    class Broken(Remembering):
        async def add(self, asked):
            raise OperationalError("insert", {}, Exception("disk full"))

    answer = await mention(Broken())
    assert answer.status == 500


async def test_bots_are_not_talked_to(mention, sandbox):
    store = Remembering()
    assert (await mention(store, bot_id="B0OTHER")).status == 200
    assert store.asked == []
    assert sandbox.standin.journal.calls("chat.postEphemeral") == []
