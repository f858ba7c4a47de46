"""The digest comes once, with its chart, whatever restarts, fails or is late in between."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, time, timedelta

import pytest

from bot.sandbox.messages import Message
from tests.contracts.conftest import postgres
from tests.insights.week import HOSTILE
from tests.scenarios.conftest import ANA, BO, Stage, Way, said
from tests.scenarios.test_commands import answer, press

__all__ = ["postgres"]
SHOP = "C0SHOP"
DAILY = 'digest: {every: day, at: "09:00", zone: UTC, channel: "#shop-oncall"}'


@pytest.fixture
def way() -> Way:
    """Nothing here depends on how Slack's deliveries come."""
    return Way.HTTP


@asynccontextmanager
async def since_eight(staging, **options) -> AsyncIterator[Stage]:
    """A bot since eight in the morning, with digests at nine."""
    async with staging(triage=DAILY, **options) as stage:
        await stage.stop_bot()
        move_to(stage, time(8))
        await stage.start_bot()
        await look(stage)
        yield stage


@pytest.fixture
async def daily(staging):
    async with since_eight(staging) as stage:
        yield stage


def move_to(stage: Stage, hour: time, *, days: int = 1) -> None:
    """On to that hour of a later day."""
    there = datetime.combine(stage.clock.now().date() + timedelta(days=days), hour, UTC)
    stage.clock.advance((there - stage.clock.now()).total_seconds())


async def look(stage: Stage) -> None:
    """One look of the worker, which otherwise looks every few seconds."""
    await stage.bot.machinery.reporting.worker.sweep()


def told(stage: Stage) -> list[Message]:
    """The digests in their channel."""
    return stage.slack.messages(SHOP)


def charts(stage: Stage) -> list[Message]:
    return [reply for message in told(stage) for reply in stage.slack.replies(SHOP, message.ts) if reply.files]


async def something_breaks(stage: Stage) -> None:
    await stage.sandbox.shelf.fire("error")
    await stage.click(ANA, await stage.card("nobody has it yet"), "alert_acknowledge")
    await stage.card("ana has it")


async def test_a_day_is_told_at_nine_with_its_chart_in_the_message_and_in_its_thread(daily: Stage):
    assert told(daily) == [], "of the time before there is nothing to tell"
    await something_breaks(daily)
    move_to(daily, time(9), days=0)
    await look(daily)
    (digest,) = told(daily)
    assert digest.text.startswith("The last day in errors. 1 new alert: 1 critical. 1 event. On the median taken after")
    assert "OperationalError" in said(digest)
    assert digest.metadata is not None
    assert digest.metadata["event_type"] == "triage_note"
    chart = next(block for block in digest.blocks if block["type"] == "image")
    assert "1 (1 critical)" in chart["alt_text"]
    (shared,) = charts(daily)
    assert shared.files[0]["id"] == chart["slack_file"]["id"]
    picture = daily.slack.workspace.files.by_id[chart["slack_file"]["id"]]
    assert (picture.data or b"").startswith(b"\x89PNG")
    assert picture.alt == chart["alt_text"]


async def test_restarts_and_further_looks_repeat_nothing(daily: Stage):
    await something_breaks(daily)
    move_to(daily, time(9), days=0)
    for _ in range(3):
        await look(daily)
        await daily.stop_bot()
        await daily.start_bot()
        await daily.slack.until(lambda: told(daily))
    assert (len(told(daily)), len(charts(daily))) == (1, 1)
    move_to(daily, time(9))
    await look(daily)
    assert len(told(daily)) == 2


async def test_two_replicas_tell_it_once(staging, postgres):
    postgres.psql("CREATE DATABASE replicas;")
    shared = {"DATABASE_URL": str(postgres.get_uri(database="replicas"))}
    async with since_eight(staging, extra=shared) as stage:
        await something_breaks(stage)
        first = stage.bot
        try:
            await stage.start_bot()
            move_to(stage, time(9), days=0)
            await asyncio.gather(look(stage), first.machinery.reporting.worker.sweep())
            await stage.slack.until(lambda: charts(stage))  # whoever was first may not have ended yet
            await asyncio.gather(look(stage), first.machinery.reporting.worker.sweep())
            assert (len(told(stage)), len(charts(stage))) == (1, 1)
        finally:
            await first.stop()


async def test_a_morning_that_was_missed_is_told_late_and_an_old_one_never(daily: Stage):
    await daily.stop_bot()
    move_to(daily, time(12), days=3)
    await daily.start_bot()
    await daily.slack.until(lambda: told(daily))
    assert len(told(daily)) == 1, "of four days the last one's"
    await daily.stop_bot()
    move_to(daily, time(22))
    await daily.start_bot()
    await look(daily)
    assert len(told(daily)) == 1, "at ten in the evening the next one is nearer"


async def test_a_post_whose_answer_got_lost_is_found_again(daily: Stage):
    await something_breaks(daily)
    move_to(daily, time(9), days=0)
    daily.slack.faults.hang_up("chat.postMessage", performed=True)
    await look(daily)
    assert len(told(daily)) == 1
    daily.clock.advance(20)
    await look(daily)
    assert (len(told(daily)), len(charts(daily))) == (1, 1)


async def test_a_chart_whose_sharing_got_no_answer_is_not_shared_twice(daily: Stage):
    await something_breaks(daily)
    move_to(daily, time(9), days=0)
    daily.slack.faults.hang_up("files.completeUploadExternal", performed=True)
    for _ in range(3):
        await look(daily)
        daily.clock.advance(20)
    assert len(charts(daily)) == 1
    assert [block for block in told(daily)[0].blocks if block["type"] == "image"]


async def test_slack_may_take_its_time_to_accept_the_chart(daily: Stage):
    await something_breaks(daily)
    move_to(daily, time(9), days=0)
    daily.slack.faults.refuse("chat.update", "invalid_blocks", times=2)
    for _ in range(3):
        await look(daily)
        daily.clock.advance(30)
    (digest,) = told(daily)
    assert [block for block in digest.blocks if block["type"] == "image"]
    assert len(charts(daily)) == 1


async def test_where_files_are_not_allowed_the_words_come_without_the_chart(daily: Stage):
    await something_breaks(daily)
    daily.slack.faults.refuse("files.getUploadURLExternal", "file_uploads_disabled", times=99)
    move_to(daily, time(9), days=0)
    for _ in range(12):
        await look(daily)
        daily.clock.advance(300)
    (digest,) = told(daily)
    assert not [block for block in digest.blocks if block["type"] == "image"]
    tried = len(daily.slack.journal.calls("files.getUploadURLExternal"))
    assert tried == 6, "after a few tries it is left at that"


async def test_a_channel_that_refuses_costs_the_digest_only_as_long_as_it_refuses(daily: Stage):
    move_to(daily, time(9), days=0)
    daily.slack.faults.refuse("chat.postMessage", "not_in_channel", times=2)
    for _ in range(3):
        await look(daily)
        daily.clock.advance(120)
    assert len(told(daily)) == 1
    assert "Nothing new broke" in said(told(daily)[0])


async def test_figures_that_somebody_shares_come_with_their_chart_and_come_once(stage: Stage):
    await something_breaks(stage)
    figures = await answer(stage, "stats")
    await press(stage, figures, "triage_share")
    shared = await stage.card("ana wants you to see this")
    await stage.slack.until(lambda: [block for block in shared.blocks if block["type"] == "image"])
    assert "The last week in errors" in said(shared)
    assert len([m for m in stage.cards() if "The last week in errors" in said(m)]) == 1


async def test_where_the_bot_may_not_post_shared_figures_come_as_any_answer_does(stage: Stage):
    await something_breaks(stage)
    stage.slack.faults.refuse("conversations.info", "channel_not_found")
    await press(stage, await answer(stage, "stats"), "triage_share")
    shared = await stage.card("ana shared")
    assert "The last week in errors" in said(shared)


@pytest.fixture
async def watched(staging):
    """A bot that knows who is on call, and one alert that nobody has."""
    async with staging() as stage:
        await minutes(stage, 2)
        await stage.sandbox.shelf.fire("error")
        await stage.card("nobody has it yet")
        yield stage


async def minutes(stage: Stage, count: int) -> None:
    for _ in range(count):
        stage.clock.advance(60)
        await look(stage)


def handovers(stage: Stage) -> list[Message]:
    return [m for m in stage.cards() if (m.metadata or {}).get("event_type") == "triage_note"]


async def test_whoever_is_next_on_call_finds_a_note_of_what_is_open(watched: Stage):
    assert handovers(watched) == [], "nobody took over from anybody yet"
    await watched.sandbox.shelf.fire("event_alert")
    await watched.click(BO, await watched.card("TypeError"), "alert_acknowledge")
    await watched.card("bo has it")
    watched.sandbox.pagerduty.on_call = [(1, "Chidi Example"), (2, "Bo Example")]
    await minutes(watched, 2)
    (note,) = handovers(watched)
    assert "Chidi Example is on call now; before, it was Ana Example" in note.text
    assert "1 alert that nobody has and 1 alert that somebody has" in note.text
    whole = said(note)
    for expected in ("OperationalError", "nobody has it yet", "TypeError", "bo has it"):
        assert expected in whole


async def test_a_handover_is_told_once_through_restarts_and_old_ones_are_left_out(watched: Stage):
    watched.sandbox.pagerduty.on_call = [(1, "Chidi Example")]
    await minutes(watched, 2)
    await watched.stop_bot()
    await watched.start_bot()
    await minutes(watched, 3)
    assert len(handovers(watched)) == 1
    watched.slack.faults.refuse("chat.postMessage", "not_in_channel", times=99)
    watched.sandbox.pagerduty.on_call = [(1, "Bo Example")]
    await minutes(watched, 2)
    watched.clock.advance(timedelta(hours=3).total_seconds())
    watched.slack.faults = type(watched.slack.faults)()
    await minutes(watched, 2)
    assert len(handovers(watched)) == 1, "three hours later everybody knows who is on call"


async def test_a_name_from_pagerduty_cannot_ping_or_disguise(watched: Stage):
    watched.sandbox.pagerduty.on_call = [(1, HOSTILE[:90])]
    await minutes(watched, 2)
    (note,) = handovers(watched)
    assert "<!channel>" not in note.text + said(note)
    assert "<script>" not in note.text


async def test_somebody_who_wants_no_handover_notes_gets_none(staging):
    async with staging(triage="digest: {handover: false}") as stage:
        await minutes(stage, 2)
        stage.sandbox.pagerduty.on_call = [(1, "Bo Example")]
        await minutes(stage, 2)
        assert handovers(stage) == []
