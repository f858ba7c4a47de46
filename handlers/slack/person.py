"""Who clicked, and a word to that person alone."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from datetime import datetime
from typing import Any, TypeVar

import structlog

from bot.alerts.alert import Actor, Refused, Source
from bot.errors import TargetError
from bot.slack import words
from bot.slack.cards import Message
from bot.slack.gateway import SlackGateway

ACK_WITHIN = 2.0
"""Seconds; Slack shows an error after 3."""

_T = TypeVar("_T")
log = structlog.get_logger(__name__)


def actor(body: Mapping[str, Any]) -> Actor:
    """The person behind an interaction."""
    user = body.get("user") or {}
    return Actor(
        source=Source.USER, id=str(user.get("id", "")), name=str(user.get("name") or user.get("username") or "")
    )


def refusal(refused: Refused, now: datetime) -> str:
    """Why a click changed nothing, in words for the person who clicked."""
    standing = refused.now
    return words.refused(refused.action, standing.state, by=standing.by, ago=now - standing.since)


async def written_then_acknowledged(ack: Callable[[], Awaitable[Any]], write: Coroutine[Any, Any, _T]) -> _T:
    """Acknowledge a click once its effect is in the database, and in any case before Slack gives up.

    Bolt forgets a listener that a restart interrupts, so what was acknowledged should already be written.
    """
    task = asyncio.ensure_future(write)
    await asyncio.wait({task}, timeout=ACK_WITHIN)
    await ack()
    return await task


async def tell(gateway: SlackGateway, body: Mapping[str, Any], text: str) -> None:
    """Say something to the person behind a delivery, where they are; if that fails too, the log knows."""
    event = body.get("event") or {}
    user = actor(body).id or str(body.get("user_id") or event.get("user") or "")
    place = (body.get("channel"), (body.get("container") or {}).get("channel_id"), body.get("channel_id"))
    channel = next((at.get("id") if isinstance(at, Mapping) else at for at in (*place, event.get("channel")) if at), "")
    try:
        if channel and user:
            await gateway.whisper(str(channel), user, text, thread_ts=event.get("thread_ts"))
        elif user:  # a modal or the Home tab: there is no channel to whisper in
            await gateway.post(user, Message(text, []), {})
    except TargetError as error:
        log.warning("whisper_failed", reason=error.reason)
