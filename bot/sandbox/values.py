"""What the stand-in's parts hand each other: JSON, the clock, a call's arguments, a refusal, an answer."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
Clock = Callable[[], float]
"""Seconds since the epoch; injected, so that tests can move time."""

TRUE_WORDS = frozenset({"1", "true"})


class Refusal(Exception):
    """Slack says no: `code` is its own word for why, `problems` name the places in what was sent."""

    def __init__(self, code: str, *problems: str, status: int = 200, **fields: object) -> None:
        super().__init__(code)
        self.code, self.problems, self.status, self.fields = code, problems, status, fields

    @property
    def body(self) -> Json:
        """The JSON answer, in Slack's two spellings of the same messages."""
        body: Json = {"ok": False, "error": self.code, **self.fields}
        if self.problems:
            if self.code == "invalid_blocks":
                body["errors"] = list(self.problems)
            body["response_metadata"] = {"messages": [f"[ERROR] {problem}" for problem in self.problems]}
        return body


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back over the wire; `hang_up` drops the connection instead."""

    body: Json
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    hang_up: bool = False


class Args:
    """A call's arguments, whether they came as a form (all strings, JSON inside) or as JSON."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values = dict(values)

    def __contains__(self, name: str) -> bool:
        return self.values.get(name) is not None

    def require(self, *names: str) -> None:
        """Refuse the call when one of `names` is missing or empty."""
        missing = [name for name in names if self.values.get(name) in (None, "")]
        if missing:
            raise Refusal("invalid_arguments", *(f"missing required field: {name}" for name in missing))

    def text(self, name: str, default: str = "") -> str:
        """A string; numbers are taken as their digits."""
        value = self.values.get(name)
        if value is None:
            return default
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            return str(value)
        raise Refusal("invalid_arguments", f"must be a string [json-pointer:/{name}]")

    def flag(self, name: str) -> bool:
        """A boolean in any of its spellings; absent is false."""
        return str(self.values.get(name, "")).lower() in TRUE_WORDS

    def number(self, name: str, default: int, most: int) -> int:
        """A whole number from 1 to `most`."""
        raw = self.values.get(name)
        if raw in (None, ""):
            return default
        if not str(raw).isdigit():
            raise Refusal("invalid_arguments", f"must be an integer [json-pointer:/{name}]")
        value = int(str(raw))
        if not 1 <= value <= most:
            raise Refusal("invalid_limit")
        return value

    def parsed(self, name: str, wrong: str) -> Any:
        """A JSON value, parsed when it came as a string; refused with the code `wrong` when it is not JSON."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except ValueError:
            raise Refusal(wrong) from None
