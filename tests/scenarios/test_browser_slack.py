"""The rest of Slack on the demo's page: Home, a typed command, the shortcut, a link that unfolds; laptop and phone."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.browser import DESKTOP, PHONE, needs_chromium, opened
from tests.scenarios.conftest import Stage, Way
from tests.scenarios.test_browser import nothing_sticks_out

pytestmark = needs_chromium
TRACE = (Path(__file__).parents[1] / "traces" / "samples" / "java.txt").read_text(encoding="utf-8")


@pytest.fixture(params=[Way.HTTP])
def way(request: pytest.FixtureRequest) -> Way:
    """The page knows nothing of how deliveries travel."""
    return Way(request.param)


@pytest.fixture(params=[DESKTOP, PHONE], ids=["laptop", "phone"])
async def page(stage: Stage, request: pytest.FixtureRequest) -> AsyncIterator[Page]:
    await stage.sandbox.shelf.fire("issue_created")
    await stage.sandbox.shelf.fire("error")
    await stage.card("remaining connection slots")
    async with opened(stage.sandbox.page_url, viewport=request.param) as page:
        await expect(page.locator("#timeline article").first).to_be_visible()
        yield page


async def say(page: Page, text: str) -> None:
    await page.get_by_test_id("composer").fill(text)
    await page.get_by_test_id("composer").press("Enter")


async def test_home_is_opened_worked_and_made_anew(stage: Stage, page: Page):
    await page.get_by_test_id("channel-home").click()
    home = page.get_by_test_id("home")
    await expect(home).to_contain_text("You have nothing on your plate")
    await expect(home).to_contain_text("Connections")
    await nothing_sticks_out(page)
    await home.get_by_test_id("button-alert_acknowledge").click()
    await expect(home).to_contain_text("ana has it since")
    await expect(home).not_to_contain_text("nothing on your plate")
    await stage.card("ana has it since")


async def test_a_command_is_typed_answered_privately_and_shared(stage: Stage, page: Page):
    await say(page, "/triage lits critical")
    answer = page.locator(".message.ephemeral").last
    await expect(answer).to_contain_text("Did you mean /triage list critical?")
    await answer.get_by_test_id("button-triage_run").click()
    await expect(answer).to_contain_text("1 alert is critical")
    await nothing_sticks_out(page)
    await answer.get_by_test_id("button-triage_share").click()
    await expect(page.locator("#timeline")).to_contain_text("ana shared /triage list critical")
    await expect(page.locator(".message.ephemeral")).to_have_count(0)


async def test_every_answer_fits_its_screen(page: Page):
    for command, says in (
        ("help", "any issue, by short id"),
        ("SHOP-API-1A", "its card and thread"),
        ("why SHOP-API-1A", "What was heard"),
        ("mute TypeError for 2d", "would have hidden nothing"),
        ("stats", "new alert"),
    ):
        await say(page, f"/triage {command}")
        await expect(page.locator(".message.ephemeral").last).to_contain_text(says)
        await nothing_sticks_out(page)


async def test_a_pasted_trace_keeps_its_lines_and_becomes_an_alert_and_a_link_unfolds(stage: Stage, page: Page):
    await say(page, f"Is this ours?\n```{TRACE}```")
    await page.locator("[data-testid^=shortcut-]").last.click()
    await expect(page.locator(".message.ephemeral").last).to_contain_text("I made an alert of this")
    await expect(page.locator("#timeline")).to_contain_text("cart 7: no database")
    await say(page, "and https://example-shop.sentry.io/issues/4100001/")
    await expect(page.locator(".unfolded")).to_contain_text("remaining connection slots")
    await nothing_sticks_out(page)
    await page.locator(".unfolded").get_by_test_id("button-alert_resolve").click()
    await expect(page.locator(".unfolded")).to_contain_text("Resolved by ana")
