"""PagerDuty's two APIs: events go out by a service's integration key, incidents are looked up with a token.

Decides nothing and repeats nothing: what to send is the target's business, when to send it again is reconcile's.
For accounts in Europe both base addresses are others (`events.eu.pagerduty.com`, `api.eu.pagerduty.com`).
"""

from collections.abc import Callable
from datetime import datetime

import httpx
from pydantic import SecretStr

from bot.alerts.incident import Incident, OnCall
from bot.errors import Rejected, Unavailable
from bot.pagerduty.incidents import current, read_on_calls
from bot.pagerduty.pages import EventAction, Page, event_body
from bot.remote import PATIENCE, Params, Remote
from bot.untrusted.body import Object, mapping

_ACCEPT = "application/vnd.pagerduty+json;version=2"


class PagerDutyEvents:
    """The Events API v2. An accepted event is queued: whether anybody was paged, a webhook or the REST API tells."""

    def __init__(
        self, http: httpx.AsyncClient, base_url: str, *, clock: Callable[[], datetime], patience: float = PATIENCE
    ) -> None:
        self._remote = Remote(http, base_url, name="PagerDuty", clock=clock, patience=patience)

    async def trigger(self, routing_key: SecretStr, dedup_key: str, page: Page) -> None:
        """Page whoever is on call; with the key of an open incident it only adds to that one's log.

        Raises:
            Rejected: PagerDuty does not take it (a wrong integration key), in its own words.
            TargetError: it did not arrive, or nobody knows; sending it again is harmless.
        """
        await self._send(event_body(_value(routing_key), EventAction.TRIGGER, dedup_key, page))

    async def acknowledge(self, routing_key: SecretStr, dedup_key: str) -> None:
        """Stop the incident from escalating; PagerDuty ignores a key that has no open incident.

        Raises:
            TargetError: as `trigger`.
        """
        await self._send(event_body(_value(routing_key), EventAction.ACKNOWLEDGE, dedup_key))

    async def resolve(self, routing_key: SecretStr, dedup_key: str) -> None:
        """Close the incident; PagerDuty ignores a key that has no open incident.

        Raises:
            TargetError: as `trigger`.
        """
        await self._send(event_body(_value(routing_key), EventAction.RESOLVE, dedup_key))

    async def _send(self, body: Object) -> None:
        response = await self._remote.send("POST", "/v2/enqueue", body=body)
        if response.status_code >= 400:
            raise Rejected(f"PagerDuty said: {self._remote.words(response)}")
        taken = response.status_code == 202 and mapping(self._remote.parsed(response)).get("status") == "success"
        if not taken:  # some proxy's page: nobody was paged
            raise Unavailable("an answer that is not PagerDuty's")


class PagerDutyIncidents:
    """The REST API, read only: a read-only token will do."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        base_url: str,
        token: SecretStr,
        *,
        clock: Callable[[], datetime],
        patience: float = PATIENCE,
    ) -> None:
        self._remote = Remote(
            http,
            base_url,
            name="PagerDuty",
            clock=clock,
            headers=lambda: {"Authorization": f"Token token={_value(token)}", "Accept": _ACCEPT},
            patience=patience,
        )

    async def incident(self, dedup_key: str) -> Incident | None:
        """The open incident of `dedup_key`, else its newest; None: it never had one.

        Raises:
            Rejected: the token is not accepted.
            TargetError: no answer.
        """
        asked = [("incident_key", dedup_key), ("date_range", "all"), ("sort_by", "created_at:desc"), ("limit", "25")]
        return current(await self._get("/incidents", asked))

    async def on_call(self, escalation_policy: str | None = None) -> tuple[OnCall, ...]:
        """Who is on call by an escalation policy (`Incident.escalation_policy`), first called first; None: by any.

        Raises:
            TargetError: as `incident`.
        """
        asked = [("escalation_policy_ids[]", escalation_policy)] if escalation_policy else []
        return read_on_calls(await self._get("/oncalls", asked))

    async def _get(self, path: str, params: Params) -> Object:
        response = await self._remote.send("GET", path, params=params)
        if response.status_code in (401, 403):
            why = "is not accepted" if response.status_code == 401 else f"may not read {path.strip('/')}"
            raise Rejected(f"PAGERDUTY_API_TOKEN {why}: {self._remote.words(response)}")
        if response.status_code >= 400:
            raise Rejected(f"PagerDuty said: {self._remote.words(response)}")
        body = mapping(self._remote.parsed(response))
        if not isinstance(body.get(path.strip("/")), list):
            raise Unavailable("an answer that is not PagerDuty's")
        return body


def _value(secret: SecretStr) -> str:
    return secret.get_secret_value().strip()
