"""The score against verdicts that were compared by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.alerts.alert import Action, Source
from bot.alerts.classification import Category, FixTime, Severity
from bot.insights.records import History
from bot.insights.scoreboard import Agreement, Band, Quality, calibration, scoreboard
from bot.insights.spells import spells
from tests.insights.making import WEEK, at, case, line, opinion, step

RIGHT = opinion("high", "database", 0.95)
CASES = (
    case(1, RIGHT, opinion("high", "database"), rules=RIGHT),
    case(2, opinion("high", "database", 0.9), opinion("high", "network"), rules=opinion("high", "database", 0.9)),
    case(3, opinion("low", "logic", 0.4), opinion("medium", "logic"), model=opinion("medium", "logic", 0.8)),
    case(4, RIGHT, rules=RIGHT, model=opinion("low", "database", 0.7)),
    case(5, None, opinion("low", "logic")),
)


def score(*cases, steps=(), lines=None):
    lines = lines or {s.alert_id: line(s.alert_id) for s in steps}
    return scoreboard(History(period=WEEK, cases=cases, steps=tuple(steps), lines=lines), spells(steps))


def test_a_person_corrects_or_confirms():
    found = score(*CASES)
    assert (found.corrected, found.confirmed) == (2, 1)


def test_thumbs_confirm_or_dispute_and_a_correction_says_more_than_they_do():
    liked, disliked = case(6, RIGHT, ups=2, downs=1), case(7, RIGHT, ups=1, downs=1)
    corrected = case(8, RIGHT, opinion("low", "logic"), ups=3)
    found = score(liked, disliked, corrected)
    assert (found.confirmed, found.disputed, found.corrected) == (1, 1, 1)


def test_agreement_is_told_week_by_week_where_there_is_any():
    right, wrong = opinion("high", "database"), opinion("high", "network")
    sunday, next_monday, later = at(24 * 6.9), at(24 * 7.1), at(24 * 20)
    found = score(
        case(1, RIGHT, right, at=sunday),
        case(2, RIGHT, right, at=next_monday),
        case(3, RIGHT, wrong, at=next_monday),
        case(4, RIGHT, at=later),
        case(5, RIGHT, at=later, rules=RIGHT, model=wrong),
    ).weeks
    assert [(week.begins.isoformat(), week.card_and_people.category_share) for week in found] == [
        ("2026-03-02", 1.0),
        ("2026-03-09", 0.5),
        ("2026-03-16", None),
    ]
    assert found[2].rules_and_model == Agreement(1, category=0, severity=1)


def test_agreement_counts_only_where_both_spoke():
    found = score(*CASES).agreements
    assert found["card and people"] == Agreement(3, category=2, severity=2)
    assert found["rules and people"] == Agreement(2, category=1, severity=2)
    assert found["model and people"] == Agreement(1, category=1, severity=1)
    assert found["rules and model"] == Agreement(1, category=1, severity=0)
    assert found["card and people"].category_share == pytest.approx(2 / 3)
    assert Agreement().category_share is None


def test_precision_and_recall_come_from_what_people_meant():
    found = score(*CASES)
    assert found.categories["database"] == Quality(said=2, meant=1, right=1)
    assert found.categories["network"] == Quality(said=0, meant=1, right=0)
    assert (found.categories["database"].precision, found.categories["database"].recall) == (0.5, 1.0)
    assert (found.categories["network"].precision, found.categories["network"].recall) == (None, 0.0)
    assert found.severities["low"] == Quality(said=1, meant=0, right=0)


def test_certainty_is_compared_with_truth_band_by_band():
    found = score(*CASES)
    assert found.calibration == (Band(0.5, 1, 0.4, 1.0), Band(0.9, 1, 0.9, 0.0), Band(1.0, 1, 0.95, 1.0))
    assert found.calibration_error == pytest.approx((0.6 + 0.9 + 0.05) / 3)
    assert score().calibration_error is None


def test_resolved_without_a_word_is_accepted_which_is_less_than_confirmed():
    steps = [step(n, 0, Action.OPENED) for n in (1, 2, 3)]
    steps += [step(1, 1, Action.RESOLVED), step(2, 1, Action.RESOLVED), step(3, 1, Action.RESOLVED, Source.SENTRY)]
    assert score(CASES[0], steps=steps).accepted == 1, "1 was confirmed, 3 was resolved by Sentry"


def test_estimates_are_compared_with_what_it_took_from_when_somebody_had_it():
    steps = [
        *(step(n, 0, Action.OPENED) for n in (1, 2, 3)),
        step(1, 9, Action.ACKNOWLEDGED),
        step(1, 9.5, Action.RESOLVED),
        step(2, 3, Action.RESOLVED),
        step(3, 0.2, Action.RESOLVED),
    ]
    lines = {1: line(1), 2: line(2), 3: line(3, fix_time=FixTime.QUARTER_HOUR)}
    found = score(steps=steps, lines=lines).fix_times
    assert [(f.estimate, f.count, f.within, f.median.total_seconds() / 60) for f in found] == [
        (FixTime.QUARTER_HOUR, 1, 1, 12),
        (FixTime.HOUR, 2, 1, 105),
    ]


OPINIONS = st.builds(
    opinion, st.sampled_from(list(Severity)), st.sampled_from(list(Category)), st.floats(allow_nan=True)
)


@given(st.lists(st.tuples(OPINIONS, OPINIONS), max_size=30))
def test_whatever_was_said_the_counts_agree_and_shares_are_shares(pairs):
    found = score(*(case(n, said, meant) for n, (said, meant) in enumerate(pairs)))
    assert found.corrected + found.confirmed == len(pairs)
    for part in (found.categories, found.severities):
        assert sum(q.said for q in part.values()) == sum(q.meant for q in part.values()) == len(pairs)
        assert all(q.right <= min(q.said, q.meant) for q in part.values())
    assert sum(band.count for band in calibration(pairs)) == len(pairs)
    assert found.calibration_error is None or 0 <= found.calibration_error <= 1
