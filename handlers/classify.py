"""`POST /classify-error`: a verdict on an error that some other program has caught. Nothing is stored or posted."""

import hmac
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass

from aiohttp import web
from pydantic import SecretStr, ValidationError

from bot.alerts.alert import Counts
from bot.alerts.classification import Classification
from bot.alerts.event import ErrorEvent
from bot.classify.build import Models
from bot.classify.classifier import Classifier
from bot.errors import BadSignature, Malformed
from bot.insights.labelled import event_from


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What a verdict took. `model` is `rules` where no model was asked."""

    model: str
    tokens_in: int = 0
    tokens_out: int = 0
    cost_usd: float = 0.0
    latency_ms: float = 0.0


Judge = Callable[[ErrorEvent, Counts], Awaitable[tuple[Classification, Usage]]]


class ClassifyError:
    """The route; without an ADMIN_TOKEN there is no way in."""

    def __init__(self, judge: Judge, token: SecretStr | None) -> None:
        self._judge, self._token = judge, token

    def routes(self) -> list[web.RouteDef]:
        """Where it stands."""
        return [web.post("/classify-error", self.classify)]

    async def classify(self, request: web.Request) -> web.Response:
        """Take an event in the schema of `app.py eval`'s files; answer 422 naming the field that does not fit.

        Raises:
            BadSignature, Malformed: answered with 401 and 400.
        """
        self._admit(request)
        try:
            row = json.loads(await request.read())
        except (ValueError, RecursionError):
            raise Malformed("the body is not JSON") from None
        if not isinstance(row, dict):
            raise Malformed("the body is not a JSON object")
        try:
            event = event_from(row)
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(str(part) for part in first["loc"])
            return web.json_response({"error": f"{field}: {first['msg']}", "field": field}, status=422)
        counts = Counts(sentry_events=event.event_count or 0, sentry_users=event.user_count or 0)
        classification, usage = await self._judge(event, counts)
        return web.json_response({"classification": asdict(classification), "usage": asdict(usage)})

    def _admit(self, request: web.Request) -> None:
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        wanted = self._token.get_secret_value() if self._token else ""
        same = hmac.compare_digest(given.strip().encode(), wanted.encode())
        if not wanted or scheme.lower() != "bearer" or not same:
            raise BadSignature("send `Authorization: Bearer …` with the ADMIN_TOKEN of this bot")


def judge_of(classifier: Classifier, models: Models | None) -> Judge:
    """The rules at once, and a model where one is configured and the budget allows it."""

    async def judge(event: ErrorEvent, counts: Counts) -> tuple[Classification, Usage]:
        began = time.perf_counter()
        verdict, call = classifier.classify(event, counts), None
        if models:
            analysis = await models.analyst.analyse(event, counts, verdict)
            verdict, call = analysis.classification, analysis.call
        usage = Usage(
            model=verdict.model or "rules",
            tokens_in=call.tokens_in if call else 0,
            tokens_out=call.tokens_out if call else 0,
            cost_usd=call.cost_usd if call else 0.0,
            latency_ms=round((time.perf_counter() - began) * 1000, 3),
        )
        return verdict, usage

    return judge
