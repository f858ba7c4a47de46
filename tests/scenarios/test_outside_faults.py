"""PagerDuty or Sentry down, slow, talking nonsense, refusing us: Slack goes on, and soon after all sides agree."""

import asyncio
from datetime import datetime
from functools import partial

import pytest

from bot import remote
from bot.sandbox.front import Front, Mood
from tests.patience import PATIENCE
from tests.scenarios.conftest import ANA, CHANNEL, Stage, said

ISSUE = "4100001"
WITHIN_A_MINUTE, STEP = 55, 1200
SOONER = 0.8 * remote.PATIENCE
"""Seconds: a click that waited for the slow side would need more."""
LASTING = (Mood.DOWN, Mood.GARBLED, Mood.LIMITED, Mood.REVOKED)


def front(stage: Stage, side: str) -> Front:
    return stage.sandbox.pagerduty.front if side == "PagerDuty" else stage.sandbox.sentry.front


def agree(stage: Stage, status: str) -> bool:
    """Whether PagerDuty's newest incident and Sentry's issue both show `status`."""
    incidents = stage.sandbox.pagerduty.incidents
    return bool(incidents) and incidents[-1].status == status and stage.sandbox.sentry.issues[ISSUE].status == status


async def broken(stage: Stage) -> None:
    """An error that all three sides know of."""
    await stage.sandbox.shelf.fire("error")
    await stage.card("PagerDuty #1")
    await stage.slack.until(lambda: stage.sandbox.sentry.issues[ISSUE].notes)


async def given_up(stage: Stage, side: str) -> datetime | None:
    """Until when the bot has put off telling `side`; None: all is told."""
    (alert,) = await stage.bot.machinery.store.recent(1)
    dossier = await stage.bot.machinery.store.dossier(alert.id)
    return dossier.targets[side.lower()].next_try_at


async def tried_again(stage: Stage, side: str) -> None:
    """Let time pass until one more try has failed."""
    before = await given_up(stage, side)
    stage.clock.advance(STEP)
    async with asyncio.timeout(PATIENCE):
        while await given_up(stage, side) == before:
            pass


@pytest.mark.parametrize("mood", LASTING)
@pytest.mark.parametrize("side", ["PagerDuty", "Sentry"])
async def test_an_hour_of_trouble_on_one_side_is_said_and_mended_within_a_minute(staging, side, mood):
    async with staging() as stage:
        await broken(stage)
        front(stage, side).mood = mood
        await stage.click(ANA, await stage.card(), "alert_acknowledge")
        await stage.card("ana has it")
        await stage.click(ANA, await stage.card(), "alert_resolve")
        await stage.card("resolved by ana")
        for _ in range(3600 // STEP):
            await tried_again(stage, side)
        card = await stage.card(f"{side} is behind since")
        other = stage.sandbox.sentry.issues[ISSUE] if side == "PagerDuty" else stage.sandbox.pagerduty.incidents[-1]
        assert other.status == "resolved", "the other side did not wait"

        front(stage, side).mood = Mood.UP
        stage.clock.advance(WITHIN_A_MINUTE)
        await stage.slack.until(partial(agree, stage, "resolved"))
        await stage.slack.until(lambda: "behind since" not in said(stage.cards()[-1]))
        assert len(stage.cards()) == 1
        assert len(stage.sandbox.sentry.issues[ISSUE].notes) == 1
        assert stage.cards()[-1].ts == card.ts


@pytest.mark.parametrize("side", ["PagerDuty", "Sentry"])
async def test_a_side_that_takes_its_time_keeps_no_click_waiting(staging, side):
    async with staging() as stage:
        await broken(stage)
        front(stage, side).mood = Mood.SLOW
        await stage.click(ANA, await stage.card(), "alert_resolve")
        await stage.card("resolved by ana", seconds=SOONER)
        await stage.click(ANA, await stage.card(), "alert_reopen")
        card = await stage.card("Escalated", seconds=SOONER)
        await stage.thread(card, "Reopened by ana", seconds=SOONER)
        front(stage, side).mood = Mood.UP
        await stage.slack.until(lambda: stage.sandbox.pagerduty.incidents[-1].status == "triggered")
        await stage.slack.until(lambda: stage.sandbox.sentry.issues[ISSUE].status == "unresolved")


async def test_a_missing_scope_is_said_on_the_card_by_its_name(staging):
    async with staging() as stage:
        stage.sandbox.sentry.scopes -= {"event:write"}
        await stage.sandbox.shelf.fire("error")
        await stage.card("SENTRY_AUTH_TOKEN lacks the scope event:write")


async def test_an_integration_key_that_pagerduty_does_not_know_is_said_on_the_card(staging):
    async with staging(extra={"PAGERDUTY_ROUTING_KEY": "f" * 32}) as stage:
        await stage.sandbox.shelf.fire("error")
        await stage.card("PagerDuty is behind since")
        await stage.card("Invalid routing key")


async def test_a_page_whose_answer_got_lost_calls_nobody_twice(staging):
    async with staging() as stage:
        stage.sandbox.pagerduty.front.faults.hang_up("enqueue")
        await stage.sandbox.shelf.fire("error")
        await stage.slack.until(lambda: len(stage.slack.journal.calls("pagerduty.enqueue")) == 1)
        stage.clock.advance(10)
        await stage.card("PagerDuty #1")
        assert len(stage.sandbox.pagerduty.incidents) == 1


async def test_a_comment_whose_answer_got_lost_is_not_written_twice(staging):
    async with staging() as stage:
        stage.sandbox.sentry.front.faults.hang_up("comment")
        await stage.sandbox.shelf.fire("error")
        await stage.slack.until(lambda: stage.slack.journal.calls("sentry.comment"))
        stage.clock.advance(30)
        await stage.slack.until(lambda: stage.slack.journal.calls("sentry.notes", ok=True))
        await stage.click(ANA, await stage.card(), "alert_resolve")
        await stage.slack.until(lambda: stage.sandbox.sentry.issues[ISSUE].status == "resolved")
        assert len(stage.sandbox.sentry.issues[ISSUE].notes) == 1


async def test_our_own_changes_come_back_from_sentry_and_make_no_news(staging):
    async with staging() as stage:
        await broken(stage)
        card = await stage.card()
        await stage.click(ANA, card, "alert_resolve")
        await stage.slack.until(lambda: stage.sandbox.sentry.issues[ISSUE].status == "resolved")
        await stage.sandbox.sentry.settled()
        await stage.thread(card, "Resolved by ana")
        lines = "\n".join(said(message) for message in stage.slack.replies(CHANNEL, card.ts))
        assert "in Sentry" not in lines
        assert "critical · database" not in lines, "our own comment is no remark"


async def test_whoever_takes_it_in_slack_has_it_in_sentry(staging):
    async with staging() as stage:
        await broken(stage)
        card = await stage.card()
        await stage.click(ANA, card, "alert_acknowledge")
        await stage.slack.until(lambda: stage.sandbox.sentry.issues[ISSUE].assignee == "1")
        await stage.sandbox.sentry.settled()
        await stage.thread(card, "Acknowledged by ana")
        assert all("Assigned" not in said(message) for message in stage.slack.replies(CHANNEL, card.ts))
