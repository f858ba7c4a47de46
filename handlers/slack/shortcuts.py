"""The message shortcut "Triage this": a Sentry link or a stack trace in somebody's message becomes an alert."""

from collections.abc import Iterator, Mapping
from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.sentry.references import links
from bot.slack import words_commands as words
from bot.slack.commands import plain
from bot.slack.ids import SHORTCUT
from bot.slack.replies import Reply, told
from bot.traces.reading import read
from bot.work.desk import Desk
from handlers.slack.copies import Copies
from handlers.slack.person import actor

LONGEST = 100_000
"""Characters of a message that are looked at."""


def register(app: AsyncApp, copies: Copies, desk: Desk) -> None:
    """Listen to the shortcut."""

    @app.shortcut({"callback_id": SHORTCUT, "type": "message_action"})
    async def triage_this(ack: Any, body: dict[str, Any]) -> None:
        await copies.deliver(ack, body, _looked_at(copies, desk, body), "")


async def _looked_at(copies: Copies, desk: Desk, body: Mapping[str, Any]) -> Reply:
    """The alert of the first issue that the message links to, else of the trace that it holds."""
    message, who = body["message"], actor(body)
    text = plain("\n".join(_said(message))[:LONGEST])
    found = links(text)
    if found:
        alert_id, reply = await copies.enquiries.linked(found[0][1], who)
    elif trace := read(text):
        source = f"{(body.get('channel') or {}).get('id', '')}:{message.get('ts', '')}"
        alert_id, reply = await copies.enquiries.pasted(trace, who, source)
    else:
        return told(words.NOTHING_IN_MESSAGE)
    if alert_id is not None:
        await desk.want(alert_id, who)
    return reply


def _said(part: object) -> Iterator[str]:
    """All text of a message: its own, its blocks', its attachments'."""
    if isinstance(part, Mapping):
        for key in ("text", "url", "fallback", "pretext", "title_link", "from_url"):
            if isinstance(part.get(key), str):
                yield part[key]
        for key in ("text", "blocks", "elements", "attachments", "fields"):
            yield from _said(part.get(key)) if not isinstance(part.get(key), str) else ()
    elif isinstance(part, list):
        for each in part:
            yield from _said(each)
