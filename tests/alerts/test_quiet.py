"""Quiet hours: by the wall clock of their zone, over midnight and over the two nights that are not 24 hours long."""

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from bot.alerts.classification import Severity
from bot.alerts.quiet import QuietHours, Weekday


def hours(**given: object) -> QuietHours:
    return QuietHours.model_validate({"from": "22:00", "to": "07:00", "zone": "Europe/Berlin", **given})


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "ends"),
    [
        ("2026-01-14T20:59", None),
        ("2026-01-14T21:00", "2026-01-15T06:00"),
        ("2026-01-15T05:59", "2026-01-15T06:00"),
        ("2026-01-15T06:00", None),
        ("2026-07-15T20:00", "2026-07-16T05:00"),
        ("2026-03-28T23:30", "2026-03-29T05:00"),
        ("2026-10-24T22:30", "2026-10-25T06:00"),
    ],
)
def test_they_end_by_the_wall_clock_in_winter_in_summer_and_in_the_nights_between(now, ends):
    assert hours().ends(at(now)) == (at(ends) if ends else None)


def test_a_day_means_the_day_on_which_they_begin():
    fridays = hours(days=["Friday"])
    assert fridays.days == (Weekday.FRIDAY,)
    assert fridays.ends(at("2026-01-17T03:00")) == at("2026-01-17T06:00"), "the night to Saturday"
    assert fridays.ends(at("2026-01-16T03:00")) is None, "the night to Friday"


def test_hours_that_touch_are_one_so_a_weekend_ends_on_monday():
    weekend = hours(**{"from": "00:00", "to": "00:00"}, days=["sat", "sun"], zone="UTC")
    assert weekend.ends(at("2026-01-17T10:00")) == at("2026-01-19T00:00")


def test_hours_without_an_end_are_still_answered():
    always = hours(**{"from": "00:00", "to": "00:00"}, zone="UTC")
    end = always.ends(at("2026-01-17T10:00"))
    assert end is not None
    assert end > at("2026-01-24T00:00")


def test_unquoted_times_which_yaml_takes_for_numbers_of_base_60_are_understood():
    assert hours(**{"from": 22 * 60}).start.isoformat() == "22:00:00"


def test_the_worst_wakes_people_all_the_same_and_what_has_no_verdict_too():
    spared = [severity for severity in Severity if hours().spares(severity)]
    assert spared == [Severity.HIGH, Severity.MEDIUM, Severity.LOW]
    assert not hours().spares(None)
    assert hours(except_for=[]).spares(Severity.CRITICAL)


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"zone": "Middle/Earth"}, "no time zone"),
        ({"zone": "../../etc/passwd"}, "no time zone"),
        ({"from": "25:00"}, "time"),
        ({"from": 1440}, "time"),
        ({"from": "22:00+01:00"}, "the zone as"),
        ({"days": ["someday"]}, "mon"),
    ],
)
def test_what_is_no_time_zone_or_day_is_refused(given, problem):
    with pytest.raises(ValidationError, match=problem):
        hours(**given)
