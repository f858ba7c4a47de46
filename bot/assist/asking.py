"""Takes questions: cleans them, writes them down, wakes the worker. Acknowledging comes after; answering much later."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from bot.alerts.alert import Actor
from bot.alerts.dossier import CARD, Dossier
from bot.alerts.question import QUESTION_LIMIT, Inquiry
from bot.classify.redact import Redactor
from bot.errors import TriageError
from bot.slack.text import many_lines

_MENTION = re.compile(r"<[@#!][^<>|]{1,60}(?:\|([^<>]{0,100}))?>")
_NAMED = re.compile(r"<([^<>|]{1,500})\|([^<>]{0,200})>")
_BARE = re.compile(r"<([a-z]{3,8}:[^<>|]{1,500})>")
_ESCAPED = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))


class NoCard(TriageError):
    """The alert has no card, so there is no thread to answer in."""

    reason = "no_card"


class Store(Protocol):
    """What taking questions asks of the store."""

    async def add(self, asked: Inquiry) -> int | None: ...  # noqa: D102
    async def alert_of(self, channel: str, thread_ts: str) -> int | None: ...  # noqa: D102
    async def name_of(self, user_id: str) -> str: ...  # noqa: D102


class Questions:
    """Where people's questions come in."""

    def __init__(
        self,
        store: Store,
        look: Callable[[int], Awaitable[Dossier]],
        wake: Callable[[int], None],
        clock: Callable[[], datetime],
    ) -> None:
        self._store, self._look, self._wake, self._clock = store, look, wake, clock

    async def from_modal(self, alert_id: int, by: Actor, team: str, text: str, view_id: str) -> None:
        """A question from the Ask button's modal; the same view sent twice is one question.

        Raises:
            UnknownAlert: there is no such alert. NoCard: it has no card.
        """
        card = (await self._look(alert_id)).targets.get(CARD)
        if card is None or not card.external_id:
            raise NoCard(f"alert {alert_id} has no card")
        await self._take(alert_id, by, team, text, f"view:{view_id}", (card.channel, card.external_id))

    async def from_mention(self, by: Actor, team: str, text: str, *, channel: str, thread_ts: str, ts: str) -> bool:
        """A question in a thread; False: no card of ours begins the thread. Slack's retries are one question."""
        alert_id = await self._store.alert_of(channel, thread_ts)
        if alert_id is None:
            return False
        named = by if by.name else replace(by, name=await self._store.name_of(by.id))
        await self._take(alert_id, named, team, text, f"mention:{channel}:{ts}", (channel, thread_ts))
        return True

    async def _take(self, alert_id: int, by: Actor, team: str, text: str, source: str, place: tuple[str, str]) -> None:
        channel, thread_ts = place
        asked = Inquiry(
            alert_id=alert_id,
            by=by,
            team=team,
            text=many_lines(Redactor().text(text), QUESTION_LIMIT),
            source=source,
            channel=channel,
            thread_ts=thread_ts,
            at=self._clock(),
        )
        added = await self._store.add(asked)
        if added is not None:
            self._wake(added)


def plain_question(text: str, bot_user: str) -> str:
    """What a person wrote in a message, without Slack's markup and without the bot's own name."""
    words = text.replace(f"<@{bot_user}>", " ") if bot_user else _MENTION.sub(" ", text, count=1)
    words = _MENTION.sub(lambda found: found[1] or "somebody", words)
    words = _BARE.sub(r"\1", _NAMED.sub(r"\2 (\1)", words))
    for entity, char in _ESCAPED:
        words = words.replace(entity, char)
    return words.strip()
