"""The bot and the sandbox together, wired to each other on loopback: what `make demo` and the scenario tests run."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol, Self

from bot.sandbox.sentry_issues import ORG
from bot.sandbox.server import SandboxServer
from bot.settings import Settings

CHANNEL = "#alerts"


RULES = """\
# The demo's own rules: every alert has a card, also a low one, and people of the made-up workspace are called.
severities:
  low: {card: true}
routes:
  - {name: shop, mention: [S0SHOP], then_mention: [U0CHIDI]}
"""
"""The triage.yml of `make demo`: whoever clicks a delivery wants to see what becomes of it."""


class Bot(Protocol):
    """A bot that can be started and stopped."""

    url: str

    async def start(self) -> None: ...  # noqa: D102
    async def stop(self) -> None: ...  # noqa: D102


def environment(sandbox: SandboxServer, folder: Path) -> dict[str, str]:
    """The environment of a bot whose Slack, Sentry and PagerDuty are `sandbox`, and whose database is in `folder`."""
    app = {"SLACK_APP_TOKEN": sandbox.standin.app_token}
    signed = {"SLACK_SIGNING_SECRET": sandbox.courier.signing_secret}
    return {
        **(app if sandbox.standin.sockets.on else signed),
        "HOST": "127.0.0.1",
        "PORT": "0",
        "DATABASE_URL": f"sqlite:///{folder / 'triage.db'}",
        "TRIAGE_CONFIG": str(folder / "triage.yml"),
        "SENTRY_WEBHOOK_SECRET": sandbox.shelf.secret,
        "SENTRY_ORG": ORG,
        "SENTRY_URL": sandbox.sentry_url,
        "SENTRY_AUTH_TOKEN": sandbox.sentry.token,
        "PAGERDUTY_ROUTING_KEY": sandbox.pagerduty.routing_keys[0],
        "PAGERDUTY_WEBHOOK_SECRET": ",".join(sandbox.pagerduty.secrets),
        "PAGERDUTY_API_TOKEN": sandbox.pagerduty.token,
        "PAGERDUTY_EVENTS_URL": sandbox.pagerduty_url,
        "PAGERDUTY_API_URL": sandbox.pagerduty_url,
        "SLACK_BOT_TOKEN": sandbox.standin.bot_token,
        "SLACK_CHANNEL": CHANNEL,
        "SLACK_API_URL": sandbox.api_url,
    }


class Demo:
    """A bot on a running sandbox; `build` makes the bot, since nothing below the composition root knows how."""

    def __init__(
        self,
        build: Callable[[Settings], Bot],
        sandbox: SandboxServer,
        folder: Path,
        extra: Mapping[str, str] | None = None,
    ) -> None:
        self._build, self._folder, self._extra = build, folder, extra or {}
        self.sandbox = sandbox
        self.bot: Bot | None = None

    @property
    def page_url(self) -> str:
        """What a person opens."""
        return self.sandbox.page_url

    async def start_bot(self) -> None:
        """Start a bot on the running sandbox."""
        bot = self._build(Settings.of({**environment(self.sandbox, self._folder), **self._extra}))
        await bot.start()
        self.bot, self.sandbox.bot_url = bot, bot.url

    async def stop_bot(self) -> None:
        """Stop the bot and leave the sandbox running."""
        if self.bot:
            await self.bot.stop()

    async def __aenter__(self) -> Self:
        await self.start_bot()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop_bot()
        await self.sandbox.stop()
