"""Durations as people write them in triage.yml: `300`, `5 min`, `2h`, `1 day`. Pure."""

import re
from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_SPELLED = re.compile(
    r"(\d+(?:\.\d+)?)\s*(s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?)", re.IGNORECASE
)
_LONGEST = timedelta(days=3650)


def duration(value: object) -> timedelta:
    """Read a number of seconds, or a number with its unit.

    Raises:
        ValueError: it is neither, is negative, or is longer than ten years.
    """
    if isinstance(value, timedelta):
        return value
    text = str(value).strip()
    spelled = _SPELLED.fullmatch(text)
    try:
        seconds = float(spelled[1]) * _UNITS[spelled[2][0].lower()] if spelled else float(text)
    except ValueError:
        raise ValueError("write a number of seconds, or a duration such as `5 min`, `2 h`, `1 day`") from None
    if not 0 <= seconds <= _LONGEST.total_seconds():  # also what is not a number
        raise ValueError("a duration is between 0 and ten years")
    return timedelta(seconds=seconds)


Seconds = Annotated[timedelta, BeforeValidator(duration)]
"""A duration of triage.yml."""
