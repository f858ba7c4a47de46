"""Deliveries are counted exactly, once, whoever takes them and however they are batched."""

import asyncio
import random
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import func, select

from bot.alerts.alert import Action, State
from bot.alerts.event import IssueStatus, Meaning
from bot.errors import Malformed
from bot.store.engine import Database
from bot.store.intake import Intake
from bot.store.tables import deliveries, events, occurrences
from tests.store.making import START, Reading, changed, event, occurrence, remarked


@asynccontextmanager
async def taking(db, clock, wake=lambda alert: None):
    intake = Intake(db, clock, wake)
    await intake.start()
    yield intake
    await intake.stop()


@pytest.fixture
def woken():
    return []


@pytest.fixture
async def intake(db, clock, woken):
    async with taking(db, clock, woken.append) as running:
        yield running


async def count(db, table):
    async with db.read() as conn:
        return await conn.scalar(select(func.count()).select_from(table))


async def test_the_first_delivery_of_an_issue_opens_an_alert_and_wakes_somebody(intake, store, woken, clock):
    receipt = await intake.submit(occurrence())
    dossier = await store.dossier(receipt.alert)
    assert not receipt.duplicate
    assert (dossier.alert.issue_key, dossier.alert.state, dossier.alert.counts.events) == ("sentry:1", State.OPEN, 1)
    assert dossier.event == event()
    assert [t.action for t in dossier.transitions] == [Action.OPENED]
    assert await store.due(clock.now, 10) == [receipt.alert]
    assert woken == [receipt.alert]


async def test_a_delivery_that_comes_again_is_a_duplicate_and_changes_nothing(intake, store):
    first = await intake.submit(occurrence())
    before = await store.dossier(first.alert)
    again = await asyncio.gather(*(intake.submit(occurrence()) for _ in range(3)))
    assert {(r.alert, r.duplicate) for r in again} == {(first.alert, True)}
    assert await store.dossier(first.alert) == before


async def test_of_the_same_delivery_twice_in_one_batch_one_counts(intake, store):
    same = occurrence()
    receipts = await asyncio.gather(intake.submit(same), intake.submit(same))
    assert [r.duplicate for r in receipts] == [False, True]
    assert (await store.dossier(receipts[0].alert)).alert.counts.events == 1


async def test_one_event_that_arrives_as_several_resources_is_one_event(intake, store):
    receipts = [await intake.submit(occurrence(1, resource=r)) for r in ("error", "event_alert", "issue")]
    assert not any(r.duplicate for r in receipts)
    assert (await store.dossier(receipts[0].alert)).alert.counts.events == 1


async def test_users_are_counted_once_each(intake, store):
    users = ["ann", "bob", "ann", None, "bob", "cid"]
    receipts = await asyncio.gather(*(intake.submit(occurrence(n, user=user)) for n, user in enumerate(users)))
    assert (await store.dossier(receipts[0].alert)).alert.counts.users == 3


async def test_in_a_storm_only_what_says_something_new_is_read_in_full(intake, db):
    reading = Reading(event())
    await intake.submit(occurrence(0, read=reading))
    await asyncio.gather(*(intake.submit(occurrence(n, read=reading)) for n in range(1, 50)))
    assert reading.times == 1
    await intake.submit(occurrence(50, read=reading, variant="KeyError@other"))
    await intake.submit(occurrence(51, read=reading, resource="event_alert"))
    assert reading.times == 3
    assert await count(db, events) == 3


async def test_what_several_deliveries_say_is_merged(intake, store):
    receipt = await intake.submit(occurrence(1))
    told = event(resource="event_alert", exceptions=(), rule="All errors", web_url="https://sentry.example/1")
    await intake.submit(occurrence(1, resource="event_alert", read=lambda: told))
    merged = (await store.dossier(receipt.alert)).event
    assert (merged.rule, merged.web_url, merged.exceptions) == (told.rule, told.web_url, event().exceptions)


async def test_mere_counts_wait_while_news_does_not(intake, store, clock, woken):
    receipt = await intake.submit(occurrence(1))
    leased = await store.lease(receipt.alert, "me", clock.now, 60)
    await store.release(receipt.alert, "me", leased.alert.version, None)
    await intake.submit(occurrence(2, at=clock.pass_(1)))
    assert await store.next_due() == clock.now + timedelta(seconds=2)
    assert woken == [receipt.alert]
    await intake.submit(changed(IssueStatus.RESOLVED, at=clock.pass_(1)))
    assert await store.next_due() == clock.now
    assert woken == [receipt.alert, receipt.alert]


async def test_a_remark_that_brings_its_whole_issue_along_makes_an_alert(intake, store):
    receipt = await intake.submit(replace(remarked(), resource="activity_alert"))
    actions = [transition.action for transition in (await store.dossier(receipt.alert)).transitions]
    assert actions == [Action.OPENED, Action.REMARKED]


async def test_a_remark_about_an_issue_that_nobody_knows_makes_no_alert(intake, store):
    assert (await intake.submit(remarked())).alert is None
    known = await intake.submit(occurrence())
    assert (await intake.submit(remarked(at=START + timedelta(seconds=1)))).alert == known.alert
    assert (await store.dossier(known.alert)).transitions[-1].action is Action.REMARKED


async def test_what_was_not_understood_is_kept_with_its_body(intake, db):
    odd = occurrence(meaning=Meaning.OTHER, issue_key=None, event_key=None, body=b"x" * 300_000)
    receipt = await intake.submit(odd)
    assert receipt.alert is None
    async with db.read() as conn:
        kept = await conn.scalar(select(deliveries.c.body).where(deliveries.c.id == receipt.delivery))
    assert kept == b"x" * 256 * 1024


async def test_an_issue_first_heard_of_as_resolved_opens_quietly(intake, store):
    receipt = await intake.submit(changed(IssueStatus.RESOLVED, by="Dan"))
    dossier = await store.dossier(receipt.alert)
    assert dossier.opened_quietly
    assert (dossier.alert.state, dossier.alert.standing.by.name) == (State.RESOLVED, "Dan")


async def test_a_poisonous_delivery_fails_alone(intake, store):
    def poison():
        raise ValueError("cannot be read")

    batch = [occurrence(n, issue=f"sentry:{n}") for n in range(20)]
    batch[7] = replace(batch[7], read=poison)
    outcomes = await asyncio.gather(*(intake.submit(d) for d in batch), return_exceptions=True)
    assert [n for n, outcome in enumerate(outcomes) if isinstance(outcome, Exception)] == [7]
    assert await store.find("7") is None
    assert await store.find("8") is not None


async def test_a_delivery_that_nobody_understands_fails_alone(intake, store):
    def nonsense():
        raise Malformed("no JSON")

    looks = [nonsense if n == 7 else partial(occurrence, n, issue=f"sentry:{n}") for n in range(20)]
    outcomes = await asyncio.gather(*(intake.submit_unread(look) for look in looks), return_exceptions=True)
    assert [n for n, outcome in enumerate(outcomes) if isinstance(outcome, Malformed)] == [7]
    assert [n for n in range(20) if await store.find(str(n)) is None] == [7]


async def test_text_that_a_database_cannot_store_does_not_poison_a_delivery(intake, store):
    nasty = "a\x00b\ud800c"
    told = event(title=nasty, message=nasty, tags=((nasty, nasty),), event_count=10**30, short_id=nasty)
    receipt = await intake.submit(
        occurrence(id=nasty * 200, event_key=nasty * 9, user=nasty, variant=nasty, issue_key=nasty, read=lambda: told)
    )
    dossier = await store.dossier(receipt.alert)
    assert dossier.event.title == "ab?c"
    assert dossier.alert.counts.events == 1


async def test_whoever_stops_waiting_leaves_the_delivery_to_be_written(db, clock, store):
    async with taking(db, clock) as intake:
        task = asyncio.create_task(intake.submit(occurrence()))
        await asyncio.sleep(0)
        task.cancel()
    assert await store.find("1") is not None


async def test_stopping_writes_down_what_is_waiting_and_takes_no_more(db, clock):
    async with taking(db, clock) as intake:
        tasks = [asyncio.create_task(intake.submit(occurrence(n))) for n in range(30)]
        await asyncio.sleep(0)
    assert all(task.result().alert for task in tasks)
    with pytest.raises(RuntimeError):
        await intake.submit(occurrence(31))


async def test_counts_are_exact_when_two_replicas_take_the_same_storm(database_url, db, clock, store):
    """Two replicas, each with connections of its own, are sent overlapping halves at once, repeats and all."""
    chance = random.Random(7)  # noqa: S311 (a shuffle, not a secret)
    storm = [
        occurrence(n, issue=f"sentry:{n % 5}", resource=resource, user=f"user-{n % 17}")
        for n in range(150)
        for resource in ("error", "event_alert")
    ]
    sent = storm + chance.sample(storm, 100)
    chance.shuffle(sent)
    other = Database.connect(database_url)
    async with taking(db, clock) as one, taking(other, clock) as two:
        receipts = await asyncio.gather(*(chance.choice([one, two]).submit(d) for d in sent))
    await other.close()
    assert sum(not r.duplicate for r in receipts) == len(storm)
    for issue in range(5):
        counts = (await store.dossier(await store.find(str(issue)))).alert.counts
        users = {n % 17 for n in range(150) if n % 5 == issue}
        assert (counts.events, counts.users, counts.suppressed) == (30, len(users), 29)
    assert await count(db, occurrences) == 150


async def test_two_replicas_that_meet_a_new_issue_at_once_make_one_alert(database_url, db, clock, store):
    other = Database.connect(database_url)
    async with taking(db, clock) as one, taking(other, clock) as two:
        receipts = await asyncio.gather(
            *(
                intake.submit(occurrence(n, issue=f"sentry:{n // 2 % 20}", event_key=f"{n}"))
                for n, intake in enumerate([one, two] * 40)
            )
        )
    await other.close()
    assert len({r.alert for r in receipts}) == 20
    for alert in {r.alert for r in receipts}:
        dossier = await store.dossier(alert)
        assert [t.action for t in dossier.transitions] == [Action.OPENED]
        assert dossier.alert.counts.events == 4
