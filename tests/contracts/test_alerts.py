"""Alerts are read whole, changed by one at a time, and worked on by one at a time."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from bot.alerts.alert import BOT, Action, Refused, Snooze, State
from bot.alerts.classification import Category, Severity
from bot.alerts.dossier import Shown
from bot.errors import UnknownAlert
from bot.insights.stats import UNCLASSIFIED
from bot.store.tables import classifications, deliveries, occurrences, transitions
from tests.store.making import ALICE, BOB, START, VERDICT, command, event, occurrence

LATER = START + timedelta(minutes=1)


@pytest.fixture
async def alert(intake):
    return (await intake.submit(occurrence())).alert


async def test_an_id_that_no_alert_has_is_unknown(store):
    with pytest.raises(UnknownAlert):
        await store.dossier(404)
    with pytest.raises(UnknownAlert):
        await store.act(404, command(Action.ACKNOWLEDGED))
    assert await store.lease(404, "me", START, 60) is None


@pytest.mark.parametrize("name", ["1", "sentry:1", "SHOP-1", "shop-1", "  SHOP-1 "])
async def test_an_alert_is_found_by_the_names_people_use(store, alert, name):
    assert await store.find(name) == alert


async def test_an_unknown_name_finds_nothing(store, alert):
    assert await store.find("SHOP-2") is None


async def test_an_action_is_in_the_row_and_in_the_audit_log(store, alert):
    before = await store.dossier(alert)
    snooze = Snooze(until=LATER, count_at_start=1)
    done = await store.act(alert, command(Action.SNOOZED, snooze=snooze, detail={"note": "quiet", "n": 3}))
    after = await store.dossier(alert)
    assert after.transitions[-1] == done
    assert (done.before, done.after) == (before.alert.standing, after.alert.standing)
    assert (after.alert.state, after.alert.standing.snooze) == (State.SNOOZED, snooze)
    assert after.alert.version == before.alert.version + 1
    assert await store.due(START, 10) == [alert]


async def test_a_verdict_is_in_force_with_its_severity_and_category(store, alert):
    await store.act(alert, command(Action.CLASSIFIED, BOT), verdict=VERDICT)
    dossier = await store.dossier(alert)
    assert dossier.classification == VERDICT
    assert dossier.alert.standing.classification_id is not None
    (line,) = await store.recent(10)
    assert (line.severity, line.category) == (Severity.HIGH, Category.DATABASE)


async def test_a_person_overrules_the_machine_and_not_the_other_way_round(store, alert):
    await store.act(alert, command(Action.CLASSIFIED, BOT), verdict=VERDICT)
    corrected = replace(VERDICT, severity=Severity.LOW, made_by="user:U1")
    await store.act(alert, command(Action.RECLASSIFIED), verdict=corrected)
    with pytest.raises(Refused):
        await store.act(alert, command(Action.CLASSIFIED, BOT), verdict=VERDICT)
    assert (await store.dossier(alert)).classification == corrected


async def test_undo_puts_the_verdict_and_its_severity_back(store, alert):
    await store.act(alert, command(Action.CLASSIFIED, BOT), verdict=VERDICT)
    await store.act(alert, command(Action.RECLASSIFIED), verdict=replace(VERDICT, severity=Severity.LOW))
    undone = await store.act(alert, command(Action.UNDONE, BOB))
    assert undone.detail["undid"] == "reclassified"
    assert (await store.dossier(alert)).classification == VERDICT
    assert (await store.recent(1))[0].severity is Severity.HIGH


async def test_what_is_refused_changes_nothing(db, store, alert):
    before = await store.dossier(alert)
    with pytest.raises(Refused):
        await store.act(alert, command(Action.REOPENED), verdict=VERDICT)
    assert await store.dossier(alert) == before
    async with db.read() as conn:
        assert await conn.scalar(select(func.count()).select_from(classifications)) == 0


async def test_of_two_at_once_the_second_hears_who_was_first(store, alert):
    clicks = [store.act(alert, command(Action.RESOLVED, who)) for who in (ALICE, BOB)]
    outcomes = await asyncio.gather(*clicks, return_exceptions=True)
    (refused,) = [outcome for outcome in outcomes if isinstance(outcome, Refused)]
    (done,) = [outcome for outcome in outcomes if not isinstance(outcome, BaseException)]
    assert refused.now.by == done.actor


async def test_one_worker_at_a_time_holds_an_alert(store, alert):
    held = await asyncio.gather(*(store.lease(alert, f"worker {n}", START, 60) for n in range(5)))
    assert sum(dossier is not None for dossier in held) == 1
    assert await store.due(START, 10) == []


async def test_a_dead_workers_alert_is_found_when_its_lease_ends(store, alert):
    await store.lease(alert, "dead", START, 60)
    assert await store.next_due() == LATER
    assert await store.due(LATER, 10) == [alert]
    assert await store.lease(alert, "alive", LATER, 60) is not None
    assert not await store.release(alert, "dead", 1, None)
    assert await store.lease(alert, "third", LATER, 60) is None


async def test_when_nothing_happened_meanwhile_the_alert_is_due_when_its_worker_says(store, alert):
    dossier = await store.lease(alert, "me", START, 60)
    assert not await store.release(alert, "me", dossier.alert.version, LATER)
    assert await store.next_due() == LATER
    dossier = await store.lease(alert, "me", LATER, 60)
    assert not await store.release(alert, "me", dossier.alert.version, None)
    assert await store.next_due() is None


async def test_what_happened_meanwhile_is_not_forgotten_at_the_release(store, alert):
    dossier = await store.lease(alert, "me", START, 60)
    await store.act(alert, command(Action.ACKNOWLEDGED))
    assert await store.release(alert, "me", dossier.alert.version, None, now=START)
    assert await store.due(START, 10) == [alert]


async def test_a_storm_does_not_keep_its_worker_running(store, alert, intake):
    dossier = await store.lease(alert, "me", START, 60)
    await intake.submit(occurrence(2))
    assert not await store.release(alert, "me", dossier.alert.version, None, now=START)
    assert await store.next_due() == START + timedelta(seconds=2)


async def test_the_longest_due_come_first(store, intake, clock):
    found = [(await intake.submit(occurrence(issue=f"sentry:{n}", at=clock.pass_(1)))).alert for n in range(4)]
    assert await store.due(clock.now, 3) == found[:3]


async def test_what_a_target_shows_is_kept_and_replaced(store, alert):
    shown = Shown(target="slack_card", channel="C1", external_id="1.2", version=3, digest="abc", shown_at=START)
    await store.save_shown(alert, shown)
    again = replace(shown, version=4, last_error="no\x00 answer", attempts=2, failing_since=START, next_try_at=LATER)
    await store.save_shown(alert, again)
    assert (await store.dossier(alert)).targets == {"slack_card": replace(again, last_error="no answer")}


async def test_pending_counts_what_waits_for_somebody_by_severity(store, intake):
    found = [(await intake.submit(occurrence(issue=f"sentry:{n}"))).alert for n in range(4)]
    await store.act(found[0], command(Action.CLASSIFIED, BOT), verdict=VERDICT)
    await store.act(found[1], command(Action.ACKNOWLEDGED))
    await store.act(found[2], command(Action.RESOLVED))
    assert await store.pending() == {"critical": 0, "high": 1, "medium": 0, "low": 0, UNCLASSIFIED: 1}


async def test_lists_show_the_last_seen_first_and_only_the_states_asked_for(store, intake, clock):
    for n in range(3):
        await intake.submit(occurrence(issue=f"sentry:{n}", at=clock.pass_(60), read=lambda: event(title="Boom")))
    await store.act(await store.find("1"), command(Action.RESOLVED))
    assert [line.issue_key for line in await store.recent(2)] == ["sentry:2", "sentry:1"]
    open_ones = await store.recent(10, states=[State.OPEN])
    assert [(line.issue_key, line.title) for line in open_ones] == [("sentry:2", "Boom"), ("sentry:0", "Boom")]


async def test_forgetting_takes_old_deliveries_and_events_but_no_line_of_the_log(db, store, intake, clock):
    await asyncio.gather(*(intake.submit(occurrence(n)) for n in range(1_100)))
    kept = await intake.submit(occurrence(2_000, at=LATER))
    assert await store.forget(LATER) == 2_200
    async with db.read() as conn:
        left = [await conn.scalar(select(func.count()).select_from(t)) for t in (deliveries, occurrences, transitions)]
    assert left[:2] == [1, 1]
    assert left[2] == len((await store.dossier(kept.alert)).transitions) > 0


async def test_a_dossier_holds_the_newest_lines_of_a_long_log_oldest_first(store, alert):
    for _ in range(101):
        await store.act(alert, command(Action.ACKNOWLEDGED))
        await store.act(alert, command(Action.UNACKNOWLEDGED))
    lines = (await store.dossier(alert)).transitions
    assert len(lines) == 200
    assert [line.id for line in lines] == sorted(line.id for line in lines)
    assert lines[-1].action is Action.UNACKNOWLEDGED
