"""The doors that Slack opens with an interaction: a response URL, through which we may speak where somebody acted.

It works also where the bot is no member. Slack takes five uses within half an hour, and a slash command's own door
cannot change what it once said.
"""

import aiohttp
from slack_sdk.errors import SlackClientError
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.errors import Rejected, TargetError, Unavailable
from bot.proxy import proxy_for
from bot.slack.cards import Message


class Doors:
    """Speaks through response URLs."""

    def __init__(self, session: aiohttp.ClientSession | None) -> None:
        self._session = session

    async def say(self, url: str, message: Message, *, public: bool = False) -> None:
        """A new message: for the person who acted, or for the whole channel.

        Raises:
            TargetError: it was not shown.
        """
        await self._send(url, message, response_type="in_channel" if public else "ephemeral", replace_original=False)

    async def replace(self, url: str, message: Message) -> None:
        """Change the message that the person acted on.

        Raises:
            TargetError: it was not changed.
        """
        await self._send(url, message, replace_original=True)

    async def remove(self, url: str) -> None:
        """Take away the message that the person acted on.

        Raises:
            TargetError: it stands there still.
        """
        await self._send(url, None, delete_original=True)

    async def _send(
        self,
        url: str,
        message: Message | None,
        *,
        response_type: str | None = None,
        replace_original: bool | None = None,
        delete_original: bool | None = None,
    ) -> None:
        door = AsyncWebhookClient(url, session=self._session, retry_handlers=[])
        door.proxy = proxy_for(url)
        try:
            answer = await door.send(
                text=message.text if message else None,
                blocks=message.blocks or None if message else None,
                response_type=response_type,
                replace_original=replace_original,
                delete_original=delete_original,
                unfurl_links=False,
                unfurl_media=False,
            )
        except (aiohttp.ClientError, TimeoutError, SlackClientError, OSError) as error:
            raise Unavailable(f"no answer from Slack ({type(error).__name__})") from None
        if answer.status_code != 200:
            raise _refused(answer.status_code, answer.body)


def _refused(status: int, said: str) -> TargetError:
    return Unavailable(f"Slack answered {status}") if status >= 500 else Rejected(f"Slack said {said[:100]}")
