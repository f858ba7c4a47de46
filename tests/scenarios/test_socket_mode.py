"""The whole bot with no address that anybody could call; and the same delivery over several connections."""

import asyncio

import pytest

from bot.sandbox import payloads
from bot.sandbox.messages import Message
from bot.sandbox.people import BOT_USER
from bot.slack.ids import ANSWER_EVENT
from tests.scenarios.conftest import ANA, BO, CHANNEL, Stage, Way


@pytest.fixture
def way() -> Way:
    return Way.SOCKET


async def card_of(stage: Stage) -> Message:
    await stage.sandbox.shelf.fire("error")
    return await stage.begun("nobody has it yet")


async def ready(stage: Stage) -> tuple[int, str]:
    answer = await stage.http.get(stage.bot.url + "/ready")
    return answer.status_code, answer.json()["parts"]["socket mode"]["state"]


async def test_without_a_signing_secret_there_is_no_door_for_slack_and_the_connection_is_on_ready(stage: Stage):
    assert stage.bot.settings.slack_signing_secret is None
    answer = await stage.http.post(stage.bot.url + "/slack/events", content=b"{}")
    assert answer.status_code == 404
    status, state = await ready(stage)
    assert (status, state.startswith("connected since")) == (200, True)


async def test_a_bot_whose_connection_is_gone_says_so_and_comes_back_by_itself(stage: Stage):
    card = await card_of(stage)
    stage.slack.faults.refuse("apps.connections.open", "internal_error", times=1)
    stage.slack.sockets.cut()
    await stage.slack.until(lambda: stage.slack.journal.calls("apps.connections.open", ok=False))
    status, state = await ready(stage)
    assert status == 503
    assert "Slack answered internal_error" in state
    await stage.slack.sockets.connected(2)
    await stage.click(ANA, card, "alert_acknowledge")
    await stage.card("ana has it")
    assert (await ready(stage))[0] == 200


async def test_clicks_while_slack_changes_the_connection_all_count(stage: Stage):
    card = await card_of(stage)
    await stage.slack.sockets.goodbye("warning")
    await stage.click(ANA, card, "alert_acknowledge")
    await stage.slack.sockets.connected(2)
    old = stage.slack.sockets.lines[:1]
    await asyncio.gather(stage.click(BO, card, "alert_resolve"), stage.slack.sockets.goodbye("refresh_requested"))
    await stage.slack.sockets.close(old)
    await stage.card("resolved by bo")


async def test_an_event_that_comes_over_two_connections_is_answered_once(stage: Stage):
    card = await card_of(stage)
    await stage.slack.sockets.goodbye("warning")
    await stage.slack.sockets.connected(2)
    place = stage.slack.workspace.channels[CHANNEL]
    asked = Message(ts="1700000000.000100", channel=CHANNEL, user=ANA, text=f"<@{BOT_USER}> why?", thread_ts=card.ts)
    body = payloads.event_callback(payloads.mention_event(asked, place), stage.clock.seconds())
    taken = await asyncio.gather(
        *(stage.sandbox.courier.event(body, "twice", retry=number, reason="http_timeout") for number in range(4))
    )
    assert all(receipt.ok for receipt in taken)
    assert {line.deliveries for line in stage.slack.sockets.lines} == {2}
    await stage.thread(card, "from my own records")
    kinds = [(reply.metadata or {}).get("event_type") for reply in stage.slack.replies(CHANNEL, card.ts)]
    assert kinds.count(ANSWER_EVENT) == 1


async def test_a_restart_opens_a_new_connection_and_old_cards_still_act(stage: Stage):
    card = await card_of(stage)
    await stage.stop_bot()
    assert not (await stage.sandbox.people.click(ANA, CHANNEL, card.ts, "alert_acknowledge")).ok
    await stage.start_bot()
    await stage.click(ANA, card, "alert_acknowledge")
    await stage.card("ana has it")
