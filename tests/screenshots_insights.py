"""The pictures of docs/insights.md, from a week of the demo: `python -m tests.screenshots_insights`."""

import asyncio
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.async_api import Browser, expect

from bot.sandbox.messages import Message
from bot.sandbox.shelf import compact
from tests.browser import DESKTOP, PHONE, chromium
from tests.scenarios.conftest import ANA, BO, Stage, staged
from tests.scenarios.test_feedback import thumb
from tests.screenshots import HANDY, IMAGES, card_saying, shoot, window

TOKEN = "example-admin-token"
WEEK: tuple[tuple[str, ...], ...] = (
    ("database", "metric_critical"),
    ("csp", "KeyError: 'currency'"),
    ("TypeError", "cron", "message", "ReadTimeout: HTTPSConnectionPool(host='payments.example.com'): Read timed out."),
    ('IntegrityError: duplicate key value violates unique constraint "orders_pkey"',),
    ("ConnectionRefusedError: [Errno 111] Connection refused", "ValidationError: quantity must be positive"),
    ("MemoryError: out of memory",),
)
"""What breaks on each day: something from the shelf, or an error of that type and text."""
ROOMY = {"viewport": {**DESKTOP, "height": 1330}}
DARK = {"viewport": {**PHONE, "height": 1100}, "color_scheme": "dark", "device_scale_factor": 1.5}


def weekly(today: datetime) -> str:
    """Settings whose week ends today at nine."""
    return f"digest: {{every: week, at: '09:00', day: {today:%A}}}\n"


async def a_week(stage: Stage) -> None:
    """Days with more and less trouble; people take some of it, and correct a verdict."""
    for number, day in enumerate(WEEK):
        for place, name in enumerate(day):
            await breaks(stage, name, 10 * number + place)
            stage.clock.advance(3_000)
        if number == 0:
            await stage.click(ANA, await stage.card("OperationalError"), "alert_acknowledge")
            for _ in range(3):
                await stage.sandbox.shelf.storm()
            for who in (ANA, BO):
                await thumb(stage, stage.cards()[-1].ts, who, "up")
        if number == 2:
            await corrected(stage, await stage.card("TypeError"))
        stage.clock.advance(timedelta(days=1, seconds=-3_000 * len(day)).total_seconds())


async def breaks(stage: Stage, name: str, number: int) -> None:
    """One delivery; an error that is not on the shelf is an issue of its own."""
    shelf = stage.sandbox.shelf
    known = {"database": "error", "TypeError": "event_alert"}.get(name, name)
    if known in shelf.items:
        await shelf.fire(known)
        return
    kind, _, text = name.partition(": ")
    body = shelf.body("error")
    body["data"]["error"] |= {"title": name, "issue_id": str(4_200_000 + number), "event_id": f"{number:032x}"}
    body["data"]["error"]["exception"]["values"] = [{"type": kind, "value": text}]
    await shelf.send("error", compact(body))


async def corrected(stage: Stage, card: Message) -> None:
    """Somebody takes it, corrects the verdict, and fixes it."""
    await stage.click(BO, card, "alert_acknowledge")
    await stage.card("bo has it")
    await stage.click(BO, card, "alert_reclassify")
    view = await stage.modal(BO)
    await stage.sandbox.people.submit(BO, view.id, {"severity": "low", "category": "validation"})
    stage.clock.advance(5_000)
    await stage.click(BO, await stage.card("corrected by bo"), "alert_resolve")


async def the_digest(stage: Stage, browser: Browser, today: datetime) -> None:
    stage.clock.ahead = (today.replace(hour=9, minute=1) - datetime.now(UTC)).total_seconds()
    await stage.bot.machinery.reporting.worker.sweep()
    await stage.card("The last week in errors")
    for names in ([(1, "Ana Example")], [(1, "Bo Example")]):
        stage.sandbox.pagerduty.on_call = names
        for _ in range(2):
            stage.clock.advance(61)
            await stage.bot.machinery.reporting.worker.sweep()
    await stage.card("is on call now")
    for words, name in (("The last week in errors", "digest"), ("Handover", "handover")):
        async with window(stage, browser, {"viewport": {"width": 1280, "height": 1300}}) as page:
            card = card_saying(page, words)
            for image in await card.locator("img").all():
                await expect(image).to_have_js_property("complete", True)
            await shoot(page, card, name)
    async with window(stage, browser, {**HANDY, "viewport": {"width": 390, "height": 1500}}) as page:
        card = card_saying(page, "The last week in errors")
        await card.evaluate("(node) => node.scrollIntoView()")
        await expect(card.locator("img").first).to_have_js_property("complete", True)
        await shoot(page, page, "digest-phone")


async def the_dashboard(stage: Stage, browser: Browser) -> None:
    for options, name in ((ROOMY, "dashboard"), (DARK, "dashboard-phone")):
        context = await browser.new_context(locale="en-GB", timezone_id="UTC", **options)
        page = await context.new_page()
        await page.goto(stage.bot.url)
        await page.get_by_label("ADMIN_TOKEN").fill(TOKEN)
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", name="Open alerts")).to_be_visible()
        await shoot(page, page, name)
        await context.close()


async def main() -> None:
    """All pictures, from one week."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    today = datetime.now(UTC).replace(second=30, microsecond=0)
    with tempfile.TemporaryDirectory() as folder:
        async with (
            staged(Path(folder), triage=weekly(today), extra={"ADMIN_TOKEN": TOKEN}) as stage,
            chromium() as browser,
        ):
            await stage.stop_bot()
            stage.clock.ahead = (today.replace(hour=10) - timedelta(days=6) - datetime.now(UTC)).total_seconds()
            await stage.start_bot()
            await stage.bot.machinery.reporting.worker.sweep()
            await a_week(stage)
            await the_digest(stage, browser, today)
            await the_dashboard(stage, browser)


if __name__ == "__main__":
    asyncio.run(main())
