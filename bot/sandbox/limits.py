"""Slack's rules for blocks, messages and views: what it refuses, and in which words.

The figures are Slack's documented ones, except where a comment says that a number was measured by others.
Block types that nobody here uses (tables, cards, files, video …) are refused as unsupported, on purpose.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot.sandbox import elements as inner
from bot.sandbox.checks import (
    Check,
    anything,
    at,
    boolean,
    by_type,
    exactly_one,
    integer,
    listing,
    one_of,
    shape,
    string,
)
from bot.sandbox.values import Json

MESSAGE_BLOCKS, VIEW_BLOCKS = 50, 100
POST_TEXT, UPDATE_TEXT, MARKDOWN_TEXT = 40_000, 4_000, 12_000
BLOCKS_TEXT = 13_200
"""Slack documents no total; people measured refusals from about here, with something on top for each part."""
PER_PART = 10
VIEW_BYTES = 250_000
METADATA_BYTES = 16_000

_ID: dict[str, Check] = {"block_id": string(255)}


def _text_or_fields(block: Mapping[str, Any], pointer: str) -> Iterator[str]:
    if block.get("text") is None and not block.get("fields"):
        yield at("must define either `text` or `fields`", pointer)


ANYWHERE: dict[str, Check] = {
    "section": shape(
        {},
        {
            **_ID,
            "text": inner.prose(3000),
            "fields": listing(inner.prose(2000), 10),
            "accessory": inner.IN_SECTION,
            "expand": boolean,
        },
        _text_or_fields,
        kind="section",
    ),
    "header": shape({"text": inner.plain(150)}, {**_ID, "level": integer(1, 4)}, kind="header"),
    "divider": shape({}, _ID, kind="divider"),
    "context": shape({"elements": listing(inner.IN_CONTEXT, 10)}, _ID, kind="context"),
    "actions": shape({"elements": listing(inner.IN_ACTIONS, 25)}, _ID, kind="actions"),
    "rich_text": shape({"elements": listing(inner.IN_RICH_TEXT, 1000)}, _ID, kind="rich_text"),
    "input": shape(
        {"label": inner.plain(2000), "element": inner.IN_INPUT},
        {**_ID, "hint": inner.plain(2000), "optional": boolean, "dispatch_action": boolean},
        kind="input",
    ),
    "image": shape(
        {"alt_text": string(2000)},
        {**_ID, "image_url": string(3000), "slack_file": anything, "title": inner.plain(2000)},
        exactly_one("image_url", "slack_file"),
        kind="image",
    ),
}
IN_MESSAGES = ANYWHERE | {
    "markdown": shape({"text": string(MARKDOWN_TEXT)}, _ID, kind="markdown"),
    "context_actions": shape({"elements": listing(inner.IN_CONTEXT_ACTIONS, 5)}, _ID, kind="context_actions"),
}
IN_MODALS = ANYWHERE | {
    "alert": shape(
        {"text": inner.prose(200)},
        {**_ID, "level": one_of("default", "info", "warning", "error", "success")},
        kind="alert",
    ),
}


def _repeats(blocks: Sequence[Any], root: str) -> Iterator[str]:
    """Ids that stand twice: a block_id among the blocks, an action_id within one block."""
    seen: set[str] = set()
    for index, block in enumerate(blocks):
        if not isinstance(block, dict):
            continue
        block_id = block.get("block_id")
        if isinstance(block_id, str):
            if block_id in seen:
                yield at(f'`block_id` "{block_id}" already exists', f"{root}/{index}/block_id")
            seen.add(block_id)
        actions: set[str] = set()
        for place, element in enumerate(block.get("elements") or []):
            action_id = element.get("action_id") if isinstance(element, dict) else None
            if action_id in actions:
                yield at(f'`action_id` "{action_id}" already exists', f"{root}/{index}/elements/{place}/action_id")
            if isinstance(action_id, str):
                actions.add(action_id)


def message_problems(blocks: object) -> list[str]:
    """What Slack would refuse in a message's blocks."""
    problems = list(listing(by_type(IN_MESSAGES), MESSAGE_BLOCKS, 0)(blocks, "/blocks"))
    if isinstance(blocks, list):
        problems += _repeats(blocks, "/blocks")
        markdown = sum(len(str(b.get("text"))) for b in blocks if isinstance(b, dict) and b.get("type") == "markdown")
        if markdown > MARKDOWN_TEXT:
            problems.append(at(f"must be less than {MARKDOWN_TEXT + 1} characters in all markdown blocks", "/blocks"))
    return problems


def blocks_weight(value: object) -> int:
    """About what Slack counts against its undocumented total: all text, and a little for each part."""
    if isinstance(value, list):
        return sum(blocks_weight(item) for item in value)
    if not isinstance(value, dict):
        return 0
    own = PER_PART if "type" in value else 0
    text = value.get("text")
    return own + sum(blocks_weight(v) for v in value.values()) + (len(text) if isinstance(text, str) else 0)


def _submit_for_inputs(view: Mapping[str, Any], pointer: str) -> Iterator[str]:
    blocks = view.get("blocks") or []
    asks = isinstance(blocks, list) and any(isinstance(b, dict) and b.get("type") == "input" for b in blocks)
    if asks and view.get("submit") is None:
        yield at("missing required field: submit", pointer)


_VIEW: dict[str, Check] = {
    "private_metadata": string(3000, 0),
    "callback_id": string(255, 0),
    "external_id": string(255, 0),
}
MODAL = shape(
    {"title": inner.plain(24), "blocks": listing(by_type(IN_MODALS), VIEW_BLOCKS)},
    {
        **_VIEW,
        "submit": inner.plain(24),
        "close": inner.plain(24),
        "clear_on_close": boolean,
        "notify_on_close": boolean,
    },
    _submit_for_inputs,
    kind="modal",
)
HOME = shape({"blocks": listing(by_type(ANYWHERE), VIEW_BLOCKS)}, _VIEW, kind="home")


def view_problems(view: Json, kind: str) -> list[str]:
    """What Slack would refuse in a view that is meant to be a `modal` or a `home`."""
    problems = list((MODAL if kind == "modal" else HOME)(view, "/view"))
    blocks = view.get("blocks")
    if isinstance(blocks, list):
        problems += _repeats(blocks, "/view/blocks")
    return [at("failed to match all allowed schemas", "/view"), *problems] if problems else []
