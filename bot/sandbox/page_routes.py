"""The page's own routes: its files, what one person sees, what that person does, and a stream of changes."""

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from bot.sandbox.elsewhere import ELSEWHERE, elsewhere
from bot.sandbox.interactions import Interactions, Outcome
from bot.sandbox.outbreaks import Outbreaks
from bot.sandbox.pagerduty import PagerDutyStandIn
from bot.sandbox.payloads import Impossible
from bot.sandbox.screen import screen
from bot.sandbox.sentry_api import SentryStandIn
from bot.sandbox.shelf import compact
from bot.sandbox.standin import SlackStandIn
from bot.sandbox.values import Json

FILES = Path(__file__).with_name("page")
POLICY = "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
OURS = ("127.0.0.1", "localhost")

Deed = Callable[[Interactions, Mapping[str, Any]], Awaitable[Outcome]]

DEEDS: dict[str, Deed] = {
    "click": lambda people, do: people.click(
        do["user"], do["channel"], do["ts"], do["action_id"], choice=do.get("choice"), block_id=do.get("block_id")
    ),
    "click_in_view": lambda people, do: people.click_in_view(
        do["user"],
        do["view"],
        do["action_id"],
        choice=do.get("choice"),
        block_id=do.get("block_id"),
        values=do.get("values"),
    ),
    "submit": lambda people, do: people.submit(do["user"], do["view"], do.get("values")),
    "close": lambda people, do: people.close(do["user"], do["view"]),
    "command": lambda people, do: people.command(do["user"], do["channel"], do["text"]),
    "write": lambda people, do: people.write(do["user"], do["channel"], do["text"], thread_ts=do.get("thread_ts")),
    "shortcut": lambda people, do: people.shortcut(do["user"], do["channel"], do["ts"]),
    "home": lambda people, do: people.open_home(do["user"]),
}


class Page:
    """What the page's routes work on."""

    def __init__(
        self, standin: SlackStandIn, people: Interactions, sentry: SentryStandIn, pagerduty: PagerDutyStandIn
    ) -> None:
        self.standin, self.people, self.shelf = standin, people, sentry.shelf
        self.sentry, self.pagerduty = sentry, pagerduty
        self.stopping = asyncio.Event()

    def stop(self) -> None:
        """End the open streams."""
        self.stopping.set()


PAGE: web.AppKey[Page] = web.AppKey("page", Page)


def add_page_routes(app: web.Application) -> None:
    """Everything that the browser asks for."""
    app.middlewares.append(only_from_here)
    app.router.add_get("/", _index)
    app.router.add_get("/archives/{channel}/{message}", _permalink)
    app.router.add_get("/page/state", _state)
    app.router.add_get("/page/changes", _changes)
    app.router.add_post("/page/do/{deed}", _do)
    app.router.add_post("/page/elsewhere/{deed}", _do_elsewhere)
    app.router.add_get("/sentry/organizations/{org}/issues/{issue}/", _sentry_page)
    app.router.add_post("/page/fire/{name}", _fire)
    app.router.add_post("/page/storm/{name}", _storm)
    app.router.add_post("/page/paste", _paste)
    app.router.add_get("/page/files/{id}", _file)
    app.router.add_static("/page/", FILES)


@web.middleware
async def only_from_here(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Refuse other sites: a page somewhere on the web must not press buttons here through the visitor's browser."""
    origin = request.headers.get("Origin")
    if request.url.host not in OURS or (origin and urlsplit(origin).netloc != request.host):
        raise web.HTTPForbidden(text="only from this machine")
    response = await handler(request)
    if not response.prepared:
        response.headers["Content-Security-Policy"] = POLICY
        response.headers["Cache-Control"] = "no-store"
    return response


async def _index(_request: web.Request) -> web.StreamResponse:
    return web.FileResponse(FILES / "index.html")


async def _permalink(request: web.Request) -> web.StreamResponse:
    digits = request.match_info["message"].removeprefix("p")
    raise web.HTTPFound(f"/#{request.match_info['channel']}/{digits[:-6]}.{digits[-6:]}")


async def _file(request: web.Request) -> web.StreamResponse:
    """A file that somebody may see: one that was shared."""
    file = request.app[PAGE].standin.workspace.files.by_id.get(request.match_info["id"])
    if file is None or file.data is None or not file.shared_in:
        raise web.HTTPNotFound(text="there is no such file")
    return web.Response(body=file.data, content_type="image/png", headers={"X-Content-Type-Options": "nosniff"})


async def _state(request: web.Request) -> web.StreamResponse:
    page = request.app[PAGE]
    user = request.query.get("user", "")
    if user not in page.standin.workspace.people:
        raise web.HTTPNotFound(text="nobody here has this id")
    shown = screen(page.standin, page.shelf, user, page.people.courier.bot_url)
    return web.json_response(shown | elsewhere(page.sentry, page.pagerduty))


async def _changes(request: web.Request) -> web.StreamResponse:
    """Server-sent events: one line with the new version after each change; changes at once make one line."""
    page = request.app[PAGE]
    stream = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
    await stream.prepare(request)
    stopped = asyncio.ensure_future(page.stopping.wait())
    seen = -1
    try:
        while not stopped.done():
            changed = asyncio.ensure_future(page.standin.next_change(seen))
            await asyncio.wait({changed, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if not changed.done():
                changed.cancel()
                break
            seen = changed.result()
            await stream.write(f"data: {seen}\n\n".encode())
    except (ConnectionResetError, asyncio.CancelledError):
        pass  # the browser went away, or the server is stopping: either way the stream is over
    finally:
        stopped.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await stopped
    return stream


async def _json(request: web.Request) -> Json:
    try:
        body = await request.json()
    except ValueError:
        raise web.HTTPBadRequest(text="this is not JSON") from None
    if not isinstance(body, dict):
        raise web.HTTPBadRequest(text="this is not a JSON object")
    return body


async def _do(request: web.Request) -> web.StreamResponse:
    deed = DEEDS.get(request.match_info["deed"])
    if deed is None:
        raise web.HTTPNotFound(text="nobody can do that here")
    try:
        outcome = await deed(request.app[PAGE].people, await _json(request))
    except Impossible as impossible:
        return web.json_response({"ok": False, "problem": str(impossible)}, status=409)
    except KeyError as missing:
        raise web.HTTPBadRequest(text=f"{missing} is missing") from None
    return web.json_response(
        {"ok": outcome.ok, "problem": outcome.problem, "errors": dict(outcome.errors), "ts": outcome.ts}
    )


async def _do_elsewhere(request: web.Request) -> web.StreamResponse:
    page, deed = request.app[PAGE], ELSEWHERE.get(request.match_info["deed"])
    if deed is None:
        raise web.HTTPNotFound(text="nobody can do that there")
    do = await _json(request)
    try:
        receipts = await deed(page.sentry, page.pagerduty, str(do.get("id", "")), str(do.get("words", "")))
    except Impossible as impossible:
        return web.json_response({"ok": False, "problem": str(impossible)}, status=409)
    problem = next((receipt.problem for receipt in receipts if receipt.problem), "")
    return web.json_response({"ok": not problem, "problem": problem})


async def _sentry_page(_request: web.Request) -> web.StreamResponse:
    """An issue's own page, to which cards link: there is but this one."""
    raise web.HTTPFound("/")


async def _fire(request: web.Request) -> web.StreamResponse:
    shelf, name = request.app[PAGE].shelf, request.match_info["name"]
    if name not in shelf.items:
        raise web.HTTPNotFound(text="that is not on the shelf")
    receipt = await shelf.fire(name)
    return web.json_response(
        {"status": receipt.status, "ms": round(receipt.ms), "problem": receipt.problem, "answer": receipt.text[:2000]}
    )


async def _storm(request: web.Request) -> web.StreamResponse:
    """Many deliveries at once: repeats of one issue, or an outbreak of different ones."""
    shelf, name = request.app[PAGE].shelf, request.match_info["name"]
    many = {"repeats": shelf.storm, "deploy": Outbreaks(shelf).deploy, "upstream": Outbreaks(shelf).upstream}
    if name not in many:
        raise web.HTTPNotFound(text="there is no such storm")
    receipts = await many[name]()
    refused = [receipt for receipt in receipts if not receipt.ok]
    slowest = max(receipt.ms for receipt in receipts)
    told = {"sent": len(receipts), "taken": len(receipts) - len(refused), "slowest_ms": round(slowest)}
    problem = refused[0].problem if refused else ""
    return web.json_response(
        {"status": receipts[-1].status, "ms": round(slowest), "problem": problem, "answer": json.dumps(told)}
    )


async def _paste(request: web.Request) -> web.StreamResponse:
    given = await _json(request)
    try:
        body = compact(json.loads(str(given.get("body", ""))))
    except ValueError as error:
        return web.json_response({"status": None, "ms": 0, "problem": f"not JSON: {error}", "answer": ""})
    receipt = await request.app[PAGE].shelf.send(str(given.get("resource", "error")), body)
    return web.json_response(
        {"status": receipt.status, "ms": round(receipt.ms), "problem": receipt.problem, "answer": receipt.text[:2000]}
    )
