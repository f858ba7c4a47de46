"""Slack's rules for what we send, strict: a message or view that passes is taken, and nothing hostile lives in it."""

import json
import re
from collections.abc import Iterator
from typing import Any

from slack_sdk.models.blocks import Block as SdkBlock
from slack_sdk.models.views import View

from bot.slack.cards import Message

DATE = re.compile(r"<!date\^\d+\^[^|<>]*\|[^|<>]*>")
"""The only live markup that may stand on a card."""
ENTITY = re.compile(r"&(?:amp|lt|gt);")
FORBIDDEN = re.compile("[\x00-\x08\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def length(text: str) -> int:
    """As JavaScript counts, which is never less than what Slack counts."""
    return len(text.encode("utf-16-le")) // 2


def check_mrkdwn(text: str, live: re.Pattern[str] = DATE) -> None:
    rest = live.sub("", text)
    assert not set("<>") & set(rest), f"live markup in {text!r}"
    assert "&" not in ENTITY.sub("", rest), f"an entity cut in half in {text!r}"


def walk(part: Any) -> Iterator[dict[str, Any]]:
    """Every object in a payload."""
    if isinstance(part, dict):
        yield part
        for value in part.values():
            yield from walk(value)
    elif isinstance(part, list):
        for value in part:
            yield from walk(value)


def check_object(part: dict[str, Any], live: re.Pattern[str]) -> None:
    kind = part.get("type")
    if kind == "mrkdwn":
        assert part["verbatim"] is True
        assert 1 <= length(part["text"]) <= 3000
        check_mrkdwn(part["text"], live)
    if kind == "plain_text":
        assert 1 <= length(part["text"]) <= 3000
    if kind in ("text", "link"):
        assert 1 <= length(part["text"]) <= 3000, "rich text may not be empty or enormous"
    if kind == "link":
        assert re.fullmatch(r"https?://[^\s<>|]{1,2990}", part["url"])
    assert kind not in ("user", "usergroup", "broadcast", "channel"), f"we never write a {kind}"
    if kind == "header":
        assert length(part["text"]["text"]) <= 150
    if kind == "context":
        assert 1 <= len(part["elements"]) <= 10
    check_choices(part)


def check_choices(part: dict[str, Any]) -> None:
    if part.get("type") == "actions":
        ids = [element["action_id"] for element in part["elements"]]
        assert 1 <= len(ids) <= 25
        assert len(set(ids)) == len(ids)
    if part.get("type") == "button":
        assert length(part["text"]["text"]) <= 75
        assert 1 <= length(part["accessibility_label"]) <= 75
        assert length(part["value"]) <= 2000
    for option in part.get("options", []):
        assert length(option["text"]["text"]) <= 75
        assert length(option["value"]) <= 150
        assert length(option.get("description", {}).get("text", "")) <= 75


def check_blocks(blocks: list[dict[str, Any]], most: int, characters: int, live: re.Pattern[str]) -> None:
    assert 1 <= len(blocks) <= most
    ids = [block["block_id"] for block in blocks if "block_id" in block]
    assert len(set(ids)) == len(ids)
    assert all(len(each) <= 255 for each in ids)
    for part in walk(blocks):
        check_object(part, live)
    total = sum(length(part["text"]) for part in walk(blocks) if isinstance(part.get("text"), str))
    assert total <= characters, f"{total} characters of text"
    for part in walk(blocks):
        for value in part.values():
            assert not (isinstance(value, str) and FORBIDDEN.search(value)), f"invisible characters in {value!r}"
    json.dumps(blocks, ensure_ascii=False).encode()  # strict: half a surrogate pair fails here
    for parsed in SdkBlock.parse_all(blocks):
        parsed.validate_json()


def check_message(message: Message, longest_text: int = 500, live: re.Pattern[str] = DATE) -> None:
    assert 1 <= length(message.text) <= longest_text
    check_mrkdwn(message.text, live)
    check_blocks(message.blocks, 50, 12_000, live)


def check_view(view: dict[str, Any], live: re.Pattern[str] = DATE) -> None:
    assert length(view["title"]["text"]) <= 24
    assert len(view.get("private_metadata", "")) <= 3000
    assert len(json.dumps(view)) <= 250_000
    check_blocks(view["blocks"], 100, 50_000, live)
    assert ("submit" in view) == any(block["type"] == "input" for block in view["blocks"])
    View(**view).validate_json()
