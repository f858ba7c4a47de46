"""Asks a model for a verdict: the strictest mode that the endpoint takes, tries again where that helps, then gives up.

    breaker open? ─▶ ask (tool ▸ schema ▸ prompted JSON) ─▶ read ─▶ says nothing? ask once more ─▶ check evidence
                       └─ failed: wait, at most `tries` times ─▶ a `ModelError` with its reason

What the verdict may change is `guard`'s, what it may cost `budget`'s business.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

from bot.alerts.classification import Classification
from bot.classify import evidence
from bot.classify.answer import ANSWER_SCHEMA, ModelVerdict
from bot.classify.breaker import Breaker
from bot.classify.extract import tokens
from bot.classify.failures import (
    ModelError,
    ModelNonsense,
    ModelPaused,
    ModelUnavailable,
    ModeRefused,
)
from bot.classify.guard import harmless
from bot.classify.models import Choice
from bot.classify.prices import Prices
from bot.classify.prompt import Prompt
from bot.classify.reader import Reading, read_reply
from bot.classify.wire import Mode, Reply, Wire

MAX_TOKENS = 1_000
"""The most that a model may answer, what it thinks aloud included."""
_RAW, _CONFIDENCE, _TYPICAL = 8_000, 0.5, 250
_FORM = tokens(str(ANSWER_SCHEMA))
"""Tokens of the form that goes along with the prompt."""


@dataclass(slots=True)
class _Bill:
    """What one question has cost so far."""

    attempts: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    cost_usd: float = 0.0
    estimated: bool = False


@dataclass(frozen=True, slots=True)
class Patience:
    """How often and how long: seconds, except `tries`."""

    tries: int = 3
    first_wait: float = 0.5
    longest_wait: float = 8.0
    """Also of what Retry-After may ask for: who wants more is asked again later, by the timer."""


def usual_cost(prices: Prices, prompt: Prompt, model: str) -> float:
    """Dollars that one question usually costs."""
    return prices.cost(model, prompt.tokens + _FORM, _TYPICAL)


@dataclass(slots=True)
class ModelClient:
    """Asks the models of one endpoint. `clock` tells seconds that only grow, `draw` numbers from 0 up to 1."""

    wire: Wire
    prices: Prices
    breaker: Breaker
    patience: Patience = Patience()
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    draw: Callable[[], float] = random.random
    clock: Callable[[], float] = time.monotonic
    _modes: dict[str, Mode] = field(default_factory=dict)
    """Model → the mode in which it answered."""

    async def classify(self, prompt: Prompt, choice: Choice) -> ModelVerdict:
        """Ask for a verdict.

        Raises:
            ModelUnavailable (ModelPaused among them), ModelRateLimited, ModelRefused, ModelNonsense: see `failures`.
                Each carries what the attempts cost.
        """
        started, bill = self.clock(), _Bill()
        try:
            reply, mode = await self._reply(prompt, choice.model, prompt.user, bill)
            reading = read_reply(reply.text)
            if reading.says_nothing:
                again = f"{prompt.user}\n\n{_ONCE_MORE}"
                reply, mode = await self._reply(prompt, choice.model, again, bill, Mode.PROMPTED)
                reading = read_reply(reply.text)
            if reading.says_nothing:
                raise ModelNonsense(f"{choice.model} says nothing that could be read", raw=reply.text[:_RAW])
        except ModelError as error:
            error.cost_usd = bill.cost_usd
            raise
        latency = (self.clock() - started) * 1_000
        return _verdict(prompt, choice, reading, reply, mode, bill, latency)

    def at_most(self, prompt: Prompt, choice: Choice) -> float:
        """Dollars that one question may cost at worst, to be reserved: all tries, the second question and its tries."""
        longest = self.prices.cost(choice.model, prompt.tokens + _FORM + tokens(_ONCE_MORE), MAX_TOKENS)
        return longest * self.patience.tries * 2

    def about(self, prompt: Prompt, choice: Choice) -> float:
        """Dollars that one question usually costs, for people."""
        return usual_cost(self.prices, prompt, choice.model)

    async def _reply(
        self, prompt: Prompt, model: str, user: str, bill: _Bill, mode: Mode | None = None
    ) -> tuple[Reply, Mode]:
        """One answer, whatever it says, after as many tries as it takes and patience allows."""
        mode = mode or self._modes.get(model, Mode.TOOL)
        tries = 0
        while True:
            try:
                reply = await self._try(prompt, model, mode, user, bill)
            except ModeRefused:
                mode = _NEXT[mode]
            except ModelError as error:
                tries += 1
                wait = self._wait(error, tries)
                if wait is None:
                    raise
                await self.sleep(wait)
            else:
                self._modes[model] = mode
                return reply, mode

    async def _try(self, prompt: Prompt, model: str, mode: Mode, user: str, bill: _Bill) -> Reply:
        if not self.breaker.allows():
            raise ModelPaused("not asked: it kept failing", retry_after=self.breaker.wait())
        bill.attempts += 1
        sent = tokens(prompt.system) + tokens(user) + _FORM
        try:
            reply = await self.wire.ask(model, mode, prompt.system, user)
        except ModeRefused:
            self.breaker.succeeded()
            raise
        except ModelError as error:
            self.breaker.failed(error.retry_after)
            if isinstance(error, ModelUnavailable) and error.billed:
                bill.cost_usd += self.prices.cost(model, sent, MAX_TOKENS)
            raise
        self.breaker.succeeded()
        tokens_in = sent if reply.tokens_in is None else reply.tokens_in
        tokens_out = tokens(reply.text) if reply.tokens_out is None else reply.tokens_out
        bill.estimated |= reply.tokens_in is None or reply.tokens_out is None
        bill.tokens_in += tokens_in
        bill.tokens_out += tokens_out
        bill.cost_usd += self.prices.cost(model, tokens_in, tokens_out)
        return reply

    def _wait(self, error: ModelError, tries: int) -> float | None:
        """Seconds until the next try: what the endpoint asked for, else twice as long each time; None: give up."""
        if not error.retry or isinstance(error, ModelPaused) or tries >= self.patience.tries:
            return None
        if error.retry_after is not None:
            return error.retry_after if error.retry_after <= self.patience.longest_wait else None
        # Half fixed, half random: replicas that failed together must not come back together.
        wait: float = min(self.patience.longest_wait, self.patience.first_wait * 2 ** (tries - 1))
        return wait * (0.5 + self.draw() / 2)


_NEXT = {Mode.TOOL: Mode.SCHEMA, Mode.SCHEMA: Mode.PROMPTED}
_ONCE_MORE = (
    "Your last answer could not be read: it named neither a severity (critical, high, medium or low) nor a category of "
    "the list. Answer once more, with the JSON object alone."
)


def _verdict(
    prompt: Prompt, choice: Choice, reading: Reading, reply: Reply, mode: Mode, bill: _Bill, latency_ms: float
) -> ModelVerdict:
    checked = evidence.check(reading.evidence, prompt.parts)
    rules = prompt.rules
    classification = Classification(
        severity=reading.severity or rules.severity,
        category=reading.category or rules.category,
        root_cause=harmless(reading.root_cause, prompt) or rules.root_cause,
        suggested_action=harmless(reading.suggested_action, prompt) or rules.suggested_action,
        estimated_fix_time=reading.estimated_fix_time or rules.estimated_fix_time,
        confidence=_CONFIDENCE if reading.confidence is None else reading.confidence,
        made_by=choice.model,
        evidence=tuple(replace(one, text=harmless(one.text, prompt)) for one in checked.evidence),
    )
    return ModelVerdict(
        classification=classification,
        hypotheses=checked.hypotheses,
        rejected=checked.rejected,
        model=choice.model,
        model_selection_reason=choice.reason,
        strong=choice.strong,
        prompt_version=prompt.version,
        parsing_method=reading.parsing_method,
        mode=mode,
        raw_reply=reply.text[:_RAW],
        tokens_in=bill.tokens_in,
        tokens_out=bill.tokens_out,
        usage_estimated=bill.estimated,
        cost_usd=bill.cost_usd,
        latency_ms=latency_ms,
        attempts=bill.attempts,
    )
