"""What a storm's card, thread and details say besides what every alert's say: what its issues share, which they are.

The titles of the issues are the events' own words: they stand in rich_text and plain_text only.
"""

from collections.abc import Sequence
from itertools import accumulate

from bot.alerts.storms import Member, Storm
from bot.slack import words_storms as words
from bot.slack.blocks import Block, Element, line, linked, plain, rich, small, span
from bot.slack.text import number, one_line, size

_ON_CARD, _IN_A_BLOCK = 4, 20
"""Members that a card lists, and lines in one block of the whole list."""
_ROOM = 40_000
"""Characters of the whole list: a modal holds no more than 250 kB, markup included."""
_TITLE, _SHORT_TITLE = 90, 60


def on_card(storm: Storm) -> dict[str, Block | None]:
    """The part of the card between the verdict and the counts."""
    shown, more = storm.members[:_ON_CARD], storm.issues - min(_ON_CARD, len(storm.members))
    rows = [_row(member, _SHORT_TITLE) for member in shown]
    return {
        "shares": small(plain(words.shares(storm))),
        "issues": rich(line(*_lines(rows, words.unlisted(more) if more > 0 else ""))) if rows else None,
    }


def whole_list(storm: Storm) -> dict[str, Block | None]:
    """Every issue of the storm, for its details: nothing that was not posted is lost."""
    rows = _fitting([_row(member, _TITLE) for member in storm.members], _ROOM)
    more = storm.issues - len(rows)
    parts: dict[str, Block | None] = {"storm-title": {"type": "header", "text": plain(words.LISTED)}}
    for start in range(0, len(rows), _IN_A_BLOCK):
        last = words.beyond(more) if more > 0 and start + _IN_A_BLOCK >= len(rows) else ""
        parts[f"storm-{start}"] = rich(line(*_lines(rows[start : start + _IN_A_BLOCK], last)))
    return parts if rows else {}


def opening(storm: Storm) -> dict[str, Block | None]:
    """The first message of a storm's thread: why it was called one."""
    return {
        "grounds": rich(line(span(words.grounds(storm)))),
        "shares": small(plain(words.shares(storm, everything=True))),
    }


def _row(member: Member, limit: int) -> list[Element]:
    title = one_line(member.title, limit) or one_line(member.short_id, limit) or f"alert {member.alert_id}"
    aside = words.aside(member)
    return [
        span(f"{number(member.events)} × "),
        linked(title, member.url, bold=False),
        *([span(f"  {aside}")] if aside else []),
    ]


def _lines(rows: Sequence[Sequence[Element]], last: str) -> list[Element]:
    spans = [piece for row in rows for piece in (*row, span("\n"))]
    return [*spans, span(last)] if last else spans[:-1]


def _fitting(rows: Sequence[list[Element]], room: int) -> list[list[Element]]:
    """As many rows as have room."""
    sizes = accumulate(sum(size(piece["text"]) for piece in row) for row in rows)
    return [row for row, filled in zip(rows, sizes, strict=True) if filled <= room]
