"""Pictures for Slack: uploaded where nobody sees them yet, then shared in a thread. Slack's calls of 2025 for files.

Which step is next after a failure, and whether the last one arrived, the caller decides; see `bot.work.notes`.
"""

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import Rejected, Unavailable
from bot.insights.charts import Picture
from bot.proxy import proxy_for
from bot.slack.calls import Calls
from bot.slack.gateway import Posted


class Uploads:
    """Slack, as far as files go."""

    def __init__(self, client: AsyncWebClient, calls: Calls, session: aiohttp.ClientSession) -> None:
        self._client, self._calls, self._session = client, calls, session

    async def upload(self, picture: Picture, name: str) -> str:
        """Bring the bytes to Slack; returns the file's id. A file that is never shared, nobody ever sees.

        Raises:
            TargetError: Slack did not take it.
        """
        place = await self._calls.data(
            self._client.files_getUploadURLExternal(filename=name, length=len(picture.png), alt_txt=picture.alt)
        )
        url = str(place["upload_url"])
        try:
            async with self._session.post(url, data=picture.png, proxy=proxy_for(url)) as answer:
                status = answer.status
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unavailable(f"no answer from Slack's file store ({type(error).__name__})") from None
        if status != 200:
            raise (Unavailable if status >= 500 else Rejected)(f"Slack's file store answered {status}")
        return str(place["file_id"])

    async def share(self, file_id: str, title: str, at: Posted) -> None:
        """Let everybody see the file in the thread of `at`.

        Raises:
            TargetError: it is not there; after `Unavailable` it may be.
        """
        await self._calls.data(
            self._client.files_completeUploadExternal(
                files=[{"id": file_id, "title": title}], channel_id=at.channel, thread_ts=at.ts
            )
        )

    async def is_shared(self, file_id: str, at: Posted) -> bool:
        """Whether the thread of `at` has the file.

        Raises:
            TargetError: the thread could not be read.
        """
        thread = await self._calls.data(self._client.conversations_replies(channel=at.channel, ts=at.ts, limit=200))
        return any(file.get("id") == file_id for message in thread["messages"] for file in message.get("files") or ())
