"""Questions in the database, and what our own records say about an alert's past: alike on both databases."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import insert

from bot.alerts.alert import Action, Actor, Source
from bot.alerts.dossier import Shown
from bot.alerts.event import ErrorEvent, ExceptionInfo, Frame
from bot.alerts.question import Answer, Inquiry, QuestionState
from bot.assist.records import Likeness
from bot.store.conversations import ConversationStore
from bot.store.past import PastStore
from bot.store.tables import events
from tests.store.making import START, VERDICT, command, event, occurrence

ANSWER = Answer(text="It is the pool.", sources=("breadcrumbs",), model="m", cost_usd=0.004, note="\x00so")


def inquiry(alert: int = 1, source: str = "view:1", **said: object) -> Inquiry:
    by = Actor(source=Source.USER, id="U1", name="Alice")
    plain = Inquiry(
        alert_id=alert, by=by, team="T1", text="Why?", source=source, channel="C1", thread_ts="1.1", at=START
    )
    return replace(plain, **said)  # type: ignore[arg-type]


@pytest.fixture
def conversations(db):
    return ConversationStore(db)


@pytest.fixture
def past(db):
    return PastStore(db)


@pytest.fixture
async def alert(intake):
    return (await intake.submit(occurrence())).alert


async def test_the_same_question_told_twice_is_one_question(conversations, alert):
    assert await conversations.add(inquiry(alert)) is not None
    assert await conversations.add(inquiry(alert, text="Why? (again)")) is None
    assert await conversations.add(inquiry(alert, "x" * 5_000)) is not None
    assert await conversations.add(inquiry(alert, "x" * 5_000)) is None
    assert len(await conversations.of(alert)) == 2


async def test_one_at_a_time_answers_a_question_and_a_dead_ones_lease_ends(conversations, alert):
    number = await conversations.add(inquiry(alert))
    assert await conversations.due(START, 10) == [number]
    mine = await conversations.lease(number, "a", START, 60)
    assert mine.state is QuestionState.ANSWERING
    assert mine.asked == inquiry(alert)
    assert await conversations.lease(number, "b", START, 60) is None
    assert await conversations.due(START, 10) == []

    later = START + timedelta(seconds=61)
    assert await conversations.due(later, 10) == [number]
    theirs = await conversations.lease(number, "b", later, 60)
    assert theirs.attempts == 2
    assert not await conversations.save_answer(number, "a", ANSWER), "its lease is gone"
    assert not await conversations.finish(number, "a", QuestionState.ANSWERED, later)
    assert await conversations.save_answer(number, "b", ANSWER)


async def test_everything_that_is_kept_comes_back(conversations, alert):
    number = await conversations.add(inquiry(alert))
    question = await conversations.lease(number, "a", START, 60)
    begun = replace(question, message_ts="1.2", streaming=True, sending_since=START)
    assert await conversations.save_message(begun, "a")
    assert await conversations.save_answer(number, "a", ANSWER)
    assert await conversations.defer(number, "a", START + timedelta(seconds=5))
    again = await conversations.lease(number, "b", START + timedelta(seconds=6), 60)
    assert (again.message_ts, again.streaming, again.sending_since) == ("1.2", True, START)
    assert again.answer == replace(ANSWER, note="so")
    await conversations.finish(number, "b", QuestionState.ANSWERED, START)
    assert await conversations.lease(number, "c", START + timedelta(days=1), 60) is None, "it is over"
    assert await conversations.due(START + timedelta(days=1), 10) == []


async def test_what_was_answered_before_is_remembered_in_order(conversations, alert):
    for number in range(1, 5):
        added = await conversations.add(inquiry(alert, f"view:{number}", text=f"question {number}"))
        await conversations.lease(added, "a", START, 60)
        await conversations.save_answer(added, "a", ANSWER)
        state = QuestionState.FAILED if number == 2 else QuestionState.ANSWERED
        await conversations.finish(added, "a", state, START)
    last = (await conversations.of(alert))[-1]
    assert [q.asked.text for q in await conversations.earlier(last, 5)] == ["question 1", "question 3"]
    assert [q.asked.text for q in await conversations.earlier(last, 1)] == ["question 3"]


async def test_a_thread_belongs_to_the_alert_whose_card_begins_it(conversations, store, alert):
    await store.save_shown(alert, Shown(target="slack_card", channel="C1", external_id="1.1"))
    await store.save_shown(alert, Shown(target="slack_thread", channel="C1", external_id="1.2"))
    assert await conversations.alert_of("C1", "1.1") == alert
    assert await conversations.alert_of("C1", "1.2") is None
    assert await conversations.alert_of("C2", "1.1") is None


async def test_people_are_known_by_the_name_they_last_acted_under(conversations, store, alert):
    assert await conversations.name_of("U1") == ""
    await store.act(alert, command(Action.ACKNOWLEDGED))
    assert await conversations.name_of("U1") == "Alice"


async def test_all_leases_end_when_the_only_process_starts(conversations, alert):
    number = await conversations.add(inquiry(alert))
    await conversations.lease(number, "a", START, 600)
    await conversations.end_leases()
    assert await conversations.due(START, 10) == [number]
    assert await conversations.lease(number, "b", START, 60)


def crash(kind: str = "ValueError", value: str = "no card", function: str = "charge") -> ErrorEvent:
    frames = (Frame(function=function, filename="pay.py", lineno=7, in_app=True),)
    return event(
        title=f"{kind}: {value}", exceptions=(ExceptionInfo(type=kind, value=value, frames=frames),), short_id=None
    )


async def test_similar_alerts_are_found_closest_first_with_how_they_ended(intake, store, past):
    async def happened(issue: int, what: ErrorEvent):
        taken = await intake.submit(occurrence(issue, issue=f"sentry:{issue}", read=lambda: what))
        return taken.alert

    here = await happened(1, crash())
    elsewhere = await happened(2, crash(function="refund"))
    await happened(3, crash("KeyError"))
    place = await happened(4, crash(value="a wholly other text"))
    same = await happened(5, crash())
    await store.act(same, command(Action.RECLASSIFIED, detail={"reason": "keys rotated"}), verdict=VERDICT)
    await store.act(same, command(Action.RESOLVED))

    found = await past.similar(await store.dossier(here), 5)
    assert [(other.alert.id, other.likeness) for other in found] == [
        (same, Likeness.SAME_ERROR),
        (place, Likeness.SAME_PLACE),
        (elsewhere, Likeness.SAME_TYPE),
    ]
    assert found[0].ended.actor.name == "Alice"
    assert found[0].said == ("keys rotated",)
    assert not found[0].came_back
    assert found[0].classification == VERDICT
    assert len(await past.similar(await store.dossier(here), 1)) == 1


async def test_a_title_with_wildcards_finds_only_its_own_kind(intake, store, past):
    await intake.submit(occurrence(1, issue="sentry:1", read=lambda: crash("Value%")))
    await intake.submit(occurrence(2, issue="sentry:2", read=lambda: crash("ValueError")))
    assert await past.similar(await store.dossier(1), 5) == []


async def test_events_are_counted_between_edges(intake, past, alert, clock):
    for number in range(2, 6):
        await intake.submit(occurrence(number, at=clock.pass_(600)))
    edges = [START + timedelta(minutes=20 * step) for step in range(4)]
    assert list(await past.counts(alert, edges)) == [2, 2, 1]
    assert list(await past.counts(999, edges)) == [0, 0, 0]


async def test_releases_are_told_newest_first(db, past, alert):
    for minutes, release in enumerate(["shop@1", "shop@1", "shop@2", None]):
        row = {"alert_id": alert, "delivery_id": "d", "at": START + timedelta(minutes=minutes)}
        async with db.write() as conn:
            await conn.execute(insert(events).values(**row, body=event(release=release)))
    found = await past.releases(alert, 5)
    assert [(r.release, r.times) for r in found] == [("shop@2", 1), ("shop@1", 2)]
    assert found[1].first == START


async def test_neighbours_are_the_alerts_that_began_at_about_the_same_time(intake, past, alert, clock):
    near = (await intake.submit(occurrence(2, issue="sentry:2", at=clock.pass_(60)))).alert
    await intake.submit(occurrence(3, issue="sentry:3", at=clock.pass_(3 * 3600)))
    found = await past.neighbours(alert, START - timedelta(minutes=30), START + timedelta(minutes=30), 5)
    assert [other.alert_id for other in found] == [near]
