"""What people do in Slack, in both databases: mutes, thumbs, links, lists, names, and the trail of an alert."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.alerts.alert import Action
from bot.alerts.asking import Asked, AskState
from bot.alerts.classification import Category, Severity
from bot.alerts.listing import Filter
from bot.alerts.mutes import Pattern
from bot.alerts.storms import Grounds, Outbreak
from bot.alerts.traits import Kind, Trait
from bot.insights.records import Period, Tally
from bot.store.feedback import FeedbackStore, Subject
from bot.store.insights import InsightStore
from bot.store.links import Link, LinkStore
from bot.store.listing import ListStore
from bot.store.mutes import MuteStore
from bot.store.refinements import RefinementStore
from bot.store.storms import StormStore
from tests.store.making import ALICE, BOB, START, VERDICT, command, event, occurrence

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
VALUE_ERRORS = Pattern(text="ValueError")


@pytest.fixture
def lists(db):
    return ListStore(db)


async def an_alert(intake, store, number=1, *, verdict=VERDICT, **said):
    told = event(short_id=f"SHOP-{number}", **said)
    receipt = await intake.submit(occurrence(number, issue=f"sentry:{number}", read=lambda: told))
    await store.act(receipt.alert, command(Action.CLASSIFIED), verdict=verdict)
    return receipt.alert


def verdict(severity: Severity, **said):
    return replace(VERDICT, severity=severity, **said)


async def test_a_delivery_that_comes_again_is_remembered_with_the_first(intake, store, lists):
    alert = await an_alert(intake, store)
    for _ in range(3):
        assert (await intake.submit(occurrence(1, issue="sentry:1"))).duplicate
    (heard,) = (await lists.trail(alert)).heard
    assert (heard.count, heard.repeats) == (1, 3)
    assert (await store.dossier(alert)).alert.counts.events == 1


async def test_a_list_is_worst_first_and_counts_what_it_does_not_show(intake, store, lists):
    low = await an_alert(intake, store, 1, verdict=verdict(Severity.LOW))
    critical = await an_alert(intake, store, 2, verdict=verdict(Severity.CRITICAL), project="web")
    resolved = await an_alert(intake, store, 3)
    await store.act(resolved, command(Action.RESOLVED))
    found = await lists.listed(Filter(), 1)
    assert (found.ids, found.total) == ((critical,), 2)
    assert found.by_severity == {"critical": 1, "low": 1}
    assert (await lists.listed(Filter(severity=Severity.LOW), 9)).ids == (low,)
    assert (await lists.listed(Filter(project="WEB"), 9)).ids == (critical,)


async def test_mine_is_what_i_acknowledged_and_overdue_what_was_promised_before(intake, store, lists):
    alert = await an_alert(intake, store)
    await store.act(alert, command(Action.ACKNOWLEDGED, promise=START + HOUR))
    assert (await lists.listed(Filter(owner=ALICE.id), 9)).ids == (alert,)
    assert (await lists.listed(Filter(owner=BOB.id), 9)).ids == ()
    assert (await lists.listed(Filter(overdue_at=START + HOUR - timedelta(seconds=1)), 9)).ids == ()
    assert (await lists.listed(Filter(overdue_at=START + HOUR + timedelta(seconds=1)), 9)).ids == (alert,)


async def test_what_is_unsure_is_a_guess_or_of_no_known_category(intake, store, lists):
    await an_alert(intake, store, 1)
    guess = await an_alert(intake, store, 2, verdict=verdict(Severity.LOW, confidence=0.3))
    unknown = await an_alert(intake, store, 3, verdict=verdict(Severity.HIGH, category=Category.UNKNOWN))
    assert await lists.unsure(9) == [unknown, guess]


@pytest.mark.parametrize(
    ("wrong", "meant"), [("shop-2", "SHOP-2"), ("SHOP2", "SHOP-2"), ("sohp-2", "SHOP-2"), ("qwertz", "")]
)
async def test_a_wrong_name_finds_the_nearest_known_one(intake, store, lists, wrong, meant):
    await an_alert(intake, store, 2, project="shop-api")
    assert await lists.near_issue(wrong) == meant
    assert await lists.near_project("shop-apy") == "shop-api"
    assert await lists.project("Shop-API") == "shop-api"
    assert await lists.project("other") is None


async def test_an_event_and_an_error_lead_to_their_alert(intake, store, lists):
    alert = await an_alert(intake, store)
    assert await lists.of_event("event-1") == alert
    assert await lists.of_event("event-2") is None
    assert await lists.same_error(event()) == alert
    assert await lists.same_error(event(exceptions=())) is None


async def test_releases_are_told_by_their_first_error(intake, store, lists):
    await an_alert(intake, store, 1, release="shop@1")
    await an_alert(intake, store, 2, release="shop@2")
    await an_alert(intake, store, 3, release="shop@2")
    found = await lists.releases(9)
    assert {(each.name, each.alerts) for each in found} == {("shop@1", 1), ("shop@2", 2)}


async def test_a_preview_counts_what_a_mute_would_have_hidden_and_what_mattered(db, intake, store):
    mutes = MuteStore(db)
    mattered = await an_alert(intake, store, 1)
    await store.act(mattered, command(Action.ACKNOWLEDGED))
    await an_alert(intake, store, 2)
    await an_alert(intake, store, 3, verdict=verdict(Severity.CRITICAL))
    seen = await mutes.preview(VALUE_ERRORS, START - DAY)
    assert (seen.alerts, seen.events, seen.acted_on, seen.spared) == (2, 2, 1, 1)
    assert seen.by_severity == {"high": 2}
    assert seen.titles[0] == ("SHOP-2", "ValueError: no card")
    assert (await mutes.preview(VALUE_ERRORS, START + DAY)).alerts == 0
    assert (await mutes.preview(Pattern(environment="staging"), START - DAY)).alerts == 0


async def test_a_mute_holds_until_its_time_or_its_end_and_what_it_hid_is_due_then(db, intake, store):
    mutes = MuteStore(db)
    mute = await mutes.add(VALUE_ERRORS, ALICE, START, START + DAY)
    hidden = await an_alert(intake, store)
    lease = await store.lease(hidden, "me", START, 60)
    await store.release(hidden, "me", lease.alert.version, None)
    assert await store.due(START + HOUR, 9) == []
    dossier = await store.dossier(hidden)
    assert dossier.muted(START + HOUR) == mute
    assert dossier.muted(START + DAY) is None
    assert await mutes.current(START + HOUR) == [mute]

    ended = await mutes.end(mute.id, START + HOUR)
    assert ended is not None
    assert ended.until == START + HOUR
    assert await store.due(START + HOUR, 9) == [hidden]
    assert await mutes.current(START + HOUR) == []
    assert await mutes.end(mute.id, START + HOUR) is None, "once is enough"


async def _a_model_was_asked(db, alert):
    refinements, waiting = RefinementStore(db), Asked(state=AskState.WAITING, why="new", at=START, next_try_at=START)
    await refinements.want(alert, waiting)
    await refinements.claim(alert, "model", START, 60)
    return lambda: refinements.settle(alert, "model", replace(waiting, state=AskState.NO_BUDGET, next_try_at=None))


async def _a_link_was_posted(db, alert):
    return lambda: LinkStore(db).add(alert, [Link(channel="C1", ts="1.1", url="https://sentry.example.com/1")], START)


async def _a_mute_held(db, alert):
    mute = await MuteStore(db).add(VALUE_ERRORS, ALICE, START, START + DAY)
    return lambda: MuteStore(db).end(mute.id, START)


async def _a_storm_lasted(db, alert):
    trait = Trait(Kind.RELEASE, "shop@4.3.0")
    storms, grounds = StormStore(db), Grounds(issues=1, seconds=300, earlier=0)
    storm = await storms.begin(Outbreak(trait, (alert,), grounds), event(), START) or 0
    return lambda: storms.end(storm, START)


@pytest.mark.parametrize("before", [_a_model_was_asked, _a_link_was_posted, _a_mute_held, _a_storm_lasted])
async def test_what_changes_beside_the_row_is_not_lost_on_whoever_is_at_the_alert(db, intake, store, before):
    alert = await an_alert(intake, store)
    happen = await before(db, alert)
    dossier = await store.lease(alert, "me", START, 60)
    await happen()
    assert await store.release(alert, "me", dossier.alert.version, None, now=START), "there is more to do"
    assert alert in await store.due(START, 9)


async def test_everybody_has_one_thumb_for_each_verdict(db, intake, store):
    thumbs = FeedbackStore(db)
    alert = await an_alert(intake, store)
    verdict_id = (await store.dossier(alert)).alert.standing.classification_id
    for who, good in ((ALICE, True), (BOB, True), (ALICE, False)):
        assert await thumbs.give(Subject.VERDICT, verdict_id, who, good=good, at=START) == alert
    insights = InsightStore(db)
    assert (await insights.history(Period(START, START + HOUR))).thumbs[Subject.VERDICT] == Tally(1, 1)
    assert await thumbs.give(Subject.ANSWER, 404, ALICE, good=True, at=START) is None
    later = await insights.history(Period(START + HOUR, START + DAY))
    assert later.thumbs == {each: Tally() for each in Subject}


async def test_a_link_is_kept_once_and_makes_its_alert_due_and_rests_after_a_while(db, intake, store):
    links = LinkStore(db)
    alert = await an_alert(intake, store)
    link = Link("C1", "1.2", "https://example-shop.sentry.io/issues/1/")
    await links.add(alert, [link, link], START)
    await links.add(alert, [link], START)
    assert await links.live(alert, START + HOUR) == [link]
    assert alert in await store.due(START, 9)
    await links.shown(link, "abc")
    assert [each.digest for each in await links.live(alert, START + HOUR)] == ["abc"]
    assert await links.live(alert, START + 30 * DAY) == []
