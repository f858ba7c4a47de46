"""PagerDuty's and Sentry's stand-ins on a free port of this machine, and the clients that speak to them."""

import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from aiohttp import web
from pydantic import SecretStr

from bot.pagerduty.client import PagerDutyEvents, PagerDutyIncidents
from bot.remote import http_client
from bot.sandbox.courier import Courier
from bot.sandbox.journal import Call
from bot.sandbox.pagerduty import EXAMPLE_KEY, PagerDutyStandIn
from bot.sandbox.pagerduty import EXAMPLE_TOKEN as PAGERDUTY_TOKEN
from bot.sandbox.sentry_api import EXAMPLE_TOKEN as SENTRY_TOKEN
from bot.sandbox.sentry_api import SentryStandIn
from bot.sandbox.sentry_calls import SentryCalls
from bot.sandbox.sentry_issues import ORG
from bot.sandbox.shelf import Shelf
from bot.sandbox.standin import SlackStandIn
from bot.sentry.client import SentryClient
from tests.store.making import Clock

SHARED = Path(__file__).parents[1].parent / "shared"
KEY = SecretStr(EXAMPLE_KEY)
IMPATIENT = 0.2
"""Seconds that a client waits where the test is about an answer that never comes."""


@asynccontextmanager
async def serving(routes: Iterable[web.RouteDef]) -> AsyncIterator[str]:
    """A server on a free port; its address."""
    app = web.Application(client_max_size=2 * 1024 * 1024)
    app.add_routes(list(routes))
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@dataclass
class World:
    """Both stand-ins under one address, with a clock that tests move."""

    clock: Clock = field(default_factory=Clock)
    url: str = ""
    bot_url: str = ""

    def __post_init__(self) -> None:
        slack = SlackStandIn(clock=lambda: self.clock().timestamp())
        self.journal = slack.journal
        self.courier = Courier(slack, signing_secret="example", bot_url=self.bot_url)
        self.pagerduty = PagerDutyStandIn(self.courier)
        self.sentry = SentryStandIn(Shelf(self.courier, secret="example-sentry-secret"))
        self.calls = SentryCalls(self.sentry)

    @asynccontextmanager
    async def running(self) -> AsyncIterator["World"]:
        routes = [*self.pagerduty.routes("/pagerduty"), *self.calls.routes("/sentry")]
        async with serving(routes) as self.url, http_client() as self.http:
            yield self
            self.pagerduty.front.open_all()
            self.sentry.front.open_all()
            await self.pagerduty.settled()
            await self.sentry.settled()
            await self.courier.close()

    def events(self, **options: Any) -> PagerDutyEvents:
        return PagerDutyEvents(self.http, f"{self.url}/pagerduty/", clock=self.clock, **options)

    def incidents(self, token: str = PAGERDUTY_TOKEN) -> PagerDutyIncidents:
        return PagerDutyIncidents(self.http, f"{self.url}/pagerduty", SecretStr(token), clock=self.clock)

    def client(self, token: str = SENTRY_TOKEN, base: str = "", http: httpx.AsyncClient | None = None, **options: Any):
        base = base or f"{self.url}/sentry"
        return SentryClient(http or self.http, base, ORG, SecretStr(token), clock=self.clock, **options)

    def made(self, method: str, *, ok: bool = True) -> list[Call]:
        """The calls of a method, oldest first."""
        return self.journal.calls(method, ok=ok)


def schema(name: str) -> dict[str, Any] | None:
    """An official schema, where it is at hand."""
    path = SHARED / "schemas" / name
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def lenient(value: Any) -> Any:
    """A schema to check types by: OpenAPI's `nullable` in JSON Schema's words, and nothing required."""
    if isinstance(value, list):
        return [lenient(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    kept = {name: lenient(inner) for name, inner in value.items() if name not in ("required", "nullable")}
    return {"anyOf": [kept, {"type": "null"}]} if value.get("nullable") is True else kept
