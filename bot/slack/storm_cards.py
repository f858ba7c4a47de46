"""What a storm's card, thread and details say besides what every alert's say: what its issues share, which they are.

The titles of the issues are the events' own words: they stand in rich_text and plain_text only.
"""

from collections.abc import Sequence

from bot.alerts.storms import Member, Storm
from bot.slack import words_storms as words
from bot.slack.blocks import Block, Element, line, linked, plain, rich, small, span
from bot.slack.text import number, one_line

_ON_CARD, _IN_A_BLOCK = 6, 20
"""Members that a card lists, and lines in one block of the whole list."""
_MOST_BLOCKS = 20
_TITLE = 90


def on_card(storm: Storm) -> dict[str, Block | None]:
    """The part of the card between the verdict and the counts."""
    shown, more = storm.members[:_ON_CARD], storm.issues - min(_ON_CARD, len(storm.members))
    rows = [_row(member) for member in shown]
    return {
        "shares": small(plain(words.shares(storm))),
        "issues": rich(line(*_lines(rows, words.unlisted(more) if more > 0 else ""))) if rows else None,
    }


def whole_list(storm: Storm) -> dict[str, Block | None]:
    """Every issue of the storm, for the details and for the thread: nothing that was not posted is lost."""
    room = _IN_A_BLOCK * _MOST_BLOCKS
    shown, more = storm.members[:room], storm.issues - min(room, len(storm.members))
    chunks = [shown[start : start + _IN_A_BLOCK] for start in range(0, len(shown), _IN_A_BLOCK)]
    parts: dict[str, Block | None] = {"storm-title": {"type": "header", "text": plain(words.LISTED)}}
    for index, chunk in enumerate(chunks):
        last = words.beyond(more) if more > 0 and chunk is chunks[-1] else ""
        parts[f"storm-{index}"] = rich(line(*_lines([_row(member) for member in chunk], last)))
    return parts if chunks else {}


def opening(storm: Storm) -> dict[str, Block | None]:
    """The first message of a storm's thread: why it was called one."""
    return {
        "grounds": rich(line(span(words.grounds(storm)))),
        "shares": small(plain(words.shares(storm))),
    }


def _row(member: Member) -> list[Element]:
    title = one_line(member.title, _TITLE) or (member.short_id or f"alert {member.alert_id}")
    aside = words.aside(member)
    return [
        span(f"{number(member.events)} × "),
        linked(title, member.url, bold=False),
        *([span(f"  {aside}")] if aside else []),
    ]


def _lines(rows: Sequence[Sequence[Element]], last: str) -> list[Element]:
    spans = [piece for row in rows for piece in (*row, span("\n"))]
    return [*spans, span(last)] if last else spans[:-1]
