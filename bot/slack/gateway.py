"""The way to Slack's Web API, in the few verbs that we need, and finding our own messages again.

Holds no state of alerts and never repeats a write by itself: whether to try again is reconcile's decision, because
only it can look first whether the last try arrived.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import aiohttp
import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import Rejected, TargetError
from bot.proxy import proxy_for
from bot.slack.blocks import Block
from bot.slack.calls import Call, Calls
from bot.slack.cards import Message
from bot.slack.feedback import without_new_blocks
from bot.slack.pacing import Pacer

TIMEOUT = aiohttp.ClientTimeout(total=10)
SKEW = timedelta(minutes=2)
"""How far Slack's clock may be from ours when we look for a message by its time."""

log = structlog.get_logger(__name__)


def web_client(token: str, api_url: str, session: aiohttp.ClientSession) -> AsyncWebClient:
    """A Web API client without the SDK's own retries, which would repeat a post whose answer got lost."""
    client = AsyncWebClient(token=token, base_url=api_url, session=session, retry_handlers=[])
    client.proxy = proxy_for(api_url)  # the SDK by itself takes HTTP_PROXY for loopback too, and does not read NO_PROXY
    return client


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a token belongs to, and what it may do."""

    name: str
    scopes: frozenset[str]
    team: str = ""
    user: str = ""
    bot: str = ""
    """Slack's ids: of the workspace, of the bot as a user, of the bot."""
    url: str = ""
    """The workspace's address, with a slash at its end."""

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Posted:
    """Where a message stands in Slack."""

    channel: str
    ts: str


class SlackGateway:
    """Slack, as far as reconcile needs it."""

    def __init__(self, client: AsyncWebClient, pacer: Pacer) -> None:
        self._client, self._pacer, self._calls = client, pacer, Calls(pacer)
        self._channels: dict[str, str] = {}
        self._home = ""
        self._plain = False

    async def turn(self, channel: str) -> None:
        """Wait until `channel` may have one more message.

        Raises:
            Paced: that would take too long.
        """
        try:
            channel = await self.channel_id(channel)
        except Rejected:
            log.warning("channel_not_looked_up", channel=channel)  # posting by name may still work, and says more
        await self._pacer.turn(f"post:{channel}")

    async def _taken(
        self, send: Callable[[list[Block]], Call], message: Message, channel: str | None = None
    ) -> Mapping[str, Any]:
        """Send a message's blocks; where Slack does not know the newest kinds, older ones in their place."""
        blocks = without_new_blocks(message.blocks) if self._plain else message.blocks
        try:
            return await self._call(send(blocks), channel)
        except Rejected as error:
            older = without_new_blocks(blocks)
            if "invalid_blocks" not in str(error) or older == blocks:
                raise
            self._plain = True  # a message that was refused was not posted: this is no second one
            log.info("new_blocks_refused")
            return await self._call(send(older), channel)

    async def post(
        self,
        channel: str,
        message: Message,
        metadata: Mapping[str, Any],
        *,
        thread_ts: str | None = None,
        broadcast: bool = False,
    ) -> Posted:
        """Post `message`, `broadcast` from a thread to its channel, too; call `turn` first.

        Raises:
            TargetError: it was not posted; after `Unavailable` it may have been.
        """
        answer = await self._taken(
            lambda blocks: self._client.chat_postMessage(
                channel=channel,
                text=message.text,
                blocks=blocks,
                thread_ts=thread_ts,
                reply_broadcast=broadcast or None,
                metadata=dict(metadata),
                unfurl_links=False,
                unfurl_media=False,
            ),
            message,
            channel,
        )
        return Posted(channel=answer["channel"], ts=answer["ts"])

    async def update(self, at: Posted, message: Message, metadata: Mapping[str, Any]) -> None:
        """Replace the message at `at`.

        Raises:
            Gone: somebody deleted it.
            TargetError: it was not replaced.
        """
        await self._taken(
            lambda blocks: self._client.chat_update(
                channel=at.channel, ts=at.ts, text=message.text, blocks=blocks, metadata=dict(metadata)
            ),
            message,
        )

    async def marked(
        self, channel: str, since: datetime, event_type: str, *, thread_ts: str | None = None
    ) -> list[tuple[Posted, Mapping[str, Any]]]:
        """Our own messages in a channel or a thread, posted after `since`, with their metadata's payload.

        Raises:
            TargetError: the channel could not be read.
        """
        channel_id = await self.channel_id(channel)
        page: dict[str, Any] = {
            "oldest": f"{(since - SKEW).timestamp():.6f}",
            "limit": 200,
            "include_all_metadata": True,
        }
        found: list[tuple[Posted, Mapping[str, Any]]] = []
        while True:
            if thread_ts:
                answer = await self._call(self._client.conversations_replies(channel=channel_id, ts=thread_ts, **page))
            else:
                answer = await self._call(self._client.conversations_history(channel=channel_id, **page))
            for message in answer["messages"]:
                metadata = message.get("metadata") or {}
                if metadata.get("event_type") == event_type:
                    found.append((Posted(channel_id, message["ts"]), metadata.get("event_payload") or {}))
            page["cursor"] = (answer.get("response_metadata") or {}).get("next_cursor")
            if not page["cursor"]:
                return found

    async def unmarked(self, at: Posted, since: datetime, saying: str) -> list[Posted]:
        """Bots' messages without metadata in the thread `at`, posted after `since`, that say `saying`.

        A stream has no metadata until it is ended, so this is how one is found whose beginning was not written down.

        Raises:
            TargetError: the thread could not be read.
        """
        oldest = f"{(since - SKEW).timestamp():.6f}"
        call = self._client.conversations_replies(
            channel=at.channel, ts=at.ts, oldest=oldest, limit=200, include_all_metadata=True
        )
        found = (await self._call(call))["messages"]
        ours = [m for m in found if m.get("bot_id") and not m.get("metadata") and saying in str(m.get("text", ""))]
        return [Posted(at.channel, m["ts"]) for m in ours]

    async def start_stream(self, at: Posted, markdown: str, *, team: str, user: str) -> Posted:
        """Begin a message in the thread `at` that grows while it is written; call `turn` first.

        Raises:
            Rejected: there is no streaming here: post and update instead.
            TargetError: it did not begin; after `Unavailable` it may have.
        """
        answer = await self._call(
            self._client.chat_startStream(
                channel=at.channel,
                thread_ts=at.ts,
                markdown_text=markdown,
                recipient_team_id=team,
                recipient_user_id=user,
            ),
            at.channel,
        )
        return Posted(channel=at.channel, ts=answer["ts"])

    async def append_stream(self, at: Posted, markdown: str) -> None:
        """Let the stream `at` grow.

        Raises:
            TargetError: it did not.
        """
        await self._call(self._client.chat_appendStream(channel=at.channel, ts=at.ts, markdown_text=markdown))

    async def stop_stream(self, at: Posted, metadata: Mapping[str, Any]) -> None:
        """End the stream `at`: from now on it is a message like any other.

        Raises:
            Rejected: it had ended by itself, or somebody stopped it.
            TargetError: nobody knows.
        """
        await self._call(self._client.chat_stopStream(channel=at.channel, ts=at.ts, metadata=dict(metadata)))

    async def whisper(self, channel: str, user: str, text: str, *, thread_ts: str | None = None) -> None:
        """Tell one person something in a channel, or in a thread of it, that nobody else sees.

        Raises:
            TargetError: it was not shown.
        """
        await self._call(self._client.chat_postEphemeral(channel=channel, user=user, text=text, thread_ts=thread_ts))

    async def open_view(self, trigger_id: str, view: Mapping[str, Any]) -> None:
        """Open a modal; a trigger id is good for 3 s and once.

        Raises:
            TargetError: it did not open.
        """
        await self._call(self._client.views_open(trigger_id=trigger_id, view=dict(view)))

    async def channel_id(self, channel: str) -> str:
        """The id of a channel given by id or by `#name`; looked up once.

        Raises:
            Rejected: the bot sees no channel of that name.
        """
        if not channel.startswith("#"):
            return channel
        if channel not in self._channels:
            page: dict[str, Any] = {"types": "public_channel,private_channel", "exclude_archived": True, "limit": 999}
            while True:
                answer = await self._call(self._client.conversations_list(**page))
                self._channels |= {f"#{found['name']}": found["id"] for found in answer["channels"]}
                page["cursor"] = (answer.get("response_metadata") or {}).get("next_cursor")
                if channel in self._channels or not page["cursor"]:
                    break
            if channel not in self._channels:
                raise Rejected(f"channel_not_found: the bot sees no channel {channel}; invite it, or give the id")
        return self._channels[channel]

    async def identity(self) -> Identity:
        """Who the token belongs to, as `bot in team`, with the scopes that it was granted.

        Raises:
            TargetError: the token is not accepted, or Slack does not answer.
        """
        answer = await self._calls.answer(self._client.auth_test())
        granted = str(answer.headers.get("x-oauth-scopes", "")).split(",")
        return Identity(
            name=f"{answer['user']} in {answer['team']}",
            scopes=frozenset(scope.strip() for scope in granted if scope.strip()),
            team=answer["team_id"],
            user=answer["user_id"],
            bot=answer.get("bot_id") or "",
            url=str(answer.get("url") or ""),
        )

    async def permalink(self, at: Posted) -> str | None:
        """The address of a message, for people; None while Slack does not say where its workspace is.

        Slack is asked once: an address needs no more than the workspace's own.
        """
        if not self._home:
            try:
                self._home = (await self.identity()).url
            except TargetError as error:
                log.info("no_permalink", reason=error.reason)
        digits = at.ts.replace(".", "")
        return f"{self._home.rstrip('/')}/archives/{at.channel}/p{digits}" if self._home else None

    async def socket_address(self, app_token: str) -> str:
        """An address for one WebSocket of Socket Mode.

        Raises:
            Rejected: the app token is wrong, or lacks `connections:write`.
            TargetError: Slack does not answer.
        """
        answer = await self._call(self._client.apps_connections_open(app_token=app_token))
        return str(answer["url"])

    async def is_member(self, channel: str) -> bool:
        """Whether the bot is in the channel, and so may post there.

        Raises:
            TargetError: the bot sees no such channel, or Slack does not answer.
        """
        answer = await self._call(self._client.conversations_info(channel=await self.channel_id(channel)))
        return bool(answer["channel"].get("is_member"))

    async def _call(self, call: Call, channel: str | None = None) -> Mapping[str, Any]:
        return await self._calls.data(call, channel and self._channels.get(channel, channel))
