"""The few shapes of Slack's Block Kit that we use, as plain dicts.

Untrusted text goes into `span`, `prose`, `linked`, `code_block` and `plain`; only `Mrkdwn` goes into `marked`.
Limits of whole messages are the callers' to keep; the tests hold them to it.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from bot.slack.text import Mrkdwn, joined, one_line, safe_url, size

Block = dict[str, Any]
Element = dict[str, Any]

SECTION_LIMIT = 3000
LABEL_LIMIT = 75

_MAX_PIECES = 40
_CODE = re.compile(r"`([^`]+)`")


def span(text: str, *, bold: bool = False, code: bool = False) -> Element:
    """A piece of rich text; Slack refuses empty ones, so give it some text."""
    style = {name: True for name, on in (("bold", bold), ("code", code)) if on}
    return {"type": "text", "text": text} | ({"style": style} if style else {})


def linked(text: str, url: str | None, *, bold: bool) -> Element:
    """A piece of rich text that leads to `url`, where that is one to follow."""
    target = safe_url(url)
    if not target:
        return span(text, bold=bold)
    return {"type": "link", "url": target, "text": text} | ({"style": {"bold": True}} if bold else {})


def prose(text: str, limit: int) -> list[Element]:
    """Untrusted sentences as rich text; only `code` in back-ticks is shown as such."""
    pieces = _CODE.split(one_line(text, limit))
    if len(pieces) > _MAX_PIECES:
        return [span("`".join(pieces))]
    return [span(piece, code=bool(index % 2)) for index, piece in enumerate(pieces) if piece]


def rich(*elements: Element) -> Block:
    """A rich_text block of sections and preformatted parts."""
    return {"type": "rich_text", "elements": list(elements)}


def line(*spans: Element) -> Element:
    """Spans in a row, for `rich`."""
    return {"type": "rich_text_section", "elements": list(spans)}


def code_block(text: str) -> Element:
    """Lines in a fixed-width box, for `rich`."""
    return {"type": "rich_text_preformatted", "elements": [span(text)]}


def plain(text: str, *, emoji: bool = False) -> Element:
    """A plain_text object."""
    return {"type": "plain_text", "text": text, "emoji": emoji}


def marked(text: Mrkdwn) -> Element:
    """A mrkdwn object; verbatim, so that Slack links and mentions nothing by itself."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def paragraph(text: Mrkdwn) -> Block:
    """A section of normal size."""
    return {"type": "section", "text": marked(text)}


def small(text: Element) -> Block:
    """A line in small grey type."""
    return {"type": "context", "elements": [text]}


def packed(lines: Sequence[Mrkdwn], limit: int = SECTION_LIMIT) -> list[Block]:
    """Lines in as few sections as hold them; each line must fit into one."""
    sections: list[list[Mrkdwn]] = []
    filled = limit
    for each in lines:
        if filled + size(each) + 1 > limit:
            sections.append([])
            filled = 0
        sections[-1].append(each)
        filled += size(each) + 1
    return [paragraph(joined(section, "\n")) for section in sections]


def button(label: str, action_id: str, value: str, *, spoken: str, primary: bool = False) -> Element:
    """A button; `spoken` is what a screen reader says instead of the short label."""
    made = {
        "type": "button",
        "text": plain(label),
        "action_id": action_id,
        "value": value,
        "accessibility_label": one_line(spoken, LABEL_LIMIT),
    }
    return made | ({"style": "primary"} if primary else {})


def named(prefix: str, parts: Mapping[str, Block | None]) -> list[Block]:
    """The blocks that there are, each with a `block_id` of its own."""
    return [{**block, "block_id": f"{prefix}-{name}"} for name, block in parts.items() if block]
