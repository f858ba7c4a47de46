"""What a test may order to go wrong, and what the journal then tells."""

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.sandbox.conftest import ANA, CHANNEL


def impatient(sandbox) -> AsyncWebClient:
    """A client that never repeats anything by itself."""
    return AsyncWebClient("xoxb-example", base_url=sandbox.api_url, retry_handlers=[])


async def test_a_call_can_take_effect_and_lose_its_answer(fast):
    fast.standin.faults.hang_up("chat.postMessage")

    with pytest.raises(aiohttp.ClientError):
        await impatient(fast).chat_postMessage(channel=CHANNEL, text="card")

    assert [m.text for m in fast.standin.messages()] == ["card"]
    call = fast.standin.journal.calls("chat.postMessage")[0]
    assert (call.outcome, call.fault, call.ts) == ("ok", "hung up", fast.standin.messages()[0].ts)


async def test_the_sdks_own_retry_then_posts_twice_and_the_journal_shows_it(fast, client):
    fast.standin.faults.hang_up("chat.postMessage")

    await client.chat_postMessage(channel=CHANNEL, text="card")

    assert len(fast.standin.journal.calls("chat.postMessage", ok=True)) == 2


async def test_a_fault_hits_as_many_calls_as_it_was_ordered_for(fast):
    fast.standin.faults.refuse("chat.postMessage", "fatal_error", times=2)
    client = impatient(fast)
    for _ in range(2):
        with pytest.raises(SlackApiError, match="fatal_error"):
            await client.chat_postMessage(channel=CHANNEL, text="card")

    assert (await client.chat_postMessage(channel=CHANNEL, text="card"))["ok"]
    assert len(fast.standin.messages()) == 1


@pytest.mark.parametrize(("order", "status"), [("limit", 429), ("break_down", 503)])
async def test_http_errors_can_be_ordered(fast, order, status):
    getattr(fast.standin.faults, order)("chat.update")

    with pytest.raises(SlackApiError) as caught:
        await impatient(fast).chat_update(channel=CHANNEL, ts="1.000001", text="x")

    assert caught.value.response.status_code == status


async def test_the_journal_holds_calls_and_deliveries_in_one_order(fast, client):
    await client.chat_postMessage(channel=CHANNEL, text="one")
    await fast.people.write(ANA, CHANNEL, "two")

    numbers = [entry.number for entry in fast.standin.journal.entries]
    assert numbers == sorted(numbers)
    assert [call.method for call in fast.standin.journal.calls()] == ["chat.postMessage"]
    assert [sent.kind for sent in fast.standin.journal.sent()] == ["message"]


async def test_a_test_can_wait_for_what_will_happen(fast, client):
    await client.chat_postMessage(channel=CHANNEL, text="card")

    assert (await fast.standin.until(fast.standin.messages))[0].text == "card"
    with pytest.raises(TimeoutError):
        await fast.standin.until(lambda: len(fast.standin.messages()) > 1, seconds=0.01)
