"""The figures against a week that was counted by hand."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from bot.alerts.alert import Action, Source, State
from bot.alerts.classification import Category, Severity
from bot.insights.records import Asking, History, Offender, Period, Sleeper
from bot.insights.stats import SEVERITIES, Timing, figures
from tests.insights.making import MONDAY, WEEK, at, line, step, undo

OPENED, ACKNOWLEDGED, RESOLVED = Action.OPENED, Action.ACKNOWLEDGED, Action.RESOLVED


def lived(*steps, **said):
    """A history of these steps, in the order of time, as the store gives it."""
    lines = said.pop("lines", None) or {s.alert_id: line(s.alert_id) for s in steps}
    return History(period=WEEK, steps=tuple(sorted(steps, key=lambda s: s.id)), lines=lines, **said)


def test_alerts_are_counted_by_severity_category_and_day():
    found = figures(
        lived(
            *(step(n, hours, OPENED) for n, hours in ((1, 1), (2, 23), (3, 25), (4, 167))),
            lines={
                1: line(1, Severity.CRITICAL, category=Category.DATABASE),
                2: line(2, Severity.HIGH),
                3: line(3, Severity.HIGH),
                4: line(4, None, category=None),
            },
        )
    )
    assert found.opened == 4
    assert found.by_severity == {"critical": 1, "high": 2, "medium": 0, "low": 0, "unclassified": 1}
    assert (found.by_category["database"], found.by_category["logic"], found.by_category["unknown"]) == (1, 2, 1)
    assert list(found.by_day) == [date(2026, 3, day) for day in range(2, 9)]
    assert [sum(day.values()) for day in found.by_day.values()] == [2, 1, 0, 0, 0, 0, 1]
    assert found.by_day[date(2026, 3, 2)]["critical"] == 1


def test_a_day_is_the_day_of_the_teams_zone():
    berlin = Period(MONDAY, MONDAY + timedelta(days=1), ZoneInfo("Europe/Berlin"))
    late = step(1, 23.5, OPENED)
    found = figures(History(period=berlin, steps=(late,), lines={1: line(1)}))
    assert {day: sum(counts.values()) for day, counts in found.by_day.items()} == {
        date(2026, 3, 2): 0,
        date(2026, 3, 3): 1,
    }


def test_what_was_opened_before_the_week_or_over_when_we_first_heard_of_it_is_no_new_alert():
    found = figures(
        lived(
            step(1, -5, OPENED),
            step(1, 5, ACKNOWLEDGED),
            step(2, 1, OPENED, Source.SENTRY, after=State.RESOLVED),
            step(3, 1, OPENED, Source.SENTRY, after=State.SNOOZED),
        )
    )
    assert found.opened == 0
    assert found.speed.acknowledge == Timing(1, timedelta(hours=10))


def test_the_median_times_are_those_of_what_people_did_in_the_week():
    found = figures(
        lived(
            *(step(n, 0, OPENED) for n in (1, 2, 3)),
            step(1, 0.1, ACKNOWLEDGED),
            step(2, 0.5, ACKNOWLEDGED),
            step(3, 2, ACKNOWLEDGED),
            step(1, 1, RESOLVED),
            step(2, 3, RESOLVED, Source.SENTRY),
        )
    )
    assert found.speed.acknowledge == Timing(3, timedelta(minutes=30))
    assert found.speed.resolve == Timing(2, timedelta(hours=2))
    assert found.speed.acknowledge_by_severity == {"high": Timing(3, timedelta(minutes=30))}


def test_what_was_taken_back_never_happened():
    acknowledged, resolved = step(1, 1, ACKNOWLEDGED), step(2, 1, RESOLVED)
    found = figures(
        lived(
            step(1, 0, OPENED),
            step(2, 0, OPENED),
            acknowledged,
            resolved,
            undo(acknowledged, 1.01),
            undo(resolved, 1.01),
            step(1, 4, ACKNOWLEDGED),
        )
    )
    assert found.speed.acknowledge == Timing(1, timedelta(hours=4))
    assert found.speed.resolve == Timing()
    assert found.unverified == ()


def test_an_alert_that_comes_back_is_waited_for_anew():
    found = figures(
        lived(
            step(1, -100, OPENED),
            step(1, -99, RESOLVED),
            step(1, 10, Action.REGRESSED, Source.BOT),
            step(1, 12, ACKNOWLEDGED),
            step(1, 16, RESOLVED),
        )
    )
    assert found.opened == 0
    assert (found.speed.acknowledge.median, found.speed.resolve.median) == (timedelta(hours=2), timedelta(hours=6))


def test_nothing_that_never_happened_has_a_time():
    found = figures(History(period=WEEK))
    assert found.speed.acknowledge == found.speed.resolve == Timing(0, None)
    assert found.noise_share == 0.0


def test_the_noise_is_what_came_without_a_word():
    found = figures(lived(events=1_000, told=40))
    assert (found.folded, found.noise_share) == (960, 0.96)
    assert figures(lived(events=3, told=5)).folded == 0, "events that were forgotten meanwhile make no negative noise"


def test_money_is_summed_and_the_dearest_model_comes_first():
    cheap = Asking(model="example-small", calls=40, cost_usd=0.04)
    dear = Asking(model="example-large", calls=2, cost_usd=0.5)
    money = figures(lived(askings=(cheap, dear), shared=7, saved_usd=0.21)).money
    assert (round(money.spent_usd, 6), money.calls, money.shared, money.saved_usd) == (0.54, 42, 7, 0.21)
    assert money.by_model == (dear, cheap)


def test_a_fix_is_unverified_while_the_alert_is_only_resolved():
    rows = {n: line(n, state=state) for n, state in ((1, State.RESOLVED), (2, State.REGRESSED), (3, State.RESOLVED))}
    found = figures(
        lived(
            *(step(n, -50, OPENED) for n in rows),
            step(3, -10, RESOLVED),
            step(1, 5, RESOLVED, Source.SENTRY),
            step(2, 6, RESOLVED),
            lines=rows,
        )
    )
    assert [(fix.line.id, fix.at, fix.by) for fix in found.unverified] == [(1, at(5), Source.SENTRY)]


def test_the_snoozes_that_end_within_one_more_week_are_named():
    soon, later = Sleeper(line(1), at(24 * 8)), Sleeper(line(2), at(24 * 15))
    assert figures(lived(sleepers=(soon, later))).sleepers == (soon,)


def test_offenders_and_what_waits_are_told_as_they_are():
    worst = (Offender(line(1), 900), Offender(line(2), 3))
    found = figures(lived(offenders=worst, waiting={"critical": 1}))
    assert (found.offenders, found.waiting) == (worst, {"critical": 1})


ACTIONS = st.sampled_from(
    [OPENED, ACKNOWLEDGED, RESOLVED, Action.REOPENED, Action.REGRESSED, Action.UNDONE, Action.RECLASSIFIED]
)
HAPPENINGS = st.lists(st.tuples(st.integers(1, 4), st.floats(-200, 200), ACTIONS), max_size=40)


@given(HAPPENINGS)
def test_whatever_happened_the_sums_agree(happenings):
    told = [
        step(alert, hours, action, transition=alert)
        for alert, hours, action in sorted(happenings, key=lambda each: each[1])
    ]
    found = figures(lived(*told))
    assert sum(found.by_severity.values()) == sum(found.by_category.values()) == found.opened
    assert sum(sum(day.values()) for day in found.by_day.values()) == found.opened
    assert set(found.by_severity) == set(SEVERITIES)
    for timing in (found.speed.acknowledge, found.speed.resolve):
        assert (timing.median is None) == (timing.count == 0)
        assert timing.median is None or timing.median >= timedelta(0)
