"""Files as slack_sdk's own client uploads them: seen by nobody until they are shared, and never twice."""

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError

from tests.sandbox.conftest import CHANNEL

DATA = b"\x89PNG\r\n\x1a\n example"


async def announced(client, **said):
    given = {"filename": "chart.png", "length": len(DATA), "alt_txt": "A chart"}
    return await client.files_getUploadURLExternal(**{**given, **said})


async def sent(url: str, data: bytes = DATA) -> int:
    async with aiohttp.ClientSession() as http, http.post(url, data=data) as answer:
        return answer.status


async def uploaded(client) -> str:
    place = await announced(client)
    assert await sent(place["upload_url"]) == 200
    return str(place["file_id"])


async def shown(sandbox, file_id: str) -> int:
    async with aiohttp.ClientSession() as http, http.get(f"{sandbox.url}/page/files/{file_id}") as answer:
        return answer.status


def chart(file_id: str):
    return [{"type": "image", "slack_file": {"id": file_id}, "alt_text": "A chart"}]


async def refused(awaitable) -> str:
    with pytest.raises(SlackApiError) as caught:
        await awaitable
    return str(caught.value.response["error"])


async def test_a_file_is_seen_once_it_is_shared_and_then_in_its_thread(sandbox, client):
    root = await client.chat_postMessage(channel=CHANNEL, text="figures")
    file_id = await uploaded(client)
    assert await shown(sandbox, file_id) == 404
    await client.files_completeUploadExternal(
        files=[{"id": file_id, "title": "By day"}], channel_id=CHANNEL, thread_ts=root["ts"]
    )
    thread = (await client.conversations_replies(channel=CHANNEL, ts=root["ts"]))["messages"]
    assert [file["id"] for file in thread[1]["files"]] == [file_id]
    assert (thread[1]["files"][0]["title"], thread[1]["files"][0]["alt_txt"]) == ("By day", "A chart")
    assert await shown(sandbox, file_id) == 200


async def test_an_image_block_may_show_only_what_was_shared(sandbox, client):
    sandbox.standin.limits.enabled = False
    file_id = await uploaded(client)
    assert await refused(client.chat_postMessage(channel=CHANNEL, text="x", blocks=chart(file_id))) == "invalid_blocks"
    await client.files_completeUploadExternal(files=[{"id": file_id, "title": "t"}], channel_id=CHANNEL)
    await client.chat_postMessage(channel=CHANNEL, text="x", blocks=chart(file_id))
    assert (
        await refused(client.chat_postMessage(channel=CHANNEL, text="x", blocks=chart("F0NOBODY"))) == "invalid_blocks"
    )


async def test_an_address_takes_one_upload_of_the_announced_size(client):
    place = await announced(client)
    assert await sent(place["upload_url"], DATA + b"more") == 400
    assert await sent(place["upload_url"]) == 200
    assert await sent(place["upload_url"]) == 400
    assert await sent(place["upload_url"] + "x") == 400


async def test_what_was_not_uploaded_or_was_shared_before_cannot_be_shared(client):
    pending = (await announced(client))["file_id"]
    files = [{"id": pending, "title": "t"}]
    assert await refused(client.files_completeUploadExternal(files=files, channel_id=CHANNEL)) == "file_not_found"
    files = [{"id": await uploaded(client), "title": "t"}]
    await client.files_completeUploadExternal(files=files, channel_id=CHANNEL)
    assert await refused(client.files_completeUploadExternal(files=files, channel_id=CHANNEL)) == "file_not_found"


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"alt_txt": "x" * 1_001}, "alt_txt_too_large"),
        ({"length": 0}, "invalid_limit"),
        ({"filename": ""}, "invalid_arguments"),
    ],
)
async def test_what_slack_refuses_at_the_announcement(client, said, code):
    assert await refused(announced(client, **said)) == code


async def test_where_the_bot_is_not_a_member_or_lacks_the_scope_it_shares_nothing(sandbox, client):
    file_id = await uploaded(client)
    files = [{"id": file_id, "title": "t"}]
    assert await refused(client.files_completeUploadExternal(files=files, channel_id="C0RANDOM")) == "not_in_channel"
    sandbox.standin.scopes -= {"files:write"}
    assert await refused(announced(client)) == "missing_scope"
