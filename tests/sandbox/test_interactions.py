"""What people do reaches the bot as Slack sends it, and what the bot answers is what they see."""

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.sandbox.payloads import Impossible
from tests.sandbox.conftest import ANA, BO, CHANNEL, actions, button, modal, section, silence

MENU = {
    "type": "overflow",
    "action_id": "more",
    "options": [{"text": {"type": "plain_text", "text": "Snooze"}, "value": "snooze"}],
}


@pytest.fixture
async def card(fast, client):
    """A message with a button and a menu."""
    blocks = [section("*card*"), actions(button("alert_acknowledge", value="7"), MENU)]
    return (await client.chat_postMessage(channel=CHANNEL, text="card", blocks=blocks))["ts"]


async def opened(fast, client, bot, card, view=None):
    """A modal that Ana opened by a click; its id."""
    await fast.people.click(ANA, CHANNEL, card, "alert_acknowledge")
    return (await client.views_open(trigger_id=bot.got[-1].body["trigger_id"], view=view or modal()))["view"]["id"]


async def test_a_click_comes_signed_and_in_slacks_own_shape(fast, bot, card):
    outcome = await fast.people.click(ANA, CHANNEL, card, "alert_acknowledge")

    body = bot.got[0].body
    assert outcome.ok
    assert (body["type"], body["user"]["id"], body["channel"]["id"]) == ("block_actions", ANA, CHANNEL)
    assert body["container"] == {
        "type": "message", "message_ts": card, "channel_id": CHANNEL, "is_ephemeral": False,
    }  # fmt: skip
    assert body["message"]["ts"] == card
    action = body["actions"][0]
    assert (action["type"], action["action_id"], action["block_id"], action["value"]) == (
        "button", "alert_acknowledge", "acts", "7",
    )  # fmt: skip


async def test_a_choice_from_a_menu_carries_the_whole_option(fast, bot, card):
    await fast.people.click(ANA, CHANNEL, card, "more", choice="snooze")

    assert bot.got[0].body["actions"][0]["selected_option"] == MENU["options"][0]


@pytest.mark.parametrize("act", ["button", "choice", "channel", "message"])
async def test_nobody_can_do_what_their_screen_does_not_offer(fast, card, act):
    people = fast.people
    deeds = {
        "button": lambda: people.click(ANA, CHANNEL, card, "alert_explode"),
        "choice": lambda: people.click(ANA, CHANNEL, card, "more", choice="explode"),
        "channel": lambda: people.click(BO, "G0SECRET", card, "more"),
        "message": lambda: people.click(ANA, CHANNEL, "1.000001", "more"),
    }
    with pytest.raises(Impossible):
        await deeds[act]()


async def test_a_trigger_opens_one_view_within_three_seconds(fast, client, bot, clock, card):
    for _ in range(2):
        await fast.people.click(ANA, CHANNEL, card, "alert_acknowledge")
    used, late = (got.body["trigger_id"] for got in bot.got)
    await client.views_open(trigger_id=used, view=modal())
    clock.forward(3.1)

    for trigger, code in ((used, "exchanged_trigger_id"), (late, "expired_trigger_id"), ("x", "invalid_trigger_id")):
        with pytest.raises(SlackApiError) as caught:
            await client.views_open(trigger_id=trigger, view=modal())
        assert caught.value.response["error"] == code


async def test_a_wrong_view_does_not_use_the_trigger_up(fast, client, bot, card):
    await fast.people.click(ANA, CHANNEL, card, "alert_acknowledge")
    trigger = bot.got[0].body["trigger_id"]

    with pytest.raises(SlackApiError):
        await client.views_open(trigger_id=trigger, view=modal(title={"type": "plain_text", "text": "x" * 25}))

    assert (await client.views_open(trigger_id=trigger, view=modal()))["ok"]


async def test_a_submission_carries_what_was_typed_and_an_empty_answer_closes_the_view(fast, client, bot, card):
    view_id = await opened(fast, client, bot, card)

    outcome = await fast.people.submit(ANA, view_id, {"question": "why?"})

    view = bot.got[-1].body["view"]
    assert view["state"]["values"] == {"q": {"question": {"type": "plain_text_input", "value": "why?"}}}
    assert (view["callback_id"], view["id"]) == ("ask", view_id)
    assert outcome.ok
    assert fast.standin.workspace.views.top(ANA) is None


async def test_a_required_field_is_asked_for_before_the_bot_hears_anything(fast, client, bot, card):
    view_id = await opened(fast, client, bot, card)
    before = len(bot.got)

    outcome = await fast.people.submit(ANA, view_id, {})

    assert outcome.errors == {"q": "Please complete this required field."}
    assert len(bot.got) == before


async def test_the_bots_errors_stand_under_their_fields_and_the_view_stays(fast, client, bot, card):
    view_id = await opened(fast, client, bot, card)
    bot.says({"response_action": "errors", "errors": {"q": "Too short"}})

    outcome = await fast.people.submit(ANA, view_id, {"question": "?"})

    assert (outcome.ok, outcome.errors) == (False, {"q": "Too short"})
    assert fast.standin.workspace.views.top(ANA).errors == {"q": "Too short"}


async def test_errors_for_a_block_that_is_no_input_are_refused_as_slack_does(fast, client, bot, card):
    view_id = await opened(fast, client, bot, card)
    bot.says({"response_action": "errors", "errors": {"nowhere": "Too short"}})

    outcome = await fast.people.submit(ANA, view_id, {"question": "?"})

    assert "the answer cannot be used" in outcome.problem


async def test_a_submission_can_be_answered_with_another_view(fast, client, bot, card):
    view_id = await opened(fast, client, bot, card)
    bot.says({"response_action": "push", "view": modal(title={"type": "plain_text", "text": "Sure?"})})
    await fast.people.submit(ANA, view_id, {"question": "why?"})
    top = fast.standin.workspace.views.top(ANA)
    bot.says({"response_action": "clear"})
    await fast.people.submit(ANA, top.id, {"question": "yes"})

    assert (top.title, top.previous, top.root) == ("Sure?", view_id, view_id)
    assert fast.standin.workspace.views.top(ANA) is None


async def test_a_closed_view_is_only_told_to_a_bot_that_asked(fast, client, bot, card):
    quiet = await opened(fast, client, bot, card)
    await fast.people.close(ANA, quiet)
    asked = await opened(fast, client, bot, card, modal(notify_on_close=True))
    await fast.people.close(ANA, asked)

    closed = [got.body["view"]["id"] for got in bot.got if got.body["type"] == "view_closed"]
    assert closed == [asked]
    with pytest.raises(SlackApiError, match="not_found"):
        await client.views_update(view_id=quiet, view=modal())


async def test_an_update_with_an_old_hash_is_a_conflict(fast, client, bot, card):
    view_id = await opened(fast, client, bot, card)
    first = (await client.views_update(view_id=view_id, view=modal()))["view"]["hash"]
    await client.views_update(view_id=view_id, view=modal(), hash=first)

    with pytest.raises(SlackApiError, match="hash_conflict"):
        await client.views_update(view_id=view_id, view=modal(), hash=first)


async def test_a_home_tab_is_published_for_one_person(fast, client, bot):
    view = {"type": "home", "blocks": [section("hello"), actions(button("refresh"))]}
    published = (await client.views_publish(user_id=ANA, view=view))["view"]
    await fast.people.open_home(ANA)
    await fast.people.click_in_view(ANA, published["id"], "refresh")

    assert bot.got[0].body["event"]["view"]["id"] == published["id"]
    assert bot.got[1].body["container"] == {"type": "view", "view_id": published["id"]}
    with pytest.raises(Impossible):
        await fast.people.click_in_view(BO, published["id"], "refresh")


async def test_a_command_is_a_form_and_its_answer_is_seen_by_that_person_alone(fast, bot):
    bot.says({"text": "here it is"})

    await fast.people.command(ANA, CHANNEL, "/triage SHOP-API-1A for @bo & <all>")

    form = bot.got[0].body
    assert (form["command"], form["user_id"], form["channel_id"]) == ("/triage", ANA, CHANNEL)
    assert form["text"] == "SHOP-API-1A for <@U0BO> &amp; &lt;all&gt;"
    assert [m.text for m in fast.standin.ephemerals(ANA)] == ["here it is"]


async def test_a_bot_that_does_not_answer_is_reported_to_the_person(fast, bot, card):
    bot.answer = silence
    fast.courier.patience = 0.05

    outcome = await fast.people.click(ANA, CHANNEL, card, "alert_acknowledge")

    assert (outcome.ok, outcome.problem) == (False, "timeout")
    assert fast.standin.workspace.notices[-1].text == "didn't work: timeout"
    assert fast.standin.journal.sent("block_actions")[-1].problem == "timeout"


async def test_an_answer_other_than_success_is_reported_too(fast, bot, card):
    bot.says(status=404)

    assert (await fast.people.click(ANA, CHANNEL, card, "alert_acknowledge")).problem == "status 404"


async def test_a_message_that_names_the_bot_makes_two_events_with_ids_of_their_own(fast, bot, card):
    await fast.people.mention(ANA, CHANNEL, "why?", thread_ts=card)

    message, mention = (got.body for got in bot.got)
    assert (message["event"]["type"], mention["event"]["type"]) == ("message", "app_mention")
    assert message["event"]["ts"] == mention["event"]["ts"]
    assert mention["event"]["text"] == "<@U0TRIAGE> why?"
    assert mention["event"]["thread_ts"] == card
    assert message["event_id"] != mention["event_id"]


async def test_a_failed_event_is_repeated_at_once_and_later_with_the_same_id(fast, bot, clock):
    bot.says(status=500)
    await fast.people.write(ANA, CHANNEL, "hello")
    bot.answer = None
    clock.forward(60)
    await fast.people.redeliver()

    assert len({got.body["event_id"] for got in bot.got}) == 1
    assert [got.headers.get("X-Slack-Retry-Num") for got in bot.got] == [None, "1", "2"]
    assert bot.got[1].headers["X-Slack-Retry-Reason"] == "http_error"


async def test_a_response_url_speaks_to_the_one_who_clicked_and_can_replace_the_original(fast, bot, card):
    await fast.people.click(ANA, CHANNEL, card, "alert_acknowledge")
    hook = AsyncWebhookClient(bot.got[0].body["response_url"])

    said = await hook.send(text="done")
    await hook.send(text="card, changed", replace_original=True)

    assert said.body == "ok"
    assert [m.text for m in fast.standin.ephemerals(ANA)] == ["done"]
    assert [m.text for m in fast.standin.messages()] == ["card, changed"]


async def test_a_response_url_works_five_times_within_half_an_hour(fast, bot, clock, card):
    for _ in range(2):
        await fast.people.click(ANA, CHANNEL, card, "alert_acknowledge")
    used, late = (got.body["response_url"] for got in bot.got)
    async with aiohttp.ClientSession() as http:
        answers = [(await http.post(used, json={"text": "x"})).status for _ in range(6)]
        clock.forward(1801)
        expired = await http.post(late, json={"text": "x"})
        assert answers == [200] * 5 + [404]
        assert (await expired.json())["error"] == "expired_url"


async def test_a_click_on_an_ephemeral_message_does_not_show_the_message_to_the_bot(fast, client, bot):
    blocks = [actions(button("alert_undo"))]
    ts = (await client.chat_postEphemeral(channel=CHANNEL, user=ANA, text="undo?", blocks=blocks))["message_ts"]
    await fast.people.click(ANA, CHANNEL, ts, "alert_undo")
    await AsyncWebhookClient(bot.got[0].body["response_url"]).send(delete_original=True)

    assert bot.got[0].body["container"]["is_ephemeral"]
    assert "message" not in bot.got[0].body
    assert fast.standin.ephemerals(ANA) == []
