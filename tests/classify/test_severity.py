import pytest

from bot.alerts.alert import Counts
from bot.alerts.classification import Severity
from bot.classify.rules import Rules
from bot.classify.severity import Impact, case_of, is_production, judge
from tests.classify.making import event

OUTSIDE = """
staging stage stg dev development test qa uat preview sandbox local ci review-app-12 pre-prod preprod non-production
nonprod dev2 minikube prelive nightly bench staging-eu prodStaging pr-123 qa1 localhost テスト homologacao
"""
CRITICAL, HIGH, MEDIUM, LOW = Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW


def severity(*impacts, events=1, users=0, request=False, starting=False, **fields):
    case = case_of(
        event("E", "v", **fields),
        Counts(events=events, users=users),
        frozenset(impacts),
        request=request,
        starting=starting,
    )
    return judge(case)[0]


@pytest.mark.parametrize(
    "name",
    [
        "prod",
        "Production",
        "live",
        "prd-eu",
        "p",
        "main",
        "prod-eu-2",
        "eu-prod",
        "PRODUCTION_US",
        "release",
        "",
        None,
        "acme",
    ],
)
def test_these_names_mean_production(name):
    assert is_production(name)


@pytest.mark.parametrize("name", OUTSIDE.split())
def test_these_names_mean_outside_production(name):
    assert not is_production(name)


@pytest.mark.parametrize(
    ("expected", "impacts", "fields"),
    [
        (LOW, (Impact.STORE_DOWN,), {"environment": "staging", "users": 9_000}),
        (MEDIUM, (), {"environment": "staging", "level": "fatal"}),
        (LOW, (Impact.STORE_DOWN,), {"handled": True, "level": "info"}),
        (LOW, (Impact.CLIENT,), {"users": 49, "level": "fatal"}),
        (MEDIUM, (Impact.CLIENT,), {"users": 50}),
        (LOW, (Impact.INPUT,), {"request": True}),
        (MEDIUM, (Impact.INPUT,), {"request": False}),
        (CRITICAL, (), {"level": "fatal", "handled": True}),
        (CRITICAL, (Impact.STORE_DOWN,), {"handled": True, "level": "warning"}),
        (CRITICAL, (Impact.EXHAUSTED,), {"handled": True}),
        (CRITICAL, (Impact.LOSS,), {"handled": True}),
        (CRITICAL, (Impact.KILLED,), {}),
        (MEDIUM, (Impact.KILLED,), {"handled": True}),
        (CRITICAL, (Impact.CANNOT_START,), {"starting": True}),
        (MEDIUM, (Impact.CANNOT_START,), {"starting": False}),
        (CRITICAL, (), {"users": 1_000}),
        (HIGH, (), {"users": 999}),
        (HIGH, (), {"users": 50}),
        (HIGH, (), {"events": 50}),
        (MEDIUM, (), {"events": 49, "users": 49}),
        (MEDIUM, (), {"events": 90_000, "users": 40_000, "handled": True}),
        (HIGH, (Impact.DOWN,), {"handled": True, "events": 50}),
        (MEDIUM, (Impact.DOWN,), {"handled": True, "events": 49}),
        (HIGH, (Impact.DOWN,), {"events": 1}),
        (HIGH, (Impact.AT_RISK,), {"handled": True}),
        (HIGH, (Impact.OUTAGE,), {"handled": True, "events": 1}),
        (CRITICAL, (Impact.STOPPED,), {"handled": True, "level": "warning"}),
        (LOW, (Impact.STOPPED,), {"environment": "qa"}),
        (LOW, (Impact.NOISE,), {}),
        (HIGH, (Impact.NOISE,), {"users": 50}),
        (LOW, (Impact.HARMLESS,), {"handled": True}),
        (MEDIUM, (Impact.GROWS,), {"level": "warning"}),
        (LOW, (), {"sample": True, "level": "fatal"}),
        (CRITICAL, (), {"resource": "metric_alert", "action": "critical"}),
        (MEDIUM, (), {"resource": "metric_alert", "action": "warning"}),
        (LOW, (), {"resource": "metric_alert", "action": "resolved"}),
    ],
)
def test_the_first_row_of_the_rubric_that_fits_decides(expected, impacts, fields):
    assert severity(*impacts, **fields) is expected


def test_the_best_known_counts_are_used():
    assert severity(event_count=10, user_count=1_200) is CRITICAL
    case = case_of(
        event("E", "v", event_count=3), Counts(events=2, sentry_events=80), frozenset(), request=False, starting=False
    )
    assert case.events == 80


def test_what_nobody_said_was_handled_counts_as_unhandled_for_exceptions_only():
    assert severity(handled=None, users=60) is HIGH
    assert severity(handled=None, users=60, exceptions=()) is MEDIUM


def test_the_reason_is_one_sentence_with_the_facts_that_decided():
    said = Rules.load().classify(event("KeyError", "'a'", user_count=312), Counts())
    assert said.severity_reason == "Unhandled in production with 312 users."
    assert ("counts", "1 events, 312 users") in {(fact.source, fact.text) for fact in said.evidence}
