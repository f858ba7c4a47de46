"""What we show beside messages: modals, Home tabs, what unfolds below other people's links."""

from collections.abc import Mapping, Sequence
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.blocks import Block
from bot.slack.calls import Calls


class Surfaces:
    """Slack's views.* and chat.unfurl; every call raises TargetError where Slack did not take it."""

    def __init__(self, client: AsyncWebClient, calls: Calls) -> None:
        self._client, self._calls = client, calls

    async def open(self, trigger_id: str, view: Mapping[str, Any]) -> str:
        """Open a modal; a trigger is good for 3 s and once. Returns the view's id.

        Raises:
            TargetError: it did not open.
        """
        answer = await self._calls.data(self._client.views_open(trigger_id=trigger_id, view=dict(view)))
        return str(answer["view"]["id"])

    async def push(self, trigger_id: str, view: Mapping[str, Any]) -> None:
        """Put a modal on top of the one in which somebody clicked.

        Raises:
            TargetError: it did not open.
        """
        await self._calls.data(self._client.views_push(trigger_id=trigger_id, view=dict(view)))

    async def update(self, view_id: str, view: Mapping[str, Any]) -> None:
        """Change a modal that is open.

        Raises:
            Rejected: it is closed.
            TargetError: nobody knows.
        """
        await self._calls.data(self._client.views_update(view_id=view_id, view=dict(view)))

    async def publish_home(self, user_id: str, view: Mapping[str, Any]) -> None:
        """Change a person's Home tab.

        Raises:
            TargetError: it stands as it stood.
        """
        await self._calls.data(self._client.views_publish(user_id=user_id, view=dict(view)))

    async def unfurl(self, channel: str, ts: str, url: str, blocks: Sequence[Block]) -> None:
        """Show blocks below a link in somebody's message, or change what stands there.

        Raises:
            Rejected: the message is gone, or the bot may not unfold there.
            TargetError: nobody knows.
        """
        unfurls: dict[str, Any] = {url: {"blocks": list(blocks)}}
        await self._calls.data(self._client.chat_unfurl(channel=channel, ts=ts, unfurls=unfurls))
