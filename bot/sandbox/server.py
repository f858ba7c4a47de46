"""The sandbox on loopback: the stand-in's API, the people's hands, the shelf of deliveries and the page, on one port.

It never listens anywhere but on 127.0.0.1: whoever reaches the page can act as anybody in it.
"""

import time

from aiohttp import web

from bot.sandbox.courier import Courier
from bot.sandbox.interactions import Interactions
from bot.sandbox.page_routes import PAGE, Page, add_page_routes
from bot.sandbox.pagerduty import PagerDutyStandIn
from bot.sandbox.people import EXAMPLE_TOKEN
from bot.sandbox.sentry_api import SentryStandIn
from bot.sandbox.sentry_calls import SentryCalls
from bot.sandbox.shelf import Shelf
from bot.sandbox.slack_routes import STANDIN, add_slack_routes
from bot.sandbox.standin import SlackStandIn
from bot.sandbox.values import Clock

HOST = "127.0.0.1"
LARGEST = 2 * 1024 * 1024
PAGERDUTY, SENTRY = "/pagerduty", "/sentry"


class SandboxServer:
    """Start it, give its `api_url` to the bot, set `bot_url` once the bot listens, stop it."""

    def __init__(
        self,
        *,
        bot_url: str = "",
        signing_secret: str = "example-signing-secret",  # noqa: S107  # made up: the stand-in's own
        bot_token: str = EXAMPLE_TOKEN,
        sentry_secret: str = "example-sentry-secret",  # noqa: S107
        clock: Clock = time.time,
        port: int = 0,
    ) -> None:
        self.standin = SlackStandIn(bot_token=bot_token, clock=clock)
        self.courier = Courier(self.standin, signing_secret=signing_secret, bot_url=bot_url)
        self.people = Interactions(self.standin, self.courier)
        self.shelf = Shelf(self.courier, secret=sentry_secret)
        self.sentry, self.pagerduty = SentryStandIn(self.shelf), PagerDutyStandIn(self.courier)
        self._wanted_port, self._port = port, 0
        self._runner: web.AppRunner | None = None
        self._page: Page | None = None

    def be_patient(self, seconds: float) -> None:
        """Wait this long for each answer, and let triggers live as long: on a busy machine a bot is not slow."""
        self.courier.patience = self.courier.webhook_patience = seconds
        self.standin.workspace.views.trigger_seconds = seconds

    @property
    def bot_url(self) -> str:
        """Where the bot listens; empty until somebody says so."""
        return self.courier.bot_url

    @bot_url.setter
    def bot_url(self, url: str) -> None:
        self.courier.bot_url = url.rstrip("/")

    @property
    def url(self) -> str:
        """The server's own address, without a slash at the end."""
        return f"http://{HOST}:{self._port}"

    @property
    def api_url(self) -> str:
        """For slack_sdk's `base_url`, and SLACK_API_URL."""
        return f"{self.url}/api/"

    @property
    def sentry_url(self) -> str:
        """For SENTRY_URL."""
        return f"{self.url}{SENTRY}"

    @property
    def pagerduty_url(self) -> str:
        """For PAGERDUTY_EVENTS_URL and PAGERDUTY_API_URL."""
        return f"{self.url}{PAGERDUTY}"

    @property
    def page_url(self) -> str:
        """What a person opens."""
        return f"{self.url}/"

    async def start(self) -> None:
        """Listen; with port 0 the system chooses one."""
        self._page = Page(self.standin, self.people, self.sentry, self.pagerduty)
        app = web.Application(client_max_size=LARGEST)
        app[STANDIN], app[PAGE] = self.standin, self._page
        add_slack_routes(app)
        app.add_routes([*self.pagerduty.routes(PAGERDUTY), *SentryCalls(self.sentry).routes(SENTRY)])
        add_page_routes(app)
        # Open event streams must not hold up stopping: they are told to end, and get a second for it.
        app.on_shutdown.append(self._release)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, HOST, self._wanted_port)
        await site.start()
        self._port = int(self._runner.addresses[0][1])
        self.people.base_url = self.url
        self.standin.workspace.url = self.page_url

    async def stop(self) -> None:
        """Stop listening and end what is open."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
        await self.courier.close()
        await self.pagerduty.settled()
        await self.sentry.settled()

    async def _release(self, _app: web.Application) -> None:
        if self._page is not None:
            self._page.stop()
        self.standin.faults.open_all()
        self.pagerduty.front.open_all()
        self.sentry.front.open_all()
        self.standin.changed()
        await self.standin.sockets.close()

    async def __aenter__(self) -> "SandboxServer":
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()
