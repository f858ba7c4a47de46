"""The grammar in which Slack's shapes are written down: small checks that combine into larger ones.

A check takes a value and its JSON pointer and yields what is wrong, in Slack's words. It knows nothing of blocks.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

Check = Callable[[Any, str], Iterator[str]]


def at(problem: str, pointer: str) -> str:
    """The problem with the place it stands at, as Slack writes it."""
    return f"{problem} [json-pointer:{pointer}]"


def anything(_value: object, _pointer: str) -> Iterator[str]:
    """Take whatever there is."""
    yield from ()


def string(longest: int | None = None, shortest: int = 1) -> Check:
    """A string of `shortest` to `longest` characters."""

    def check(value: object, pointer: str) -> Iterator[str]:
        if not isinstance(value, str):
            yield at("must be a string", pointer)
        elif len(value) < shortest:
            yield at(f"must be more than {shortest - 1} characters", pointer)
        elif longest is not None and len(value) > longest:
            yield at(f"must be less than {longest + 1} characters", pointer)

    return check


def boolean(value: object, pointer: str) -> Iterator[str]:
    """True or false, not a word for it."""
    if not isinstance(value, bool):
        yield at("must be a boolean", pointer)


def integer(least: int, most: int) -> Check:
    """A whole number in the range."""

    def check(value: object, pointer: str) -> Iterator[str]:
        if isinstance(value, bool) or not isinstance(value, int):
            yield at("must be an integer", pointer)
        elif not least <= value <= most:
            yield at(f"must be between {least} and {most}", pointer)

    return check


def one_of(*allowed: str) -> Check:
    """One of a few words."""

    def check(value: object, pointer: str) -> Iterator[str]:
        if value not in allowed:
            yield at("must be a valid enum value", pointer)

    return check


def web_address(longest: int) -> Check:
    """An http(s) URL."""
    sized = string(longest)

    def check(value: object, pointer: str) -> Iterator[str]:
        yield from sized(value, pointer)
        if isinstance(value, str) and value and not value.startswith(("http://", "https://", "mailto:")):
            yield at("must be a valid URL", pointer)

    return check


def listing(each: Check, most: int, least: int = 1) -> Check:
    """A list of `least` to `most` values that each pass."""

    def check(value: object, pointer: str) -> Iterator[str]:
        if not isinstance(value, list):
            yield at("must be an array", pointer)
            return
        if len(value) > most:
            yield at(f"no more than {most} items allowed", pointer)
        if len(value) < least:
            yield at(f"no fewer than {least} items allowed", pointer)
        for index, item in enumerate(value):
            yield from each(item, f"{pointer}/{index}")

    return check


def shape(
    required: Mapping[str, Check], optional: Mapping[str, Check] | None = None, *rules: Check, kind: str = ""
) -> Check:
    """An object with these fields and no others; `rules` look at the object as a whole."""
    known = {**({"type": one_of(kind)} if kind else {}), **required, **(optional or {})}
    needed = [*(["type"] if kind else []), *required]

    def check(value: object, pointer: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield at("must be an object", pointer)
            return
        yield from (at(f"missing required field: {name}", pointer) for name in needed if value.get(name) is None)
        yield from (at(f"invalid additional property: {name}", pointer) for name in value if name not in known)
        for name, field_check in known.items():
            if value.get(name) is not None:
                yield from field_check(value[name], f"{pointer}/{name}")
        for rule in rules:
            yield from rule(value, pointer)

    return check


def by_type(table: Mapping[str, Check]) -> Check:
    """An object whose `type` says which check it has to pass."""

    def check(value: object, pointer: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield at("must be an object", pointer)
            return
        kind = value.get("type")
        if kind is None:
            yield at("missing required field: type", pointer)
        elif not isinstance(kind, str) or kind not in table:
            yield at(f"unsupported type: {kind}", f"{pointer}/type")
        else:
            yield from table[kind](value, pointer)

    return check


def exactly_one(*names: str) -> Check:
    """A rule for `shape`: one of these fields, and not two."""

    def check(value: Mapping[str, Any], pointer: str) -> Iterator[str]:
        given = [name for name in names if value.get(name) is not None]
        if not given:
            yield at(f"must define either `{'` or `'.join(names)}`", pointer)
        elif len(given) > 1:
            yield at(f"cannot define both `{'` and `'.join(given)}`", pointer)

    return check
