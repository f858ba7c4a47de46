"""A note is written once and sent by one, on both databases."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.errors import Unavailable
from bot.insights.notes import Note, NoteKind
from bot.insights.schedule import Rhythm
from bot.store.notes import NoteStore
from bot.work.occasions import ASK_ON_CALL, Occasions
from tests.store.making import START, Clock

DAY = timedelta(days=1)
NOTE = Note(kind=NoteKind.DIGEST, channel="#alerts", since=START - DAY, until=START)
DAILY = Rhythm.model_validate({"every": "day", "at": "12:00"})  # START is at noon


@pytest.fixture
def notes(db):
    return NoteStore(db)


async def test_of_many_who_write_the_same_note_one_does(notes):
    written = await asyncio.gather(*(notes.add("day:1", NOTE, due_at=START) for _ in range(8)))
    assert sorted(written) == [False] * 7 + [True]
    assert await notes.newest(NoteKind.DIGEST) == ("day:1", NOTE)
    assert await notes.newest(NoteKind.HANDOVER) is None


async def test_of_many_who_send_the_same_note_one_does_until_its_lease_ends(notes):
    await notes.add("day:1", NOTE, due_at=START)
    assert await notes.due(START) == ["day:1"]
    leased = await asyncio.gather(*(notes.lease("day:1", f"worker-{n}", START, 60) for n in range(8)))
    assert sorted(leased, key=bool) == [None] * 7 + [NOTE]
    assert await notes.due(START) == []
    later = START + timedelta(seconds=60)
    assert await notes.due(later) == ["day:1"]
    assert await notes.lease("day:1", "successor", later, 60) == NOTE
    assert not await notes.save("day:1", "worker-0", NOTE), "a worker that was slow does not overwrite its successor"


async def test_how_far_a_note_has_come_is_kept_and_what_is_over_is_not_due(notes):
    await notes.add("day:1", NOTE, due_at=START)
    await notes.lease("day:1", "one", START, 60)
    posted = replace(NOTE, channel="C1", message_ts="1.0", file_id="F1", attempts=2, problem="no\x00 answer")
    assert await notes.save("day:1", "one", posted)
    assert await notes.release("day:1", "one", posted, START + DAY)
    assert await notes.due(START) == []
    kept = await notes.lease("day:1", "two", START + DAY, 60)
    assert kept == replace(posted, problem="no answer")
    await notes.release("day:1", "two", posted, None)
    assert await notes.due(START + 9 * DAY) == []


async def test_a_process_that_was_killed_leaves_nothing_locked_once_it_starts_again(notes):
    await notes.add("day:1", NOTE, due_at=START)
    await notes.lease("day:1", "dead", START, 600)
    await notes.end_leases()
    assert await notes.due(START) == ["day:1"]


def occasions(notes, clock, **said) -> Occasions:
    return Occasions(notes, said.pop("rhythm", DAILY), "#alerts", clock=clock, **said)


async def told(notes, now: datetime) -> list[str]:
    return list(await notes.due(now))


async def test_the_first_look_only_remembers_and_the_next_period_is_told_once(notes):
    clock = Clock(START + timedelta(hours=1))
    await occasions(notes, clock).notice()
    assert await told(notes, clock.now) == [], "nobody was there for the day before"
    clock.now = START + DAY
    replicas = [occasions(notes, clock) for _ in range(4)]
    await asyncio.gather(*(replica.notice() for replica in replicas))
    await replicas[0].notice()
    assert await told(notes, clock.now) == ["day:2026-03-02"]


async def test_after_a_week_of_silence_only_the_newest_comes_and_only_while_it_is_news(notes):
    clock = Clock(START)
    await occasions(notes, clock).notice()
    clock.now = START + 5 * DAY + timedelta(hours=3)
    await occasions(notes, clock).notice()
    assert await told(notes, clock.now) == ["day:2026-03-06"]
    clock.now = START + 8 * DAY + timedelta(hours=13)
    await occasions(notes, clock).notice()
    assert await told(notes, clock.now) == ["day:2026-03-06"], "yesterday's came too late"
    clock.now = START + 9 * DAY
    await occasions(notes, clock).notice()
    assert await told(notes, clock.now) == ["day:2026-03-06", "day:2026-03-10"]


class Schedule:
    """Who is on call, as a test says; None: nobody can tell."""

    def __init__(self, *names: str) -> None:
        self.names: tuple[str, ...] | None = names

    async def __call__(self) -> tuple[str, ...]:
        if self.names is None:
            raise Unavailable("no answer")
        return self.names


async def look(watching: Occasions, clock: Clock, times: int = 2) -> None:
    for _ in range(times):
        clock.now += ASK_ON_CALL
        await watching.notice()


async def test_a_handover_is_told_once_with_who_was_and_who_is(notes):
    clock, schedule = Clock(START), Schedule("Ana")
    watching = occasions(notes, clock, rhythm=Rhythm(), on_call=schedule)
    await look(watching, clock)
    assert await told(notes, clock.now) == [], "the first name is no change"
    schedule.names = ("Bo", "Ana")
    await look(watching, clock)
    await look(occasions(notes, clock, rhythm=Rhythm(), on_call=schedule), clock)
    assert await told(notes, clock.now) == ["handover:1"]
    _, note = await notes.newest(NoteKind.HANDOVER)
    assert (note.before, note.now) == (("Ana",), ("Ana", "Bo"))
    assert note.since < note.until


async def test_a_gap_a_glimpse_and_an_outage_are_no_handover(notes):
    clock, schedule = Clock(START), Schedule("Ana")
    watching = occasions(notes, clock, rhythm=Rhythm(), on_call=schedule)
    await look(watching, clock)
    for seen in ((), ("Bo",), ("Ana",), None, ("Ana",)):
        schedule.names = seen
        await look(watching, clock, times=1 if seen == ("Bo",) else 3)
    assert await told(notes, clock.now) == []


async def test_pagerduty_is_asked_once_a_minute_and_no_more(notes):
    clock, asked = Clock(START), []

    async def schedule() -> tuple[str, ...]:
        asked.append(clock.now)
        return ("Ana",)

    watching = occasions(notes, clock, rhythm=Rhythm(), on_call=schedule)
    for _ in range(9):
        clock.now += ASK_ON_CALL / 3
        await watching.notice()
    assert len(asked) == 3
