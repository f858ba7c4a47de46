"""A scripted OpenAI-compatible endpoint on loopback: it answers what the test listed, and keeps what it got."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

Script = Callable[[web.Request, dict[str, Any]], Awaitable[web.StreamResponse]]
USAGE = {"prompt_tokens": 1_000, "completion_tokens": 100, "total_tokens": 1_100}


def verdict(**changes: Any) -> dict[str, Any]:
    """A good answer; give a field to change it."""
    said: dict[str, Any] = {
        "severity": "high",
        "category": "database",
        "root_cause": "The pool is exhausted.",
        "suggested_action": "Raise the pool size.",
        "estimated_fix_time": "1h",
        "confidence": 0.8,
        "evidence": [{"ref": "message", "quote": "too many clients", "supports": "root_cause"}],
    }
    return said | changes


def completion(message: dict[str, Any], usage: dict[str, int] | None = USAGE, finish: str = "stop") -> dict[str, Any]:
    """A chat completion with one message."""
    body: dict[str, Any] = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1_750_000_000,
        "model": "scripted",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": None} | message, "finish_reason": finish}],
    }
    return body | ({"usage": usage} if usage else {})


def says(text: str, usage: dict[str, int] | None = USAGE) -> Script:
    """Answers with this text, whatever was asked for."""

    async def script(request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        return web.json_response(completion({"content": text}, usage))

    return script


def answers(said: dict[str, Any], usage: dict[str, int] | None = USAGE) -> Script:
    """Answers in the mode that it was asked in: a tool call where tools were offered, else JSON."""

    async def script(request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        text = json.dumps(said)
        if not body.get("tools"):
            return web.json_response(completion({"content": text}, usage))
        name = body["tools"][0]["function"]["name"]
        call = {"id": "call_1", "type": "function", "function": {"name": name, "arguments": text}}
        return web.json_response(completion({"tool_calls": [call]}, usage, "tool_calls"))

    return script


def fails(status: int, message: str = "it broke", headers: dict[str, str] | None = None) -> Script:
    """Answers with an HTTP error."""

    async def script(request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        return web.json_response({"error": {"message": message}}, status=status, headers=headers)

    return script


def sends(body: str, content_type: str = "application/json") -> Script:
    """Answers 200 with exactly this body."""

    async def script(request: web.Request, asked: dict[str, Any]) -> web.StreamResponse:
        return web.Response(text=body, content_type=content_type)

    return script


def refuses(*what: str, then: Script, status: int = 400, message: str = "not supported here") -> Script:
    """Refuses requests that carry one of these fields (`tools`, `response_format`)."""

    async def script(request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        refused = any(field in body for field in what)
        return await (fails(status, message) if refused else then)(request, body)

    return script


async def hangs(request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
    """Never answers: gives up only when the client has gone."""
    await asyncio.Event().wait()
    return web.Response()


async def drips(request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
    """Starts to answer and never ends."""
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    await response.prepare(request)
    await response.write(b'{"id": "chatcmpl-1", ')
    await asyncio.Event().wait()
    return response


async def resets(request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
    """Drops the connection without a word."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


class Endpoint:
    """Each request takes the next script from the list; the last one stays."""

    def __init__(self) -> None:
        self.scripts: list[Script] = [answers(verdict())]
        self.requests: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.url = ""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.requests.append(body)
        self.keys.append(request.headers.get("Authorization", ""))
        script = self.scripts.pop(0) if len(self.scripts) > 1 else self.scripts[0]
        return await script(request, body)

    def modes(self) -> list[str]:
        """How each request asked for its form."""
        return [
            "tool" if body.get("tools") else "schema" if body.get("response_format") else "prompted"
            for body in self.requests
        ]


@asynccontextmanager
async def serving() -> AsyncIterator[Endpoint]:
    """The endpoint, listening on a free port."""
    endpoint = Endpoint()
    app = web.Application()
    app.router.add_post("/v1/chat/completions", endpoint.handle)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    endpoint.url = f"http://127.0.0.1:{port}/v1"
    try:
        yield endpoint
    finally:
        await runner.cleanup()
