"""The dashboard in a real browser, on a laptop and on a phone, by keyboard, with words that mean harm."""

import pytest
from playwright.async_api import Page, expect

from bot.sandbox.shelf import compact
from tests.browser import DESKTOP, PHONE, needs_chromium, opened
from tests.insights.week import HOSTILE
from tests.scenarios.conftest import Stage

pytestmark = needs_chromium
TOKEN = "example-admin-token"
ENDLESS = "ThisNameWasMadeByAGeneratorThatDidNotKnowWhenToStop" * 6


@pytest.fixture
async def troubled(staging):
    """A bot with one plain alert, and one whose every word is an attack or without an end."""
    async with staging(extra={"ADMIN_TOKEN": TOKEN}) as stage:
        await stage.sandbox.shelf.fire("error")
        await stage.card("nobody has it yet")
        body = stage.sandbox.shelf.body("event_alert")
        body["data"]["event"] |= {"title": HOSTILE, "culprit": ENDLESS}
        body["data"]["event"]["exception"]["values"][-1] |= {"type": ENDLESS, "value": HOSTILE}
        assert (await stage.sandbox.shelf.send("event_alert", compact(body))).status == 202
        await stage.slack.until(lambda: len(stage.cards()) == 2)
        yield stage


async def log_in_by_keyboard(page: Page) -> None:
    await expect(page.get_by_label("ADMIN_TOKEN")).to_be_focused()
    await page.keyboard.type(TOKEN)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Open alerts")).to_be_visible()


async def nothing_sticks_out(page: Page) -> None:
    assert await page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["laptop", "phone"])
async def test_the_alerts_stand_there_on_every_width_in_light_and_dark(troubled: Stage, viewport, scheme):
    async with opened(troubled.bot.url, viewport=viewport, color_scheme=scheme) as page:
        refused: list[str] = []
        page.on("console", lambda message: refused.append(message.text) if "Security" in message.text else None)
        await nothing_sticks_out(page)
        await log_in_by_keyboard(page)
        await expect(page.get_by_text("OperationalError").first).to_be_visible()
        await expect(page.get_by_text("<script>").first).to_be_visible()
        await nothing_sticks_out(page)
        charts = page.get_by_role("img", name="Bar chart of new alerts")
        assert await charts.count() == 1, "the width decides which of the two is there"
        assert await page.locator("svg.chart rect:visible").count() >= 1
        paper = await page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (paper == "rgb(250, 248, 244)") == (scheme == "light"), "the policy lets the page's own style in"
        assert refused == []


async def test_the_keyboard_reaches_the_alerts_the_periods_and_the_way_out(troubled: Stage):
    async with opened(troubled.bot.url) as page:
        await log_in_by_keyboard(page)
        await page.keyboard.press("Tab")
        await expect(page.get_by_role("link", name="Skip to the alerts")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(page.locator("#content")).to_be_focused()
        await page.keyboard.press("Tab")
        assert await page.evaluate("document.activeElement.href.startsWith('http')"), "the first alert's page in Sentry"
        await page.get_by_role("link", name="30 d").press("Enter")
        await expect(page.get_by_text("The last 30 days")).to_be_visible()
        await page.get_by_role("button", name="Log out").press("Enter")
        await expect(page.get_by_label("ADMIN_TOKEN")).to_be_visible()


async def test_a_wrong_token_is_said_in_words(troubled: Stage):
    async with opened(troubled.bot.url) as page:
        await page.get_by_label("ADMIN_TOKEN").fill("guess")
        await page.get_by_role("button", name="Log in").click()
        await expect(page.get_by_role("alert")).to_have_text("That is not the token of this bot.")
