"""Everything that can be typed behind /triage, through Slack's signed deliveries and over its socket alike."""

import pytest

from bot.sandbox.front import Mood
from bot.sandbox.messages import Message
from bot.sandbox.shelf import compact
from tests.scenarios.conftest import ANA, BO, CHANNEL, Stage, said

ISSUE, SHORT = "4100001", "SHOP-API-1A"


async def answer(stage: Stage, text: str, who: str = ANA) -> Message:
    """Type a command; the private answer to it."""
    told = None
    while told is None:
        before = len(stage.slack.ephemerals(who))
        outcome = await stage.sandbox.people.command(who, CHANNEL, f"/triage {text}".strip())
        assert outcome.ok, outcome
        told = await stage.told(who, before)
    return told


async def press(stage: Stage, message: Message, action: str, who: str = ANA, block_id: str | None = None) -> None:
    outcome = await stage.sandbox.people.click(who, CHANNEL, message.ts, action, block_id=block_id)
    assert outcome.ok, outcome


async def changed(stage: Stage, message: Message, saying: str) -> Message:
    """The same message, once it says something else."""
    return await stage.until(lambda: message if saying in said(message) else None)


async def a_card(stage: Stage) -> Message:
    await stage.sandbox.shelf.fire("issue_created")
    await stage.sandbox.shelf.fire("error")
    return await stage.begun("remaining connection slots")


@pytest.mark.parametrize(
    "name",
    [
        SHORT,
        SHORT.lower(),
        ISSUE,
        f"https://example-shop.sentry.io/issues/{ISSUE}/?project=1&referrer=slack",
        f"https://sentry.example.com/organizations/example-shop/issues/{SHORT}/events/latest/",
    ],
)
async def test_an_issue_that_is_known_shows_its_card_with_a_link_to_the_thread(stage: Stage, name: str):
    card = await a_card(stage)
    shown = await answer(stage, name)
    assert "remaining connection slots" in said(shown)
    assert f"/archives/{CHANNEL}/p{card.ts.replace('.', '')}" in str(shown.blocks)
    assert len(stage.cards()) == 1, "asking posts nothing for others"


async def test_an_issue_is_found_by_the_id_of_one_of_its_events(stage: Stage):
    body = stage.sandbox.shelf.body("error")
    await stage.sandbox.shelf.send("error", compact(body))
    await stage.card("remaining connection slots")
    shown = await answer(stage, body["data"]["error"]["event_id"])
    assert "remaining connection slots" in said(shown)


async def test_an_issue_that_only_sentry_knows_is_fetched_classified_and_stays_private_until_shared(stage: Stage):
    stage.sandbox.sentry.add("77", "SHOP-API-9Z", title="TimeoutError: payment provider did not answer in 30 s")
    shown = await answer(stage, "shop-api-9z")
    assert "payment provider did not answer" in said(shown)
    assert "external service" in said(shown), "classified by the rules"
    assert "Only you see this" in said(shown)
    assert stage.cards() == []

    await press(stage, shown, "triage_share")
    public = await stage.card("ana shared")
    assert "payment provider did not answer" in said(public)
    await stage.card("nobody has it yet")
    await stage.until(lambda: shown not in stage.slack.ephemerals(ANA))


async def test_what_takes_longer_opens_a_modal_that_becomes_the_answer(stage: Stage):
    stage.sandbox.sentry.add("77", "SHOP-API-9Z", title="TimeoutError: payment provider did not answer in 30 s")
    stage.sandbox.sentry.front.mood = Mood.SLOW
    assert (await stage.sandbox.people.command(ANA, CHANNEL, "/triage SHOP-API-9Z")).ok
    view = await stage.modal(ANA)
    assert view.title == "Working on it"
    stage.sandbox.sentry.front.mood = Mood.UP
    await stage.until(lambda: "payment provider did not answer" in str(view.blocks))
    assert view.title == "Triage"
    assert stage.slack.ephemerals(ANA) == []


async def test_a_click_in_a_private_answer_changes_the_alert_and_the_answer(stage: Stage):
    await a_card(stage)
    shown = await answer(stage, SHORT)
    await press(stage, shown, "alert_acknowledge")
    await changed(stage, shown, "ana has it since")
    await stage.card("ana has it since")


async def test_a_modal_that_was_opened_in_a_private_answer_changes_the_answer_too(stage: Stage):
    await a_card(stage)
    shown = await answer(stage, SHORT)
    await press(stage, shown, "alert_reclassify")
    view = await stage.modal(ANA)
    assert (await stage.sandbox.people.submit(ANA, view.id, {"severity": "low", "category": "logic"})).ok
    await changed(stage, shown, "corrected by ana")


async def test_lists_hold_what_is_mine_critical_or_of_a_project(stage: Stage):
    assert "Nothing is open" in said(await answer(stage, "list"))
    await a_card(stage)
    await stage.sandbox.shelf.fire("event_alert")
    await stage.card("TypeError")
    everything = said(await answer(stage, "list"))
    assert "2 alerts are open" in everything
    assert "remaining connection slots" in said(await answer(stage, "list critical"))
    assert "TypeError" not in said(await answer(stage, "critical"))
    assert "Nothing is open" in said(await answer(stage, "list mine"))
    await stage.click(ANA, await stage.card("TypeError"), "alert_acknowledge")
    await stage.card("ana has it")
    assert "TypeError" in said(await answer(stage, "list mine"))
    assert "Nothing is open" in said(await answer(stage, "list mine", BO))
    assert "remaining connection slots" in said(await answer(stage, "list shop-api"))


async def test_the_buttons_of_a_list_act_on_their_own_line(stage: Stage):
    await a_card(stage)
    await stage.sandbox.shelf.fire("event_alert")
    await stage.card("TypeError")
    listed = await answer(stage, "list")
    block = next(b for b in reversed(listed.blocks) if b["block_id"].startswith("actions-"))
    await press(stage, listed, "alert_resolve", block_id=block["block_id"])
    await changed(stage, listed, "1 alert is open")


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [
        ("lst critical", "/triage list critical"),
        ("shop-api-1b", "/triage SHOP-API-1A"),
        ("list shop-apy", "list shop-api"),
    ],
)
async def test_wrong_input_gets_the_nearest_right_one_and_a_button_for_it(stage: Stage, wrong: str, meant: str):
    await a_card(stage)
    told = await answer(stage, wrong)
    assert "Did you mean" in said(told)
    assert meant in said(told)
    await press(stage, told, "triage_run")
    await changed(stage, told, "remaining connection slots")


async def test_an_issue_that_nobody_knows_is_said_so(stage: Stage):
    assert "Neither I nor Sentry know QUITE-OTHER-99" in said(await answer(stage, "QUITE-OTHER-99"))


async def test_why_tells_the_whole_trace(stage: Stage):
    body = compact(stage.sandbox.shelf.body("error"))
    for _ in range(3):
        await stage.sandbox.shelf.send("error", body)
    card = await stage.card("nobody has it yet")
    await stage.click(ANA, card, "alert_acknowledge")
    await stage.card("ana has it")
    trace = said(await answer(stage, f"why {ISSUE}"))
    for part in (
        "sentry error created: 1 delivery",
        "2 duplicates not counted again",
        "critical · database by rules",
        "No model was asked",
        "It cost nothing",
        "slack card",
        "Acknowledged by ana",
    ):
        assert part in trace, f"{part!r} is missing in {trace}"


async def test_why_says_why_nobody_was_told(stage: Stage):
    await press(stage, await answer(stage, "mute project:shop-web for 2d"), "triage_mute")
    await stage.sandbox.shelf.fire("event_alert")
    trace = said(await answer(stage, "list"))
    assert "TypeError" in trace, "what is muted is counted and listed all the same"
    name = stage.sandbox.shelf.body("event_alert")["data"]["event"]["issue_id"]
    assert "Muted by ana until" in said(await answer(stage, f"why {name}"))
    assert stage.cards() == []


async def test_a_mute_shows_first_what_it_would_have_hidden_and_spares_what_is_critical(stage: Stage):
    await a_card(stage)
    await stage.sandbox.shelf.fire("event_alert")
    await stage.click(BO, await stage.card("TypeError"), "alert_acknowledge")
    await stage.card("bo has it")
    preview = await answer(stage, "mute TypeError for 2d")
    assert "would have hidden 1 alert (1 medium) with 1 event in the last 30 days" in said(preview)
    assert "perhaps they mattered" in said(preview)
    nothing = await answer(stage, "mute project:shop-api")
    assert "Critical alerts come through all the same: 1 of them" in said(nothing)


async def test_a_mute_begins_is_listed_and_ends_and_then_the_card_comes(stage: Stage):
    await press(stage, begun := await answer(stage, "mute TypeError for 2d"), "triage_mute")
    await changed(stage, begun, "Muted")
    await stage.sandbox.shelf.fire("event_alert")
    await a_card(stage)
    assert len(stage.cards()) == 1
    held = await answer(stage, "unmute")
    assert "text:TypeError" in said(held)
    await press(stage, held, "triage_unmute")
    await changed(stage, held, "no longer muted")
    await stage.card("TypeError")
    assert "No mute is in force" in said(await answer(stage, "unmute"))


async def test_a_mute_that_runs_out_brings_what_it_hid_by_itself_and_is_counted(stage: Stage):
    await press(stage, begun := await answer(stage, "mute TypeError for 2d"), "triage_mute")
    await changed(stage, begun, "Muted")
    for _ in range(3):
        await stage.sandbox.shelf.fire("event_alert")
    await a_card(stage)
    assert len(stage.cards()) == 1
    metrics = await stage.http.get(stage.bot.url + "/metrics")
    assert 'alerts_suppressed_total{reason="muted"} 1.0' in metrics.text, "one alert, however often it came"

    await stage.stop_bot()
    stage.clock.advance(2 * 24 * 3600)
    await stage.start_bot()
    await stage.card("TypeError")


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [
        ("mute", "This would hide everything"),
        ("mute proejct:shop-api", "mute project:shop-api"),
        ("mute severity:hgh for 2d", "mute severity:high for 2d"),
        ("mute project:shop-api for ever", "mute project:shop-api for 7d"),
        ("unmute 99", "No mute 99"),
        ("why", "needs an issue"),
    ],
)
async def test_a_command_that_is_half_right_is_mended(stage: Stage, wrong: str, meant: str):
    assert meant in said(await answer(stage, wrong))


async def test_review_holds_what_the_rules_were_unsure_of_and_a_correction_takes_it_away(stage: Stage):
    assert "Nothing to review" in said(await answer(stage, "review"))
    body = stage.sandbox.shelf.body("error")
    body["data"]["error"] |= {"title": "Zorp: glimpf", "culprit": "", "tags": []}
    body["data"]["error"]["exception"]["values"] = [{"type": "Zorp", "value": "glimpf"}]
    await stage.sandbox.shelf.send("error", compact(body))
    card = await stage.card("Zorp")
    assert "Zorp" in said(await answer(stage, "review"))
    await stage.click(ANA, card, "alert_reclassify")
    view = await stage.modal(ANA)
    assert (await stage.sandbox.people.submit(ANA, view.id, {"severity": "low", "category": "logic"})).ok
    assert "Nothing to review" in said(await answer(stage, "review"))


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("", "/triage list [mine"),
        ("help", "/triage mute PATTERN"),
        ("stats", "alert"),
        ("budget", "No model is set up"),
        ("oncall", "1. "),
    ],
)
async def test_the_other_commands_answer(stage: Stage, command: str, says: str):
    await a_card(stage)
    assert says in said(await answer(stage, command))


async def test_an_answer_is_shown_to_the_channel_only_when_its_reader_says_so(stage: Stage):
    await a_card(stage)
    listed = await answer(stage, "list critical")
    assert len(stage.cards()) == 1
    await press(stage, listed, "triage_share")
    public = await stage.card("ana shared")
    assert "/triage list critical" in said(public)


async def test_whoever_may_not_mute_is_told_who_may(staging):
    async with staging(triage="permissions: {mute: [U0BO]}\n") as stage:
        await press(stage, await answer(stage, "mute TypeError for 2d"), "triage_mute")
        told = await stage.until(lambda: stage.slack.ephemerals(ANA)[1:])
        assert "bo" in told[0].text.lower()
        assert "No mute is in force" in said(await answer(stage, "unmute"))
