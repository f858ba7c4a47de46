"""What is asked of models and what it costs, over both databases and in memory alike."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.alerts.asking import Asked, AskState, ModelCall, why_ask
from bot.classify.answer import ModelVerdict
from bot.classify.budget import Ledger, Limits, MemoryLedger
from bot.classify.wire import Mode
from bot.store.intake import Intake
from bot.store.refinements import RefinementStore
from bot.store.spending import SpendingLedger
from tests.store.making import START, VERDICT, occurrence

DAY, MONTH = "2026-03-01", "2026-03"
LATER = START + timedelta(minutes=1)
WAITING = Asked(state=AskState.WAITING, why="new", at=START, next_try_at=START)


@pytest.fixture(params=["stored", "memory"])
def ledger(request, db, clock) -> Ledger:
    return MemoryLedger() if request.param == "memory" else SpendingLedger(db, clock)


@pytest.fixture
def refinements(db):
    return RefinementStore(db)


@pytest.fixture
async def alert(db, clock):
    intake = Intake(db, clock, lambda _alert: None)
    await intake.start()
    receipt = await intake.submit(occurrence())
    await intake.stop()
    assert receipt.alert is not None
    return receipt.alert


async def test_concurrent_reservations_never_exceed_the_limit_together(ledger):
    limits = Limits(daily=1_000, monthly=10_000)
    granted = await asyncio.gather(*(ledger.reserve(DAY, MONTH, 70, limits) for _ in range(50)))
    assert len([one for one in granted if one]) == 14
    assert (await ledger.spent(DAY, MONTH)).day == 980


async def test_the_month_has_a_limit_of_its_own(ledger):
    limits = Limits(daily=100, monthly=150)
    assert await ledger.reserve("2026-03-01", MONTH, 100, limits)
    assert await ledger.reserve("2026-03-02", MONTH, 100, limits) is None
    assert await ledger.reserve("2026-03-02", MONTH, 50, limits)


async def test_settling_gives_back_what_was_not_needed_and_counts_once(ledger):
    reservation = await ledger.reserve(DAY, MONTH, 100, Limits())
    await ledger.settle(reservation, 30)
    await ledger.settle(reservation, 99)
    assert (await ledger.spent(DAY, MONTH)).day == 30
    released = await ledger.reserve(DAY, MONTH, 100, Limits())
    await ledger.release(released)
    assert (await ledger.spent(DAY, MONTH)).month == 30
    await ledger.settle("nobody's", 5)


async def test_two_ledgers_on_one_database_share_one_budget(db, clock):
    limits = Limits(daily=100)
    pair = SpendingLedger(db, clock), SpendingLedger(db, clock)
    granted = await asyncio.gather(*(pair[n % 2].reserve(DAY, MONTH, 30, limits) for n in range(10)))
    assert len([one for one in granted if one]) == 3


async def test_an_alert_in_line_is_asked_about_by_one_and_found_again_when_that_one_dies(refinements, store, alert):
    assert await refinements.due(START, 10) == []
    await refinements.want(alert, WAITING)
    assert (await store.dossier(alert)).asked == WAITING
    assert await refinements.due(START, 10) == [alert]
    assert await refinements.claim(alert, "one", START, 60) == WAITING
    assert await refinements.claim(alert, "two", START, 60) is None
    assert await refinements.due(LATER - timedelta(seconds=1), 10) == []
    assert await refinements.due(LATER, 10) == [alert], "its lease has ended"


async def test_what_was_answered_is_due_no_more_and_what_was_given_up_comes_back(refinements, alert):
    await refinements.want(alert, WAITING)
    await refinements.claim(alert, "one", START, 60)
    await refinements.settle(alert, "one", replace(WAITING, state=AskState.GIVEN_UP, next_try_at=LATER))
    assert await refinements.due(START, 10) == []
    assert await refinements.due(LATER, 10) == [alert]
    assert await refinements.unanswered(10) == [alert]
    await refinements.claim(alert, "two", LATER, 60)
    await refinements.settle(alert, "one", WAITING)  # whose lease is over
    await refinements.settle(alert, "two", replace(WAITING, state=AskState.ANSWERED, next_try_at=None))
    assert await refinements.due(LATER + timedelta(days=9), 10) == []
    assert await refinements.unanswered(10) == []


async def test_an_answer_is_shared_by_fingerprint_and_prompt(refinements):
    verdict = ModelVerdict(
        classification=VERDICT,
        hypotheses=frozenset({"root_cause"}),
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
        cost_usd=0.001,
        latency_ms=5.0,
        attempts=1,
    )
    await refinements.remember("f", "1", replace(verdict, model="older"), START)
    await refinements.remember("f", "1", verdict, LATER)
    assert await refinements.answer("f", "1") == verdict
    assert await refinements.answer("f", "2") is None


async def test_every_call_stays_in_the_audit_newest_first(refinements, alert):
    calls = [ModelCall(at=START, model=f"example-{n}", why="the only model", user="fenced\x00 text") for n in (1, 2)]
    for call in calls:
        await refinements.record(alert, call)
    assert [call.model for call in await refinements.calls(alert)] == ["example-2", "example-1"]


def why(asked, *, fingerprint="f", version="1", events=1, regressed_at=None):
    return why_ask(asked, fingerprint=fingerprint, prompt_version=version, events=events, regressed_at=regressed_at)


def test_a_model_is_asked_once_for_each_issue_and_again_only_for_a_reason():
    answered = Asked(state=AskState.ANSWERED, why="new", at=START, fingerprint="f", prompt_version="1", events=1)
    assert why(None) == "new"
    assert why(answered, events=99) is None, "the way from one event to many is no news by itself"
    assert why(answered, events=100) == "grew"
    assert why(replace(answered, events=50), events=499) is None
    assert why(replace(answered, events=50), events=500) == "grew"
    assert why(answered, fingerprint="other") == "changed"
    assert why(answered, version="2") == "prompt"
    assert why(answered, regressed_at=LATER) == "regressed"
    assert why(answered, regressed_at=START - timedelta(days=1)) is None
    assert why(replace(answered, state=AskState.WAITING), events=10_000) is None
