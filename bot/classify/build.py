"""Wires the parts that ask models, from the settings; opens nothing that a bot without a model need not."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.classify.analyst import Analyst, Answers, Panel
from bot.classify.answer import ANSWER_SCHEMA, ModelVerdict
from bot.classify.breaker import Breaker
from bot.classify.budget import Budget, Ledger, Limits, micros
from bot.classify.llm import MAX_TOKENS, ModelClient, Patience
from bot.classify.prices import Prices
from bot.classify.wire import Endpoint
from bot.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Models:
    """Everything about models that a running bot has; `endpoint` is to be closed."""

    analyst: Analyst
    budget: Budget
    breaker: Breaker
    endpoint: Endpoint
    warnings: tuple[str, ...]
    """To be said at start: prices that nobody knows, budgets that nobody set."""

    async def condition(self) -> str:
        """For `/ready`: how the endpoint does. A bot whose models are away is still ready, on its rules."""
        return f"circuit breaker {self.breaker.state.value.replace('_', '-')}"


def configured(settings: Settings) -> bool:
    """Whether there is an endpoint, and a model to ask there."""
    return bool(settings.llm_base_url and (settings.llm_model or settings.triage.models.routes))


def open_models(settings: Settings, ledger: Ledger, answers: Answers, clock: Callable[[], datetime]) -> Models:
    """The models of `settings`, which must be `configured`."""
    own = settings.triage.models
    prices = Prices(own.prices)
    breaker = Breaker(time.monotonic)
    endpoint = Endpoint(
        settings.llm_base_url or "",
        settings.llm_api_key,
        answer_schema=ANSWER_SCHEMA,
        timeout=own.timeout.total_seconds(),
        max_tokens=MAX_TOKENS,
    )
    daily, monthly = (
        None if usd is None else micros(usd) for usd in (settings.daily_budget_usd, own.monthly_budget_usd)
    )
    budget = Budget(ledger, Limits(daily=daily, monthly=monthly, reserve_share=own.reserve_share), now=clock)
    panel = Panel(routes=own.routes, default=settings.llm_model, strong=own.strong)
    client = ModelClient(wire=endpoint, prices=prices, breaker=breaker, patience=Patience(tries=own.tries))
    names = dict.fromkeys(
        [*(route.model for route in own.routes), *([settings.llm_model] if settings.llm_model else [])]
    )
    for name in names:
        endpoint.prepare(name)
    warnings = [*prices.unknown(names)]
    if daily is None and monthly is None:
        warnings.append("no budget is set: DAILY_BUDGET_USD bounds what the models may cost")
    return Models(
        analyst=Analyst(client, budget, panel, answers, clock=clock),
        budget=budget,
        breaker=breaker,
        endpoint=endpoint,
        warnings=tuple(warnings),
    )


class MemoryAnswers:
    """Answers that one run remembers: for `eval`."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], ModelVerdict] = {}

    async def answer(self, fingerprint: str, prompt_version: str) -> ModelVerdict | None:
        """See `Answers`."""
        return self._known.get((fingerprint, prompt_version))

    async def remember(self, fingerprint: str, prompt_version: str, body: ModelVerdict, at: datetime) -> None:  # noqa: ARG002
        """See `Answers`."""
        self._known[(fingerprint, prompt_version)] = body
