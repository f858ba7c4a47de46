"""Questions about an alert, as people ask them, answered from the bot's own records: no model is configured."""

import json
from typing import Any

import pytest

from bot.sandbox.messages import Message
from bot.sandbox.shelf import compact
from tests.scenarios.conftest import ANA, BO, CHANNEL, Stage, said

SEEN = "Have we seen this before, and what fixed it?"


def answers(stage: Stage, card: Message) -> list[Message]:
    """The bot's answers in the card's thread, streams that are not ended among them."""
    replies = stage.slack.replies(CHANNEL, card.ts)
    bots = [m for m in replies if m.user == "U0TRIAGE"]
    return [m for m in bots if m.metadata is None or m.metadata["event_type"] == "triage_answer"]


async def answer(stage: Stage, card: Message, saying: str) -> Message:
    """The finished answer that says `saying`."""

    def found() -> Message | None:
        done = [m for m in answers(stage, card) if "asked:" in said(m) and saying in said(m)]
        return done[-1] if done else None

    return await stage.slack.until(found)


async def card_of(stage: Stage) -> Message:
    await stage.sandbox.shelf.fire("error")
    return await stage.begun("nobody has it yet")


async def ask(stage: Stage, who: str, card: Message, question: str) -> Any:
    await stage.click(who, card, "alert_ask")
    view = await stage.modal(who)
    return await stage.sandbox.people.submit(who, view.id, {"question": question})


async def test_the_button_answers_from_the_bots_own_records_and_says_that_there_is_no_model(stage: Stage):
    card = await card_of(stage)
    outcome = await ask(stage, ANA, card, "Why does this happen, and where?")
    assert outcome.ok, outcome
    told = await answer(stage, card, "Likely cause")
    assert "ana asked: Why does this happen, and where?" in said(told)
    assert "Where it breaks" in said(told)
    assert "No model is configured" in said(told)
    assert "from my own records" in said(told)
    assert stage.slack.journal.calls("chat.update", ok=True) == [
        c for c in stage.slack.journal.calls("chat.update") if c.ts != told.ts
    ], "an answer that is there at once is posted once and not changed"


async def test_it_knows_what_fixed_the_same_error_before(stage: Stage):
    first = await card_of(stage)
    await stage.click(ANA, first, "alert_reclassify")
    view = await stage.modal(ANA)
    values = {"severity": "high", "category": "database", "reason": "the pool was too small, raised it to 200"}
    assert (await stage.sandbox.people.submit(ANA, view.id, values)).ok
    await stage.click(ANA, first, "alert_resolve")
    await stage.card("resolved by ana")

    body = stage.sandbox.shelf.body("error")
    body["data"]["error"] |= {"issue_id": "777", "event_id": "7" * 32}
    assert (await stage.sandbox.shelf.send("error", compact(body))).status == 202
    second = await stage.slack.until(lambda: next((m for m in stage.cards() if m.ts != first.ts), None))
    await stage.slack.until(lambda: stage.slack.replies(CHANNEL, second.ts))
    await ask(stage, BO, second, SEEN)
    told = said(await answer(stage, second, "Seen before"))
    assert "resolved by ana" in told
    assert "has stayed away" in told
    assert "raised it to 200" in told


async def test_what_is_not_on_record_is_said_to_be_so(stage: Stage):
    card = await card_of(stage)
    await ask(stage, ANA, card, SEEN)
    assert "no other alert like this one on record" in said(await answer(stage, card, "Looked at"))


async def test_a_mention_in_the_thread_is_a_question(stage: Stage):
    card = await card_of(stage)
    outcome = await stage.sandbox.people.mention(BO, CHANNEL, "how often does this happen?", thread_ts=card.ts)
    assert outcome.ok, outcome
    told = await answer(stage, card, "How often")
    assert told.thread_ts == card.ts
    assert "how often does this happen?" in said(told)


async def test_slacks_retries_of_a_mention_are_answered_once(stage: Stage):
    card = await card_of(stage)
    await stage.sandbox.people.mention(BO, CHANNEL, "who has it?", thread_ts=card.ts)
    await answer(stage, card, "Who has it")
    event = stage.slack.journal.sent("app_mention")[0].payload
    for number in (1, 2, 3):
        receipt = await stage.sandbox.courier.event(dict(event), retry=number, reason="http_timeout")
        assert receipt.ok
    await ask(stage, ANA, card, "where is it?")
    await answer(stage, card, "Where it breaks")
    assert len(answers(stage, card)) == 2, "one for the mention, one for the button"


@pytest.mark.parametrize("in_a_thread", [True, False])
async def test_elsewhere_a_mention_gets_a_word_about_where_to_ask(stage: Stage, in_a_thread):
    card = await card_of(stage)
    thread = await stage.sandbox.people.write(ANA, CHANNEL, "lunch?") if in_a_thread else None
    await stage.sandbox.people.mention(ANA, CHANNEL, "what is this?", thread_ts=thread.ts if thread else None)
    assert "thread of an alert" in await stage.whispered(ANA)
    assert not answers(stage, card)


async def test_a_mention_without_a_question_is_helped_along(stage: Stage):
    card = await card_of(stage)
    await stage.sandbox.people.mention(ANA, CHANNEL, "", thread_ts=card.ts)
    assert "Write your question" in await stage.whispered(ANA)


async def test_a_question_is_kept_without_its_secrets(stage: Stage):
    card = await card_of(stage)
    await ask(stage, ANA, card, "Why does password=hunter2secret not work for ana@example.com?")
    told = json.dumps((await answer(stage, card, "asked")).json(metadata=True))
    assert "hunter2secret" not in told
    assert "ana@example.com" not in told


async def test_a_post_whose_answer_got_lost_is_found_again_and_not_repeated(stage: Stage):
    card = await card_of(stage)
    stage.slack.faults.hang_up("chat.postMessage", performed=True)
    await ask(stage, ANA, card, "where is it?")
    await stage.slack.until(lambda: answers(stage, card))
    stage.clock.advance(10)
    await stage.slack.until(lambda: stage.slack.journal.calls("chat.update"))
    assert len(answers(stage, card)) == 1


@pytest.mark.parametrize("state", ["acknowledge", "resolve"])
async def test_the_button_is_offered_in_every_state(stage: Stage, state):
    card = await card_of(stage)
    await stage.click(ANA, card, f"alert_{state}")
    changed = await stage.card({"acknowledge": "ana has it", "resolve": "Resolved by ana"}[state])
    assert (await ask(stage, ANA, changed, "who has it?")).ok
    await answer(stage, card, "ana")
