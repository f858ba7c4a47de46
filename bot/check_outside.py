"""The part of `app.py check` that tries PagerDuty and Sentry. It calls nobody and changes nothing there."""

from collections.abc import Awaitable, Callable
from datetime import datetime

import httpx

from bot.check import Finding
from bot.errors import Rejected, TargetError
from bot.pagerduty.client import PagerDutyEvents, PagerDutyIncidents
from bot.remote import http_client
from bot.sentry.client import SentryClient
from bot.settings import Settings
from bot.status import parts

NOBODY = "triage-check"
"""The key of an incident that does not exist: to resolve it is ignored, unless the integration key is wrong."""
_KEY = "copy the Integration Key of an Events API v2 integration again into PAGERDUTY_ROUTING_KEY"
_TOKEN = "make one under Integrations → API Access Keys for PAGERDUTY_API_TOKEN; read-only will do"  # noqa: S105
_SCOPES = "give the token of SENTRY_AUTH_TOKEN event:read, event:write, project:read and org:read"
_NETWORK = "can this machine reach it, or does it need a proxy (HTTPS_PROXY)?"


async def check_outside(settings: Settings, clock: Callable[[], datetime]) -> list[Finding]:
    """Try what is configured. Raises nothing: what goes wrong is a finding."""
    found = []
    async with http_client() as http:
        if settings.pagerduty_services:
            found.append(await _tried("pagerduty", settings, _pages(settings, http, clock), _KEY))
        if settings.pagerduty_api_token:
            found.append(await _tried("incidents", settings, _lookups(settings, http, clock), _TOKEN))
        if settings.asks_sentry:
            found.append(await _tried("sentry out", settings, _sentry(settings, http, clock), _SCOPES))
    return found


async def _tried(part: str, settings: Settings, attempt: Awaitable[None], cure: str) -> Finding:
    try:
        await attempt
    except Rejected as error:
        return Finding(part, False, f"{error}: {cure}")
    except TargetError as error:
        return Finding(part, False, f"{error}: {_NETWORK}")
    return Finding(part, True, next(known.why for known in parts(settings) if known.name == part))


async def _pages(settings: Settings, http: httpx.AsyncClient, clock: Callable[[], datetime]) -> None:
    events = PagerDutyEvents(http, settings.pagerduty_events_url, clock=clock)
    for key in settings.pagerduty_services.values():
        await events.resolve(key, NOBODY)


async def _lookups(settings: Settings, http: httpx.AsyncClient, clock: Callable[[], datetime]) -> None:
    if settings.pagerduty_api_token:
        api = PagerDutyIncidents(http, settings.pagerduty_api_url, settings.pagerduty_api_token, clock=clock)
        await api.incident(NOBODY)


async def _sentry(settings: Settings, http: httpx.AsyncClient, clock: Callable[[], datetime]) -> None:
    token, org = settings.sentry_auth_token, settings.sentry_org
    if token and org:
        client = SentryClient(http, settings.sentry_url, org, token, clock=clock)
        await client.organization()
        async for _ in client.issues("is:unresolved"):
            break
        await client.may_write()
