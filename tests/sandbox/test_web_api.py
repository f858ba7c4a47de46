"""The Web API as slack_sdk's own client meets it."""

import json

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.server import SandboxServer
from tests.sandbox.conftest import ANA, CHANNEL, MovableClock, actions, button, section

METADATA = {"event_type": "triage_alert", "event_payload": {"alert": 7}}


async def refused(awaitable) -> SlackApiError:
    with pytest.raises(SlackApiError) as caught:
        await awaitable
    return caught.value


async def test_a_client_learns_who_its_token_is(client):
    answer = await client.auth_test()

    assert (answer["user_id"], answer["bot_id"], answer["team_id"]) == ("U0TRIAGE", "B0TRIAGE", "T0EXAMPLE")
    assert "chat:write" in answer.headers["x-oauth-scopes"]


@pytest.mark.parametrize(("token", "code"), [(None, "not_authed"), ("xoxb-wrong", "invalid_auth")])
async def test_a_missing_or_wrong_token_gets_slacks_own_code(sandbox, token, code):
    error = await refused(AsyncWebClient(token, base_url=sandbox.api_url).auth_test())

    assert error.response["error"] == code


async def test_a_scope_that_was_not_granted_is_named(sandbox, client):
    sandbox.standin.scopes -= {"users:read.email"}

    error = await refused(client.users_lookupByEmail(email="ana@example.com"))

    assert (error.response["error"], error.response["needed"]) == ("missing_scope", "users:read.email")


async def test_an_unknown_method_is_said_to_be_unknown(client):
    error = await refused(client.api_call("chat.shout"))

    assert error.response["error"] == "unknown_method"


async def test_a_form_with_json_inside_works_like_a_json_body(sandbox):
    async with aiohttp.ClientSession() as http:
        form = {"token": "xoxb-example", "channel": "#alerts", "text": "hello", "blocks": json.dumps([section("*hi*")])}
        async with http.post(sandbox.api_url + "chat.postMessage", data=form) as response:
            answer = await response.json()

    assert answer["channel"] == CHANNEL
    assert answer["message"]["blocks"][0]["text"]["text"] == "*hi*"


async def test_a_missing_argument_is_named(fast):
    client = AsyncWebClient("xoxb-example", base_url=fast.api_url)

    error = await refused(client.api_call("chat.update", json={"channel": CHANNEL, "text": "x"}))

    assert error.response["error"] == "invalid_arguments"
    assert error.response["response_metadata"]["messages"] == ["[ERROR] missing required field: ts"]


@pytest.mark.parametrize(
    ("channel", "code"),
    [
        ("C0NOWHERE", "channel_not_found"),
        ("G0SECRET", "channel_not_found"),
        ("C0RANDOM", "not_in_channel"),
        ("C0OLD", "is_archived"),
    ],
)
async def test_a_post_to_a_place_without_the_bot_is_refused(client, channel, code):
    error = await refused(client.chat_postMessage(channel=channel, text="hello"))

    assert error.response["error"] == code


async def test_a_post_to_a_person_lands_in_their_direct_conversation(client):
    answer = await client.chat_postMessage(channel=ANA, text="hello")

    assert answer["channel"] == "D0ANA"


async def test_the_second_post_within_a_second_has_to_wait_as_long_as_it_is_told(client, clock):
    await client.chat_postMessage(channel=CHANNEL, text="one")

    error = await refused(client.chat_postMessage(channel="#alerts", text="two"))
    assert (error.response.status_code, error.response["error"]) == (429, "ratelimited")
    clock.forward(int(error.response.headers["Retry-After"]))

    assert (await client.chat_postMessage(channel=CHANNEL, text="two"))["ok"]


async def test_channels_are_paced_apart_from_each_other(client):
    await client.chat_postMessage(channel=CHANNEL, text="one")

    assert (await client.chat_postMessage(channel="C0SHOP", text="one"))["ok"]


async def test_a_tier_3_method_allows_fifty_calls_a_minute(client, clock: MovableClock):
    for _ in range(50):
        await client.conversations_info(channel=CHANNEL)

    assert (await refused(client.conversations_info(channel=CHANNEL))).response.status_code == 429
    clock.forward(2)
    assert (await client.conversations_info(channel=CHANNEL))["ok"]


async def test_metadata_is_kept_and_shown_only_to_those_who_ask(fast, client):
    ts = (await client.chat_postMessage(channel=CHANNEL, text="card", metadata=METADATA))["ts"]
    await client.chat_update(channel=CHANNEL, ts=ts, text="card, changed")

    plain = await client.conversations_history(channel=CHANNEL)
    full = await client.conversations_history(channel=CHANNEL, include_all_metadata=True)

    assert "metadata" not in plain["messages"][0]
    assert full["messages"][0]["metadata"] == METADATA


async def test_an_empty_object_takes_the_metadata_away(fast, client):
    ts = (await client.chat_postMessage(channel=CHANNEL, text="card", metadata=METADATA))["ts"]
    await client.chat_update(channel=CHANNEL, ts=ts, text="card", metadata={})

    full = await client.conversations_history(channel=CHANNEL, include_all_metadata=True)

    assert "metadata" not in full["messages"][0]


async def test_metadata_of_the_wrong_shape_is_refused(client):
    error = await refused(client.chat_postMessage(channel=CHANNEL, text="x", metadata={"alert": 7}))

    assert error.response["error"] == "invalid_metadata_format"


async def test_an_update_with_text_alone_removes_the_blocks_and_is_marked_edited(fast, client):
    ts = (await client.chat_postMessage(channel=CHANNEL, text="card", blocks=[section("card")]))["ts"]

    message = (await client.chat_update(channel=CHANNEL, ts=ts, text="plain"))["message"]

    assert "blocks" not in message
    assert message["edited"]["user"] == "U0TRIAGE"


async def test_an_update_with_blocks_is_not_marked_edited(fast, client):
    ts = (await client.chat_postMessage(channel=CHANNEL, text="card"))["ts"]

    message = (await client.chat_update(channel=CHANNEL, ts=ts, text="card", blocks=[section("new")]))["message"]

    assert message["blocks"][0]["text"]["text"] == "new"
    assert "edited" not in message


async def test_only_the_bots_own_messages_can_be_changed(fast, client):
    theirs = (await fast.people.write(ANA, CHANNEL, "mine")).ts

    change = await refused(client.chat_update(channel=CHANNEL, ts=theirs, text="yours"))
    removal = await refused(client.chat_delete(channel=CHANNEL, ts=theirs))

    assert change.response["error"] == "cant_update_message"
    assert removal.response["error"] == "cant_delete_message"


async def test_a_message_that_is_not_there_is_not_found(client):
    error = await refused(client.chat_update(channel=CHANNEL, ts="1.000001", text="x"))

    assert error.response["error"] == "message_not_found"


async def test_text_is_too_long_for_an_update_before_it_is_for_a_post(fast, client):
    ts = (await client.chat_postMessage(channel=CHANNEL, text="x" * 41_000))["ts"]

    error = await refused(client.chat_update(channel=CHANNEL, ts=ts, text="x" * 4_001))

    assert len(fast.standin.messages()[0].text) == 40_000
    assert error.response["error"] == "msg_too_long"


@pytest.mark.filterwarnings("ignore:The top-level `text` argument")
async def test_a_message_needs_something_to_say(client):
    error = await refused(client.chat_postMessage(channel=CHANNEL, text=" "))

    assert error.response["error"] == "no_text"


async def test_replies_stand_in_the_thread_and_not_in_the_channel(fast, client):
    root = (await client.chat_postMessage(channel=CHANNEL, text="root"))["ts"]
    for number in range(3):
        await client.chat_postMessage(channel=CHANNEL, text=f"reply {number}", thread_ts=root)

    history = await client.conversations_history(channel=CHANNEL)
    thread = await client.conversations_replies(channel=CHANNEL, ts=root)

    assert [(m["text"], m["reply_count"]) for m in history["messages"]] == [("root", 3)]
    assert [m["text"] for m in thread["messages"]] == ["root", "reply 0", "reply 1", "reply 2"]


async def test_a_reply_to_nothing_or_to_a_reply_is_refused(fast, client):
    root = (await client.chat_postMessage(channel=CHANNEL, text="root"))["ts"]
    reply = (await client.chat_postMessage(channel=CHANNEL, text="reply", thread_ts=root))["ts"]

    nothing = await refused(client.chat_postMessage(channel=CHANNEL, text="x", thread_ts="1.000001"))
    deeper = await refused(client.chat_postMessage(channel=CHANNEL, text="x", thread_ts=reply))

    assert nothing.response["error"] == "thread_not_found"
    assert deeper.response["error"] == "cannot_reply_to_message"


async def test_a_deleted_root_leaves_a_stone_for_its_thread(fast, client):
    root = (await client.chat_postMessage(channel=CHANNEL, text="root"))["ts"]
    await client.chat_postMessage(channel=CHANNEL, text="reply", thread_ts=root)
    await client.chat_delete(channel=CHANNEL, ts=root)

    thread = await client.conversations_replies(channel=CHANNEL, ts=root)

    assert thread["messages"][0]["subtype"] == "tombstone"
    assert (await refused(client.chat_update(channel=CHANNEL, ts=root, text="x"))).response["error"] == (
        "message_not_found"
    )


async def test_history_is_paged_newest_first_and_bounded_by_time(fast, client, clock):
    stamps = []
    for number in range(5):
        clock.forward(1)
        stamps.append((await client.chat_postMessage(channel=CHANNEL, text=str(number)))["ts"])

    first = await client.conversations_history(channel=CHANNEL, limit=2)
    second = await client.conversations_history(
        channel=CHANNEL, limit=2, cursor=first["response_metadata"]["next_cursor"]
    )
    after = await client.conversations_history(channel=CHANNEL, oldest=stamps[2])
    exact = await client.conversations_history(
        channel=CHANNEL, oldest=stamps[1], latest=stamps[1], inclusive=True, limit=1
    )

    assert [m["text"] for m in [*first["messages"], *second["messages"]]] == ["4", "3", "2", "1"]
    assert first["has_more"]
    assert [m["text"] for m in after["messages"]] == ["4", "3"]
    assert [m["text"] for m in exact["messages"]] == ["1"]


async def test_an_ephemeral_message_is_seen_by_one_person_and_by_no_api(fast, client):
    await client.chat_postEphemeral(channel=CHANNEL, user=ANA, text="just you", blocks=[actions(button())])

    assert [m.text for m in fast.standin.ephemerals(ANA)] == ["just you"]
    assert fast.standin.ephemerals("U0BO") == []
    assert (await client.conversations_history(channel=CHANNEL))["messages"] == []


async def test_people_and_channels_can_be_looked_up(client):
    person = (await client.users_lookupByEmail(email="bo@example.com"))["user"]
    channels = (await client.conversations_list(exclude_archived=True))["channels"]

    assert (await client.users_info(user=person["id"]))["user"]["real_name"] == "Bo Example"
    assert {channel["name"] for channel in channels} == {"alerts", "shop-oncall", "random"}
    assert (await refused(client.users_lookupByEmail(email="no@example.com"))).response["error"] == "users_not_found"


async def test_a_permalink_leads_to_the_message_on_the_page(fast: SandboxServer, client):
    ts = (await client.chat_postMessage(channel=CHANNEL, text="card"))["ts"]

    link = (await client.chat_getPermalink(channel=CHANNEL, message_ts=ts))["permalink"]

    async with aiohttp.ClientSession() as http, http.get(link, allow_redirects=False) as response:
        assert response.headers["Location"] == f"/#{CHANNEL}/{ts}"
