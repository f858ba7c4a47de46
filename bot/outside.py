"""The ways to PagerDuty and Sentry, as far as the settings lead there: clients, targets, catching up.

Loaded only where one of the two is set up: the HTTP client takes its time.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import httpx
from pydantic import SecretStr

from bot.alerts.alert import Source
from bot.alerts.dossier import Dossier
from bot.errors import TargetError
from bot.pagerduty.client import PagerDutyEvents, PagerDutyIncidents
from bot.pagerduty.lookup import PagerDutyLookup
from bot.pagerduty.target import PagerDutyTarget
from bot.remote import http_client
from bot.sentry.addresses import PayloadContext
from bot.sentry.client import SentryClient
from bot.sentry.target import SentryTarget
from bot.settings import Settings
from bot.store.incidents import IncidentStore
from bot.work.showing import Target

UNTOLD = timedelta(minutes=1)
"""How often an open incident is looked at where no webhook tells."""

Link = Callable[[Dossier], Awaitable[str | None]]
Look = Callable[[int], Awaitable[Dossier]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Which of PagerDuty's services an alert pages (None: none), and all that are in use."""

    key_for: Callable[[Dossier], SecretStr | None]
    keys: Callable[[], Sequence[SecretStr]]


class Outside:
    """What is set up of the two; `close` ends all connections."""

    def __init__(
        self, settings: Settings, services: Services, context: PayloadContext, *, clock: Callable[[], datetime]
    ) -> None:
        self._settings, self._services, self._clock = settings, services, clock
        self._http = http_client()
        self.events = PagerDutyEvents(self._http, settings.pagerduty_events_url, clock=clock)
        self.incidents = _incidents(settings, self._http, clock)
        self.sentry = _sentry(settings, self._http, context, clock)

    def lanes(
        self, store: IncidentStore, look: Look, link: Link, email: Callable[[str], Awaitable[str]]
    ) -> list[list[Target]]:
        """The targets, in lanes that need not wait for each other.

        Args:
            store: keeps what is looked up.
            look: how an alert stands now.
            link: the address of an alert's thread.
            email: the address of a user of Slack, by which Sentry knows them.
        """
        pages = PagerDutyTarget(
            self.events,
            key_for=self._services.key_for,
            keys=self._services.keys,
            thread_url=link,
            look=look,
            clock=self._clock,
        )
        lanes: list[list[Target]] = [[pages]]
        if self.incidents:
            every = None if self._settings.pagerduty_secrets else UNTOLD
            lanes[0].insert(0, PagerDutyLookup(self.incidents, store.note, clock=self._clock, every=every))
        if self.sentry:
            owner = partial(_owner, email)
            lanes.append([SentryTarget(self.sentry, clock=self._clock, assignee=owner, thread_url=link)])
        return lanes

    async def close(self) -> None:
        """Give the connections back."""
        await self._http.aclose()


async def _owner(email: Callable[[str], Awaitable[str]], dossier: Dossier) -> str | None:
    """Whom Sentry is to assign the issue to: whoever took the alert in Slack; None: it stays as it is."""
    owner = dossier.alert.standing.owner
    if owner is None or owner.source is not Source.USER or not owner.id:
        return None
    try:
        return await email(owner.id) or None
    except TargetError:  # Slack does not say: the issue is worth no less without it
        return None


def _incidents(settings: Settings, http: httpx.AsyncClient, clock: Callable[[], datetime]) -> PagerDutyIncidents | None:
    token = settings.pagerduty_api_token
    return PagerDutyIncidents(http, settings.pagerduty_api_url, token, clock=clock) if token else None


def _sentry(
    settings: Settings, http: httpx.AsyncClient, context: PayloadContext, clock: Callable[[], datetime]
) -> SentryClient | None:
    token, org = settings.sentry_auth_token, settings.sentry_org
    return SentryClient(http, settings.sentry_url, org, token, clock=clock, context=context) if token and org else None
