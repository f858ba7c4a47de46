"""Mentions of the bot: in an alert's thread a question, anywhere else a word about where to ask.

Slack's events are acknowledged before their listener runs, so a question is written down in a middleware: if that
fails, Slack gets an error and tells us again.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from slack_bolt.async_app import AsyncApp

from bot.alerts.alert import Actor, Source
from bot.assist.asking import Questions, plain_question
from bot.errors import TargetError
from bot.slack import words
from bot.slack.gateway import SlackGateway

log = structlog.get_logger(__name__)


def register(app: AsyncApp, questions: Questions, gateway: SlackGateway) -> None:
    """Listen to mentions."""

    async def write_down(body: dict[str, Any], context: dict[str, Any], next: Callable[[], Awaitable[None]]) -> None:  # noqa: A002  Bolt's name
        event = body["event"]
        user, text = str(event.get("user") or ""), plain_question(str(event.get("text", "")), _bot(context))
        if not user or event.get("bot_id"):  # another bot: two of them would never stop talking
            context["help"] = ""
        elif not event.get("thread_ts"):
            context["help"] = words.ASK_UNDER_A_CARD
        elif not text:
            context["help"] = words.ASK_SOMETHING
        else:
            taken = await questions.from_mention(
                Actor(source=Source.USER, id=user),
                str(event.get("user_team") or event.get("team") or body.get("team_id") or ""),
                text,
                channel=str(event.get("channel", "")),
                thread_ts=str(event["thread_ts"]),
                ts=str(event.get("ts", "")),
            )
            context["help"] = "" if taken else words.ASK_UNDER_A_CARD
        await next()

    @app.event("app_mention", middleware=[write_down])
    async def help_along(event: dict[str, Any], context: dict[str, Any], request: Any) -> None:
        if not context["help"] or request.headers.get("x-slack-retry-num"):
            return
        try:
            await gateway.whisper(event["channel"], event["user"], context["help"], thread_ts=event.get("thread_ts"))
        except TargetError as error:
            log.warning("whisper_failed", reason=error.reason)


def _bot(context: dict[str, Any]) -> str:
    return str(context.get("bot_user_id") or "")
