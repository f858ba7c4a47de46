"""Storms in both databases: however many replicas see one begin, there is one, with everybody in it exactly once."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.alerts.alert import Action, Command, State
from bot.alerts.event import ErrorEvent, Meaning
from bot.alerts.listing import Filter
from bot.alerts.storms import Grounds, Outbreak, StormRules
from bot.alerts.traits import Kind, Trait, traits
from bot.insights.records import Period
from bot.insights.stats import figures
from bot.store.alerts import AlertStore
from bot.store.engine import Database
from bot.store.insights import InsightStore
from bot.store.intake import Intake
from bot.store.listing import ListStore
from bot.store.storms import StormStore
from bot.work.storms import StormWatch
from tests.store.making import ALICE, BOB, START, Clock, event, occurrence

RELEASE, HOST = Trait(Kind.RELEASE, "shop@4.3.0"), Trait(Kind.HOST, "api-1")
STORM = ErrorEvent(resource="storm", action="opened", meaning=Meaning.OTHER, title="Storm: release shop@4.3.0")
GROUNDS = Grounds(issues=5, seconds=300, earlier=0)
WITHIN = timedelta(minutes=5)


async def taken(db: Database, clock: Clock, number: int) -> list[int]:
    """The ids of so many new alerts."""
    intake = Intake(db, clock, lambda _: None)
    await intake.start()
    told = event(release=RELEASE.value)
    receipts = [
        await intake.submit(replace(occurrence(n, at=clock(), issue=f"sentry:{n}"), read=lambda: told))
        for n in range(1, number + 1)
    ]
    await intake.stop()
    return [receipt.alert or 0 for receipt in receipts]


@pytest.fixture
async def ids(db, clock) -> list[int]:
    return await taken(db, clock, 5)


@pytest.fixture
def storms(db) -> StormStore:
    return StormStore(db)


def found(ids: list[int]) -> Outbreak:
    return Outbreak(RELEASE, tuple(ids), GROUNDS)


async def test_a_storm_is_not_one_alert_more_in_the_figures(db, storms, ids, clock):
    period = Period(START - timedelta(days=1), START + timedelta(days=1))
    without = figures(await InsightStore(db).history(period))
    storm_id = await storms.begin(found(ids), STORM, START)
    store = AlertStore(db)
    await store.act(storm_id, Command(action=Action.ACKNOWLEDGED, actor=ALICE, at=START))
    counted = figures(await InsightStore(db).history(period))
    assert (without.opened, counted.opened) == (5, 5)
    assert (counted.waiting, counted.by_severity) == (without.waiting, without.by_severity)
    assert counted.speed.acknowledge.count == 0, "its members are taken with it, and count"


async def test_while_it_lasts_lists_show_the_storm_in_place_of_its_issues_and_counts_count_those(db, storms, ids):
    lists, store, past = ListStore(db), AlertStore(db), InsightStore(db)
    waiting = await store.pending()
    storm_id = await storms.begin(found(ids[:4]), STORM, START)

    async def shown(owner: str = "") -> set[int]:
        listed = await lists.listed(Filter(owner=owner), 10)
        assert listed.total == len(listed.ids)
        return set(listed.ids)

    assert await shown() == {storm_id, ids[4]}
    assert {each.line.id for each in await past.still_open(10)} == {storm_id, ids[4]}
    assert await store.pending() == waiting, "it is not one alert more"
    await store.act(ids[0], Command(action=Action.ACKNOWLEDGED, actor=BOB, at=START))
    assert await shown(BOB.id) == {ids[0]}, "nobody has the storm, so that it does not stand for it there"
    await storms.end(storm_id, START)
    assert await shown() == {storm_id, *ids}


async def test_of_replicas_that_see_the_same_storm_begin_one_makes_it(database_url, clock):
    databases = [Database.connect(database_url) for _ in range(3)]
    await databases[0].migrate()
    ids = await taken(databases[0], clock, 5)
    made = await asyncio.gather(*(StormStore(db).begin(found(ids), STORM, START) for db in databases))
    [storm_id] = [each for each in made if each is not None]
    dossier = await AlertStore(databases[0]).dossier(storm_id)
    assert dossier.storm is not None
    assert sorted(member.alert_id for member in dossier.storm.members) == ids
    assert (dossier.event.short_id, dossier.alert.counts.events) == (f"STORM-{storm_id}", 5)
    members = [await AlertStore(databases[0]).dossier(alert_id) for alert_id in ids]
    assert [t.action for member in members for t in member.transitions].count(Action.JOINED) == 5
    for db in databases:
        await db.close()


async def test_joining_twice_or_at_once_is_joining_once(storms, store, ids):
    storm_id = await storms.begin(found(ids[:3]), STORM, START)
    await asyncio.gather(*(storms.join(storm_id, RELEASE, ids, START) for _ in range(4)))
    assert (await store.dossier(storm_id)).storm.issues == 5
    member = await store.dossier(ids[4])
    assert member.hushed
    assert [t.action for t in member.transitions].count(Action.JOINED) == 1


async def test_who_had_a_trait_is_counted_once_and_as_of_when_it_was_last_news(storms, ids):
    for alert_id in ids:
        await storms.sight(alert_id, [RELEASE, HOST], START - timedelta(hours=2), WITHIN)
    await storms.sight(ids[0], [RELEASE], START, WITHIN)
    seen = await storms.sight(ids[1], [RELEASE, HOST], START, WITHIN)
    assert sorted((each.trait, each.alert_id) for each in seen.recent) == [
        (HOST.key, ids[1]),
        (RELEASE.key, ids[0]),
        (RELEASE.key, ids[1]),
    ]
    assert seen.earlier == {HOST.key: 4, RELEASE.key: 3}
    await storms.forget(START + timedelta(seconds=1))
    assert (await storms.sight(ids[2], [RELEASE], START, WITHIN)).earlier == {}


async def test_what_people_do_to_a_storm_is_done_to_each_member_once_where_its_state_allows_it(storms, store, ids):
    storm_id = await storms.begin(found(ids), STORM, START)
    await store.act(ids[0], Command(action=Action.RESOLVED, actor=BOB, at=START))
    await store.act(storm_id, Command(action=Action.ACKNOWLEDGED, actor=ALICE, at=START))
    assert sorted(await storms.spread(storm_id)) == ids
    assert await storms.spread(storm_id) == []
    standings = [(await store.dossier(i)).alert.standing for i in ids]
    assert [standing.state for standing in standings] == [State.RESOLVED, *[State.ACKNOWLEDGED] * 4]
    assert {standing.owner for standing in standings[1:]} == {ALICE}

    await store.act(ids[1], Command(action=Action.UNACKNOWLEDGED, actor=BOB, at=START))
    await store.act(storm_id, Command(action=Action.UNDONE, actor=ALICE, at=START))
    await storms.spread(storm_id)
    states = [(await store.dossier(i)).alert.state for i in ids]
    assert states == [State.RESOLVED, *[State.OPEN] * 4], "undo touches only what came with the storm"


async def test_who_joins_a_storm_later_is_not_acknowledged_behind_anybodys_back(storms, store, ids):
    storm_id = await storms.begin(found(ids[:4]), STORM, START)
    await store.act(storm_id, Command(action=Action.ACKNOWLEDGED, actor=ALICE, at=START))
    await storms.join(storm_id, RELEASE, [ids[4]], START)
    await storms.spread(storm_id)
    assert (await store.dossier(ids[4])).alert.state is State.OPEN
    assert (await store.dossier(ids[4])).hushed


async def test_a_storm_that_ended_makes_room_for_another_and_goes_on_only_if_there_is_none(storms, store, ids):
    first = await storms.begin(found(ids), STORM, START)
    assert await storms.begin(found(ids), STORM, START + WITHIN) is None
    await storms.end(first, START + WITHIN)
    assert await storms.resume(first)
    await storms.end(first, START + WITHIN)
    second = await storms.begin(found(ids), STORM, START + 2 * WITHIN)
    assert second not in (None, first)
    assert not await storms.resume(first)
    assert (await store.dossier(ids[0])).member.storm_id == second
    assert await storms.lasting([RELEASE, HOST]) == {RELEASE: second}


async def test_who_left_stays_away(storms, store, ids):
    storm_id = await storms.begin(found(ids), STORM, START)
    await storms.leave(storm_id, ids[0], RELEASE, START)
    assert not await storms.join(storm_id, RELEASE, [ids[0]], START)
    left = await store.dossier(ids[0])
    assert (left.member, left.hushed) == (None, False)
    assert (await store.dossier(storm_id)).storm.issues == 4


async def test_an_alert_that_was_missed_when_its_storm_began_is_found_by_the_next_look(storms, store, ids, clock):
    storm_id = await storms.begin(found(ids[:4]), STORM, START)
    await storms.sight(ids[4], [RELEASE], START, WITHIN)  # and then its process died
    watch = StormWatch(storms, store, StormRules, lambda _: None, clock)
    tended = await watch.consider(await store.dossier(storm_id))
    assert tended.storm is not None
    assert tended.storm.issues == 5
    assert (await store.dossier(ids[4])).hushed


async def test_five_alerts_that_are_looked_at_by_five_workers_at_once_are_one_storm(db, storms, store, ids, clock):
    watches = [StormWatch(StormStore(db), store, StormRules, lambda _: None, clock) for _ in ids]
    dossiers = [await store.dossier(i) for i in ids]
    await asyncio.gather(*(watch.consider(dossier) for watch, dossier in zip(watches, dossiers, strict=True)))
    [storm_id] = set((await storms.lasting(traits(dossiers[0].event))).values())
    await watches[0].consider(await store.dossier(storm_id))
    assert (await store.dossier(storm_id)).storm.issues == 5
