"""Streaming as Slack has it: in threads, for somebody, for five minutes."""

import pytest

from tests.sandbox.conftest import ANA, CHANNEL
from tests.sandbox.test_web_api import refused

TO = {"recipient_team_id": "T0EXAMPLE", "recipient_user_id": ANA}


@pytest.fixture
async def root(fast, client):
    return (await client.chat_postMessage(channel=CHANNEL, text="card"))["ts"]


async def test_a_stream_grows_and_ends_with_blocks_and_metadata(fast, client, root):
    ts = (await client.chat_startStream(channel=CHANNEL, thread_ts=root, markdown_text="Looking", **TO))["ts"]
    await client.chat_appendStream(channel=CHANNEL, ts=ts, markdown_text=" into it")
    metadata = {"event_type": "x", "event_payload": {"a": 1}}
    await client.chat_stopStream(channel=CHANNEL, ts=ts, blocks=[{"type": "divider"}], metadata=metadata)
    [reply] = fast.standin.replies(CHANNEL, root)
    assert reply.text == "Looking into it"
    assert [block["type"] for block in reply.blocks] == ["markdown", "divider"]
    assert reply.metadata == metadata
    await client.chat_update(channel=CHANNEL, ts=ts, text="changed")


async def test_the_sdks_own_helper_works(fast, client, root):
    stream = await client.chat_stream(channel=CHANNEL, thread_ts=root, buffer_size=1, **TO)
    await stream.append(markdown_text="one ")
    await stream.append(markdown_text="two")
    await stream.stop()
    assert fast.standin.replies(CHANNEL, root)[0].text == "one two"


@pytest.mark.parametrize(
    ("args", "code"),
    [
        ({"recipient_user_id": ANA}, "missing_recipient_team_id"),
        ({"recipient_team_id": "T0EXAMPLE"}, "missing_recipient_user_id"),
        ({**TO, "chunks": [{"type": "dance"}]}, "invalid_chunks"),
        ({**TO, "markdown_text": "x" * 12_001}, "msg_too_long"),
    ],
)
async def test_what_slack_would_refuse_is_refused(client, root, args, code):
    error = await refused(client.chat_startStream(channel=CHANNEL, thread_ts=root, **args))
    assert error.response["error"] == code


async def test_there_is_no_stream_outside_a_thread(fast, client):
    error = await refused(client.api_call("chat.startStream", json={"channel": CHANNEL, **TO}))
    assert error.response["error"] == "invalid_arguments"


async def test_while_it_streams_it_cannot_be_updated(client, root):
    ts = (await client.chat_startStream(channel=CHANNEL, thread_ts=root, **TO))["ts"]
    error = await refused(client.chat_update(channel=CHANNEL, ts=ts, text="changed"))
    assert error.response["error"] == "streaming_state_conflict"


async def test_five_minutes_after_its_start_it_is_over_however_lively_it_was(client, clock, root):
    ts = (await client.chat_startStream(channel=CHANNEL, thread_ts=root, **TO))["ts"]
    clock.forward(200)
    await client.chat_appendStream(channel=CHANNEL, ts=ts, markdown_text="still here")
    clock.forward(101)
    for call in (
        client.chat_appendStream(channel=CHANNEL, ts=ts, markdown_text="x"),
        client.chat_stopStream(channel=CHANNEL, ts=ts),
    ):
        assert (await refused(call)).response["error"] == "message_not_in_streaming_state"
    await client.chat_update(channel=CHANNEL, ts=ts, text="changed")


async def test_it_may_not_grow_for_ever(client, root):
    ts = (await client.chat_startStream(channel=CHANNEL, thread_ts=root, markdown_text="x" * 12_000, **TO))["ts"]
    error = await refused(client.chat_appendStream(channel=CHANNEL, ts=ts, markdown_text="x"))
    assert error.response["error"] == "msg_too_long"
