"""When issues are a storm, whose it is, when it is over: by evidence that is rare otherwise."""

from datetime import timedelta

import pytest

from bot.alerts.classification import Category, Severity
from bot.alerts.standing import State
from bot.alerts.storms import (
    Grounds,
    Member,
    Seen,
    Sighting,
    Storm,
    StormRules,
    ends_at,
    most_telling,
    next_look,
    outbreak,
    verdict,
)
from bot.alerts.traits import Kind, Trait
from tests.store.making import START

RULES = StormRules()
RELEASE, HOST = Trait(Kind.RELEASE, "shop@4.3.0"), Trait(Kind.HOST, "api-1")
UPSTREAM, FRAME = Trait(Kind.UPSTREAM, "payments.example.com"), Trait(Kind.FRAME, "shop/db.py in connect")


def seen(*shared: tuple[Trait, int], earlier: dict[Trait, int] | None = None) -> Seen:
    recent = [Sighting(trait=trait.key, alert_id=n, at=START) for trait, count in shared for n in range(count)]
    return Seen(tuple(recent), {trait.key: count for trait, count in (earlier or {}).items()})


def member(alert_id: int = 1, **said: object) -> Member:
    known: dict[str, object] = {
        "alert_id": alert_id,
        "title": "KeyError: 'price'",
        "short_id": f"SHOP-{alert_id}",
        "project": "shop",
        "url": None,
        "state": State.OPEN,
        "severity": Severity.MEDIUM,
        "category": Category.LOGIC,
        "events": 3,
        "last_seen": START,
        "joined_at": START,
        "posted": False,
    }
    return Member(**(known | said))  # type: ignore[arg-type]


def storm(*members: Member, anchor: Trait = RELEASE, **said: object) -> Storm:
    known: dict[str, object] = {
        "anchor": anchor,
        "grounds": Grounds(issues=5, seconds=300, earlier=0),
        "started_at": START,
        "ended_at": None,
        "members": members,
        "issues": len(members),
        "events": 9,
        "users": 2,
        "unposted": 1,
        "unsettled": len(members),
        "shared": ((anchor, len(members)),),
    }
    return Storm(**(known | said))  # type: ignore[arg-type]


def test_five_issues_with_one_release_are_a_storm_and_four_are_not():
    assert outbreak([RELEASE], seen((RELEASE, 4)), RULES) is None
    found = outbreak([RELEASE], seen((RELEASE, 5)), RULES)
    assert found is not None
    assert (found.trait, found.alert_ids) == (RELEASE, (0, 1, 2, 3, 4))
    assert found.grounds == Grounds(issues=5, seconds=300, earlier=0)


def test_what_many_issues_have_every_day_is_no_evidence():
    busy = {HOST: 2000}  # seven in five minutes are usual
    assert outbreak([HOST], seen((HOST, 10), earlier=busy), RULES) is None
    assert outbreak([HOST], seen((HOST, 40), earlier=busy), RULES) is not None


@pytest.mark.parametrize(
    ("shared", "chosen"),
    [
        ([(RELEASE, 8), (HOST, 8)], RELEASE),
        ([(UPSTREAM, 6), (HOST, 7), (RELEASE, 7)], UPSTREAM),
        ([(FRAME, 5), (RELEASE, 12)], RELEASE),
        ([(FRAME, 6), (UPSTREAM, 6)], UPSTREAM),
    ],
)
def test_of_several_things_shared_the_one_that_explains_most_is_chosen(shared, chosen):
    found = outbreak([trait for trait, _ in shared], seen(*shared), RULES)
    assert found is not None
    assert found.trait == chosen


def test_only_what_this_alert_has_counts():
    assert outbreak([HOST], seen((RELEASE, 9)), RULES) is None


def test_an_alert_joins_the_storm_that_explains_more():
    assert most_telling([HOST, UPSTREAM, RELEASE]) == UPSTREAM
    assert most_telling([]) is None


def test_a_storm_is_over_when_nobody_joins_and_at_most_one_goes_on():
    later, calm = START + timedelta(hours=1), RULES.calm
    assert ends_at(storm(member(1), member(2)), START, RULES) == START + calm
    assert ends_at(storm(member(1), member(2, last_seen=later)), START, RULES) == START + calm, "one goes on by itself"
    assert ends_at(storm(*(member(n, last_seen=later) for n in (1, 2))), START, RULES) == later + calm
    assert ends_at(storm(member(1), member(2, joined_at=later)), START, RULES) == later + calm
    assert ends_at(storm(member(1)), later, RULES) == later + calm, "somebody has just reopened it"
    assert ends_at(storm(), START, RULES) == START + calm


def test_the_older_a_storm_the_calmer_its_card_and_one_that_is_over_keeps_still():
    old = START + timedelta(hours=2)
    lasting = storm(*(member(n, last_seen=old) for n in (1, 2)))
    assert next_look(lasting, START, START, RULES) == START + timedelta(seconds=2)
    assert next_look(lasting, START, old, RULES) == old + timedelta(minutes=1)
    assert next_look(storm(member(1)), START, old, RULES) == START + RULES.calm, "its end is not slept through"
    assert next_look(storm(ended_at=START), START, START, RULES) is None


def test_it_is_as_bad_as_its_worst_issue_and_of_the_kind_that_most_are():
    said = verdict(storm(member(1), member(2, severity=Severity.CRITICAL), member(3, category=Category.DATABASE)))
    assert (said.severity, said.category) == (Severity.CRITICAL, Category.LOGIC)
    assert "release `shop@4.3.0`" in said.root_cause
    assert "none in the day before" in said.root_cause


def test_where_its_issues_do_not_agree_the_shared_thing_says_what_kind_it_is():
    mixed = [member(1), member(2, category=Category.TIMEOUT), member(3, category=None)]
    assert verdict(storm(*mixed, anchor=UPSTREAM)).category is Category.EXTERNAL_SERVICE
    assert verdict(storm(*mixed, anchor=RELEASE)).category is Category.UNKNOWN
    assert verdict(storm()).severity is Severity.HIGH, "nothing known yet is not taken lightly"
