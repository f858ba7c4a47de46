"""What goes wrong outside costs nothing and repeats nothing."""

from functools import partial

import pytest

from app import PACE
from tests.scenarios.conftest import ANA, CHANNEL, Stage, Way, said


@pytest.fixture
def way() -> Way:
    """Nothing here depends on how Slack's deliveries come."""
    return Way.HTTP


async def test_a_post_whose_answer_got_lost_is_found_again_and_not_repeated(stage: Stage):
    stage.slack.faults.hang_up("chat.postMessage", performed=True)
    await stage.sandbox.shelf.fire("error")
    card = await stage.card()
    stage.clock.advance(10)
    await stage.click(ANA, card, "alert_acknowledge")
    await stage.card("ana has it")
    assert len(stage.cards()) == 1


def _looked_again(stage: Stage, since: int) -> bool:
    return len(stage.slack.journal.calls("conversations.history")) > since


async def test_a_post_in_doubt_stays_in_doubt_while_slack_will_not_let_us_look(stage: Stage):
    stage.slack.faults.hang_up("chat.postMessage", performed=True)
    stage.slack.faults.limit("conversations.history", retry_after=1, times=2)
    await stage.sandbox.shelf.fire("error")
    card = await stage.card()
    await stage.slack.until(lambda: stage.slack.journal.calls("chat.postMessage"))
    for _ in range(4):
        looked = len(stage.slack.journal.calls("conversations.history"))
        stage.clock.advance(10)
        if looked < 3:
            await stage.slack.until(partial(_looked_again, stage, looked))
    await stage.click(ANA, card, "alert_acknowledge")
    await stage.card("ana has it")
    assert len(stage.cards()) == 1


async def test_a_thread_line_whose_answer_got_lost_is_not_repeated(stage: Stage):
    await stage.sandbox.shelf.fire("error")
    card = await stage.begun()
    stage.slack.faults.hang_up("chat.postMessage", performed=True)
    await stage.click(ANA, card, "alert_acknowledge")
    await stage.thread(card, "Acknowledged by ana")
    stage.clock.advance(10)
    await stage.click(ANA, card, "alert_resolve")
    stage.clock.advance(10)
    await stage.thread(card, "Resolved by ana")
    lines = [said(m) for m in stage.slack.replies(CHANNEL, card.ts)]
    assert sum("Acknowledged by ana" in line for line in lines) == 1


async def test_slack_may_be_down_and_the_card_comes_when_it_is_back(stage: Stage):
    stage.slack.faults.break_down("chat.postMessage", times=2)
    await stage.sandbox.shelf.fire("error")
    await stage.slack.until(lambda: len(stage.slack.journal.calls("chat.postMessage")) >= 1)
    assert stage.cards() == []
    for _ in range(3):
        stage.clock.advance(30)
        await stage.slack.until(
            lambda: stage.cards() or len(stage.slack.journal.calls("chat.postMessage", ok=False)) >= 2
        )
    await stage.card()
    assert len(stage.cards()) == 1


async def test_a_rate_limit_is_obeyed_and_nothing_is_lost(staging):
    async with staging(pace=PACE) as stage:
        for name in ("error", "event_alert", "hostile"):
            await stage.sandbox.shelf.fire(name)
        await stage.slack.until(lambda: len(stage.cards()) == 3)
        refused = stage.slack.journal.calls("chat.postMessage", ok=False)
        assert refused == [], "we keep Slack's pace before it has to ask"


async def test_a_card_that_somebody_deleted_comes_back_with_the_next_change(stage: Stage):
    await stage.sandbox.shelf.fire("error")
    card = await stage.card()
    await stage.click(ANA, card, "alert_acknowledge")
    await stage.card("ana has it")
    for message in stage.cards():
        stage.slack.call("chat.delete", {"channel": CHANNEL, "ts": message.ts}, stage.slack.bot_token)
    stage.clock.advance(5)
    await stage.sandbox.shelf.fire("issue_resolved")
    again = await stage.card("in Sentry")
    assert again.ts != card.ts


async def test_a_restart_between_any_two_steps_changes_nothing(stage: Stage):
    await stage.sandbox.shelf.fire("error")
    card = await stage.card()
    await stage.bot.stop()
    await stage.start_bot()
    await stage.click(ANA, card, "alert_acknowledge")
    await stage.card("ana has it")
    await stage.bot.stop()
    await stage.start_bot()
    await stage.sandbox.shelf.fire("error")
    await stage.click(ANA, card, "alert_resolve")
    await stage.card("resolved by ana")
    assert len(stage.cards()) == 1
