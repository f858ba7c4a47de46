"""What Sentry told nobody while we were down is found at start and every five minutes, and nothing is told twice."""

import asyncio
from datetime import datetime

from bot.sandbox.front import Mood
from tests.patience import PATIENCE
from tests.scenarios.conftest import ANA, CHANNEL, Stage, said

ISSUE = "4100001"
FIVE_MINUTES = 5 * 60 + 1


async def broken(stage: Stage) -> None:
    """An error that Slack and Sentry know of, after Sentry was looked at once."""
    await stage.sandbox.shelf.fire("error")
    await stage.card("PagerDuty #1")
    await stage.slack.until(lambda: stage.sandbox.sentry.issues[ISSUE].notes)
    await stage.slack.until(lambda: stage.slack.journal.calls("sentry.issues"))


async def looked(stage: Stage) -> None:
    """Let five minutes pass, and wait for the look that is due then."""
    before = await checked(stage)
    stage.clock.advance(FIVE_MINUTES)
    await looked_since(stage, before)


async def looked_since(stage: Stage, before: datetime | None) -> None:
    async with asyncio.timeout(PATIENCE):
        while await checked(stage) == before:
            pass


async def checked(stage: Stage) -> datetime | None:
    return (await stage.bot.machinery.store.dossier(1)).sentry_checked_at


async def test_what_happened_in_sentry_while_we_were_down_is_on_the_cards_after_the_start(staging):
    async with staging() as stage:
        await broken(stage)
        sentry = stage.sandbox.sentry
        await stage.stop_bot()
        stage.sandbox.bot_url = ""
        await sentry.resolve(ISSUE)
        sentry.add("4200009", "SHOP-API-9Z", title="TimeoutError: payment provider")
        await stage.start_bot()
        await stage.card("TimeoutError")
        first = stage.cards()[0]
        # An alert that is just changing, as at a start, is left for the next look.
        await stage.slack.until(lambda: "Resolved in Sentry" in said(stage.cards()[0]))
        await stage.thread(first, "Resolved in Sentry")
        incidents = stage.sandbox.pagerduty
        await stage.slack.until(
            lambda: [i.status for i in incidents.incidents if i.key.endswith(ISSUE)] == ["resolved"]
        )
        assert len(stage.cards()) == 2


async def test_regressed_and_archived_behind_our_back_is_found_by_the_next_look(staging):
    async with staging() as stage:
        await broken(stage)
        await stage.click(ANA, await stage.card(), "alert_resolve")
        sentry = stage.sandbox.sentry
        await stage.slack.until(lambda: sentry.issues[ISSUE].status == "resolved")
        await sentry.settled()
        stage.sandbox.bot_url, url = "", stage.sandbox.bot_url
        await sentry.regress(ISSUE)
        await looked(stage)
        await stage.card("back after it was resolved")
        await sentry.archive(ISSUE)
        await looked(stage)
        stage.clock.advance(21)  # the first look may have met the alert while it was changing
        await stage.card("Snoozed in Sentry")
        stage.sandbox.bot_url = url
        assert len(stage.cards()) == 1


async def test_a_look_that_finds_nothing_new_says_nothing(staging):
    async with staging() as stage:
        await broken(stage)
        card = await stage.card()
        for action in ("alert_acknowledge", "alert_resolve"):
            await stage.click(ANA, await stage.card(), action)
        await stage.card("resolved by ana")
        await stage.slack.until(lambda: stage.sandbox.sentry.issues[ISSUE].status == "resolved")
        await stage.thread(card, "Resolved by ana")
        before = [message.text for message in stage.slack.replies(CHANNEL, card.ts)]
        await looked(stage)
        last = await checked(stage)
        await stage.stop_bot()
        await stage.start_bot()
        await looked_since(stage, last)
        assert [message.text for message in stage.slack.replies(CHANNEL, card.ts)] == before
        assert len(stage.cards()) == 1


async def test_what_sentry_is_still_to_be_told_is_not_taken_for_its_doing(staging):
    async with staging() as stage:
        await broken(stage)
        sentry = stage.sandbox.sentry
        sentry.front.faults.break_down("update", times=50)
        await stage.click(ANA, await stage.card(), "alert_resolve")
        await stage.card("resolved by ana")
        await looked(stage)
        assert "resolved by ana" in said(stage.cards()[0]), "unresolved there, because we could not tell yet"


async def test_a_first_look_ever_brings_no_flood_of_old_issues(staging):
    async with staging() as stage:
        began = stage.clock.seconds() - 3600
        stage.sandbox.sentry.add("4200009", "SHOP-API-9Z", title="TimeoutError: long ago", first_seen=began)
        await stage.sandbox.shelf.fire("error")
        await stage.card("PagerDuty #1")
        await looked(stage)
        assert all("long ago" not in said(card) for card in stage.cards())


async def test_a_limit_in_the_middle_of_a_list_is_waited_for(staging):
    async with staging() as stage:
        await broken(stage)
        sentry = stage.sandbox.sentry
        later = stage.clock.seconds() + 1
        for number in range(230):
            sentry.add(str(4300000 + number), f"SHOP-API-{number}", status="resolved", substatus=None, last_seen=later)
        await stage.stop_bot()
        stage.sandbox.bot_url = ""
        await sentry.resolve(ISSUE)
        sentry.front.faults.limit("issues", retry_after=1, times=2)
        await stage.start_bot()
        await stage.slack.until(lambda: "Resolved in Sentry" in said(stage.cards()[0]))


async def test_while_sentry_is_away_the_last_look_is_told_in_the_details(staging):
    async with staging() as stage:
        await broken(stage)
        await looked(stage)
        at = await checked(stage)
        assert at is not None
        stage.sandbox.sentry.front.mood = Mood.DOWN
        stage.clock.advance(FIVE_MINUTES)
        await stage.slack.until(lambda: any(call.fault for call in stage.slack.journal.calls("sentry.issues")))
        assert await checked(stage) == at
        await stage.click(ANA, await stage.card(), "alert_details")
        view = await stage.modal(ANA)
        assert f"asked for what was missed <!date^{int(at.timestamp())}^" in str(view.body)
