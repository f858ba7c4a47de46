"""`kill -9` at any moment loses nothing that was accepted, and posts nothing twice."""

import asyncio
import os
import socket
import sys
from collections import Counter
from pathlib import Path

import pytest

from bot.sandbox.demo import environment
from bot.sandbox.outbreaks import DEPLOY, FIRST_ISSUE, RELEASE, Outbreaks
from bot.sandbox.server import SandboxServer
from bot.sandbox.shelf import compact
from tests.patience import PATIENCE
from tests.scenarios.conftest import CHANNEL, said
from tests.scenarios.test_storms import AT_ONCE

ROOT = Path(__file__).parents[2]


class Killable:
    """`python app.py serve` as a process of its own."""

    def __init__(self, sandbox: SandboxServer, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.environment = {
            "PATH": os.environ["PATH"],
            "PYTHONUNBUFFERED": "1",
            **environment(sandbox, folder),
            "PORT": str(self.port),
        }
        self.folder = folder
        sandbox.bot_url = f"http://127.0.0.1:{self.port}"

    async def __aenter__(self):
        self.process = await asyncio.create_subprocess_exec(
            sys.executable,
            str(ROOT / "app.py"),
            "serve",
            cwd=self.folder,
            env=self.environment,
            stdout=asyncio.subprocess.PIPE,
        )
        assert self.process.stdout
        async with asyncio.timeout(PATIENCE):
            async for line in self.process.stdout:
                if b'"listening"' in line:
                    break
        return self

    async def __aexit__(self, *_: object) -> None:
        self.process.kill()
        await self.process.communicate()


@pytest.fixture
async def sandbox():
    async with SandboxServer() as running:
        running.standin.limits.enabled = False
        yield running


async def accepted(sandbox: SandboxServer, issue: int, number: int) -> None:
    """One event of an issue, which the bot answered with 202."""
    body = sandbox.shelf.body("error")
    body["data"]["error"] |= {"issue_id": str(issue), "event_id": f"{issue:08x}{number:024x}"}
    receipt = await sandbox.shelf.send("error", compact(body))
    assert receipt.status == 202


async def test_killed_after_each_of_its_api_calls_the_bot_still_shows_every_issue_exactly_once(sandbox, tmp_path):
    (tmp_path / "triage.yml").write_text("storms: {enabled: false}\n", encoding="utf-8")  # six issues are six cards
    slack, bot = sandbox.standin, Killable(sandbox, tmp_path)

    async def posted(number: int) -> None:
        await slack.until(lambda: len(slack.journal.calls("chat.postMessage")) >= number)

    async def every_card(says: str) -> None:
        await slack.until(lambda: all(says in card.text for card in slack.messages(CHANNEL)))

    for issue, calls in enumerate([0, 0, 1, 1, 2, 3], start=1):
        async with bot:
            before = len(slack.journal.calls("chat.postMessage"))
            await accepted(sandbox, issue, 1)
            await accepted(sandbox, issue, 2)
            await posted(before + calls)
        # killed: between the 202 and the first post, right after a post and before it was written down, later

    async with bot:
        await slack.until(lambda: len(slack.messages(CHANNEL)) >= 6)
        cards = slack.messages(CHANNEL)
        await slack.until(lambda: all(slack.replies(CHANNEL, card.ts) for card in cards))
        await every_card("2 events")
        assert (await sandbox.people.click("U0ANA", CHANNEL, cards[0].ts, "alert_acknowledge")).ok

    async with bot:
        await slack.until(lambda: "acknowledged by ana" in slack.messages(CHANNEL)[0].text)

    cards = slack.messages(CHANNEL)
    assert Counter(card.metadata["event_payload"]["alert"] for card in cards) == Counter(range(1, 7))
    for card in cards:
        openings = [m for m in slack.replies(CHANNEL, card.ts) if m.metadata["event_payload"]["cursor"] == 0]
        assert len(openings) == 1, "the thread is begun once"


async def test_killed_again_and_again_in_a_storm_it_is_one_storm_with_everybody_in_it_and_one_page(sandbox, tmp_path):
    (tmp_path / "triage.yml").write_text(AT_ONCE, encoding="utf-8")
    slack, bot, outbreaks = sandbox.standin, Killable(sandbox, tmp_path), Outbreaks(sandbox.shelf)
    bodies = [outbreaks.body(case, FIRST_ISSUE + n, release=RELEASE, server="a") for n, case in enumerate(DEPLOY)]
    taken = 0
    for upto, calls in ((3, 4), (6, 0), (8, 1), (10, 3), (12, 0)):  # before it is one, as it begins, while it grows
        async with bot:
            before = len(slack.journal.calls())
            assert {receipt.status for receipt in await outbreaks.fire(bodies[taken:upto])} == {202}
            await slack.until(lambda wanted=before + calls: len(slack.journal.calls()) >= wanted)
        taken = upto

    def storm() -> list[str]:
        return [said(card) for card in slack.messages(CHANNEL) if "Storm: " in said(card)]

    def silent() -> int:
        return len(DEPLOY) - (len(slack.messages(CHANNEL)) - len(storm()))

    def open_pages() -> int:
        return [incident.status for incident in sandbox.pagerduty.incidents].count("triggered")

    async with bot:
        await slack.until(lambda: any(f"{len(DEPLOY)} issues share" in text for text in storm()))
        await slack.until(lambda: any(f"{len(DEPLOY)} events" in text for text in storm()))
        await slack.until(lambda: open_pages() == 1)
        await slack.until(lambda: any(f"{silent()} issues of these got no card" in text for text in storm()))

    cards = Counter(card.metadata["event_payload"]["alert"] for card in slack.messages(CHANNEL))
    assert set(cards.values()) == {1}, "one card for each alert"
    assert len(storm()) == 1
    for card in slack.messages(CHANNEL):
        openings = [m for m in slack.replies(CHANNEL, card.ts) if m.metadata["event_payload"]["cursor"] == 0]
        assert len(openings) <= 1, "no thread is begun twice"
