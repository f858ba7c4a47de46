"""The demo as its visitor has it: a real browser on the sandbox's page, the real bot behind it."""

import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Locator, Page, expect

from bot.sandbox.shelf import compact
from tests.browser import DESKTOP, PHONE, needs_chromium, opened
from tests.scenarios.conftest import Stage, Way

pytestmark = needs_chromium


@pytest.fixture
def way() -> Way:
    """Nothing here depends on how Slack's deliveries come."""
    return Way.HTTP


@pytest.fixture
async def page(stage: Stage) -> AsyncIterator[Page]:
    async with opened(stage.sandbox.page_url, viewport=DESKTOP) as page:
        yield page


@pytest.fixture
async def phone(stage: Stage) -> AsyncIterator[Page]:
    async with opened(stage.sandbox.page_url, viewport=PHONE) as page:
        yield page


def card_on(page: Page) -> Locator:
    return page.locator("#timeline article").first


async def nothing_sticks_out(page: Page) -> None:
    assert await page.evaluate("document.scrollingElement.scrollWidth <= innerWidth"), "the page scrolls sideways"
    wide = await page.evaluate(
        """[...document.querySelectorAll(".message, .message .block, .modal, .button, .empty, .shelf-item")]
        .filter((node) => node.getBoundingClientRect().right > innerWidth + 0.5).map((node) => node.className)"""
    )
    assert wide == [], "these reach beyond the right edge"


async def test_a_visitor_breaks_something_acknowledges_corrects_and_takes_it_back(stage: Stage, page: Page):
    await page.get_by_test_id("shelf-error").click()
    card = card_on(page)
    await expect(card).to_contain_text("CRITICAL · database")
    await expect(card).to_contain_text("remaining connection slots are reserved")
    await expect(card).to_contain_text("nobody has it yet")

    await card.get_by_test_id("button-alert_acknowledge").click()
    await expect(card).to_contain_text("ana has it since")
    await expect(card.get_by_test_id("button-alert_acknowledge")).to_have_count(0)

    await card.get_by_test_id("button-alert_reclassify").click()
    modal = page.get_by_test_id("modal")
    await modal.get_by_test_id("input-severity").select_option(label="Low")
    await modal.get_by_test_id("input-category").select_option(label="Infrastructure")
    await modal.get_by_test_id("input-reason").fill("The pool of a test box")
    await modal.get_by_test_id("modal-submit").click()
    await expect(modal).to_have_count(0)
    await expect(card).to_contain_text("LOW · infrastructure")
    await expect(card).to_contain_text("corrected by ana: The pool of a test box")

    await card.locator(".replies").click()
    thread = page.get_by_test_id("thread")
    await expect(thread).to_contain_text("Acknowledged by ana")
    await expect(thread).to_contain_text(
        "Reclassified from critical to low and from database to infrastructure by ana: “The pool of a test box”"
    )
    await card.get_by_test_id("button-alert_undo").click()
    await expect(card).to_contain_text("CRITICAL · database")
    await expect(thread).to_contain_text("ana took back “reclassified”")
    assert len(stage.cards()) == 1, "all that time it was one card"


async def test_the_first_thing_to_click_is_on_the_empty_page(page: Page):
    await expect(page.get_by_role("heading", name="Nothing is broken yet")).to_be_visible()
    await page.get_by_role("button", name="Break the database").click()
    await expect(card_on(page)).to_contain_text("nobody has it yet")


async def test_the_keyboard_alone_is_enough(page: Page):
    await page.get_by_test_id("shelf-error").press("Enter")
    await expect(card_on(page)).to_contain_text("nobody has it yet")
    await expect(card_on(page)).to_contain_text("on call")  # PagerDuty's part has come: nothing is drawn anew
    await page.reload()
    await expect(card_on(page)).to_be_visible()

    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Skip to messages")).to_be_focused()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    await expect(card_on(page).get_by_role("link").first).to_be_focused()
    for _between in ("thumb up", "thumb down", "the incident in PagerDuty"):
        await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")
    await expect(page.get_by_test_id("button-alert_acknowledge")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(card_on(page)).to_contain_text("ana has it")
    await expect(card_on(page)).to_be_focused()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    await expect(card_on(page).get_by_role("link").first).to_be_focused()
    await expect(card_on(page)).to_contain_text("ana has it")


async def test_the_second_half_of_a_double_click_does_not_hit_the_button_that_came_up(stage: Stage, page: Page):
    await stage.sandbox.shelf.fire("error")
    await page.get_by_test_id("button-alert_acknowledge").click(position={"x": 20, "y": 10})
    await expect(card_on(page)).to_contain_text("3 replies")  # at rest, with "Resolve" under the pointer
    await page.mouse.down(click_count=2)
    await page.mouse.up(click_count=2)
    await page.get_by_test_id("button-alert_undo").click()
    await expect(card_on(page)).to_contain_text("nobody has it yet")  # had it been resolved, ana would have it again


async def test_on_a_phone_nothing_sticks_out(stage: Stage, phone: Page):
    await nothing_sticks_out(phone)
    await phone.get_by_test_id("pane-deliveries").click()
    await phone.get_by_test_id("shelf-hostile").click()
    await expect(phone.get_by_test_id("result-hostile")).to_contain_text("202")
    await nothing_sticks_out(phone)
    await expect(phone.get_by_test_id("pane-channel")).to_have_class(re.compile("news"))

    await phone.get_by_test_id("pane-channel").click()
    await expect(card_on(phone)).to_contain_text("shop/profile.py:23")
    await nothing_sticks_out(phone)
    await card_on(phone).get_by_test_id("button-alert_acknowledge").click()
    await expect(card_on(phone).get_by_test_id("button-alert_undo")).to_be_visible()
    await nothing_sticks_out(phone)
    for name in ("reclassify", "snooze", "details"):
        await card_on(phone).get_by_test_id(f"button-alert_{name}").click()
        await expect(phone.get_by_test_id("modal")).to_be_visible()
        await nothing_sticks_out(phone)
        await phone.get_by_test_id("modal-close").click()
        await expect(phone.get_by_test_id("modal")).to_have_count(0)
    await card_on(phone).locator(".replies").click()
    await expect(phone.get_by_test_id("thread")).to_contain_text("Acknowledged by ana")
    await nothing_sticks_out(phone)


async def test_names_without_an_end_stay_within_a_phone(stage: Stage, phone: Page):
    endless = "ThisNameWasMadeByAGeneratorThatDidNotKnowWhenToStop" * 12
    body = stage.sandbox.shelf.body("error")
    error = body["data"]["error"]
    error |= {"title": endless, "culprit": endless, "environment": endless, "release": endless}
    error["exception"]["values"][-1] |= {"type": endless, "value": endless}
    assert (await stage.sandbox.shelf.send("error", compact(body))).status == 202
    await expect(card_on(phone)).to_contain_text("ThisNameWasMade")
    await nothing_sticks_out(phone)


async def test_a_bot_that_is_down_is_said_so_and_so_is_a_demo_that_has_stopped(stage: Stage, page: Page):
    await page.get_by_test_id("shelf-error").click()
    await expect(card_on(page)).to_be_visible()
    await stage.stop_bot()
    await card_on(page).get_by_test_id("button-alert_acknowledge").click()
    await expect(page.get_by_test_id("toasts")).to_contain_text("didn't work: the bot does not answer")
    await page.get_by_test_id("shelf-event_alert").click()
    await expect(page.get_by_test_id("result-event_alert")).to_contain_text("the bot does not answer")

    await stage.sandbox.stop()
    await expect(page.locator("#bot-state")).to_contain_text("The demo has stopped")
