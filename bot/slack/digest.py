"""What a digest and a handover note look like in Slack. Pure: figures in, a message out.

Titles are the events' own words: they stand in rich text, where nothing of them can come alive.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from bot.alerts.alert import State
from bot.insights.charts import Picture
from bot.insights.notes import Note
from bot.insights.records import Line, Open
from bot.insights.stats import Figures
from bot.slack import words, words_notes
from bot.slack.blocks import Block, Element, line, linked, marked, named, paragraph, plain, rich, small, span
from bot.slack.cards import Message
from bot.slack.text import DOT, Mrkdwn, counted, inert, joined, moment, one_line
from bot.slack.words import NAME_LIMIT

LISTED = 5
"""Alerts named under each heading; a handover names more of what is open."""
_OPEN_LISTED = 12
_TITLE, _SPOKEN = 120, 480

Row = tuple[Line, Element]
"""An alert, and what is said of it behind its title."""


def digest(found: Figures, asked_by: str = "") -> Message:
    """A period in figures, without its chart; `asked_by`: whoever wanted the channel to see it."""
    head = words_notes.title(found.period.length)
    said = tuple(filter(None, _sentences(found)))
    parts: dict[str, Block | None] = {
        "head": {"type": "header", "text": plain(head)},
        "when": small(marked(joined((_span(found), words_notes.asked_by(inert(asked_by, NAME_LIMIT)))))),
        "figures": paragraph(joined(said, "\n")),
        "offenders": _list(
            words_notes.OFFENDERS, [(each.line, span(counted(each.events, "event"))) for each in found.offenders]
        ),
        "unverified": _list(words_notes.UNVERIFIED, [(fix.line, _time(fix.at)) for fix in found.unverified]),
        "sleepers": _list(words_notes.SLEEPERS, [(each.line, _time(each.until)) for each in found.sleepers]),
    }
    return Message(text=_read_aloud((inert(head, NAME_LIMIT), *said)), blocks=named("digest", parts))


def illustrated(message: Message, picture: Picture, file_id: str) -> Message:
    """The message with its chart below the heading; `file_id` is shared in the channel."""
    chart: Block = {
        "type": "image",
        "slack_file": {"id": file_id},
        "alt_text": picture.alt,
        "block_id": "digest-chart",
    }
    return Message(text=message.text, blocks=[*message.blocks[:2], chart, *message.blocks[2:]])


def handover(note: Note, still_open: Sequence[Open], found: Figures) -> Message:
    """What the next one on call finds; `found`: the figures since the last handover."""
    now, before = ([inert(name, NAME_LIMIT) for name in names] for names in (note.now, note.before))
    taken = sum(1 for each in still_open if each.owner)
    said = tuple(
        filter(
            None,
            (
                words_notes.on_call(now, before),
                words_notes.open_counts(len(still_open) - taken, taken)
                if still_open
                else Mrkdwn(words_notes.NOTHING_OPEN),
                words_notes.opened(found.opened, found.by_severity) if found.opened else None,
            ),
        )
    )
    rows = [(each.line, span(_held(each))) for each in still_open]
    parts: dict[str, Block | None] = {
        "head": {"type": "header", "text": plain(words_notes.HANDOVER)},
        "who": paragraph(joined(said, "\n")),
        "open": _list(words_notes.STILL_OPEN, rows, _OPEN_LISTED),
        "unverified": _list(words_notes.UNVERIFIED, [(fix.line, _time(fix.at)) for fix in found.unverified]),
        "sleepers": _list(words_notes.SLEEPERS, [(each.line, _time(each.until)) for each in found.sleepers]),
    }
    return Message(text=_read_aloud(said), blocks=named("handover", parts))


def _read_aloud(said: Sequence[Mrkdwn]) -> str:
    """The sentences as a notification has them: as many as it can take, whole."""
    text = ""
    for sentence in map(words_notes.spoken, said):
        if text and len(text) + len(sentence) > _SPOKEN:
            break
        text = f"{text} {sentence}.".lstrip()
    return text


def _span(found: Figures) -> Mrkdwn:
    return Mrkdwn(f"{moment(found.period.since)} – {moment(found.period.until)}")


def _sentences(found: Figures) -> Iterable[Mrkdwn]:
    yield words_notes.opened(found.opened, found.by_severity)
    yield words_notes.waiting(found.waiting)
    yield words_notes.noise(found.events, found.noise_share)
    yield words_notes.speed(found.speed)
    yield words_notes.score(found.scoreboard)
    yield words_notes.thumbs(found.thumbs)
    yield words_notes.money(found.money)


def _list(heading: str, rows: Sequence[Row], limit: int = LISTED) -> Block | None:
    """A heading and a bulleted list; nothing where there is nothing to list."""
    if not rows:
        return None
    items = [_item(alert, behind) for alert, behind in rows[:limit]]
    if len(rows) > limit:
        items.append(line(span(words_notes.more(len(rows) - limit))))
    bullets: Element = {"type": "rich_text_list", "style": "bullet", "elements": items}
    return rich(line(span(heading, bold=True)), bullets)


def _item(alert: Line, behind: Element) -> Element:
    name = one_line(alert.title, _TITLE) or words.UNTITLED
    where = one_line(alert.project, NAME_LIMIT)
    return line(
        span(f"{words_notes.severity(alert.severity)}  "),
        linked(name, alert.url, bold=False),
        span(f"{DOT}{where}{DOT}" if where else DOT),
        behind,
    )


def _held(each: Open) -> str:
    owner = one_line(each.owner, NAME_LIMIT)
    if owner:
        return words_notes.has_it(owner)
    return words.STATES[State.REGRESSED] if each.line.state is State.REGRESSED else str(words.NOBODY_YET)


def _time(at: datetime) -> Element:
    """A time in each reader's own zone; where Slack cannot show that, in UTC."""
    utc = at.astimezone(UTC)
    fallback = f"{utc.day} {utc:%b %H:%M} UTC"
    return {
        "type": "date",
        "timestamp": int(at.timestamp()),
        "format": "{date_short_pretty} {time}",
        "fallback": fallback,
    }
