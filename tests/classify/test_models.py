"""Which model is asked, what it costs, and what the breaker and the budget say to that."""

import asyncio
from datetime import UTC, datetime

import pytest
from pydantic import TypeAdapter, ValidationError

from bot.alerts.alert import Counts
from bot.alerts.classification import Severity
from bot.classify.breaker import Breaker, BreakerState
from bot.classify.budget import Budget, Grant, Limits, MemoryLedger, Refusal, Spent, luck_of, micros
from bot.classify.models import Choice, Condition, Route, choose, ladder
from bot.classify.prices import Price, PriceList, Prices
from tests.classify.asking import rules
from tests.classify.making import event

LADDER = ladder("strongest", "careful", "balanced", "cheapest")


@pytest.mark.parametrize(
    ("level", "events", "users", "model", "reason"),
    [
        ("error", 1, 1_001, "strongest", "more than 1,000 users (1,001)"),
        ("fatal", 1, 0, "strongest", "level fatal"),
        ("error", 51, 0, "careful", "level error and more than 50 events (51)"),
        ("warn", 51, 0, "careful", "level warning and more than 50 events (51)"),
        ("warning", 1, 0, "balanced", "level warning"),
        ("info", 60, 0, "balanced", "more than 10 events (60)"),
        ("error", 11, 1_000, "balanced", "more than 10 events (11)"),
        ("error", 10, 0, "cheapest", "no earlier route fits"),
    ],
)
def test_the_ladder_takes_the_first_route_that_fits_and_says_why(level, events, users, model, reason):
    counts = Counts(events=events, users=users)
    assert choose(LADDER, "spare", event("E", level=level), counts, rules()) == Choice(model, reason)


def test_without_routes_the_one_model_serves_all():
    assert choose((), "m", event("E"), Counts(), rules(), strong=["m"]) == Choice("m", "the only model", strong=True)
    assert choose((), None, event("E"), Counts(), rules()) is None


def test_routes_by_the_rules_verdict_and_none_that_fits():
    routes = (Route(when=Condition(severity=(Severity.CRITICAL,), fatal=False), model="big"),)
    chosen = choose(routes, "m", event("E"), Counts(), rules(severity=Severity.CRITICAL))
    assert chosen == Choice("big", "level error and the rules call it critical")
    assert choose(routes, "m", event("E"), Counts(), rules()) == Choice("m", "no route fits")


def test_routes_are_read_from_the_file_and_a_wrong_word_is_named():
    read = TypeAdapter(tuple[Route, ...]).validate_python([{"when": {"users_over": 5}, "model": "m"}, {"model": "n"}])
    assert [route.model for route in read] == ["m", "n"]
    with pytest.raises(ValidationError, match="user_over"):
        TypeAdapter(Route).validate_python({"when": {"user_over": 5}, "model": "m"})


def test_a_teams_price_beats_the_list_and_one_number_stands_for_both():
    prices = Prices({"gpt-4.1": TypeAdapter(Price).validate_python(8)})
    assert prices.of("gpt-4.1").price == Price(input=8, output=8)
    assert prices.cost("gpt-4.1", 1_000_000, 500_000) == pytest.approx(12)


@pytest.mark.parametrize(
    "model", ["gpt-4.1", "openai/gpt-4.1", "deepseek-v3.2", "gemini-2.5-flash", "claude-sonnet-4.5"]
)
def test_known_models_have_a_price_also_behind_a_gateway(model):
    priced = Prices().of(model)
    assert priced.known
    assert 0 < priced.price.input <= priced.price.output < 50


def test_a_model_that_nobody_knows_counts_at_the_dearest_known_price_and_that_is_said():
    prices = Prices({"own": Price(input=9_999, output=1)})
    dearest = prices.of("nobody-knows-7b").price
    assert dearest.input == 9_999
    assert dearest.output == PriceList().dearest().output > 50
    assert not prices.of("nobody-knows-7b").known
    [said] = prices.unknown(["own", "gpt-4.1", "nobody-knows-7b"])
    assert "nobody-knows-7b" in said
    assert "triage.yml" in said


def test_a_breaker_opens_half_opens_and_closes():
    now = [0.0]
    breaker = Breaker(lambda: now[0], failures=2, pause=10, longest=30)
    breaker.failed()
    assert breaker.allows()
    breaker.failed()
    assert (breaker.state, breaker.allows(), breaker.wait()) == (BreakerState.OPEN, False, 10)
    now[0] = 10
    assert breaker.state is BreakerState.HALF_OPEN
    assert (breaker.allows(), breaker.allows()) == (True, False), "one at a time"
    breaker.failed()
    assert breaker.wait() == 20, "the pause doubles"
    now[0] = 30
    assert breaker.allows()
    breaker.failed(retry_after=500)
    assert breaker.wait() == 30, "and is bounded"
    now[0] = 60
    assert breaker.allows()
    now[0] = 75
    assert breaker.allows(), "a probe that never reported is forgotten"
    breaker.succeeded()
    assert (breaker.state, breaker.allows(), breaker.wait()) == (BreakerState.CLOSED, True, 0)


def test_a_success_starts_the_count_anew_and_a_late_failure_changes_nothing():
    breaker = Breaker(lambda: 0.0, failures=2)
    breaker.failed()
    breaker.succeeded()
    breaker.failed()
    assert breaker.state is BreakerState.CLOSED
    breaker.failed()
    breaker.failed()
    assert breaker.wait() == 30


def budget(daily: float | None = 1.0, monthly: float | None = None, draw: float = 0.0) -> Budget:
    limits = Limits(
        daily=None if daily is None else micros(daily), monthly=None if monthly is None else micros(monthly)
    )
    return Budget(MemoryLedger(), limits, now=lambda: datetime(2025, 3, 14, tzinfo=UTC), draw=lambda: draw)


async def test_money_is_reserved_settled_and_given_back():
    ours = budget()
    grant = await ours.reserve(Severity.CRITICAL, 0.6)
    assert isinstance(grant, Grant)
    assert await ours.left_usd() == pytest.approx(0.4)
    refused = await ours.reserve(Severity.CRITICAL, 0.5)
    assert isinstance(refused, Refusal)
    assert (refused.reason, "day's budget" in refused.sentence) == ("daily", True)
    await ours.settle(grant, 0.1)
    await ours.settle(grant, 0.1)
    assert await ours.left_usd() == pytest.approx(0.9)
    again = await ours.reserve(Severity.CRITICAL, 0.5)
    assert isinstance(again, Grant)
    await ours.release(again)
    assert await ours.left_usd() == pytest.approx(0.9)


async def test_a_share_is_kept_for_critical_and_high():
    ours = budget()
    assert isinstance(await ours.reserve(Severity.LOW, 0.81), Refusal)
    assert isinstance(await ours.reserve(Severity.LOW, 0.8), Grant)
    assert isinstance(await ours.reserve(Severity.HIGH, 0.2), Grant)


async def test_the_month_has_its_own_limit_and_without_limits_nothing_is_refused():
    refused = await budget(None, 0.5).reserve(Severity.CRITICAL, 0.6)
    assert isinstance(refused, Refusal)
    assert refused.reason == "monthly"
    assert isinstance(await budget(None).reserve(Severity.LOW, 1e6, luck=0.999), Grant)
    assert await budget(None).left_usd() is None


async def test_no_budget_means_no_call():
    assert isinstance(await budget(0.0).reserve(Severity.CRITICAL, 0.01), Refusal)


async def test_a_person_may_have_it_anyway_and_it_is_counted():
    ours = budget(0.1)
    assert isinstance(await ours.reserve(Severity.LOW, 0.5, anyway=True), Grant)
    assert await ours.left_usd() == 0


async def test_however_many_ask_at_once_the_limit_holds():
    ours = budget()
    grants = await asyncio.gather(*(ours.reserve(Severity.CRITICAL, 0.03) for _ in range(200)))
    assert sum(isinstance(one, Grant) for one in grants) == 33
    assert await ours.left_usd() == pytest.approx(0.01)


@pytest.mark.parametrize(
    ("left", "rates"),
    [
        (1.0, (1, 0.8, 0.5, 0.2)),
        (0.71, (1, 0.8, 0.5, 0.2)),
        (0.7, (1, 0.5, 0.2, 0.05)),
        (0.3, (1, 0.1, 0, 0)),
        (0.0, (1, 0.1, 0, 0)),
    ],
)
def test_the_less_money_is_left_the_fewer_are_looked_at(left, rates):
    spent = Spent(day=micros(1 - left))
    assert tuple(budget().rate(severity, spent) for severity in Severity) == rates


async def test_sampling_says_the_same_when_the_same_issue_asks_again():
    assert luck_of("sentry:1") == luck_of("sentry:1") != luck_of("sentry:2")
    assert isinstance(await budget().reserve(Severity.LOW, 0.01, luck=0.19), Grant)
    refused = await budget().reserve(Severity.LOW, 0.01, luck=0.2)
    assert isinstance(refused, Refusal)
    assert refused.reason == "sampled"
    assert isinstance(await budget(draw=0.99).reserve(Severity.HIGH, 0.01), Refusal)
