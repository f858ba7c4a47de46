"""An alert in three lines: what lists, the Home tab, links and shared answers show of it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.alerts.dossier import Dossier
from bot.slack import words_commands as words
from bot.slack.blocks import Block, marked, small
from bot.slack.cards import card
from bot.slack.facts import brief_counts, state_line
from bot.slack.text import Mrkdwn, inert, joined, link


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An alert, the address of its card (empty: it has none), and whether somebody can be called for it."""

    dossier: Dossier
    card: str = ""
    escalates: bool = False


def brief(entry: Entry, now: datetime, place: str, *, buttons: bool = True) -> list[Block]:
    """Severity, category and title; where it stands and how often it came; with `buttons`, the card's own.

    `place` makes the block ids of one message or view differ, and tells a click where it was made.
    """
    whole = card(entry.dossier, now, escalates=entry.escalates)
    alert_id = entry.dossier.alert.id
    blocks = [
        {**whole.blocks[0], "block_id": f"what-{alert_id}|{place}"},
        {**small(marked(facts(entry))), "block_id": f"facts-{alert_id}|{place}"},
    ]
    if buttons:
        blocks.append({**whole.blocks[-1], "block_id": f"actions-{alert_id}|{place}"})
    return blocks


def facts(entry: Entry) -> Mrkdwn:
    """Where it stands, how often it came, and the way to its card."""
    dossier = entry.dossier
    name = inert(dossier.event.short_id, 60)
    return joined((state_line(dossier), brief_counts(dossier.alert), name, card_link(entry)))


def card_link(entry: Entry) -> Mrkdwn | None:
    """The way to the alert's card; None where it has none."""
    return link(entry.card, words.CARD_LINK, 60) if entry.card else None


def sentences(entries: Sequence[Entry], now: datetime) -> str:
    """A list read aloud: a sentence for each of the first few."""
    return " ".join(card(entry.dossier, now).text for entry in entries[:3])
