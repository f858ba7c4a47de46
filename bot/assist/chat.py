"""The models of one OpenAI-compatible endpoint, for conversations: made once each, over one pool of connections.

Only imported where a model is configured.
"""

import httpx2
from pydantic import SecretStr
from pydantic_ai.models import Model
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.profiles import ModelProfile
from pydantic_ai.providers.openai_compatible import OpenAICompatibleProvider

from bot.proxy import proxy_for


class ChatModels:
    """Call it with a model's name; `seconds` bounds every single read."""

    def __init__(self, base_url: str, api_key: SecretStr | None, *, seconds: float) -> None:
        self._url, self._key = base_url, api_key
        transport = httpx2.AsyncHTTPTransport(proxy=proxy_for(base_url))
        self._http = httpx2.AsyncClient(transport=transport, timeout=seconds)
        self._models: dict[str, Model] = {}

    def __call__(self, name: str) -> Model:
        """The model of that name; whether it exists is found out by asking it."""
        if name not in self._models:
            provider = OpenAICompatibleProvider(
                "llm",
                base_url=self._url,
                api_key=self._key.get_secret_value() if self._key else None,
                http_client=self._http,
                profile=ModelProfile(supports_tools=True),
            )
            self._models[name] = OpenAIChatModel(name, provider=provider)
        return self._models[name]

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()
