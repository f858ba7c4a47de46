"""For those who run the bot: is it alive, is it ready, what are its figures."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TypedDict

from aiohttp import web

from bot.errors import TriageError
from bot.metrics import Metrics

Probe = Callable[[], Awaitable[object]]
"""Answers, with a few words about it where there are any; raises when it does not work."""
Refresh = Callable[[], Awaitable[None]]
"""Brings gauges up to date before they are read."""
PATIENCE = 2.0


class PartState(TypedDict):
    """Whether a part works, and a few words about it."""

    ok: bool
    state: str


class Ops:
    """`/health`, `/ready`, `/metrics`."""

    def __init__(self, probes: Mapping[str, Probe], metrics: Metrics, refresh: Refresh) -> None:
        self._probes, self._metrics, self._refresh = probes, metrics, refresh

    def routes(self) -> list[web.RouteDef]:
        """Where they stand."""
        return [
            web.get("/health", self.health),
            web.get("/ready", self.ready),
            web.get("/metrics", self.metrics),
        ]

    async def health(self, _request: web.Request) -> web.Response:
        """200 while the process lives."""
        return web.json_response({"status": "ok"})

    async def parts(self) -> Mapping[str, PartState]:
        """Each part's state, as of now."""
        names = list(self._probes)
        answers = await asyncio.gather(*(self._tried(self._probes[name]) for name in names))
        return {name: {"ok": ok, "state": state} for name, (ok, state) in zip(names, answers, strict=True)}

    async def ready(self, _request: web.Request) -> web.Response:
        """200, or 503 with what is missing; each part's state in a few words."""
        parts = await self.parts()
        ready = all(part["ok"] for part in parts.values())
        return web.json_response({"ready": ready, "parts": parts}, status=200 if ready else 503)

    async def metrics(self, _request: web.Request) -> web.Response:
        """Prometheus' text format."""
        await self._refresh()
        return web.Response(body=self._metrics.exposition(), headers={"Content-Type": "text/plain; version=0.0.4"})

    async def _tried(self, probe: Probe) -> tuple[bool, str]:
        try:
            async with asyncio.timeout(PATIENCE):
                return True, str(await probe() or "answering")
        except TimeoutError:
            return False, f"no answer within {PATIENCE:g} s"
        except Exception as error:  # noqa: BLE001  a probe fails in its library's own ways, and all mean "not ready"
            return False, str(error) if isinstance(error, TriageError) else type(error).__name__
