"""A thumb on a verdict: one click, written down once for each person, also where Slack knows no thumbs yet."""

from datetime import timedelta

from bot.insights.records import Period, Tally
from bot.store.feedback import Subject
from bot.store.insights import InsightStore
from tests.scenarios.conftest import ANA, BO, CHANNEL, Stage, said


async def thumb(stage: Stage, ts: str, who: str, which: str) -> None:
    element = next(e for b in stage.cards()[-1].blocks if b["type"] == "context_actions" for e in b["elements"])
    side = "positive_button" if which == "up" else "negative_button"
    choice = element[side]["value"]
    outcome = await stage.sandbox.people.click(who, CHANNEL, ts, "triage_feedback", choice=choice)
    assert outcome.ok, outcome


async def tally(stage: Stage) -> Tally:
    now = stage.clock.now()
    lately = Period(now - timedelta(hours=1), now + timedelta(hours=1))
    return (await InsightStore(stage.bot.machinery.db).history(lately)).thumbs[Subject.VERDICT]


async def test_everybody_has_one_thumb_and_may_change_it(stage: Stage):
    await stage.sandbox.shelf.fire("error")
    card = await stage.card("nobody has it yet")
    await thumb(stage, card.ts, ANA, "up")
    await thumb(stage, card.ts, BO, "up")
    assert await tally(stage) == Tally(2, 0)
    await thumb(stage, card.ts, ANA, "down")
    assert await tally(stage) == Tally(1, 1)
    told = await stage.until(lambda: stage.slack.ephemerals(ANA)[1:])
    assert "Reclassify" in told[0].text


async def test_a_corrected_verdict_needs_no_thumbs(stage: Stage):
    await stage.sandbox.shelf.fire("error")
    await stage.click(ANA, await stage.card("nobody has it yet"), "alert_reclassify")
    view = await stage.modal(ANA)
    assert (await stage.sandbox.people.submit(ANA, view.id, {"severity": "low", "category": "logic"})).ok
    card = await stage.card("logic")
    assert not any(block["type"] == "context_actions" for block in card.blocks)


async def test_a_slack_that_knows_no_thumbs_gets_two_buttons_and_the_card_all_the_same(stage: Stage):
    stage.slack.faults.refuse("chat.postMessage", "invalid_blocks")
    await stage.sandbox.shelf.fire("error")
    card = await stage.card("nobody has it yet")
    assert "Not good" in said(card)
    outcome = await stage.sandbox.people.click(ANA, CHANNEL, card.ts, "triage_feedback_down")
    assert outcome.ok
    await stage.until(lambda: stage.slack.ephemerals(ANA))
    assert await tally(stage) == Tally(0, 1)
