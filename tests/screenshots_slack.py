"""The pictures of docs/slack.md, from an afternoon of the demo: `python -m tests.screenshots_slack`."""

import asyncio
import tempfile
from pathlib import Path

from playwright.async_api import Browser, Locator, Page, expect

from tests.browser import PHONE, chromium
from tests.scenarios.conftest import ANA, BO, CHANNEL, Stage, staged
from tests.screenshots import at_nine_past_two, shoot, window

ROOMY = {"viewport": {"width": 1280, "height": 1040}}
CLOSE = {"viewport": {"width": 1400, "height": 1200}, "device_scale_factor": 1.5}
HANDY = {"viewport": {**PHONE, "height": 1180}, "device_scale_factor": 1.5}
TRACE = (Path(__file__).parent / "traces" / "samples" / "python.txt").read_text(encoding="utf-8")
LINK = "https://example-shop.sentry.io/issues/4100001/"


async def an_afternoon(stage: Stage) -> None:
    """One alert is Ana's, one is anybody's, with a delivery that came twice."""
    at_nine_past_two(stage)
    shelf = stage.sandbox.shelf
    await shelf.fire("event_alert")
    await stage.click(ANA, await stage.card("TypeError"), "alert_acknowledge")
    await stage.card("ana has it")
    await shelf.fire("issue_created")
    await shelf.storm("error", 12)
    await stage.card("12 events")


async def home(page: Page) -> None:
    await page.get_by_test_id("channel-home").click()
    await expect(page.get_by_test_id("home")).to_contain_text("Last releases")
    await page.evaluate("document.querySelector('#timeline').scrollTop = 0")


async def its_home(stage: Stage, browser: Browser) -> None:
    async with window(stage, browser, ROOMY) as page:
        await home(page)
        await shoot(page, page, "home")
    async with window(stage, browser, HANDY) as page:
        await home(page)
        await shoot(page, page, "home-phone")


async def its_answers(stage: Stage, browser: Browser) -> None:
    async with window(stage, browser, CLOSE) as page:
        for command, says, name in (
            ("why SHOP-API-1A", "What happened", "why"),
            ("mute TypeError for 2d", "would have hidden", "mute"),
        ):
            await shoot(page, await answered(page, command, says), name)


async def answered(page: Page, command: str, says: str) -> Locator:
    await page.get_by_test_id("composer").fill(f"/triage {command}")
    await page.get_by_test_id("composer").press("Enter")
    answer = page.locator("#timeline article").filter(has_text=says).last
    await expect(answer).to_be_visible()
    return answer


async def its_links_and_traces(stage: Stage, browser: Browser) -> None:
    await stage.sandbox.people.write(BO, CHANNEL, f"Is this ours?\n```{TRACE.partition('exception:')[2].strip()}```")
    await stage.sandbox.people.write(BO, CHANNEL, f"And this one again: {LINK}")
    async with window(stage, browser, ROOMY) as page:
        await page.locator("[data-testid^=shortcut-]").first.click()
        await expect(page.locator("#timeline article").filter(has_text="I made an alert of this")).to_be_visible()
        await expect(page.locator(".unfolded")).to_contain_text("remaining connection slots")
        await page.locator("#timeline article").filter(has_text="Is this ours?").evaluate("(n) => n.scrollIntoView()")
        await shoot(page, page, "unfold")


async def main() -> None:
    """All pictures, from one demo."""
    with tempfile.TemporaryDirectory() as folder:
        async with staged(Path(folder)) as stage, chromium() as browser:
            await an_afternoon(stage)
            await its_home(stage, browser)
            await its_answers(stage, browser)
            await its_links_and_traces(stage, browser)


if __name__ == "__main__":
    asyncio.run(main())
