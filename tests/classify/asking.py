"""Everything that a test of the model's side needs, put together once: a client without waiting, a prompt, a choice."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from pydantic import SecretStr

from bot.alerts.alert import Counts
from bot.alerts.classification import Category, Classification, FixTime, Severity
from bot.alerts.event import ErrorEvent
from bot.classify.answer import ANSWER_SCHEMA
from bot.classify.breaker import Breaker
from bot.classify.llm import ModelClient
from bot.classify.models import Choice
from bot.classify.prices import Price, Prices
from bot.classify.prompt import Prompt, build
from bot.classify.wire import Endpoint as RealEndpoint
from tests.classify.endpoint import Endpoint, serving
from tests.classify.making import event

KEY = "sk-test-0123456789abcdef"
FENCE = "f3nc3f3nc3f3nc3f3nc3f3nc"


def rules(**changes: Any) -> Classification:
    """The rules' verdict on the event of these tests."""
    given: dict[str, Any] = {
        "severity": Severity.HIGH,
        "category": Category.DATABASE,
        "root_cause": "The rules' cause.",
        "suggested_action": "The rules' action.",
        "estimated_fix_time": FixTime.HOUR,
        "confidence": 0.9,
        "made_by": "rules",
    }
    return Classification(**(given | changes))


def prompt_for(seen: ErrorEvent | None = None, verdict: Classification | None = None) -> Prompt:
    """The prompt for an event, with a fence that is known."""
    seen = seen or event("OperationalError", "FATAL: sorry, too many clients already")
    return build(seen, Counts(events=3), verdict or rules(), fence=lambda: FENCE)


class Asking:
    """A client on a scripted endpoint; `slept` are the seconds that it would have waited, `now` its clock."""

    def __init__(self, scripted: Endpoint, *, limit: float = 5.0) -> None:
        self.endpoint = scripted
        self.slept: list[float] = []
        self.now = 0.0
        self.wire = RealEndpoint(scripted.url, SecretStr(KEY), answer_schema=ANSWER_SCHEMA, timeout=limit)
        self.breaker = Breaker(lambda: self.now)
        self.client = ModelClient(
            self.wire,
            Prices({"m": Price(input=1, output=10)}),
            self.breaker,
            sleep=self._sleep,
            draw=lambda: 1.0,
        )

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    async def ask(self, prompt: Prompt | None = None, model: str = "m", *, strong: bool = False) -> Any:
        """One question."""
        return await self.client.classify(prompt or prompt_for(), Choice(model, "the only model", strong))


@asynccontextmanager
async def asking(*, limit: float = 5.0) -> AsyncIterator[Asking]:
    """A client and its endpoint, both closed at the end."""
    async with serving() as scripted:
        put_together = Asking(scripted, limit=limit)
        try:
            yield put_together
        finally:
            await put_together.wire.aclose()
