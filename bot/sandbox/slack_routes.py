"""The wire of Slack's side: `/api/<method>` and the response URLs. Reads what was sent, writes what is answered."""

import json
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from bot.sandbox.sockets import PATH as LINK
from bot.sandbox.standin import SlackStandIn
from bot.sandbox.values import Answer, Refusal

STANDIN: web.AppKey[SlackStandIn] = web.AppKey("standin", SlackStandIn)


def add_slack_routes(app: web.Application) -> None:
    """Everything that the bot's Slack client calls."""
    app.router.add_route("*", "/api/{method}", _api)
    app.router.add_post("/response/{secret}", _response)
    app.router.add_post("/upload/v1/{secret}", _upload)
    app.router.add_get(LINK, app[STANDIN].sockets.serve)


async def read_args(request: web.Request) -> dict[str, Any]:
    """The arguments of a call, from its query, its form or its JSON.

    Raises:
        Refusal: invalid_json, or json_not_object.
    """
    args: dict[str, Any] = dict(request.query)
    if request.content_type == "application/json":
        try:
            body = json.loads(await request.text() or "{}")
        except ValueError:
            raise Refusal("invalid_json") from None
        if not isinstance(body, dict):
            raise Refusal("json_not_object")
        return {**args, **body}
    form: Mapping[str, Any] = await request.post()
    return {**args, **form}


def _token(request: web.Request, args: Mapping[str, Any]) -> str | None:
    """From the header; the argument counts only in a form, as with Slack."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme == "Bearer" and token:
        return token
    in_form = request.content_type != "application/json"
    return str(args["token"]) if in_form and args.get("token") else None


async def _api(request: web.Request) -> web.StreamResponse:
    standin, method = request.app[STANDIN], request.match_info["method"]
    await standin.faults.wait(method)
    try:
        args = await read_args(request)
    except Refusal as refusal:
        return web.json_response(refusal.body)
    return _sent(request, standin.call(method, args, _token(request, args)))


async def _response(request: web.Request) -> web.StreamResponse:
    try:
        args = await read_args(request)
    except Refusal as refusal:
        return web.json_response(refusal.body, status=400)
    answer = request.app[STANDIN].respond(request.match_info["secret"], args)
    return web.Response(text="ok") if answer.body["ok"] else _sent(request, answer)


async def _upload(request: web.Request) -> web.StreamResponse:
    """The bytes of a file, raw; its address is all the permission that is asked for."""
    data = await request.read()
    if not request.app[STANDIN].workspace.files.receive(request.match_info["secret"], data):
        return web.Response(status=400, text="not an upload that is awaited")
    return web.Response(text=f"OK - {len(data)}")


def _sent(request: web.Request, answer: Answer) -> web.StreamResponse:
    if answer.hang_up and request.transport is not None:
        request.transport.abort()
    return web.json_response(answer.body, status=answer.status, headers=dict(answer.headers))
