"""The bot behind its port: everything that listens, on top of the machinery, started and stopped with it."""

from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import datetime
from functools import partial

from aiohttp import web

from bot.errors import BadSettings
from bot.machinery import STOP_WITHIN, Machinery, revealed
from bot.metrics import Metrics
from bot.settings import Settings
from bot.slack.doors import Doors
from bot.slack.socket_mode import SocketMode
from bot.store.slack_deliveries import SlackDeliveryStore
from handlers.classify import ClassifyError, judge_of
from handlers.dashboard import Dashboard
from handlers.ops import Ops, Probe
from handlers.pagerduty import PagerDutyWebhooks
from handlers.sentry import SentryWebhooks
from handlers.session import Sessions
from handlers.slack import SlackEvents
from handlers.slack.sockets import answer
from handlers.web import BODY_LIMIT, errors_as_json


class App:
    """A running bot: the machinery, and the port through which the world reaches it."""

    def __init__(self, settings: Settings, clock: Callable[[], datetime], pace: float) -> None:
        self.settings = settings
        self.metrics = Metrics()
        self.machinery = Machinery(settings, clock, self.metrics, pace)
        self.url = ""
        self._stack = AsyncExitStack()

    async def start(self) -> None:
        """Start the machinery, then let requests in.

        Raises:
            BadSettings: something is missing or does not fit.
        """
        missing = self.settings.missing_to_serve()
        if missing:
            raise BadSettings(f"set {', '.join(missing)} (see .env.example), or try `make demo`, which needs nothing")
        try:
            self._stack.push_async_callback(self.machinery.stop)
            await self.machinery.start()
            await self._serve()
        except BaseException:  # a cancelled start, too, leaves nothing open
            await self.stop()
            raise

    async def _serve(self) -> None:
        slack = await self._hear_slack()
        socket = await self._open_socket(slack)
        http = web.Application(client_max_size=BODY_LIMIT, middlewares=[errors_as_json])
        http.add_routes(self._routes(slack, socket))
        runner = web.AppRunner(http, access_log=None, shutdown_timeout=STOP_WITHIN)
        self._stack.push_async_callback(runner.cleanup)
        await runner.setup()
        try:
            await web.TCPSite(runner, self.settings.host, self.settings.port).start()
        except OSError as error:
            raise BadSettings(f"HOST, PORT: cannot listen there: {error.strerror or error}") from None
        host = "127.0.0.1" if self.settings.host == "0.0.0.0" else self.settings.host  # noqa: S104  for people to click
        self.url = f"http://{host}:{runner.addresses[0][1]}"

    async def _hear_slack(self) -> SlackEvents:
        """What handles Slack's deliveries, by whichever way they come."""
        inside = self.machinery
        inside.reception.open(
            inside.intake,
            inside.classifier,
            self._probes(),
            Doors(inside.session),
            inside.wakeups.hurry,
            inside.teacher,
            inside.reporting.tell,
        )
        deliveries = SlackDeliveryStore(inside.db)
        if inside.db.dialect == "sqlite":  # nobody else works on this file
            await deliveries.end_leases()
        slack = SlackEvents(
            inside.client,
            inside.gateway,
            self.settings.slack_signing_secret,
            inside.desk,
            inside.conversations.questions,
            inside.demand if inside.refiner else None,
            deliveries=deliveries,
            metrics=self.metrics,
            reception=inside.reception,
        )
        self._stack.push_async_callback(slack.inbox.stop)
        await slack.inbox.start()
        return slack

    async def _open_socket(self, slack: SlackEvents) -> SocketMode | None:
        token, inside = revealed(self.settings.slack_app_token), self.machinery
        if token is None:
            return None
        socket = SocketMode(
            inside.session,
            partial(inside.gateway.socket_address, token),
            partial(answer, slack.inbox),
            clock=inside.clock,
        )
        self._stack.push_async_callback(socket.stop)
        await socket.start()
        return socket

    def _routes(self, slack: SlackEvents, socket: SocketMode | None) -> list[web.RouteDef]:
        settings, inside = self.settings, self.machinery
        sentry = SentryWebhooks(
            inside.intake, settings.sentry_secrets, inside.context, clock=inside.clock, metrics=self.metrics
        )
        pagerduty = PagerDutyWebhooks(
            inside.incidents,
            settings.pagerduty_secrets,
            inside.wakeups.hurry,
            clock=inside.clock,
            metrics=self.metrics,
        )
        probes = self._probes()
        if socket:
            probes["socket mode"] = socket.condition
            inside.reception.homes.watch("socket mode", socket.condition)
        ops = Ops(probes, self.metrics, inside.refresh_gauges)
        sessions = Sessions(settings.admin_token, inside.clock)
        reporting = inside.reporting
        return [
            *sentry.routes(),
            *pagerduty.routes(),
            *slack.routes(),
            *ops.routes(),
            *Dashboard(reporting.overview, reporting.past, sessions, ops.parts, inside.budget_left).routes(),
            *ClassifyError(judge_of(inside.classifier, inside.models), settings.admin_token).routes(),
        ]

    def _probes(self) -> dict[str, Probe]:
        inside = self.machinery
        probes: dict[str, Probe] = {
            "database": inside.db.ping,
            "slack": inside.gateway.identity,
            "wake-ups": inside.wakeups.ping,
            "triage.yml": inside.rules_in_force,
        }
        if inside.models:
            probes["model"] = inside.models.condition
        return probes

    async def stop(self) -> None:
        """Take no more requests, end what runs, close what is open: within 10 s."""
        await self._stack.aclose()
