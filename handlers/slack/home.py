"""The Home tab: made anew whenever somebody looks at it, or does something there."""

from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.slack.ids import ReplyAction
from handlers.slack.copies import Copies


def register(app: AsyncApp, copies: Copies) -> None:
    """Listen to people who open it."""

    @app.event("app_home_opened")
    async def opened(event: dict[str, Any]) -> None:
        if event.get("tab", "home") == "home":
            await copies.publish(str(event["user"]))

    @app.action(ReplyAction.REFRESH.value)
    async def refresh(ack: Any, body: dict[str, Any]) -> None:
        await ack()
        await copies.refresh(body)
