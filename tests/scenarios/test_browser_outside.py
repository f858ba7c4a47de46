"""The demo's page plays PagerDuty and Sentry: what is pressed there shows on the card, on a laptop and on a phone."""

import pytest
from playwright.async_api import expect

from tests.browser import DESKTOP, PHONE, needs_chromium, opened
from tests.scenarios.conftest import said

KEY, ISSUE = "sentry-issue-4100001", "4100001"

pytestmark = needs_chromium


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["laptop", "phone"])
async def test_what_people_do_in_pagerduty_and_sentry_can_be_played(staging, viewport):
    async with staging() as stage, opened(stage.sandbox.page_url, viewport=viewport) as page:
        await stage.sandbox.shelf.fire("error")
        await stage.card("PagerDuty #1")
        if viewport is PHONE:
            await page.get_by_test_id("pane-deliveries").click()
        for button, on_card in (
            (f"pagerduty_acknowledge-{KEY}", "Ana Example in PagerDuty has it"),
            (f"pagerduty_reassign-{KEY}", "assigned to Bo Example"),
            (f"sentry_archive-{ISSUE}", "Snoozed in Sentry"),
            (f"sentry_regress-{ISSUE}", "Escalated"),
            (f"sentry_resolve-{ISSUE}", "Resolved in Sentry"),
            (f"sentry_regress-{ISSUE}", "Back after"),
        ):
            await page.get_by_test_id(button).click()
            await stage.card(on_card)
        await page.get_by_test_id(f"words-{ISSUE}").fill("it is the <b>pool</b>")
        await page.get_by_test_id(f"sentry_comment-{ISSUE}").click()
        await stage.thread(await stage.card(), "it is the &lt;b&gt;pool&lt;/b&gt;")
        await expect(page.get_by_test_id("sentry")).to_contain_text("it is the <b>pool</b>")
        await page.get_by_test_id(f"pagerduty_resolve-{KEY}").click()
        await stage.slack.until(lambda: "Resolved in PagerDuty" in said(stage.cards()[-1]))
        assert await page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
