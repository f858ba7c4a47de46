"""The methods that only read: conversations.*, users.*, auth.test and api.test."""

from base64 import b64decode, b64encode
from collections.abc import Sequence
from typing import TypeVar

from bot.sandbox.messages import Message
from bot.sandbox.people import BOT_ID, BOT_NAME, BOT_USER, TEAM_ID, TEAM_NAME, Channel
from bot.sandbox.values import Args, Json, Refusal
from bot.sandbox.workspace import Workspace

T = TypeVar("T")
MOST = 999


def page_of(items: Sequence[T], args: Args, default: int = 100) -> tuple[list[T], Json]:
    """One page of `items`, and what the answer says about the next."""
    start = 0
    if args.text("cursor"):
        try:
            start = int(b64decode(args.text("cursor"), validate=True).decode().removeprefix("next:"))
        except ValueError:
            raise Refusal("invalid_cursor") from None
    size = args.number("limit", default, MOST)
    more = start + size < len(items)
    cursor = b64encode(f"next:{start + size}".encode()).decode() if more else ""
    return list(items[start : start + size]), {"response_metadata": {"next_cursor": cursor}}


def _within(messages: Sequence[Message], args: Args) -> list[Message]:
    oldest, latest = args.text("oldest", "0"), args.text("latest")
    try:
        low, high = float(oldest or 0), float(latest) if latest else float("inf")
    except ValueError:
        raise Refusal("invalid_ts_oldest" if not latest else "invalid_ts_latest") from None
    edge = args.flag("inclusive")
    return [m for m in messages if low < float(m.ts) < high or (edge and m.ts in (oldest, latest))]


def _readable(workspace: Workspace, args: Args) -> Channel:
    channel = workspace.channel(args.text("channel"))
    if BOT_USER not in channel.members:
        raise Refusal("not_in_channel")
    return channel


def history(workspace: Workspace, args: Args) -> Json:
    """conversations.history: newest first, without what stands in threads."""
    channel = _readable(workspace, args)
    found = _within(workspace.messages.timeline(channel.id), args)[::-1]
    page, more = page_of(found, args)
    metadata = args.flag("include_all_metadata")
    shown = [workspace.messages.shown(message, metadata=metadata) for message in page]
    return {"messages": shown, "has_more": bool(more["response_metadata"]["next_cursor"]), "pin_count": 0, **more}


def replies(workspace: Workspace, args: Args) -> Json:
    """conversations.replies: the root first, whatever the range, then its replies, oldest first."""
    channel = _readable(workspace, args)
    root, *below = workspace.messages.thread(channel.id, args.text("ts"))
    page, more = page_of([root, *_within(below, args)], args, MOST)
    metadata = args.flag("include_all_metadata")
    shown = [workspace.messages.shown(message, metadata=metadata) for message in page]
    return {"messages": shown, "has_more": bool(more["response_metadata"]["next_cursor"]), **more}


_KINDS = {"public_channel": "channel", "private_channel": "group", "im": "im", "mpim": "mpim"}


def list_channels(workspace: Workspace, args: Args) -> Json:
    """conversations.list."""
    wanted = args.text("types", "public_channel").replace(" ", "").split(",")
    if not set(wanted) <= set(_KINDS):
        raise Refusal("invalid_types")
    kinds = {_KINDS[name] for name in wanted}
    found = [
        channel
        for channel in workspace.channels.values()
        if channel.kind in kinds
        and (channel.kind == "channel" or BOT_USER in channel.members)
        and not (channel.archived and args.flag("exclude_archived"))
    ]
    page, more = page_of(found, args)
    return {"channels": [channel.json for channel in page], **more}


def channel_info(workspace: Workspace, args: Args) -> Json:
    """conversations.info."""
    return {"channel": workspace.channel(args.text("channel")).json}


def user_info(workspace: Workspace, args: Args) -> Json:
    """users.info."""
    return {"user": workspace.user(args.text("user")).json}


def list_users(workspace: Workspace, args: Args) -> Json:
    """users.list."""
    page, more = page_of(list(workspace.people.values()), args)
    return {"members": [user.json for user in page], "cache_ts": int(workspace.clock()), **more}


def user_by_email(workspace: Workspace, args: Args) -> Json:
    """users.lookupByEmail."""
    for user in workspace.people.values():
        if not user.is_bot and user.email == args.text("email").lower():
            return {"user": user.json}
    raise Refusal("users_not_found")


def list_groups(workspace: Workspace, _args: Args) -> Json:
    """usergroups.list."""
    return {"usergroups": [group.json for group in workspace.groups.values()]}


def group_members(workspace: Workspace, args: Args) -> Json:
    """usergroups.users.list."""
    group = workspace.groups.get(args.text("usergroup"))
    if group is None:
        raise Refusal("no_such_subteam")
    return {"users": list(group.members)}


def auth_test(workspace: Workspace, _args: Args) -> Json:
    """auth.test: who the token is."""
    return {
        "url": workspace.url,
        "team": TEAM_NAME,
        "user": BOT_NAME,
        "team_id": TEAM_ID,
        "user_id": BOT_USER,
        "bot_id": BOT_ID,
        "is_enterprise_install": False,
    }


def api_test(_workspace: Workspace, args: Args) -> Json:
    """api.test: says back what it was told, and fails on request."""
    if "error" in args:
        raise Refusal(args.text("error"), args=args.values)
    return {"args": args.values} if args.values else {}
