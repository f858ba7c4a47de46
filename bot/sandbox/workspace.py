"""The workspace's state in one place: people, channels, messages, views, response URLs, notices. No HTTP, no rules."""

from dataclasses import dataclass, field
from uuid import uuid4

from bot.sandbox.files import Files
from bot.sandbox.messages import Message, Messages
from bot.sandbox.people import BOT_USER, Channel, User, UserGroup, made_up_channels, made_up_groups, made_up_people
from bot.sandbox.values import Clock, Refusal
from bot.sandbox.views import Views

RESPONSE_USES, RESPONSE_SECONDS = 5, 30 * 60


@dataclass(slots=True, kw_only=True)
class ResponseUrl:
    """A door back to where somebody clicked: five uses within half an hour."""

    user: str
    channel: str
    at: float
    message_ts: str | None = None
    thread_ts: str | None = None
    uses: int = 0


@dataclass(frozen=True, slots=True)
class Notice:
    """What Slack itself tells a person when an app did not work."""

    at: float
    user: str
    text: str


@dataclass(slots=True)
class Workspace:
    """Everything that stands somewhere."""

    clock: Clock
    url: str = "https://example-shop.example.com/"
    people: dict[str, User] = field(default_factory=lambda: {user.id: user for user in made_up_people()})
    groups: dict[str, UserGroup] = field(default_factory=lambda: {group.id: group for group in made_up_groups()})
    channels: dict[str, Channel] = field(default_factory=lambda: {ch.id: ch for ch in made_up_channels()})
    response_urls: dict[str, ResponseUrl] = field(default_factory=dict)
    notices: list[Notice] = field(default_factory=list)
    tickets: dict[str, float] = field(default_factory=dict)
    """For connections of Socket Mode, with the time at which each was given out."""
    files: Files = field(default_factory=Files)
    messages: Messages = field(init=False)
    views: Views = field(init=False)

    def __post_init__(self) -> None:
        self.messages, self.views = Messages(self.clock), Views(self.clock)

    def channel(self, channel_id: str) -> Channel:
        """A channel that the bot may know of.

        Raises:
            Refusal: channel_not_found, also for a private channel without the bot.
        """
        found = self.channels.get(channel_id)
        if found is None or (found.kind != "channel" and BOT_USER not in found.members):
            raise Refusal("channel_not_found")
        return found

    def address(self, name: str) -> Channel:
        """Where a post to `name` goes: a channel's id or #name, or a person's id for the direct conversation."""
        for channel in self.channels.values():
            named = channel.name and name.removeprefix("#") == channel.name
            if named or (channel.with_user and name == channel.with_user):
                return self.channel(channel.id)
        return self.channel(name)

    def user(self, user_id: str, code: str = "user_not_found") -> User:
        """Somebody in the workspace."""
        found = self.people.get(user_id)
        if found is None:
            raise Refusal(code)
        return found

    def new_response_url(self, door: ResponseUrl) -> str:
        """The secret part of a fresh response_url."""
        secret = uuid4().hex
        self.response_urls[secret] = door
        return secret

    def use_response_url(self, secret: str) -> ResponseUrl:
        """Count one use.

        Raises:
            Refusal: it is unknown, used up or too old.
        """
        door = self.response_urls.get(secret)
        if door is None:
            raise Refusal("invalid_url", status=404)
        if self.clock() - door.at > RESPONSE_SECONDS:
            raise Refusal("expired_url", status=404)
        if door.uses >= RESPONSE_USES:
            raise Refusal("used_url", status=404)
        door.uses += 1
        return door

    def visible(self, channel: str, user: str) -> list[Message]:
        """What a person sees in a channel, thread replies included, oldest first."""
        mine = [m for m in self.messages.ephemerals if m.channel == channel and m.viewer == user]
        return sorted([*self.messages.everything(channel), *mine], key=lambda message: message.ts)

    def notice(self, user: str, text: str) -> None:
        """Tell one person what went wrong."""
        self.notices.append(Notice(self.clock(), user, text))
