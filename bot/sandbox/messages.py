"""Messages as they stand in channels and threads, and how Slack shows them to an app."""

from dataclasses import dataclass, field
from itertools import count

from bot.sandbox.people import APP_ID, BOT_ID, BOT_NAME, BOT_USER, TEAM_ID
from bot.sandbox.values import Clock, Json, Refusal

TOMBSTONE = "This message was deleted."
MICROSECONDS = 1_000_000


@dataclass(slots=True, kw_only=True)
class Message:
    """One message. With a `viewer` it is ephemeral: that person alone sees it, and no API returns it."""

    ts: str
    channel: str
    user: str
    text: str = ""
    blocks: list[Json] = field(default_factory=list)
    metadata: Json | None = None
    thread_ts: str | None = None
    broadcast: bool = False
    edited_ts: str | None = None
    viewer: str | None = None
    deleted: bool = False
    """Deleted, but kept as a stone because a thread hangs from it."""
    files: list[Json] = field(default_factory=list)
    unfurls: dict[str, list[Json]] = field(default_factory=dict)
    """Address → the blocks that the app put below it."""
    streaming_until: float | None = None
    """A stream that may still grow, and when Slack ends it by itself."""

    @property
    def everything(self) -> list[Json]:
        """All blocks that a person sees, those below links included."""
        return [*self.blocks, *(block for blocks in self.unfurls.values() for block in blocks)]

    @property
    def is_reply(self) -> bool:
        """It stands in somebody else's thread."""
        return self.thread_ts is not None and self.thread_ts != self.ts

    def json(self, *, metadata: bool = False) -> Json:
        """As an app sees it, without what only its thread knows."""
        body: Json = {"type": "message", "user": self.user, "ts": self.ts, "team": TEAM_ID, "text": self.text}
        if self.user == BOT_USER:
            profile = {"id": BOT_ID, "app_id": APP_ID, "name": BOT_NAME, "deleted": False, "team_id": TEAM_ID}
            body |= {"bot_id": BOT_ID, "app_id": APP_ID, "bot_profile": profile}
        if self.deleted:
            body |= {"subtype": "tombstone", "user": "USLACKBOT", "hidden": True}
        if self.blocks:
            body["blocks"] = self.blocks
        if self.files:
            body |= {"files": self.files, "upload": False, "display_as_bot": False}
        if self.thread_ts:
            body["thread_ts"] = self.thread_ts
        if self.broadcast:
            body["subtype"] = "thread_broadcast"
        if self.edited_ts:
            body["edited"] = {"user": self.user, "ts": self.edited_ts}
        if self.unfurls:
            body["attachments"] = [
                {"id": number, "from_url": url, "app_unfurl_url": url, "is_app_unfurl": True, "blocks": blocks}
                for number, (url, blocks) in enumerate(self.unfurls.items(), 1)
            ]
        if metadata and self.metadata:
            body["metadata"] = self.metadata
        return body


class Messages:
    """Every channel's messages, by their ts, which also orders them."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._by_channel: dict[str, dict[str, Message]] = {}
        self.ephemerals: list[Message] = []
        self._newest = 0
        self._block_ids = count(1)

    def new_ts(self) -> str:
        """The time now as Slack's ts, later than every one before."""
        self._newest = max(self._newest + 1, int(self.clock() * MICROSECONDS))
        return f"{self._newest // MICROSECONDS}.{self._newest % MICROSECONDS:06d}"

    def name_blocks(self, blocks: list[Json]) -> list[Json]:
        """Give a block_id to each block, and an action_id to each element, that came without."""
        return [self._named(block) for block in blocks]

    def _named(self, block: Json) -> Json:
        named = {**block, "block_id": block.get("block_id") or f"b{next(self._block_ids):04d}"}
        if block.get("type") in ("actions", "context_actions"):
            named["elements"] = [self._with_action(element) for element in block["elements"]]
        for place in ("accessory", "element"):
            if isinstance(block.get(place), dict) and block[place].get("type") != "image":
                named[place] = self._with_action(block[place])
        return named

    def _with_action(self, element: Json) -> Json:
        return {**element, "action_id": element.get("action_id") or f"a{next(self._block_ids):04d}"}

    def add(self, message: Message) -> Message:
        """Put it where it belongs; a first reply makes its parent a thread's root."""
        if message.viewer is not None:
            self.ephemerals.append(message)
            return message
        channel = self._by_channel.setdefault(message.channel, {})
        if message.thread_ts and message.thread_ts in channel:
            channel[message.thread_ts].thread_ts = message.thread_ts
        channel[message.ts] = message
        return message

    def find(self, channel: str, ts: str) -> Message:
        """The message that everybody sees there.

        Raises:
            Refusal: message_not_found.
        """
        message = self._by_channel.get(channel, {}).get(ts)
        if message is None or message.deleted:
            raise Refusal("message_not_found")
        return message

    def find_ephemeral(self, channel: str, ts: str) -> Message | None:
        """The ephemeral message with this ts, whoever sees it."""
        return next((m for m in self.ephemerals if m.channel == channel and m.ts == ts), None)

    def remove(self, message: Message) -> None:
        """Delete it; a thread's root leaves a stone behind."""
        if message.viewer is not None:
            self.ephemerals.remove(message)
        elif self.replies(message.channel, message.ts):
            message.deleted, message.text, message.blocks, message.metadata = True, TOMBSTONE, [], None
        else:
            del self._by_channel[message.channel][message.ts]

    def everything(self, channel: str) -> list[Message]:
        """All that everybody sees there, threads included, oldest first."""
        return list(self._by_channel.get(channel, {}).values())

    def timeline(self, channel: str) -> list[Message]:
        """What stands in the channel itself, oldest first."""
        return [m for m in self._by_channel.get(channel, {}).values() if not m.is_reply or m.broadcast]

    def replies(self, channel: str, root: str) -> list[Message]:
        """The thread below `root`, oldest first and without the root."""
        return [m for m in self._by_channel.get(channel, {}).values() if m.is_reply and m.thread_ts == root]

    def thread(self, channel: str, ts: str) -> list[Message]:
        """The root and its replies, for a root; a single message for any other.

        Raises:
            Refusal: thread_not_found.
        """
        message = self._by_channel.get(channel, {}).get(ts)
        if message is None:
            raise Refusal("thread_not_found")
        return [message, *self.replies(channel, ts)]

    def shown(self, message: Message, *, metadata: bool = False) -> Json:
        """As the API returns it, with what its thread adds."""
        body = message.json(metadata=metadata)
        replies = [] if message.is_reply else self.replies(message.channel, message.ts)
        if replies:
            users = list(dict.fromkeys(reply.user for reply in replies))
            body |= {
                "thread_ts": message.ts,
                "reply_count": len(replies),
                "reply_users_count": len(users),
                "reply_users": users[:5],
                "latest_reply": replies[-1].ts,
                "is_locked": False,
                "subscribed": False,
            }
        elif message.is_reply:
            root = self._by_channel[message.channel].get(message.thread_ts or "")
            body["parent_user_id"] = root.user if root else ""
        return body
