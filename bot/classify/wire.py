"""One request to an OpenAI-compatible endpoint, through pydantic-ai: text in, text out, every failure by its name.

Knows nothing of errors to classify, of retries and of money. pydantic-ai is imported when the first request is made,
not before: it costs seconds that a bot without a model need not spend.
"""

import asyncio
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

from pydantic import SecretStr

from bot.classify.failures import ModelError, ModelRateLimited, ModelRefused, ModelUnavailable, ModeRefused
from bot.proxy import proxy_for

if TYPE_CHECKING:
    import httpx2
    from pydantic_ai.exceptions import ModelAPIError
    from pydantic_ai.messages import ModelResponse
    from pydantic_ai.models import ModelRequestParameters
    from pydantic_ai.models.openai import OpenAIChatModel
    from pydantic_ai.settings import ModelSettings

_MODE_WORDS = ("tool", "function", "response_format", "json_schema", "schema", "grammar", "jinja", "structured")
_NOT_THE_MODE = frozenset({401, 402, 403, 408, 429, 502, 503, 504, 529})


class Mode(StrEnum):
    """How an answer in a fixed form is asked for: the strictest first."""

    TOOL = "tool"
    SCHEMA = "schema"
    PROMPTED = "prompted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came back. Token counts are None where the endpoint did not say."""

    text: str
    tokens_in: int | None
    tokens_out: int | None
    model: str


class Wire(Protocol):
    """What `llm` needs of an endpoint."""

    async def ask(self, model: str, mode: Mode, system: str, user: str) -> Reply:
        """Send one request. Raises: a `ModelError`."""
        ...

    async def aclose(self) -> None:
        """Close the connections."""
        ...


class Endpoint:
    """An OpenAI-compatible endpoint; `timeout` is in seconds and covers a request from its start to its last byte."""

    def __init__(
        self,
        base_url: str,
        api_key: SecretStr | None,
        *,
        answer_schema: Mapping[str, Any],
        timeout: float = 5.0,
        max_tokens: int = 1_000,
    ) -> None:
        self._url, self._key, self._timeout, self._max_tokens = base_url, api_key, timeout, max_tokens
        self._schema = dict(answer_schema)
        self._models: dict[str, OpenAIChatModel] = {}
        self._http: httpx2.AsyncClient | None = None

    def prepare(self, model: str) -> None:
        """Load the library now, which holds everything up for a second or two, and not while a card waits."""
        self._model(model)

    async def ask(self, model: str, mode: Mode, system: str, user: str) -> Reply:
        """Send one request.

        Raises:
            ModelUnavailable: no usable answer in time. ModelRateLimited: 429. ModeRefused: not in this mode.
            ModelRefused: not at all.
        """
        # Loading the library and the first connection's set-up are ours: they must not eat the model's time.
        chat = self._model(model)
        try:
            async with asyncio.timeout(self._timeout):
                return await self._send(chat, model, mode, system, user)
        except TimeoutError:
            raise ModelUnavailable(f"no answer within {self._timeout:g} s", billed=True) from None

    async def aclose(self) -> None:
        """Close the connections."""
        if self._http is not None:
            await self._http.aclose()
        self._http, self._models = None, {}

    async def _send(self, chat: "OpenAIChatModel", model: str, mode: Mode, system: str, user: str) -> Reply:
        from pydantic_ai import direct
        from pydantic_ai.exceptions import ModelAPIError, UserError
        from pydantic_ai.messages import ModelRequest, SystemPromptPart, UserPromptPart

        request = ModelRequest(parts=[SystemPromptPart(system), UserPromptPart(user)])
        try:
            response = await _unfailing(
                direct.model_request(
                    chat,
                    [request],
                    model_settings=self._settings(chat),
                    model_request_parameters=self._parameters(mode),
                )
            )
        except ModelAPIError as error:
            raise _named(error, mode) from None  # the chained errors hold headers and whole bodies
        except UserError as error:
            kind = ModelRefused if mode is Mode.PROMPTED else ModeRefused
            raise kind(f"not in {mode} mode: {error}"[:300]) from None
        return _reply(response, model)

    def _settings(self, chat: "OpenAIChatModel") -> "ModelSettings":
        """The same question gets the same answer where the model lets us say so; one that reasons does it briefly."""
        from pydantic_ai.settings import ModelSettings

        settings = ModelSettings(max_tokens=self._max_tokens, timeout=self._timeout, max_retries=0)
        if chat.profile.get("openai_supports_reasoning"):
            settings["thinking"] = "low"
        else:
            settings["temperature"] = 0.0
        return settings

    def _parameters(self, mode: Mode) -> "ModelRequestParameters":
        from pydantic_ai.models import ModelRequestParameters
        from pydantic_ai.output import OutputObjectDefinition
        from pydantic_ai.tools import ToolDefinition

        if mode is Mode.TOOL:
            tool = ToolDefinition(
                name="classification",
                description="The verdict on the error.",
                parameters_json_schema=self._schema,
                kind="output",
            )
            return ModelRequestParameters(output_mode="tool", output_tools=[tool], allow_text_output=False)
        if mode is Mode.SCHEMA:
            answer = OutputObjectDefinition(json_schema=self._schema, name="classification")
            return ModelRequestParameters(output_mode="native", output_object=answer)
        return ModelRequestParameters()

    def _model(self, name: str) -> "OpenAIChatModel":
        if name not in self._models:
            import httpx2
            from pydantic_ai.models.openai import OpenAIChatModel
            from pydantic_ai.profiles.openai import OpenAIModelProfile
            from pydantic_ai.providers.openai_compatible import OpenAICompatibleProvider

            from bot.classify.bounded import bounded

            if self._http is None:
                transport = bounded(httpx2.AsyncHTTPTransport(proxy=proxy_for(self._url)))
                self._http = httpx2.AsyncClient(transport=transport, timeout=self._timeout)
            reasons = bool((OpenAICompatibleProvider.model_profile(name) or {}).get("openai_supports_reasoning"))
            provider = OpenAICompatibleProvider(
                "llm",
                base_url=self._url,
                api_key=self._key.get_secret_value() if self._key else None,
                http_client=self._http,
                profile=OpenAIModelProfile(
                    # What an endpoint can do is found out by asking it (see `llm`), not from a model's name.
                    supports_tools=True,
                    supports_json_schema_output=True,
                    # Local servers know only the older field, and without a bound a small model may never end.
                    openai_chat_supports_max_completion_tokens=reasons,
                ),
            )
            self._models[name] = OpenAIChatModel(name, provider=provider)
        return self._models[name]


async def _unfailing(request: "Awaitable[ModelResponse]") -> "ModelResponse":
    """The response; whatever an endpoint's odd JSON makes the library trip over is an unusable answer."""
    from pydantic_ai.exceptions import ModelAPIError, UserError

    try:
        return await request
    except (ModelAPIError, UserError):
        raise
    except Exception as error:  # noqa: BLE001  # an endpoint may answer with any JSON, and the library expects one
        raise ModelUnavailable(f"not a chat completion ({type(error).__name__})", billed=True) from None


def _reply(response: "ModelResponse", model: str) -> Reply:
    from pydantic_ai.messages import TextPart, ToolCallPart

    calls = [part.args_as_json_str() for part in response.parts if isinstance(part, ToolCallPart) and part.args]
    texts = [part.content for part in response.parts if isinstance(part, TextPart)]
    usage = response.usage
    known = bool(usage.input_tokens or usage.output_tokens)
    return Reply(
        text="\n".join(calls or texts),
        tokens_in=usage.input_tokens if known else None,
        tokens_out=usage.output_tokens if known else None,
        model=response.model_name or model,
    )


def _named(error: "ModelAPIError", mode: Mode) -> ModelError:
    """pydantic-ai's failure → ours. Messages carry no body beyond its first words: it may repeat the prompt."""
    from pydantic_ai import exceptions as ai

    status = error.status_code if isinstance(error, ai.ModelHTTPError) else None
    said = " ".join(str(error.body or error).split())[:200]
    if isinstance(error, ai.ModelRateLimitError):
        return ModelRateLimited("asked to slow down (429)", retry_after=error.retry_after)
    if mode is not Mode.PROMPTED and _refuses_mode(error, status, said):
        return ModeRefused(f"not in {mode} mode ({status}): {said}")
    if isinstance(error, ai.ModelRequestRejectedError | ai.ModelQuotaExceededError):
        return ModelRefused(f"refused ({status}): {said}")
    if isinstance(error, ai.ModelConnectionError):
        if _caused_by_size(error):
            return ModelUnavailable("the answer is too large", billed=True)
        sent = error.phase not in ("pool", "connect")
        return ModelUnavailable(f"connection failed ({error.phase or 'unknown'})", billed=sent)
    if status is None:
        return ModelUnavailable("the answer is not JSON", billed=True)
    return ModelUnavailable(f"failed ({status}): {said}", retry_after=error.retry_after)


def _refuses_mode(error: "ModelAPIError", status: int | None, said: str) -> bool:
    """400 and 422 may mean anything; llama.cpp answers 500, gateways 404, but then they name what they miss."""
    from pydantic_ai.exceptions import ModelContextWindowExceededError

    if status is None or status in _NOT_THE_MODE or isinstance(error, ModelContextWindowExceededError):
        return False
    return status in (400, 415, 422, 501) or any(word in said.lower() for word in _MODE_WORDS)


def _caused_by_size(error: BaseException) -> bool:
    from bot.classify.bounded import TOO_LARGE

    cause: BaseException | None = error
    while cause is not None and TOO_LARGE not in str(cause):
        cause = cause.__cause__ or cause.__context__
    return cause is not None
