"""`GET /`: how things stand, for a browser. Reads only; what it shows is counted in `bot.insights`."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

from aiohttp import web

from bot.insights import pages
from bot.insights.overview import Overview
from bot.insights.records import Remembers
from handlers.ops import PartState
from handlers.session import Sessions

LISTED = 50
PERIODS = (1, 7, 30)
"""Days."""

Health = Callable[[], Awaitable[Mapping[str, PartState]]]
"""Each connection, by name."""
Budget = Callable[[], Awaitable[float | None]]
"""Dollars left; None: there is no limit, or no model."""


class Dashboard:
    """The page and its log-in. Without an ADMIN_TOKEN it shows everybody numbers, and nobody an event's words."""

    def __init__(self, overview: Overview, past: Remembers, sessions: Sessions, health: Health, budget: Budget) -> None:
        self._overview, self._past, self._sessions = overview, past, sessions
        self._health, self._budget = health, budget

    def routes(self) -> list[web.RouteDef]:
        """Where they stand."""
        return [
            web.get("/", self.show),
            web.post("/login", self.log_in),
            web.post("/logout", self.log_out),
        ]

    async def show(self, request: web.Request) -> web.Response:
        """The page, or the form where the visitor has to log in first."""
        admitted = self._sessions.admits(request)
        if self._sessions.required and not admitted:
            return _page(pages.login(), status=401)
        asked = request.query.get("days", "")
        days = int(asked) if asked in map(str, PERIODS) else 7
        return _page(
            pages.dashboard(
                await self._overview.last(timedelta(days=days)),
                days=days,
                full=admitted,
                logged_in=admitted and "Authorization" not in request.headers,
                still_open=await self._past.still_open(LISTED) if admitted else (),
                health=await self._health(),
                budget=await self._budget(),
            )
        )

    async def log_in(self, request: web.Request) -> web.Response:
        """Take the form: the token becomes a cookie."""
        form = await request.post()
        if not self._sessions.is_token(str(form.get("token", "")).strip()):
            return _page(pages.login(wrong=True), status=401)
        response = _see("/")
        self._sessions.begin(request, response)
        return response

    async def log_out(self, _request: web.Request) -> web.Response:
        """Take the cookie away."""
        response = _see("/")
        self._sessions.end(response)
        return response


def _see(where: str) -> web.Response:
    return web.Response(status=303, headers={"Location": where})


def _page(html: str, status: int = 200) -> web.Response:
    headers = {
        "Content-Security-Policy": f"{pages.policy()}; frame-ancestors 'none'",
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    return web.Response(text=html, status=status, content_type="text/html", headers=headers)
