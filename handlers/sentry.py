"""What Sentry sends: check the signature on the raw bytes, hand it to intake, answer after the commit."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from aiohttp import web
from pydantic import SecretStr

from bot.errors import BadDelivery, BadSignature
from bot.metrics import Metrics
from bot.sentry.payloads import PayloadContext, understand
from bot.sentry.signature import verify, verify_legacy
from bot.store.intake import Intake
from handlers.web import answer


class SentryWebhooks:
    """The two routes for Sentry: signed, and the legacy plugin's, which signs nothing and has a secret in its path."""

    def __init__(
        self,
        intake: Intake,
        secrets: Sequence[SecretStr],
        context: PayloadContext,
        *,
        clock: Callable[[], datetime],
        metrics: Metrics,
    ) -> None:
        self._intake, self._secrets, self._context = intake, secrets, context
        self._legacy = replace(context, legacy=True)
        self._clock, self._metrics = clock, metrics

    def routes(self) -> list[web.RouteDef]:
        """Where they stand."""
        return [
            web.post("/webhooks/sentry", self.signed),
            web.post("/webhooks/sentry/legacy/{secret}", self.legacy),
        ]

    async def signed(self, request: web.Request) -> web.Response:
        """A webhook of an integration, or a service hook."""
        raw = await request.read()
        try:
            verify(raw, request.headers, self._secrets)
        except BadSignature:
            self._count("unread", "bad_signature")
            raise
        return await self._take(request, raw, self._context)

    async def legacy(self, request: web.Request) -> web.Response:
        """A webhook of the legacy plugin."""
        raw = await request.read()
        try:
            verify_legacy(request.match_info["secret"], self._secrets)
        except BadSignature:
            self._count("unread", "bad_signature")
            raise
        return await self._take(request, raw, self._legacy)

    async def _take(self, request: web.Request, raw: bytes, context: PayloadContext) -> web.Response:
        look = partial(understand, raw, request.headers, received_at=self._clock(), settings=context)
        try:
            receipt = await self._intake.submit_unread(look)
        except BadDelivery as error:
            self._count("unread", error.reason)
            raise
        outcome = "duplicate" if receipt.duplicate else "accepted" if receipt.alert else "kept"
        self._count(receipt.resource, outcome)
        said = {"delivery": receipt.delivery, "alert": receipt.alert, "duplicate": receipt.duplicate}
        return answer(said, status=202)

    def _count(self, resource: str, outcome: str) -> None:
        self._metrics.deliveries.labels("sentry", resource, outcome).inc()
