"""A webhook's JSON, and ways to look into it that never raise: whatever stands there, absent is None or empty.

Not here: what the fields mean, and cleaning text for people (see `bot.untrusted.text`).
"""

import json
import math
import re
from datetime import UTC, datetime

from pydantic_core import from_json

from bot.errors import Malformed

Object = dict[str, object]
_ID = re.compile(r"[\w.-]{1,64}", re.ASCII)
_LATEST = datetime(2100, 1, 1, tzinfo=UTC).timestamp()


def parse(raw: bytes) -> Object:
    """The object in a webhook's body, which is UTF-8.

    Raises:
        Malformed: another encoding, no JSON, no object, or nested beyond reason.
    """
    try:
        parsed: object = from_json(raw, cache_strings="keys")
    except ValueError:
        parsed = _parse_slowly(raw)
    if not isinstance(parsed, dict):
        raise Malformed(f"the body is JSON but no object: {type(parsed).__name__}")
    return parsed


def _parse_slowly(raw: bytes) -> object:
    """What the fast parser refuses but Sentry may send: half of a surrogate pair, from a truncated string."""
    try:
        return json.loads(raw.decode())
    except ValueError as error:
        raise Malformed("the body is not JSON in UTF-8") from error
    except RecursionError as error:
        raise Malformed("the body is nested too deeply") from error


def mapping(value: object) -> Object:
    """`value` where it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def sequence(value: object) -> list[object]:
    """`value` where it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def string(value: object) -> str:
    """`value` where it is a string, without outer blanks, else an empty one. Not cleaned, not redacted."""
    return value.strip() if isinstance(value, str) else ""


def first(*values: object) -> object:
    """The first of `values` that says anything: neither null nor an empty string, list or object."""
    for value in values:  # a generator takes three times as long, and a storm asks a dozen times for each event
        if value or value == 0:  # 0 and false say something
            return value
    return None


def identifier(value: object) -> str | None:
    """An id, number or text, as text that is safe in a key and in a path; None where it is no id."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return str(value) if 0 <= value < 10**20 else None
    return value if isinstance(value, str) and _ID.fullmatch(value) else None


def whole(value: object) -> int | None:
    """A count or a line number: 12, "12" or 12.0; None for anything else, negative or absurdly large."""
    if isinstance(value, str) and len(value) <= 18 and value.isascii() and value.isdigit():
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return int(value) if 0 <= value < 10**18 else None


def truth(value: object) -> bool | None:
    """A JSON boolean, or None."""
    return value if isinstance(value, bool) else None


def moment(value: object) -> datetime | None:
    """A time in UTC from unix seconds or ISO 8601 (without a zone: UTC), between 1970 and 2100; else None."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return datetime.fromtimestamp(value, UTC) if 0 < value < _LATEST else None
    if not isinstance(value, str) or len(value) > 40:
        return None
    try:
        parsed = datetime.fromisoformat(value)
        parsed = parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return parsed if 1970 <= parsed.year < 2100 else None
