"""Untrusted text comes out short, visible and dead; numbers and times come out as people read them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.text import (
    counted,
    inert,
    lasting,
    link,
    many_lines,
    mention,
    moment,
    one_line,
    ordinal,
    safe_url,
)
from tests.slack.hostile import addresses, hostile
from tests.slack.limits import DATE, FORBIDDEN, check_mrkdwn, length


@given(hostile, st.integers(1, 200))
def test_plain_text_is_one_visible_line_within_its_limit(text, limit):
    made = one_line(text, limit)
    assert length(made) <= limit
    assert "\n" not in made
    assert not FORBIDDEN.search(made)


@given(hostile, st.integers(1, 200))
def test_text_with_lines_is_visible_and_within_its_limit(text, limit):
    made = many_lines(text, limit)
    assert length(made) <= limit
    assert not FORBIDDEN.search(made)


@given(hostile, st.integers(1, 200))
def test_nothing_in_untrusted_text_comes_alive_in_mrkdwn(text, limit):
    made = inert(text, limit)
    assert length(made) <= limit
    check_mrkdwn(made)
    assert "`" not in made
    assert not made.startswith(("&gt;", ">"))


@pytest.mark.parametrize(
    ("text", "limit", "cut"),
    [
        ("abcdef", 6, "abcdef"),
        ("abcdefg", 6, "abcde…"),
        ("abcde\u0301fg", 6, "abcd…"),  # the accent stays with its letter, or both go
        ("ab👍🏽cdef", 5, "ab…"),  # a skin tone is no character of its own
        ("abc 🇩🇪🇫🇷", 7, "abc…"),
        ("a👩‍👩‍👧‍👦", 9, "a…"),
    ],
)
def test_a_cut_never_ends_in_half_a_character(text, limit, cut):
    assert one_line(text, limit) == cut


def test_an_entity_is_whole_or_absent_after_a_cut():
    assert [inert("a<<<<", limit) for limit in (5, 6, 9, 10)] == ["a…", "a&lt;…", "a&lt;…", "a&lt;&lt;…"]


def test_ordinary_names_read_as_they_are_written():
    assert inert("raise max_connections in shop.db & co", 100) == "raise max_connections in shop.db &amp; co"


def test_formatting_marks_become_lookalikes_where_slack_would_obey_them():
    assert inert("*bold* _it_ ~no~ `code` __init__ a*b", 100) == "∗bold∗ ˍitˍ ∼no∼ ˋcodeˋ ˍˍinitˍˍ a*b"


def test_stacked_accents_do_not_climb_over_the_lines_around_them():
    assert one_line("a" + "\u0301" * 90, 100) == "a\u0301\u0301"


@given(addresses, hostile)
def test_a_link_is_a_whole_link_or_only_its_label(url, label):
    made = link(url, label, 60)
    target = safe_url(url)
    if made.startswith("<"):
        assert target
        assert made.startswith(f"<{target.replace('&', '&amp;')}|")
        check_mrkdwn(made.partition("|")[2].removesuffix(">"))
    else:
        check_mrkdwn(made)


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://sentry.example.com/issues/1/?a=1&b=%20", "https://sentry.example.com/issues/1/?a=1&b=%20"),
        ("https://sentry.example.com/a|b>c d", "https://sentry.example.com/a%7Cb%3Ec%20d"),
        ("javascript:alert(1)", None),
        ("data:text/html,x", None),
        ("https://sentry.example.com@evil.example/", None),
        ("http://[", None),
        ("http://localhost:9000/issues/1/", "http://localhost:9000/issues/1/"),
        ("HTTP://Sentry.example.com/1", "http://Sentry.example.com/1"),
        ("https://sentry.example.com:99999/", None),
        ("https://-.evil|x/", None),
        ("https:///nowhere", None),
        ("/issues/1/", None),
        (None, None),
        ("https://example.com/" + "a" * 3000, None),
    ],
)
def test_only_plain_web_addresses_are_followed(url, safe):
    assert safe_url(url) == safe


def test_a_mention_needs_a_slack_user_id():
    assert mention("U0ANA") == "<@U0ANA>"
    assert [mention(bad) for bad in ("", "ana", "!channel", "U1|x", "u0ana")] == [None] * 5


def test_times_are_in_the_readers_zone_with_utc_for_those_who_cannot_show_them():
    at = datetime(2025, 11, 3, 15, 2, tzinfo=timezone(timedelta(hours=1)))
    assert moment(at) == "<!date^1762178520^{date_short_pretty} {time}|3 Nov 14:02 UTC>"
    assert moment(at, "{time}") == "<!date^1762178520^{time}|14:02 UTC>"
    assert DATE.fullmatch(moment(at))
    assert moment(datetime(1, 1, 1, tzinfo=UTC)) == "1 Jan 00:00 UTC"


@pytest.mark.parametrize(
    ("time", "words"),
    [
        (timedelta(seconds=-5), "0 s"),
        (timedelta(seconds=40), "40 s"),
        (timedelta(minutes=7, seconds=50), "7 min"),
        (timedelta(hours=1, minutes=20), "1 h 20 min"),
        (timedelta(hours=3), "3 h"),
        (timedelta(hours=47), "47 h"),
        (timedelta(days=2), "2 days"),
        (timedelta(days=1200), "1,200 days"),
    ],
)
def test_durations_read_as_words(time, words):
    assert lasting(time) == words


def test_numbers_read_with_thousands_marks():
    assert [counted(n, "event") for n in (0, 1, 1284)] == ["0 events", "1 event", "1,284 events"]
    assert [ordinal(n) for n in (1, 2, 3, 11, 100, 1001)] == ["1st", "2nd", "3rd", "11th", "100th", "1,001st"]
