"""Durations as people write them."""

from datetime import timedelta

import pytest

from bot.alerts.durations import duration


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        (300, 300),
        (1.5, 1.5),
        ("300", 300),
        ("90s", 90),
        ("5 min", 300),
        ("5m", 300),
        ("2 hours", 7200),
        ("1.5h", 5400),
        ("1 DAY", 86_400),
        ("2 weeks", 1_209_600),
        (0, 0),
    ],
)
def test_a_number_is_seconds_and_a_unit_is_understood(written, seconds):
    assert duration(written) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "written", ["soon", "", "5 parsecs", "-5", "5 min 3 s", "nan", "inf", "1e99", None, "9999 weeks"]
)
def test_anything_else_is_refused(written):
    with pytest.raises(ValueError, match="duration"):
        duration(written)
