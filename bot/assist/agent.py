"""A model that looks things up before it answers: the loop, with its limits on steps, tokens, money and sameness.

    ask ─▶ it calls tools? ─▶ run them ─▶ ask again …   the last step is asked without tools
                └─ no: that is the answer

Only imported where a model is configured: pydantic-ai takes a second to load.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import structlog
from pydantic import ValidationError
from pydantic_ai import Tool as ToolSchema
from pydantic_ai import direct
from pydantic_ai.exceptions import AgentRunError, ModelAPIError, ModelHTTPError, UserError
from pydantic_ai.messages import (
    ModelMessage,
    ModelRequest,
    ModelResponse,
    PartDeltaEvent,
    PartStartEvent,
    SystemPromptPart,
    TextPart,
    TextPartDelta,
    ToolCallPart,
    ToolReturnPart,
    UserPromptPart,
)
from pydantic_ai.models import Model, ModelRequestParameters
from pydantic_ai.settings import ModelSettings

from bot.assist.ports import Briefing, Charge, Sink, Told, Unanswered
from bot.assist.tools import Toolbox
from bot.classify.extract import tokens

_LONGEST = 40_000
"""Characters that one reply may have before we stop reading: far more than `Limits.answer_tokens` allows."""
_NO_TOOLS = frozenset({400, 404, 415, 422, 500, 501})
"""Statuses by which endpoints say that they know no tools; they may mean anything else, too."""
_LAST = "Answer the question now with what you have. There are no more tools."

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How far one answer may go."""

    steps: int = 12
    """Requests to the model; the last is made without tools."""
    tokens: int = 60_000
    """In all requests together; past it, the next request is the last."""
    answer_tokens: int = 900
    at_once: int = 6
    """Tool calls of one step."""
    seconds: float = 60.0
    """For the whole answer."""


class Prices(Protocol):
    """What a request costs, in US dollars."""

    def cost(self, model: str, tokens_in: int, tokens_out: int) -> float: ...  # noqa: D102
    def of(self, model: str) -> Any: ...  # noqa: D102


class Breaker(Protocol):
    """Whether the endpoint may be asked now."""

    def allows(self) -> bool: ...  # noqa: D102
    def succeeded(self) -> None: ...  # noqa: D102
    def failed(self, retry_after: float | None = None) -> None: ...  # noqa: D102


@dataclass(slots=True)
class _Run:
    """One answer in the making."""

    model: str
    briefing: Briefing
    toolbox: Toolbox
    sink: Sink
    messages: list[ModelMessage]
    found: list[str] = field(default_factory=list)
    """Every fenced result so far."""
    spent_tokens: int = 0
    cost: float = 0.0


class ModelAnswerer:
    """Answers questions with the models of one endpoint. `chat` gives the model of a name."""

    def __init__(
        self,
        chat: Callable[[str], Model],
        prices: Prices,
        charge: Charge,
        *,
        breaker: Breaker,
        limits: Limits | None = None,
        settings: ModelSettings | None = None,
    ) -> None:
        self._chat, self._prices, self._charge, self._breaker = chat, prices, charge, breaker
        self._limits = limits or Limits()
        self._settings = ModelSettings(max_tokens=self._limits.answer_tokens, temperature=0.0, max_retries=1)
        self._settings |= settings or ModelSettings()
        self._toolless: set[str] = set()
        """Models whose endpoint refused a request with tools and took the same one without."""

    async def answer(self, model: str, briefing: Briefing, toolbox: Toolbox, sink: Sink) -> Told:
        """Answer a question.

        Raises:
            Unanswered: with the reason in words, and what trying cost.
        """
        opening = ModelRequest(parts=[SystemPromptPart(briefing.system), UserPromptPart(briefing.user)])
        run = _Run(model, briefing, toolbox, sink, [opening])
        try:
            async with asyncio.timeout(self._limits.seconds):
                text = await self._loop(run)
        except TimeoutError:
            sentence = f"The model did not finish within {self._limits.seconds:g} s."
            raise Unanswered(sentence, cost_usd=run.cost) from None
        except Unanswered as error:
            error.cost_usd = run.cost
            raise
        if not text.strip():
            raise Unanswered("The model said nothing.", cost_usd=run.cost)
        return Told(text=text.replace(briefing.mark, "").strip(), cost_usd=self._shown(run))

    async def _loop(self, run: _Run) -> str:
        schemas = {name: ToolSchema(tool) for name, tool in run.toolbox.tools().items()}
        for _ in range(self._limits.steps - 1):
            if run.model in self._toolless or run.spent_tokens >= self._limits.tokens:
                break
            try:
                response = await self._ask(run, run.messages, schemas)
            except _Refused:
                text = await self._last(run)
                self._toolless.add(run.model)
                return text
            calls = [part for part in response.parts if isinstance(part, ToolCallPart)]
            if not calls:
                return _text(response)
            run.sink.again()
            results = await asyncio.gather(
                *(self._called(run, call, schemas) for call in calls[: self._limits.at_once])
            )
            results += ["Too many calls at once; ask again if you still need this."] * (len(calls) - len(results))
            run.found += results
            returns = [
                ToolReturnPart(tool_name=call.tool_name, content=result, tool_call_id=call.tool_call_id)
                for call, result in zip(calls, results, strict=True)
            ]
            run.messages += [response, ModelRequest(parts=returns)]
        return await self._last(run)

    async def _last(self, run: _Run) -> str:
        """The last step, told anew without tools and calls: not every endpoint takes calls without tools."""
        found = "\n\n".join(run.found)[-self._limits.tokens :]
        user = "\n\n".join(filter(None, (run.briefing.user, found, _LAST)))
        request = ModelRequest(parts=[SystemPromptPart(run.briefing.system), UserPromptPart(user)])
        try:
            return _text(await self._ask(run, [request], {}))
        except _Refused as error:
            raise Unanswered(str(error)) from None

    async def _called(self, run: _Run, call: ToolCallPart, schemas: dict[str, ToolSchema[Any]]) -> str:
        schema = schemas.get(call.tool_name)
        try:
            arguments = schema.function_schema.validator.validate_python(call.args_as_dict()) if schema else {}
        except (ValidationError, ValueError, AssertionError):
            return f"These arguments do not fit the tool {call.tool_name[:60]}."
        return await run.toolbox.run(call.tool_name, arguments)

    async def _ask(
        self, run: _Run, messages: Sequence[ModelMessage], schemas: dict[str, ToolSchema[Any]]
    ) -> ModelResponse:
        """One request, paid for."""
        if not self._breaker.allows():
            raise Unanswered("The model is not asked for a while, because it kept failing.")
        sent = sum(tokens(str(part)) for message in messages for part in message.parts)
        most = self._prices.cost(run.model, sent, self._limits.answer_tokens)
        settle = await self._charge(most)
        if settle is None:
            raise Unanswered("The budget for models is used up for now.")
        cost = most  # whatever breaks it off, a cancelled request may have been billed
        try:
            response = await self._sent(run, messages, schemas)
            usage = response.usage
            tokens_in, tokens_out = usage.input_tokens or sent, usage.output_tokens or tokens(_text(response))
            cost = self._prices.cost(run.model, tokens_in, tokens_out)
            run.spent_tokens += tokens_in + tokens_out
        finally:
            run.cost += cost
            await asyncio.shield(settle(cost))
        return response

    async def _sent(
        self, run: _Run, messages: Sequence[ModelMessage], schemas: dict[str, ToolSchema[Any]]
    ) -> ModelResponse:
        parameters = ModelRequestParameters(function_tools=[schema.tool_def for schema in schemas.values()])
        try:
            response = await self._streamed(run, messages, parameters)
        except ModelHTTPError as error:
            if schemas and error.status_code in _NO_TOOLS:
                raise _Refused(f"The model refused the question ({error.status_code}).") from None
            self._breaker.failed()
            raise Unanswered(f"The model failed ({error.status_code}).") from None
        except (ModelAPIError, AgentRunError, UserError) as error:
            self._breaker.failed()
            raise Unanswered(f"The model did not answer ({type(error).__name__}).") from None
        except (Unanswered, asyncio.CancelledError):
            raise
        except Exception as error:  # noqa: BLE001  an endpoint may answer with any JSON, and the library expects one
            self._breaker.failed()
            raise Unanswered(f"The model's answer could not be read ({type(error).__name__}).") from None
        self._breaker.succeeded()
        return response

    async def _streamed(
        self, run: _Run, messages: Sequence[ModelMessage], parameters: ModelRequestParameters
    ) -> ModelResponse:
        read = 0
        async with direct.model_request_stream(
            self._chat(run.model), messages, model_settings=self._settings, model_request_parameters=parameters
        ) as stream:
            async for event in stream:
                if isinstance(event, PartStartEvent) and isinstance(event.part, TextPart):
                    run.sink.wrote(event.part.content)
                elif isinstance(event, PartDeltaEvent) and isinstance(event.delta, TextPartDelta):
                    run.sink.wrote(event.delta.content_delta)
                read += len(str(getattr(event, "delta", "")))
                if read > _LONGEST:
                    raise Unanswered("The model did not stop talking.")
            return stream.get()

    def _shown(self, run: _Run) -> float | None:
        return run.cost if self._prices.of(run.model).known else None


class _Refused(Exception):
    """The endpoint did not take the request: perhaps because of the tools."""


def _text(response: ModelResponse) -> str:
    return "\n".join(part.content for part in response.parts if isinstance(part, TextPart)).strip()
