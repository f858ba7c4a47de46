"""The pictures of the documentation, taken from the running demo: `python -m tests.screenshots`.

Made of the shelf's made-up deliveries only. The clock begins at 14:09, so that a second run changes little.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Locator, Page, expect

from bot.sandbox.shelf import compact
from tests.browser import PHONE, chromium
from tests.png import pressed
from tests.scenarios.conftest import ANA, BO, Stage, staged

IMAGES = Path(__file__).parents[1] / "docs" / "images"
LARGEST = 250_000
WIDE = {"viewport": {"width": 1280, "height": 860}}
TALL = {"viewport": {"width": 1280, "height": 1260}}
CLOSE = {"viewport": {"width": 1400, "height": 760}, "device_scale_factor": 2}
HANDY = {"viewport": {**PHONE, "height": 960}, "device_scale_factor": 1.5}
"""So tall that a whole card stands on it."""


def at_nine_past_two(stage: Stage) -> None:
    """The same day as the browser's, so that "today" is right."""
    now = datetime.now(UTC)
    stage.clock.advance((now.replace(hour=14, minute=9, second=30) - now).total_seconds())


@asynccontextmanager
async def window(stage: Stage, browser: Browser, options: dict[str, Any]) -> AsyncIterator[Page]:
    context = await browser.new_context(locale="en-GB", timezone_id="UTC", **options)
    page = await context.new_page()
    await page.goto(stage.sandbox.page_url)
    await expect(page.locator("#timeline article").first).to_be_visible()
    yield page
    await context.close()


def card_saying(page: Page, text: str) -> Locator:
    return page.locator("#timeline article").filter(has_text=text)


async def shoot(page: Page, what: Page | Locator, name: str) -> None:
    """One picture, without pointer and focus ring; what is too heavy for a README is refused."""
    await page.mouse.move(0, 0)
    await page.evaluate("document.activeElement?.blur()")
    picture = pressed(await what.screenshot(animations="disabled"))
    (IMAGES / f"{name}.png").write_bytes(picture)
    print(f"{name}.png: {len(picture) // 1000} kB")  # noqa: T201  this is a command
    assert len(picture) < LARGEST, f"{name} has {len(picture)} bytes: crop it, or scale it down"


async def a_bad_afternoon(stage: Stage) -> None:
    """One card has come to rest, one is taken, one is new."""
    shelf = stage.sandbox.shelf
    await shelf.fire("metric_critical")
    await stage.card("Checkout errors")
    await shelf.fire("metric_resolved")
    await stage.card("Resolved in Sentry")
    await shelf.fire("event_alert")
    await stage.click(BO, await stage.card("TypeError"), "alert_acknowledge")
    await stage.card("bo has it")
    await shelf.fire("error")
    await stage.card("nobody has it yet")
    counted = shelf.body("issue_created")
    counted["data"]["issue"] |= {"count": "1284", "userCount": 312}
    await shelf.send("issue", compact(counted))
    await stage.card("312 users")


async def its_cards(stage: Stage, browser: Browser) -> None:
    async with window(stage, browser, TALL) as page:
        await page.evaluate("document.querySelector('#timeline').scrollTop = 1e6")
        await shoot(page, page, "channel")
    async with window(stage, browser, CLOSE) as page:
        await shoot(page, card_saying(page, "OperationalError"), "card")
        await card_saying(page, "OperationalError").get_by_test_id("button-alert_reclassify").click()
        modal = page.get_by_test_id("modal")
        await modal.get_by_test_id("input-severity").select_option(label="High")
        await modal.get_by_test_id("input-reason").fill("Only the voucher job is stuck; the checkout still works.")
        await modal.evaluate("(node) => { node.style.borderRadius = 0 }")  # no corners of what lies behind it
        await shoot(page, modal, "reclassify")
        await modal.get_by_test_id("modal-close").click()
        await expect(modal).to_have_count(0)
    async with window(stage, browser, HANDY) as page:
        await card_saying(page, "OperationalError").evaluate("(node) => node.scrollIntoView()")
        await shoot(page, page, "phone")
        await card_saying(page, "OperationalError").get_by_test_id("button-alert_reclassify").click()
        modal = page.get_by_test_id("modal")
        await expect(modal).to_be_visible()
        await shoot(page, page, "reclassify-phone")
        await modal.get_by_test_id("modal-close").click()
        await expect(modal).to_have_count(0)


async def its_thread(stage: Stage, browser: Browser) -> None:
    """What happened to it, told by the bot and by people in Sentry."""
    await stage.click(ANA, await stage.card("OperationalError"), "alert_acknowledge")
    card = await stage.card("ana has it")
    for name, said in (("comment", "gives its connection back"), ("seer_root_cause", "root cause")):
        await stage.sandbox.shelf.fire(name)
        await stage.thread(card, said)
    async with window(stage, browser, WIDE) as page:
        await card_saying(page, "OperationalError").locator(".replies").click()
        await expect(page.get_by_test_id("thread")).to_contain_text("root cause completed")
        await page.evaluate("document.querySelector('#thread-log').scrollTop = 1e6")
        await shoot(page, page, "thread")


async def its_end(stage: Stage, browser: Browser) -> None:
    """What is left of a card that is over."""
    await stage.click(BO, await stage.card("TypeError"), "alert_resolve")
    await stage.card("resolved by bo")
    async with window(stage, browser, CLOSE) as page:
        await shoot(page, card_saying(page, "TypeError"), "resolved")


async def main() -> None:
    """All pictures, from one demo."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        async with staged(Path(folder)) as stage, chromium() as browser:
            at_nine_past_two(stage)
            await a_bad_afternoon(stage)
            await its_cards(stage, browser)
            await its_thread(stage, browser)
            await its_end(stage, browser)


if __name__ == "__main__":
    asyncio.run(main())
