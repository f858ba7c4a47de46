"""The Home tab: what is mine, what is open, what is overdue, what it costs, what works, what was deployed. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.alerts.listing import Listed, Release
from bot.slack import words, words_commands
from bot.slack import words_home as said
from bot.slack.blocks import Block, button, marked, packed, paragraph, plain, small
from bot.slack.brief import Entry, brief
from bot.slack.ids import ReplyAction
from bot.slack.text import Mrkdwn, inert, joined

PLACE = "home"
"""What the ids of its blocks end with: a click there makes the page anew."""
MINE, OVERDUE, EVERYBODYS = 8, 5, 10
"""How many alerts each part shows; Slack allows a hundred blocks, and each takes four."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spend:
    """What the models cost, in US dollars; None: no limit."""

    day: float
    month: float
    daily: float | None = None
    monthly: float | None = None
    left: float | None = None


@dataclass(frozen=True, slots=True)
class Connection:
    """One part of the bot: whether it works (None: it is off), and what it says of itself."""

    name: str
    fine: bool | None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HomePage:
    """Everything that the page shows to one person."""

    mine: Sequence[Entry] = ()
    overdue: Sequence[Entry] = ()
    """Acknowledged with a promise that has passed, whoever gave it."""
    open: Sequence[Entry] = ()
    listed: Listed = field(default_factory=lambda: Listed(ids=(), total=0))
    """Of everybody's: how many, by severity."""
    spend: Spend | None = None
    """None: there is no model."""
    connections: Sequence[Connection] = ()
    releases: Sequence[Release] = ()


def home(page: HomePage, now: datetime, note: str = "") -> dict[str, Any]:
    """The view for `views.publish`; `note`: why what the person just did changed nothing."""
    refresh = button(
        words_commands.BUTTONS[ReplyAction.REFRESH], ReplyAction.REFRESH, PLACE, spoken="Refresh this page"
    )
    head: list[Block] = [
        *([{**paragraph(inert(note, 300)), "block_id": f"note|{PLACE}"}] if note else []),
        {**small(marked(joined((said.as_of(now), said.COMMANDS)))), "block_id": f"as-of|{PLACE}"},
        {"type": "actions", "elements": [refresh], "block_id": f"refresh|{PLACE}"},
    ]
    parts = {
        "mine": _alerts("mine", said.MINE, page.mine, now, said.NOTHING_MINE),
        "overdue": _alerts("overdue", said.OVERDUE, page.overdue, now, said.NOTHING_OPEN) if page.overdue else [],
        "open": _open(page, now),
        "budget": _lines("budget", said.BUDGET, budget(page.spend)),
        "parts": _lines("parts", said.CONNECTIONS, [said.connection(c.name, c.fine, c.note) for c in page.connections]),
        "releases": _lines("releases", said.RELEASES, _releases(page.releases)),
    }
    for name, part in parts.items():
        head += [{"type": "divider", "block_id": f"{name}-line"}, *part] if part else []
    return {"type": "home", "blocks": head[:100]}


def budget(spend: Spend | None) -> list[Mrkdwn]:
    """What the models cost, and what is left."""
    if spend is None:
        return [words_commands.NO_MODEL]
    daily, monthly = (words.cost(limit) if limit is not None else "" for limit in (spend.daily, spend.monthly))
    line = said.spent(words.cost(spend.day), daily, words.cost(spend.month), monthly)
    return [line, said.NO_LIMIT if spend.left is None else said.left(words.cost(spend.left))]


def _alerts(name: str, heading: str, entries: Sequence[Entry], now: datetime, nothing: Mrkdwn) -> list[Block]:
    blocks: list[Block] = [_heading(name, heading)]
    for entry in entries:
        blocks += brief(entry, now, f"{name}|{PLACE}")
    return blocks if entries else [*blocks, {**paragraph(nothing), "block_id": f"{name}-none"}]


def _open(page: HomePage, now: datetime) -> list[Block]:
    blocks = _alerts("open", said.EVERYBODYS, page.open, now, said.NOTHING_OPEN)
    if page.listed.total:
        counts = words_commands.severities(dict(page.listed.by_severity))
        blocks.insert(1, {**small(marked(counts)), "block_id": "open-counts"})
    if page.listed.total > len(page.open):
        rest = said.more(page.listed.total - len(page.open))
        blocks.append({**small(marked(rest)), "block_id": "open-more"})
    return blocks


def _releases(releases: Sequence[Release]) -> list[Mrkdwn]:
    lines = [said.release(each.name, each.project, each.first, each.alerts) for each in releases]
    return lines or [said.NO_RELEASES]


def _lines(name: str, heading: str, lines: Sequence[Mrkdwn]) -> list[Block]:
    sections = [{**block, "block_id": f"{name}-{i}"} for i, block in enumerate(packed(lines))]
    return [_heading(name, heading), *sections]


def _heading(name: str, text: str) -> Block:
    return {"type": "header", "text": plain(text), "block_id": f"{name}-head"}
