"""The views.* methods: a view is checked before its trigger is used up, as Slack does it."""

import json
from typing import Any

from bot.sandbox.limits import VIEW_BYTES, view_problems
from bot.sandbox.values import Args, Json, Refusal
from bot.sandbox.views import View
from bot.sandbox.workspace import Workspace


def checked(workspace: Workspace, view: Any, kind: str) -> tuple[Json, list[Json]]:
    """A view that Slack would take, and its blocks with all ids filled in.

    Raises:
        Refusal: invalid_arguments with the places, or view_too_large.
    """
    if not isinstance(view, dict):
        raise Refusal("invalid_arguments", "must be an object [json-pointer:/view]")
    if len(json.dumps(view).encode()) > VIEW_BYTES:
        raise Refusal("view_too_large")
    problems = view_problems(view, kind)
    if problems:
        raise Refusal("invalid_arguments", *problems)
    return view, workspace.messages.name_blocks(view["blocks"])


def _given(workspace: Workspace, args: Args, kind: str) -> tuple[Json, list[Json]]:
    return checked(workspace, args.parsed("view", "invalid_arguments"), kind)


def _shown(view: View) -> Json:
    return {"view": view.json()}


def open_view(workspace: Workspace, args: Args) -> Json:
    """views.open."""
    body, blocks = _given(workspace, args, "modal")
    user = workspace.views.exchange(args.text("trigger_id"))
    return _shown(workspace.views.open(user, body, blocks))


def push_view(workspace: Workspace, args: Args) -> Json:
    """views.push."""
    body, blocks = _given(workspace, args, "modal")
    user = workspace.views.exchange(args.text("trigger_id"))
    return _shown(workspace.views.push(user, body, blocks))


def update_view(workspace: Workspace, args: Args) -> Json:
    """views.update, of a modal or (by its view_id) a Home tab."""
    if "view_id" not in args and "external_id" not in args:
        raise Refusal("invalid_arguments", "missing required field: view_id")
    view = workspace.views.find(args.text("view_id"), args.text("external_id"))
    body, blocks = _given(workspace, args, str(view.body["type"]))
    return _shown(workspace.views.update(view, body, blocks, args.text("hash")))


def publish_view(workspace: Workspace, args: Args) -> Json:
    """views.publish."""
    user = workspace.user(args.text("user_id"))
    body, blocks = _given(workspace, args, "home")
    return _shown(workspace.views.publish(user.id, body, blocks, args.text("hash")))
