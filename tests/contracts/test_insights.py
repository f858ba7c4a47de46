"""What the database remembers of a period, alike on both."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.alerts.alert import Action, Snooze, Source, State
from bot.alerts.asking import Asked, AskState, ModelCall
from bot.alerts.classification import Category, FixTime, Severity
from bot.alerts.event import IssueStatus
from bot.alerts.question import Answer, Inquiry, QuestionState
from bot.classify.answer import ModelVerdict
from bot.classify.wire import Mode
from bot.insights.records import Asking, Opinion, Period
from bot.insights.stats import figures
from bot.store.conversations import ConversationStore
from bot.store.feedback import FeedbackStore, Subject
from bot.store.insights import InsightStore
from bot.store.paging import paged
from bot.store.refinements import RefinementStore
from bot.store.tables import alerts
from tests.store.making import ALICE, BOB, START, VERDICT, changed, command, occurrence

DAY = Period(START, START + timedelta(days=1))
MINUTE = timedelta(minutes=1)
SAID = ModelVerdict(
    classification=replace(VERDICT, severity=Severity.LOW, category=Category.TIMEOUT, made_by="example-model"),
    hypotheses=frozenset(),
    rejected=(),
    model="example-model",
    model_selection_reason="the only model",
    strong=False,
    prompt_version="1",
    parsing_method="json",
    mode=Mode.TOOL,
    raw_reply="{}",
    tokens_in=1,
    tokens_out=1,
    usage_estimated=False,
    cost_usd=0.25,
    latency_ms=5.0,
    attempts=1,
)


@pytest.fixture
def insights(db):
    return InsightStore(db)


async def opened(intake, store, issue="sentry:1", *, at=START, events=1):
    """An alert with `events` events and the rules' verdict."""
    for number in range(events):
        receipt = await intake.submit(occurrence(number + 1, issue=issue, at=at))
    await store.act(receipt.alert, command(Action.CLASSIFIED, at=at), verdict=VERDICT)
    return receipt.alert


async def test_an_empty_database_has_an_empty_history(insights):
    history = await insights.history(DAY)
    assert (history.lines, history.steps, history.cases, history.events, history.offenders) == ({}, (), (), 0, ())
    assert figures(history).opened == 0


async def test_a_day_is_told_with_all_that_led_to_it(insights, intake, store):
    alert = await opened(intake, store, at=START - timedelta(days=2), events=3)
    await store.act(alert, command(Action.ACKNOWLEDGED, at=START + MINUTE))
    await store.act(alert, command(Action.RESOLVED, at=START + 2 * MINUTE))
    history = await insights.history(DAY)
    assert [(s.action, s.by, s.after) for s in history.steps] == [
        (Action.OPENED, Source.SENTRY, State.OPEN),
        (Action.ACKNOWLEDGED, Source.USER, State.ACKNOWLEDGED),
        (Action.RESOLVED, Source.USER, State.RESOLVED),
    ]
    line = history.lines[alert]
    assert (line.title, line.project, line.short_id, line.state) == (
        "ValueError: no card",
        "shop",
        "SHOP-1",
        State.RESOLVED,
    )
    assert (line.severity, line.category, line.fix_time) == (Severity.HIGH, Category.DATABASE, FixTime.HOUR)
    assert history.events == 0, "its events came before"
    assert figures(history).speed.acknowledge.median == timedelta(days=2, minutes=1)


async def test_what_happens_after_the_period_is_not_told(insights, intake, store):
    alert = await opened(intake, store)
    await store.act(alert, command(Action.RESOLVED, at=DAY.until))
    assert [step.action for step in (await insights.history(DAY)).steps] == [Action.OPENED]


async def test_an_alert_that_was_over_when_it_came_is_no_new_alert(insights, intake):
    await intake.submit(changed(IssueStatus.RESOLVED, first_seen=START, last_seen=START))
    history = await insights.history(DAY)
    assert [step.after for step in history.steps] == [State.RESOLVED]
    assert figures(history).opened == 0


async def test_events_are_counted_by_alert_and_the_worst_comes_first(insights, intake, store):
    few = await opened(intake, store, "sentry:1", events=2)
    many = await opened(intake, store, "sentry:2", events=12)
    history = await insights.history(DAY)
    assert (history.events, history.told) == (14, 3), "two cards and a tenth event"
    assert [(each.line.id, each.events) for each in history.offenders] == [(many, 12), (few, 2)]
    assert history.waiting == {"critical": 0, "high": 2, "medium": 0, "low": 0, "unclassified": 0}


async def test_a_correction_is_compared_with_what_stood_on_the_card_before(insights, intake, store):
    alert, other = await opened(intake, store, "sentry:1"), await opened(intake, store, "sentry:2")
    meant = replace(VERDICT, severity=Severity.LOW, category=Category.NETWORK, confidence=1.0, made_by="user:U1")
    detail = {"to_severity": "low", "to_category": "network"}
    correction = command(Action.RECLASSIFIED, at=START + MINUTE, detail=detail)
    await store.act(alert, correction, verdict=meant)
    by_alert = {case.alert_id: case for case in (await insights.history(DAY)).cases}
    said = Opinion(severity=Severity.HIGH, category=Category.DATABASE, confidence=0.8)
    assert (by_alert[alert].rules, by_alert[alert].shown, by_alert[alert].model) == (said, said, None)
    assert by_alert[alert].person == Opinion(severity=Severity.LOW, category=Category.NETWORK)
    assert by_alert[other].person is None

    await store.act(alert, command(Action.UNDONE, at=START + 2 * MINUTE))
    assert {case.person for case in (await insights.history(DAY)).cases} == {None}


async def test_thumbs_on_the_verdict_in_force_are_counted(insights, intake, store, db):
    alert, thumbs = await opened(intake, store, at=START - timedelta(days=3)), FeedbackStore(db)
    assert (await insights.history(DAY)).cases == ()
    verdict = (await store.dossier(alert)).alert.standing.classification_id
    assert verdict is not None
    await thumbs.give(Subject.VERDICT, verdict, ALICE, good=True, at=START)
    await thumbs.give(Subject.VERDICT, verdict, BOB, good=False, at=START)
    await thumbs.give(Subject.VERDICT, verdict, BOB, good=True, at=START + MINUTE)
    (case,) = (await insights.history(DAY)).cases
    assert (case.ups, case.downs, case.person) == (2, 0, case.shown)


async def test_a_models_own_word_is_kept_beside_what_counted_of_it(insights, intake, store, db):
    alert, refinements = await opened(intake, store), RefinementStore(db)
    await refinements.remember("f", "1", SAID, START)
    await refinements.want(
        alert, Asked(state=AskState.ANSWERED, why="new", at=START, fingerprint="f", prompt_version="1")
    )
    (case,) = (await insights.history(DAY)).cases
    assert case.model == Opinion(severity=Severity.LOW, category=Category.TIMEOUT, confidence=0.8)
    assert case.rules == case.shown


async def test_money_is_summed_by_model_for_verdicts_and_answers_and_what_sharing_saved(insights, intake, store, db):
    alert, refinements, talk = await opened(intake, store), RefinementStore(db), ConversationStore(db)
    for at, usd in ((START, 0.25), (START + MINUTE, 0.5), (DAY.until, 9.0)):
        await refinements.record(alert, ModelCall(at=at, model="example-model", why="the only model", cost_usd=usd))
    question = await talk.add(
        Inquiry(alert_id=alert, by=ALICE, team="T1", text="why?", source="q", channel="C1", thread_ts="1.0", at=START)
    )
    assert question is not None
    await talk.lease(question, "one", START, 60)
    await talk.save_answer(question, "one", Answer(text="so", model="example-large", cost_usd=1.5))
    await talk.finish(question, "one", QuestionState.ANSWERED, START + MINUTE)
    await refinements.remember("f", "1", SAID, START)
    await refinements.want(
        alert, Asked(state=AskState.ANSWERED, why="new", at=START, fingerprint="f", prompt_version="1")
    )
    shared = replace(VERDICT, model="example-model", shared=True)
    await store.act(alert, command(Action.CLASSIFIED, at=START + MINUTE), verdict=shared)
    history = await insights.history(DAY)
    assert history.askings == (
        Asking(model="example-large", calls=1, cost_usd=1.5),
        Asking(model="example-model", calls=2, cost_usd=0.75),
    )
    assert (history.shared, history.saved_usd) == (1, 0.25)


@pytest.mark.parametrize("size", [1, 2, 3, 100])
async def test_a_long_answer_comes_whole_and_in_order_whatever_its_pages(intake, store, db, size):
    ids = [await opened(intake, store, f"sentry:{number}") for number in range(4)]
    async with db.read() as conn:
        found = [row["id"] async for row in paged(conn, select(alerts.c.id), alerts.c.id, size)]
    assert found == ids


async def test_the_snoozes_with_an_end_are_named_soonest_first(insights, intake, store):
    ends = {"sentry:1": START + timedelta(hours=4), "sentry:2": START + timedelta(hours=1), "sentry:3": None}
    ids = {}
    for issue, until in ends.items():
        ids[issue] = await opened(intake, store, issue)
        await store.act(ids[issue], command(Action.SNOOZED, at=START + MINUTE, snooze=Snooze(until=until)))
    sleepers = (await insights.history(DAY)).sleepers
    assert [(each.line.id, each.until) for each in sleepers] == [
        (ids["sentry:2"], ends["sentry:2"]),
        (ids["sentry:1"], ends["sentry:1"]),
    ]
