"""Routing: the first route that fits decides, and the severity fills in what it leaves out."""

from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import ValidationError

from bot.alerts.alert import Action, Actor, Source, Transition
from bot.alerts.classification import Category, Severity
from bot.alerts.dossier import Dossier
from bot.alerts.routing import SEVERITIES, Handling, Page, Route, When, decide
from tests.alerts.making import dossier

MINUTE = timedelta(minutes=1)


def routed(given: Dossier, *routes: Route) -> str:
    return decide(routes, given).route


@pytest.mark.parametrize(
    ("severity", "card", "mentioned", "page", "remind_after", "page_after"),
    [
        (Severity.CRITICAL, True, True, Page.AT_ONCE, 5 * MINUTE, timedelta(0)),
        (Severity.HIGH, True, True, Page.UNACKNOWLEDGED, 30 * MINUTE, 120 * MINUTE),
        (Severity.MEDIUM, True, False, Page.NEVER, None, None),
        (Severity.LOW, False, False, Page.NEVER, None, None),
    ],
)
def test_each_severity_has_its_own_defaults(severity, card, mentioned, page, remind_after, page_after):
    route = Route(mention=("S0ONCALL",), then_mention=("U0ANA",))
    decision = decide([route], dossier(severity=severity))
    assert (decision.card, bool(decision.mention), decision.page) == (card, mentioned, page)
    assert (decision.remind_after, decision.page_after) == (remind_after, page_after)
    assert bool(decision.then_mention) is mentioned


def test_without_a_verdict_everybody_sees_it_and_nobody_is_called():
    decision = decide([Route(mention=("U0ANA",))], dossier(severity=None))
    assert (decision.card, decision.mention, decision.page) == (True, (), Page.NEVER)


def test_the_first_route_that_fits_decides_alone():
    routes = [
        Route(name="search", when=When(project=("search",)), channel="#search"),
        Route(name="shop", when=When(project=("shop",)), channel="#shop"),
        Route(name="rest", mention=("U0ANA",)),
    ]
    decision = decide(routes, dossier(project="shop"))
    assert (decision.route, decision.channel, decision.mention) == ("shop", "#shop", ())
    assert "shop" in decision.why
    assert decide(routes, dossier(project="blog")).route == "rest"


def test_a_route_without_a_name_goes_by_its_place_and_no_route_by_none():
    assert routed(dossier(project="shop"), Route(when=When(project=("blog",))), Route()) == "route 2"
    assert routed(dossier(project="shop"), Route(when=When(project=("blog",)))) == ""
    assert routed(dossier()) == ""


@pytest.mark.parametrize(
    ("when", "fits"),
    [
        ({"project": "SHOP"}, True),
        ({"project": ["blog", "sh*"]}, True),
        ({"project": "sho"}, False),
        ({"environment": "prod*"}, True),
        ({"environment": "staging"}, False),
        ({"level": "warning"}, True),
        ({"level": ["fatal", "error"]}, False),
        ({"severity": "high"}, True),
        ({"severity": ["critical"]}, False),
        ({"category": "database"}, True),
        ({"category": "timeout"}, False),
        ({"tags": {"customer": "acme"}}, True),
        ({"tags": {"customer": "acme", "shard": 7}}, True),
        ({"tags": {"customer": "acme", "shard": 8}}, False),
        ({"tags": {"unheard_of": "*"}}, False),
        ({"platform": "python"}, True),
        ({"release": "shop@4.*"}, True),
        ({"release": "shop@5.*"}, False),
        ({"team": "payments"}, True),
        ({"team": "search"}, False),
        ({"project": "shop", "platform": "ruby"}, False),
        ({}, True),
    ],
)
def test_every_condition_that_is_written_must_hold(when, fits):
    given = dossier(
        severity=Severity.HIGH,
        category=Category.DATABASE,
        project="shop",
        environment="production",
        level="warn",
        platform="python",
        release="shop@4.2.0",
        tags=(("customer", "acme"), ("shard", "7"), ("team", "payments")),
    )
    assert (routed(given, Route(name="it", when=When.model_validate(when))) == "it") is fits


def test_what_an_event_does_not_say_fits_no_condition_not_even_a_star():
    bare = dossier(project=None, environment=None)
    assert routed(bare, Route(name="it", when=When(environment=("*",)))) == ""


def test_the_team_that_has_it_in_sentry_counts_more_than_a_tag():
    given = dossier(tags=(("team", "search"),))
    standing = given.alert.standing
    assigned = Transition(
        action=Action.ASSIGNED,
        actor=Actor(source=Source.SENTRY),
        at=standing.since,
        before=standing,
        after=standing,
        detail={"assignee": "#payments"},
    )
    given = replace(given, transitions=(assigned,))
    assert routed(given, Route(name="it", when=When(team=("payments",)))) == "it"


def test_a_route_overrules_its_severity_and_the_file_overrules_ours():
    low = dossier(severity=Severity.LOW)
    assert decide([Route(card=True)], low).card
    assert decide([], low, {Severity.LOW: Handling(card=True)}).card
    assert not decide([Route(card=False)], low, {Severity.LOW: Handling(card=True)}).card
    quiet = decide([Route(page=Page.NEVER, notify=False, mention=("U0ANA",))], dossier(severity=Severity.CRITICAL))
    assert (quiet.page_after, quiet.mention) == (None, ())
    assert decide([Route(remind_after=timedelta(0))], dossier(severity=Severity.HIGH)).remind_after is None


def test_a_test_notification_and_a_card_that_somebody_asked_for_are_always_shown():
    low = dossier(severity=Severity.LOW)
    assert decide([], dossier(severity=Severity.LOW, sample=True)).card
    wanted = replace(low.alert, standing=replace(low.alert.standing, wanted=True))
    assert decide([], replace(low, alert=wanted)).card


def test_every_severity_says_everything_itself():
    for severity, handling in SEVERITIES.items():
        assert None not in handling.model_dump().values(), severity


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"mention": ["ana"]}, "nobody in Slack"),
        ({"mention": ["<!channel>"]}, "nobody in Slack"),
        ({"channel": "alerts"}, "pattern"),
        ({"remind_after": "soon"}, "a duration such as"),
        ({"remind_after": -1}, "between 0 and ten years"),
        ({"when": {"severity": "urgent"}}, "critical"),
        ({"follow_ups": "everywhere"}, "thread"),
    ],
)
def test_a_route_that_cannot_work_is_refused_with_its_cure(given, problem):
    with pytest.raises(ValidationError, match=problem):
        Route.model_validate(given)


def test_people_may_be_written_as_slack_copies_them():
    route = Route.model_validate({"mention": ["<@U0ANA>", "<!subteam^S0SHOP|@shop>", "Ana@Example.com"]})
    assert route.mention == ("U0ANA", "S0SHOP", "ana@example.com")
