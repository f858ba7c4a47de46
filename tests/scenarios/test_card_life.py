"""An alert's life, as people in Slack live it: clicks go through signed HTTP, cards through the stand-in."""

import asyncio

from tests.scenarios.conftest import ANA, BO, Stage, said


async def test_an_error_becomes_a_card_that_is_acknowledged_by_one_and_only_one(stage: Stage):
    receipt = await stage.sandbox.shelf.fire("error")
    assert receipt.status == 202
    card = await stage.card("nobody has it yet")
    await stage.click(ANA, card, "alert_acknowledge")
    acknowledged = await stage.card("ana has it")
    assert acknowledged.ts == card.ts, "the same message changes; no second card is posted"
    await stage.thread(card, "Acknowledged by ana")

    await stage.click(BO, card, "alert_resolve")
    await stage.card("resolved by bo")


async def test_of_two_people_who_click_at_once_the_first_wins_and_the_second_is_told(stage: Stage):
    await stage.sandbox.shelf.fire("error")
    card = await stage.card()
    hold = stage.slack.faults.hold("chat.update")  # the card goes stale: both see the same buttons
    await asyncio.gather(stage.click(ANA, card, "alert_acknowledge"), stage.click(BO, card, "alert_acknowledge"))
    told = await stage.slack.until(lambda: stage.slack.ephemerals(ANA) + stage.slack.ephemerals(BO))
    hold.set()
    assert len(told) == 1
    assert "Already acknowledged" in told[0].text
    await stage.card("has it")


async def test_a_double_click_is_one_click_and_nobody_is_lectured(stage: Stage):
    await stage.sandbox.shelf.fire("error")
    card = await stage.card()
    hold = stage.slack.faults.hold("chat.update")
    await stage.click(ANA, card, "alert_acknowledge")
    await stage.click(ANA, card, "alert_acknowledge")
    hold.set()
    await stage.card("ana has it")
    assert stage.slack.ephemerals(ANA) == []


async def test_a_click_on_a_stale_card_acts_on_todays_state(stage: Stage):
    await stage.sandbox.shelf.fire("error")
    card = await stage.card()
    hold = stage.slack.faults.hold("chat.update")
    await stage.click(ANA, card, "alert_resolve")
    await stage.click(BO, card, "alert_acknowledge")
    assert "resolved" in await stage.whispered(BO)
    hold.set()
    await stage.card("resolved by ana")


async def test_undo_takes_the_last_change_back_and_is_gone_after_five_minutes(stage: Stage):
    await stage.sandbox.shelf.fire("error")
    card = await stage.card()
    await stage.click(ANA, card, "alert_acknowledge")
    card = await stage.card("Undo")
    await stage.click(ANA, card, "alert_undo")
    await stage.card("nobody has it yet")
    await stage.thread(card, "ana took back")

    await stage.click(ANA, card, "alert_acknowledge")
    await stage.card("Undo")
    stage.clock.advance(5 * 60 + 1)
    await stage.slack.until(lambda: next((m for m in stage.cards() if "Undo" not in said(m)), None))


async def test_a_correction_shows_on_the_card_and_machines_leave_it_alone(stage: Stage):
    await stage.sandbox.shelf.fire("error")
    card = await stage.card("database")
    await stage.click(ANA, card, "alert_reclassify")
    view = await stage.modal(ANA)
    values = {"severity": "low", "category": "infrastructure", "reason": "the pool of a <!channel> test box"}
    outcome = await stage.sandbox.people.submit(ANA, view.id, values)
    assert outcome.ok, outcome
    corrected = await stage.card("infrastructure")
    assert "LOW" in said(corrected)
    line = await stage.thread(card, "the pool of a")
    assert "<!channel>" not in said(line)

    await stage.sandbox.shelf.storm("error", 12)
    await stage.thread(card, "10th")
    assert "infrastructure" in said(await stage.card())


async def test_a_snooze_is_quiet_until_its_time_and_then_the_card_is_open_again(stage: Stage):
    await stage.sandbox.shelf.fire("error")
    card = await stage.card()
    await stage.click(ANA, card, "alert_snooze")
    view = await stage.modal(ANA)
    assert (await stage.sandbox.people.submit(ANA, view.id, {"until": "30min"})).ok
    await stage.card("Snoozed by ana until")
    await stage.sandbox.shelf.storm("error", 5)
    stage.clock.advance(30 * 60 + 1)
    await stage.card("nobody has it yet")
    await stage.thread(card, "5 events meanwhile")


async def test_a_snooze_until_it_gets_worse_ends_at_ten_times_the_events(stage: Stage):
    await stage.sandbox.shelf.fire("error")
    card = await stage.card()
    await stage.click(ANA, card, "alert_snooze")
    view = await stage.modal(ANA)
    assert (await stage.sandbox.people.submit(ANA, view.id, {"until": "worse"})).ok
    await stage.card("until it gets worse")
    await stage.sandbox.shelf.storm("error", 10)
    await stage.card("nobody has it yet")


async def test_an_event_after_the_fix_reopens_the_same_card_and_names_who_had_resolved_it(stage: Stage):
    await stage.sandbox.shelf.fire("error")
    card = await stage.card()
    await stage.click(ANA, card, "alert_resolve")
    await stage.card("resolved by ana")
    stage.clock.advance(3 * 24 * 3600)
    await stage.sandbox.shelf.fire("error")
    back = await stage.card("back after")
    assert back.ts == card.ts
    assert f"<@{ANA}>" in said(await stage.thread(card, "Back after"))


async def test_a_resolve_in_sentry_shows_on_the_card_with_who_did_it(stage: Stage):
    await stage.sandbox.shelf.fire("error")
    await stage.card("nobody has it yet")
    await stage.sandbox.shelf.fire("issue_resolved")
    await stage.card("in Sentry")


async def test_details_tell_everything_that_is_known(stage: Stage):
    await stage.sandbox.shelf.fire("error")
    await stage.click(ANA, await stage.card(), "alert_details")
    view = await stage.modal(ANA)
    text = str(view.body)
    assert "slack_card" not in text, "people do not know our internal names"
    assert "release" in text.lower()


async def test_a_storm_of_repeats_is_one_card_with_exact_counts(stage: Stage):
    receipts = await stage.sandbox.shelf.storm("error", 120)
    assert {receipt.status for receipt in receipts} == {202}
    assert len({receipt.json["alert"] for receipt in receipts}) == 1
    card = await stage.card("120 events")
    assert "119" in said(card), "all but the first were folded"
    assert len(stage.cards()) == 1
    await stage.thread(card, "100th")


async def test_a_proxy_in_the_environment_is_not_on_the_way_to_this_machine(staging, monkeypatch):
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # nobody listens there
    async with staging() as stage:
        await stage.sandbox.shelf.fire("error")
        await stage.click(ANA, await stage.card(), "alert_acknowledge")
        await stage.card("ana has it")
