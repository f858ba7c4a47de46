"""The page in a real browser, and the server's manners towards browsers."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest
from playwright.async_api import Page, expect

from bot.sandbox.server import SandboxServer
from tests.browser import chromium, needs_chromium
from tests.patience import PATIENCE
from tests.sandbox.conftest import ANA, CHANNEL, Received, actions, button, modal, section


@pytest.fixture
async def page(fast: SandboxServer) -> AsyncIterator[Page]:
    """The sandbox's page, open; a script error on it fails the test."""
    errors: list[str] = []
    async with chromium() as browser:
        opened = await browser.new_page()
        opened.on("pageerror", lambda error: errors.append(str(error)))
        opened.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
        await opened.goto(fast.page_url)
        yield opened
    assert errors == []


@needs_chromium
async def test_a_person_reads_a_card_clicks_fills_in_the_modal_and_reads_the_thread(fast, client, bot, page):
    async def answer(received: Received) -> aiohttp.web.StreamResponse:
        if received.body["type"] == "block_actions":
            await client.views_open(trigger_id=received.body["trigger_id"], view=modal())
        elif received.body["view"]["state"]["values"]["q"]["question"]["value"] == "why?":
            await client.chat_postMessage(channel=CHANNEL, text="Because.", thread_ts=ts)
        else:
            return aiohttp.web.json_response({"response_action": "errors", "errors": {"q": "Ask something."}})
        return aiohttp.web.Response()

    bot.answer = answer
    blocks = [section("*card* &lt;b&gt; <script>window.hacked = 1</script>"), actions(button("alert_ask", value="7"))]
    ts = (await client.chat_postMessage(channel=CHANNEL, text="card", blocks=blocks))["ts"]

    await expect(page.get_by_test_id(f"message-{ts}")).to_contain_text("card <b>")
    await page.get_by_test_id("button-alert_ask").press("Enter")
    await expect(page.get_by_test_id("modal")).to_be_visible()
    await expect(page.get_by_test_id("input-question")).to_be_focused()
    await page.get_by_test_id("modal-submit").click()
    await expect(page.get_by_test_id("modal")).to_contain_text("Please complete this required field.")
    await page.get_by_test_id("input-question").fill("hm")
    await page.get_by_test_id("modal-submit").click()
    await expect(page.get_by_test_id("modal")).to_contain_text("Ask something.")
    await page.get_by_test_id("input-question").fill("why?")
    await page.get_by_test_id("modal-submit").click()
    await expect(page.get_by_test_id("modal")).to_have_count(0)
    await page.get_by_test_id(f"open-thread-{ts}").click()
    await expect(page.get_by_test_id("thread")).to_contain_text("Because.")
    assert await page.evaluate("window.hacked") is None


@needs_chromium
async def test_an_ephemeral_message_is_gone_when_somebody_else_looks(fast, client, page):
    await client.chat_postEphemeral(channel=CHANNEL, user=ANA, text="just you")

    await expect(page.get_by_text("Only visible to you")).to_be_visible()
    await page.get_by_test_id("user-switcher").select_option("U0BO")
    await expect(page.get_by_text("Only visible to you")).to_have_count(0)


@needs_chromium
async def test_a_delivery_is_fired_from_the_page_on_a_phone_too(fast, bot, page):
    bot.says({"delivery": "d-1"}, status=202)
    await page.set_viewport_size({"width": 390, "height": 844})

    await page.get_by_test_id("pane-deliveries").click()
    await page.get_by_test_id("shelf-error").click()

    await expect(page.get_by_test_id("result-error")).to_contain_text("202")
    await expect(page.get_by_test_id("result-error")).to_contain_text('{"delivery": "d-1"}')
    assert await page.evaluate("document.documentElement.scrollWidth") == 390


@needs_chromium
@pytest.mark.parametrize("what", ["the pressed message", "another message"])
async def test_a_press_is_a_click_though_a_message_changes_meanwhile(fast, client, bot, page, what):
    blocks = [section("*card*"), actions(button("alert_ask"))]
    ts = (await client.chat_postMessage(channel=CHANNEL, text="card", blocks=blocks))["ts"]
    await page.get_by_test_id("button-alert_ask").hover()
    await page.mouse.down()
    async with page.expect_response("**/page/state*") as seen:
        if what == "another message":
            await client.chat_postMessage(channel=CHANNEL, text="news")
        else:
            await client.chat_update(channel=CHANNEL, ts=ts, text="news", blocks=[actions(button("alert_ask"))])
    await (await seen.value).finished()
    await page.evaluate("new Promise(requestAnimationFrame)")
    await page.mouse.up()

    assert (await fast.standin.until(lambda: bot.got))[0].body["actions"][0]["action_id"] == "alert_ask"
    await expect(page.get_by_role("article", name="news")).to_be_visible()


@needs_chromium
async def test_a_link_keeps_the_focus_when_its_message_is_drawn_anew(client, page):
    def links(host: str) -> str:
        return f"*<https://{host}.example.com|first>* and *<https://{host}.example.com/2|second>*"

    ts = (await client.chat_postMessage(channel=CHANNEL, text="card", blocks=[section(links("old"))]))["ts"]
    await page.get_by_role("link", name="second").focus()
    await client.chat_update(channel=CHANNEL, ts=ts, text="card", blocks=[section(links("new"))])

    await expect(page.get_by_role("link", name="second")).to_have_attribute("href", "https://new.example.com/2")
    await expect(page.get_by_role("link", name="second")).to_be_focused()


@needs_chromium
async def test_escape_closes_a_modal_and_the_focus_goes_back_to_the_button(fast, client, bot, page):
    await client.chat_postMessage(channel=CHANNEL, text="card", blocks=[actions(button("alert_ask"))])
    await page.get_by_test_id("button-alert_ask").click()
    received = await fast.standin.until(lambda: bot.got)
    await client.views_open(trigger_id=received[0].body["trigger_id"], view=modal())
    await expect(page.get_by_test_id("modal")).to_be_visible()

    await page.keyboard.press("Escape")

    await expect(page.get_by_test_id("modal")).to_have_count(0)
    await expect(page.get_by_test_id("button-alert_ask")).to_be_focused()


async def test_another_site_cannot_press_buttons_through_the_visitors_browser(fast):
    async with aiohttp.ClientSession(headers={"Origin": "https://evil.example.net"}) as http:
        async with http.post(fast.url + "/page/fire/error", json={}) as response:
            assert response.status == 403
        async with http.get(fast.page_url, headers={"Host": "evil.example.net"}) as response:
            assert response.status == 403


async def test_the_server_stops_while_a_browser_still_listens_for_changes(bot):
    server = SandboxServer(bot_url=bot.url)
    await server.start()
    async with aiohttp.ClientSession() as http:
        stream = await http.get(server.url + "/page/changes")
        assert await stream.content.readline() == b"data: 0\n"
        async with asyncio.timeout(PATIENCE):
            await server.stop()
        assert b"data: 0" not in await stream.content.read()
