"""When a digest is due, by the wall clock of its zone."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.errors import BadSettings
from bot.insights.schedule import Every, Rhythm, worth_telling
from bot.triage_file import read_triage_file

BERLIN = ZoneInfo("Europe/Berlin")


def rhythm(every, at="09:00", **said):
    return Rhythm.model_validate({"every": every, "at": at, **said})


def utc(day, hour, minute=0, month=3):
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


def test_never_means_never():
    assert rhythm("never").latest(utc(2, 12)) is None
    assert Rhythm().every is Every.NEVER, "nobody hears anything without having asked for it"


def test_a_day_ends_at_its_hour_and_the_next_begins_there():
    daily = rhythm("day")
    before, after = daily.latest(utc(3, 8, 59)), daily.latest(utc(3, 9))
    assert (before.since, before.until) == (utc(1, 9), utc(2, 9))
    assert (after.since, after.until) == (utc(2, 9), utc(3, 9))
    assert (daily.key(before), daily.key(after)) == ("day:2026-03-02", "day:2026-03-03")


@pytest.mark.parametrize("day", ["wednesday", "Wed", "WEDNESDAY"])
def test_a_week_ends_on_its_day(day):
    weekly = rhythm("week", day=day)  # 4 March 2026 was a Wednesday
    assert weekly.latest(utc(4, 8, 59)).until == utc(25, 9, month=2)
    assert weekly.latest(utc(4, 9)).until == utc(4, 9)
    assert weekly.latest(utc(10, 23)).until == utc(4, 9)
    assert weekly.key(weekly.latest(utc(4, 9))) == "week:2026-03-04"


def test_when_the_clocks_change_it_still_comes_at_nine_and_the_day_is_as_long_as_it_was():
    daily = rhythm("day", zone="Europe/Berlin")  # summer time began on 29 March 2026
    found = daily.latest(utc(29, 7))
    assert found.until.astimezone(BERLIN).time() == found.since.astimezone(BERLIN).time() == time(9)
    assert found.length == timedelta(hours=23)


def test_an_hour_that_the_clocks_skip_does_no_harm():
    daily = rhythm("day", "02:30", zone="Europe/Berlin")
    assert daily.latest(utc(29, 2)).until == utc(29, 1, 30)
    assert daily.key(daily.latest(utc(29, 2))) == "day:2026-03-29"


def test_late_is_better_than_never_but_only_while_the_next_is_not_nearer():
    period = rhythm("day").latest(utc(3, 9))
    assert worth_telling(period, utc(3, 20, 59))
    assert not worth_telling(period, utc(3, 21))


MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
RHYTHMS = st.builds(
    lambda every, at, day, zone: rhythm(every, at.strftime("%H:%M"), day=day, zone=zone),
    st.sampled_from(["day", "week"]),
    st.times(),
    st.sampled_from(["mon", "thu", "sun"]),
    st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"]),
)


@given(RHYTHMS, MOMENTS)
def test_periods_follow_each_other_without_a_gap_and_each_has_its_own_name(every, now):
    newest = every.latest(now)
    assert newest.since < newest.until <= now
    assert now - newest.until < timedelta(days=7, hours=2)
    before = every.latest(newest.until - timedelta(microseconds=1))
    assert before.until == newest.since
    assert every.key(before) != every.key(newest)


@pytest.mark.parametrize("written", ["09:30", "'09:30'", "9:30"])
def test_the_hour_is_read_with_and_without_quotes(tmp_path, written):
    path = tmp_path / "triage.yml"
    path.write_text(f"digest: {{every: day, at: {written}}}\n", encoding="utf-8")
    assert read_triage_file(path).digest.at == time(9, 30)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("every: hour", "day"),
        ("every: day\n  zone: Atlantis", "there is no time zone 'Atlantis'"),
        ("evry: day", "did you mean `every`?"),
        ("day: someday", "mon"),
    ],
)
def test_a_mistake_is_named_with_its_line_and_its_cure(tmp_path, written, said):
    path = tmp_path / "triage.yml"
    path.write_text(f"digest:\n  {written}\n", encoding="utf-8")
    with pytest.raises(BadSettings) as caught:
        read_triage_file(path)
    assert said in str(caught.value)
    assert ", line " in str(caught.value)


def test_a_time_with_a_zone_of_its_own_is_refused():
    with pytest.raises(ValidationError, match="the zone as `zone`"):
        Rhythm(at=time(9, tzinfo=UTC))
