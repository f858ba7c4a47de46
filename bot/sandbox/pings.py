"""Whom a message notifies: every live mention in it, wherever it stands. For tests that promise silence."""

import re
from collections.abc import Iterator
from typing import Any

from bot.sandbox.messages import Message
from bot.sandbox.values import Json

_LIVE = re.compile(r"<(?:@([UW]\w+)|!(here|channel|everyone)|!subteam\^(\w+))(?:\|[^>]*)?>")
_PLAIN = re.compile(r"(?<!\w)@(here|channel|everyone)\b")


def pings(message: Message) -> set[str]:
    """User ids, `here`, `channel`, `everyone` and group ids that the message notifies.

    With blocks the text is only what notifications read out, but Slack notifies for the mentions in either.
    """
    return {*_in_text(message.text, verbatim=True), *(name for block in message.blocks for name in _in(block))}


def _in_text(text: str, *, verbatim: bool) -> Iterator[str]:
    for match in _LIVE.finditer(text):
        yield match[1] or match[2] or match[3]
    if not verbatim:
        # Slack looks for these by itself in blocks, unless the text object says `verbatim`.
        yield from (match[1] for match in _PLAIN.finditer(re.sub(r"`[^`]*`", "", text)))


def _in(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _in(item)
    if isinstance(value, dict):
        yield from _of_object(value)


def _of_object(value: Json) -> Iterator[str]:
    kind = value.get("type")
    if kind == "mrkdwn":
        yield from _in_text(value["text"], verbatim=value.get("verbatim") is True)
    elif kind == "markdown":
        yield from _in_text(value["text"], verbatim=False)
    elif kind == "user":
        yield value["user_id"]
    elif kind == "broadcast":
        yield value["range"]
    elif kind == "usergroup":
        yield value["usergroup_id"]
    else:
        for inner in value.values():
            yield from _in(inner)
