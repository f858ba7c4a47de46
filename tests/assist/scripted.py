"""A scripted model for questions, on loopback: streams what the test listed, as Server-Sent Events.

Requests for a verdict, which do not stream, get a good one.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from tests.classify.endpoint import Endpoint, answers, fails, resets, serving, verdict

Step = Callable[[web.Request, dict[str, Any]], Awaitable[web.StreamResponse]]
USAGE = {"prompt_tokens": 1_000, "completion_tokens": 100, "total_tokens": 1_100}
__all__ = ["USAGE", "Step", "Talk", "calls", "fails", "gated", "hangs", "resets", "talking", "writes"]


def chunk(delta: dict[str, Any], finish: str | None = None, **more: Any) -> bytes:
    """One event of the stream."""
    choices = [{"index": 0, "delta": delta, "finish_reason": finish}]
    body = {"id": "c1", "object": "chat.completion.chunk", "created": 1_750_000_000, "model": "m", "choices": choices}
    return f"data: {json.dumps(body | more)}\n\n".encode()


async def opened(request: web.Request) -> web.StreamResponse:
    """The beginning of every stream."""
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    await response.write(chunk({"role": "assistant", "content": ""}))
    return response


async def closed(response: web.StreamResponse, finish: str, usage: dict[str, int] | None) -> web.StreamResponse:
    """The end of every stream."""
    await response.write(chunk({}, finish))
    if usage:
        await response.write(chunk({}, choices=[], usage=usage))
    await response.write(b"data: [DONE]\n\n")
    return response


def writes(text: str, usage: dict[str, int] | None = USAGE) -> Step:
    """Streams a text, a few characters at a time."""

    async def step(request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        response = await opened(request)
        for at in range(0, len(text), 7):
            await response.write(chunk({"content": text[at : at + 7]}))
        return await closed(response, "stop", usage)

    return step


def calls(*wanted: tuple[str, dict[str, Any] | str], say: str = "") -> Step:
    """Streams tool calls, perhaps after some words."""

    async def step(request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        response = await opened(request)
        if say:
            await response.write(chunk({"content": say}))
        for index, (name, arguments) in enumerate(wanted):
            text = arguments if isinstance(arguments, str) else json.dumps(arguments)
            call = {"index": index, "id": f"call_{index}", "type": "function"}
            await response.write(chunk({"tool_calls": [{**call, "function": {"name": name, "arguments": text}}]}))
        return await closed(response, "tool_calls", USAGE)

    return step


def gated(text: str, gate: asyncio.Event, rest: str = "") -> Step:
    """Streams a text, waits for the test, then streams the rest."""

    async def step(request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        response = await opened(request)
        await response.write(chunk({"content": text}))
        await gate.wait()
        await response.write(chunk({"content": rest}))
        return await closed(response, "stop", USAGE)

    return step


async def hangs(request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
    """Begins to answer and never goes on."""
    response = await opened(request)
    await asyncio.Event().wait()
    return response


class Talk:
    """The steps of the conversations to come, the last of which stays; and what was asked."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self.steps: list[Step] = [writes("It is the pool.")]
        endpoint.scripts = [self._script]

    @property
    def url(self) -> str:
        return self.endpoint.url

    @property
    def requests(self) -> list[dict[str, Any]]:
        """Those that stream: questions."""
        return [body for body in self.endpoint.requests if body.get("stream")]

    async def _script(self, request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        if not body.get("stream"):
            return await answers(verdict())(request, body)
        step = self.steps.pop(0) if len(self.steps) > 1 else self.steps[0]
        return await step(request, body)


@asynccontextmanager
async def talking() -> AsyncIterator[Talk]:
    """A scripted model that listens."""
    async with serving() as endpoint:
        yield Talk(endpoint)


def told(body: dict[str, Any]) -> str:
    """Everything that a request says to the model."""
    return "\n".join(str(message.get("content") or "") for message in body["messages"])
