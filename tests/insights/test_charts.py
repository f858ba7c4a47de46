"""The chart shows what its words say."""

import io
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from bot.alerts.alert import Action
from bot.alerts.classification import Severity
from bot.insights.charts import ALT_LIMIT, SIZE, by_day
from bot.insights.records import History, Period
from bot.insights.stats import figures
from tests.insights.making import MONDAY, WEEK, line, step
from tests.insights.week import of_a_week

CRITICAL, PAPER = (179, 38, 30), (255, 255, 255)


def pixels(png):
    image = Image.open(io.BytesIO(png))
    assert (image.format, image.size) == ("PNG", SIZE)
    return image.convert("RGB")


def close(one, other):
    return all(abs(a - b) <= 6 for a, b in zip(one, other, strict=True))


def a_day(count, severity=Severity.CRITICAL, days=1):
    rows = {n: line(n, severity) for n in range(count)}
    period = Period(MONDAY, MONDAY + timedelta(days=days))
    return figures(History(period=period, lines=rows, steps=tuple(step(n, 1, Action.OPENED) for n in rows)))


def test_the_words_name_each_day_that_had_alerts():
    found = by_day(a_day(2, days=3))
    assert found.title == "New alerts by day, Mon 2 Mar to Wed 4 Mar"
    assert found.alt == (
        "Bar chart of new alerts by day and severity, Mon 2 Mar to Wed 4 Mar: Mon 2 Mar 2 (2 critical)."
    )
    assert by_day(figures(History(period=WEEK))).alt == "Bar chart: no new alerts, Mon 2 Mar to Sun 8 Mar."


def test_what_people_thought_of_the_verdicts_stands_in_the_picture_and_in_its_words():
    found = by_day(of_a_week())
    assert found.alt.endswith(" Thumbs: verdicts 41 up, 3 down.")
    below = pixels(found.png).crop((72, 128, 400, 156))
    assert any(not close(pixel, PAPER) for _, pixel in below.getcolors(10_000))
    empty = pixels(by_day(a_day(2)).png).crop((72, 128, 400, 156))
    assert all(close(pixel, PAPER) for _, pixel in empty.getcolors(10_000)), "nobody said anything"


def test_the_bar_is_as_high_as_the_day_was_bad():
    low, high = (pixels(by_day(figures_of_two(small)).png) for small in (1, 9))

    def column(image):
        return sum(close(image.getpixel((670, y)), CRITICAL) for y in range(SIZE[1]))

    assert column(high) == pytest.approx(column(low) * 9, rel=0.05)


def figures_of_two(second):
    """Ten on the first day, `second` on the next."""
    rows = {n: line(n, Severity.CRITICAL) for n in range(10 + second)}
    told = tuple(step(n, 1 if n < 10 else 25, Action.OPENED) for n in rows)
    return figures(History(period=Period(MONDAY, MONDAY + timedelta(days=2)), lines=rows, steps=told))


def test_the_picture_is_small_and_no_larger_for_a_year():
    assert len(by_day(of_a_week()).png) < 40_000
    year = by_day(a_day(300, days=365))
    assert len(year.png) < 40_000
    assert len(year.alt) <= ALT_LIMIT


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 3_000), st.integers(1, 40))
def test_any_count_over_any_time_can_be_drawn(count, days):
    found = by_day(a_day(count, days=days))
    pixels(found.png)
    assert len(found.alt) <= ALT_LIMIT
    assert f"{count:,}" in found.alt or count == 0
