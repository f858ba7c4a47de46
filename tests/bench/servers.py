"""The servers that are compared with the bot or run in its place, each a process: `bare`, and `bot` without its pace.

Slack is a sink that answers at once, in the process of the bench itself.
"""

import asyncio
import hashlib
import hmac
import json
import sys
import time
from collections.abc import Callable
from typing import Self

import uvloop
from aiohttp import web

from app import build, calm_collector, utc_now
from bot import log
from bot.settings import Settings
from tests.bench.bodies import SECRET

HOST = "127.0.0.1"
THINKING = 5.0
"""Seconds that the model takes."""


async def bare(request: web.Request) -> web.Response:
    """The least that a receiver of webhooks can do: read the body, check its HMAC, answer 202."""
    raw = await request.read()
    expected = hmac.new(SECRET.encode(), raw, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected, request.headers["Sentry-Hook-Signature"]):
        return web.Response(status=401)
    return web.Response(status=202)


async def serve_bare(port: int) -> None:
    """The bare handler, until the process is ended."""
    http = web.Application(client_max_size=5 * 1024 * 1024)
    http.router.add_post("/webhooks/sentry", bare)
    http.router.add_get("/health", lambda _request: _ok())
    runner = web.AppRunner(http, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, HOST, port).start()
    await asyncio.Event().wait()


async def _ok() -> web.Response:
    return web.json_response({"ok": True})


async def serve_bot(environment: dict[str, str], speed: float) -> None:
    """The bot as `serve` runs it, with no pause between two messages in a channel and a clock `speed` times as fast."""
    log.configure(console=False, level=30)
    began = utc_now()
    app = build(Settings.of(environment), lambda: began + (utc_now() - began) * speed, pace=0.0)
    await app.start()
    calm_collector()
    await asyncio.Event().wait()


async def _think(_request: web.Request) -> web.Response:
    """A model that takes its time, and then has nothing to say."""
    await asyncio.sleep(THINKING)
    return web.json_response({"error": "nothing to say"}, status=400)


class Sink:
    """Slack, as far as the bot notices: says yes to every call, and notes when a card arrived. And a slow model."""

    def __init__(self) -> None:
        self.cards, self.threads, self.port = 0, 0, 0
        self.heard: Callable[[bool, float], None] = lambda _card, _at: None
        """Told of each message posted: whether it is a card, and when its last byte was here."""

    async def __aenter__(self) -> Self:
        http = web.Application(client_max_size=5 * 1024 * 1024)
        http.router.add_post("/api/{method}", self._call)
        http.router.add_post("/v1/{path:.*}", _think)
        self._runner = web.AppRunner(http, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, HOST, 0).start()
        self.port = int(self._runner.addresses[0][1])
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def _call(self, request: web.Request) -> web.Response:
        raw = await request.read()
        at = time.monotonic()
        if request.match_info["method"] == "chat.postMessage":
            card = b'"thread_ts"' not in raw
            self.cards, self.threads = self.cards + card, self.threads + (not card)
            self.heard(card, at)
        stamp = f"{1_772_446_531 + self.cards}.{self.threads:06d}"
        return web.json_response({"ok": True, "channel": "C0BENCH", "ts": stamp, "user": "bot", "team": "bench"})


def main() -> None:
    """`bare PORT`, or `bot ENVIRONMENT-AS-JSON SPEED`."""
    if sys.argv[1] == "bare":
        uvloop.run(serve_bare(int(sys.argv[2])))
    else:
        uvloop.run(serve_bot(json.loads(sys.argv[2]), float(sys.argv[3])))


if __name__ == "__main__":
    main()
