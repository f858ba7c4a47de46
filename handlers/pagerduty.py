"""What PagerDuty sends: check the signature on the raw bytes, understand, write down, answer after the commit."""

from collections.abc import Callable, Sequence
from datetime import datetime

from aiohttp import web
from pydantic import SecretStr

from bot.errors import BadDelivery
from bot.metrics import Metrics
from bot.pagerduty.payloads import understand
from bot.pagerduty.signature import HEADER, verify
from bot.store.incidents import IncidentStore


class PagerDutyWebhooks:
    """The route for PagerDuty's webhooks v3. `wake`: called with the alert that an event has changed."""

    def __init__(
        self,
        store: IncidentStore,
        secrets: Sequence[SecretStr],
        wake: Callable[[int], None],
        *,
        clock: Callable[[], datetime],
        metrics: Metrics,
    ) -> None:
        self._store, self._secrets, self._wake, self._clock, self._metrics = store, secrets, wake, clock, metrics

    def routes(self) -> list[web.RouteDef]:
        """Where it stands; nowhere without a secret."""
        return [web.post("/webhooks/pagerduty", self.receive)] if self._secrets else []

    async def receive(self, request: web.Request) -> web.Response:
        """Take one event; one that is signed but not understood is kept, since PagerDuty switches off who refuses.

        Raises:
            BadSignature, Malformed: answered with 401 and 400.
        """
        raw = await request.read()
        try:
            verify(raw, ",".join(request.headers.getall(HEADER, ())), self._secrets)
            event = understand(raw)
        except BadDelivery as error:
            self._count("unread", error.reason)
            raise
        heard = await self._store.hear(event, raw, self._clock())
        self._count(event.happening.value, heard.outcome)
        if heard.outcome == "accepted" and heard.alert is not None:
            self._wake(heard.alert)
        answer = {"delivery": heard.delivery, "alert": heard.alert, "duplicate": heard.outcome == "duplicate"}
        return web.json_response(answer, status=202)

    def _count(self, happening: str, outcome: str) -> None:
        self._metrics.deliveries.labels("pagerduty", happening, outcome).inc()
