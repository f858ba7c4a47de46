"""The pictures of a storm, taken from the running demo: `python -m tests.screenshots_storms`."""

import asyncio
import tempfile
from pathlib import Path

from bot.sandbox.outbreaks import DEPLOY, Outbreaks
from tests.browser import chromium
from tests.scenarios.conftest import said, staged
from tests.screenshots import CLOSE, HANDY, at_nine_past_two, card_saying, shoot, window

CARD = {**CLOSE, "viewport": {"width": 1400, "height": 900}}
PHONE = {**HANDY, "viewport": {"width": 390, "height": 1240}}


async def main() -> None:
    """A bad deploy, while it lasts: on a laptop and on a phone."""
    events = f"{sum(case.events for case in DEPLOY)} events"
    with tempfile.TemporaryDirectory() as folder:
        async with staged(Path(folder)) as stage, chromium() as browser:
            at_nine_past_two(stage)
            await Outbreaks(stage.sandbox.shelf).deploy()
            await stage.slack.until(
                lambda: any("Storm: " in said(card) and events in said(card) for card in stage.cards())
            )
            async with window(stage, browser, CARD) as page:
                await shoot(page, card_saying(page, "Storm:"), "storm")
            async with window(stage, browser, PHONE) as page:
                await card_saying(page, "Storm:").evaluate("(node) => node.scrollIntoView()")
                await shoot(page, page, "storm-phone")


if __name__ == "__main__":
    asyncio.run(main())
