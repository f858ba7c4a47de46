"""The made-up workspace: who is in it and which channels there are."""

from dataclasses import dataclass, field

from bot.sandbox.values import Json

TEAM_ID, TEAM_NAME, TEAM_DOMAIN = "T0EXAMPLE", "Example Shop", "example-shop"
APP_ID, BOT_ID, BOT_USER, BOT_NAME = "A0TRIAGE", "B0TRIAGE", "U0TRIAGE", "triage"
VERIFICATION_TOKEN = "example-verification-token"  # noqa: S105  # a field of Slack's payloads that nobody may trust
SYSTEM_USER = "USLACKBOT"

EXAMPLE_TOKEN, EXAMPLE_APP_TOKEN = "xoxb-example", "xapp-example"  # made up: the stand-in's own

SCOPES = frozenset(
    {
        *("app_mentions:read", "chat:write", "commands", "users:read", "users:read.email", "usergroups:read"),
        *("channels:history", "groups:history", "im:history", "channels:read", "groups:read", "im:read", "im:write"),
        *("reactions:read", "reactions:write", "files:write", "links:read", "links:write"),
    }
)
"""What the bot was granted unless a test grants less."""


@dataclass(frozen=True, slots=True)
class User:
    """A person, or the bot."""

    id: str
    name: str
    real_name: str
    is_bot: bool = False
    tz: str = "Europe/Berlin"

    @property
    def email(self) -> str:
        """An address that can never be anyone's."""
        return f"{self.name}@example.com"

    @property
    def json(self) -> Json:
        """As users.info shows it."""
        profile: Json = {"real_name": self.real_name, "display_name": self.name, "team": TEAM_ID}
        profile |= {"bot_id": BOT_ID, "api_app_id": APP_ID} if self.is_bot else {"email": self.email}
        return {
            "id": self.id,
            "team_id": TEAM_ID,
            "name": self.name,
            "real_name": self.real_name,
            "deleted": False,
            "is_bot": self.is_bot,
            "is_app_user": False,
            "tz": self.tz,
            "tz_offset": 3600,
            "profile": profile,
        }


@dataclass(frozen=True, slots=True)
class UserGroup:
    """People who are mentioned together."""

    id: str
    handle: str
    members: tuple[str, ...]

    @property
    def json(self) -> Json:
        """As usergroups.list shows it, as far as anybody reads it."""
        return {
            "id": self.id,
            "team_id": TEAM_ID,
            "is_usergroup": True,
            "name": self.handle.replace("-", " ").capitalize(),
            "handle": self.handle,
            "date_delete": 0,
            "user_count": len(self.members),
        }


@dataclass(slots=True)
class Channel:
    """A conversation; `kind` is `channel`, `group` (private) or `im`."""

    id: str
    name: str
    members: set[str]
    kind: str = "channel"
    topic: str = ""
    archived: bool = False
    with_user: str = field(default="")
    """The other one, in a direct conversation with the bot."""

    @property
    def json(self) -> Json:
        """As conversations.info shows it."""
        common: Json = {
            "id": self.id,
            "created": 1_700_000_000,
            "is_channel": self.kind == "channel",
            "is_group": self.kind == "group",
            "is_im": self.kind == "im",
            "is_private": self.kind != "channel",
            "is_archived": self.archived,
            "context_team_id": TEAM_ID,
        }
        if self.kind == "im":
            return {**common, "user": self.with_user}
        return {
            **common,
            "name": self.name,
            "name_normalized": self.name,
            "is_mpim": False,
            "is_general": False,
            "is_member": BOT_USER in self.members,
            "num_members": len(self.members),
            "topic": {"value": self.topic, "creator": "", "last_set": 0},
            "purpose": {"value": "", "creator": "", "last_set": 0},
        }


def made_up_people() -> list[User]:
    """Three people and the bot."""
    return [
        User("U0ANA", "ana", "Ana Example"),
        User("U0BO", "bo", "Bo Example", tz="America/New_York"),
        User("U0CHIDI", "chidi", "Chidi Example", tz="Africa/Lagos"),
        User(BOT_USER, BOT_NAME, "Triage", is_bot=True),
    ]


def made_up_groups() -> list[UserGroup]:
    """Whoever is on call for the shop, and the leads."""
    return [UserGroup("S0SHOP", "shop-oncall", ("U0ANA", "U0BO")), UserGroup("S0LEADS", "leads", ("U0CHIDI",))]


def made_up_channels() -> list[Channel]:
    """Two channels with the bot, one without it, one that is archived, and a direct conversation for each person."""
    people = {user.id for user in made_up_people()}
    alone = people - {BOT_USER}
    return [
        Channel("C0ALERTS", "alerts", set(people), topic="Errors of the shop, one card each"),
        Channel("C0SHOP", "shop-oncall", set(people), topic="Who is on call, and what is burning"),
        Channel("C0RANDOM", "random", set(alone), topic="The bot is not in here"),
        Channel("C0OLD", "old-alerts", set(people), archived=True),
        Channel("G0SECRET", "security", {"U0ANA"}, kind="group"),
        *(Channel(f"D0{user[2:]}", "", {user, BOT_USER}, kind="im", with_user=user) for user in sorted(alone)),
    ]
