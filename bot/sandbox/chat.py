"""The chat.* methods: what may be posted, changed and deleted, and how Slack answers."""

from collections.abc import Sequence
from typing import Any

from bot.sandbox.limits import (
    BLOCKS_TEXT,
    MARKDOWN_TEXT,
    METADATA_BYTES,
    POST_TEXT,
    UPDATE_TEXT,
    blocks_weight,
    message_problems,
)
from bot.sandbox.messages import Message
from bot.sandbox.people import BOT_USER, Channel
from bot.sandbox.values import Args, Json, Refusal
from bot.sandbox.workspace import Workspace


def read_blocks(workspace: Workspace, args: Args) -> list[Json] | None:
    """The blocks of a message, checked; None when there are none in the call.

    Raises:
        Refusal: invalid_blocks_format, invalid_blocks with the places, msg_blocks_too_long.
    """
    raw = args.parsed("blocks", "invalid_blocks_format")
    if raw is None:
        return None
    if not isinstance(raw, list):
        raise Refusal("invalid_blocks_format")
    problems = message_problems(raw) or workspace.files.problems(raw)
    if problems:
        raise Refusal("invalid_blocks", *problems)
    if blocks_weight(raw) > BLOCKS_TEXT:
        raise Refusal("msg_blocks_too_long")
    return raw


def read_metadata(args: Args) -> Json | None:
    """The message's metadata, checked: {} removes it, None says nothing about it."""
    raw: Any = args.parsed("metadata", "invalid_metadata_format")
    if not raw:
        return None if raw is None else {}
    known = isinstance(raw, dict) and set(raw) == {"event_type", "event_payload"}
    if not known or not isinstance(raw["event_type"], str) or not isinstance(raw["event_payload"], dict):
        raise Refusal("invalid_metadata_format")
    if len(str(raw).encode()) > METADATA_BYTES:
        raise Refusal("metadata_too_large")
    return dict(raw)


def read_text(args: Args, blocks: Sequence[Json] | None) -> str:
    """The text, from either of its two arguments.

    Raises:
        Refusal: markdown_text_conflict, msg_too_long, no_text.
    """
    if "markdown_text" in args:
        if args.text("text") or blocks is not None:
            raise Refusal("markdown_text_conflict")
        if len(args.text("markdown_text")) > MARKDOWN_TEXT:
            raise Refusal("msg_too_long")
        return args.text("markdown_text")
    text = args.text("text")
    if not text.strip() and not blocks:
        raise Refusal("no_text")
    return text


def may_post(channel: Channel) -> None:
    """Refuse where the bot may not write: is_archived, not_in_channel."""
    if channel.archived:
        raise Refusal("is_archived")
    if BOT_USER not in channel.members:
        raise Refusal("not_in_channel")


def thread_of(workspace: Workspace, channel: Channel, args: Args) -> str | None:
    """The thread that a call names; a reply to a reply is refused."""
    thread_ts = args.text("thread_ts") or None
    if thread_ts and workspace.messages.thread(channel.id, thread_ts)[0].is_reply:
        raise Refusal("cannot_reply_to_message")
    return thread_ts


def post_message(workspace: Workspace, args: Args) -> Json:
    """chat.postMessage."""
    channel = workspace.address(args.text("channel"))
    may_post(channel)
    blocks = read_blocks(workspace, args)
    text = read_text(args, blocks)[:POST_TEXT]
    metadata = read_metadata(args)
    thread_ts = thread_of(workspace, channel, args)
    message = Message(
        ts=workspace.messages.new_ts(),
        channel=channel.id,
        user=BOT_USER,
        text=text,
        blocks=workspace.messages.name_blocks(blocks or []),
        metadata=metadata or None,
        thread_ts=thread_ts,
        broadcast=bool(thread_ts) and args.flag("reply_broadcast"),
    )
    workspace.messages.add(message)
    shown = workspace.messages.shown(message, metadata=True)
    return {"channel": channel.id, "ts": message.ts, "message": shown}


def post_ephemeral(workspace: Workspace, args: Args) -> Json:
    """chat.postEphemeral."""
    channel = workspace.address(args.text("channel"))
    may_post(channel)
    user = workspace.user(args.text("user"), "user_not_found")
    if user.id not in channel.members:
        raise Refusal("user_not_in_channel")
    blocks = read_blocks(workspace, args)
    text = read_text(args, blocks)
    message = Message(
        ts=workspace.messages.new_ts(),
        channel=channel.id,
        user=BOT_USER,
        text=text,
        blocks=workspace.messages.name_blocks(blocks or []),
        thread_ts=thread_of(workspace, channel, args),
        viewer=user.id,
    )
    workspace.messages.add(message)
    return {"message_ts": message.ts}


def rewrite(workspace: Workspace, message: Message, text: str | None, blocks: list[Json] | None) -> None:
    """Slack's rule for changes: blocks stay only while no text is given; a change with blocks is not marked edited."""
    if blocks is not None:
        message.blocks = workspace.messages.name_blocks(blocks)
    elif text is not None:
        message.blocks = []
    if text is not None:
        message.text = text
    if not blocks:
        message.edited_ts = workspace.messages.new_ts()


def update(workspace: Workspace, args: Args) -> Json:
    """chat.update."""
    channel = workspace.channel(args.text("channel"))
    message = workspace.messages.find(channel.id, args.text("ts"))
    if message.user != BOT_USER:
        raise Refusal("cant_update_message")
    if message.streaming_until is not None and workspace.clock() < message.streaming_until:
        raise Refusal("streaming_state_conflict")
    blocks = read_blocks(workspace, args)
    text = read_text(args, blocks)
    if "markdown_text" not in args and len(text) > UPDATE_TEXT:
        raise Refusal("msg_too_long")
    metadata = read_metadata(args)
    rewrite(workspace, message, text or None, blocks)
    if metadata is not None:
        message.metadata = metadata or None
    shown = workspace.messages.shown(message, metadata=True)
    return {"channel": channel.id, "ts": message.ts, "text": message.text, "message": shown}


def delete(workspace: Workspace, args: Args) -> Json:
    """chat.delete."""
    channel = workspace.channel(args.text("channel"))
    message = workspace.messages.find(channel.id, args.text("ts"))
    if message.user != BOT_USER:
        raise Refusal("cant_delete_message")
    workspace.messages.remove(message)
    return {"channel": channel.id, "ts": message.ts}


def get_permalink(workspace: Workspace, args: Args) -> Json:
    """chat.getPermalink."""
    channel = workspace.channel(args.text("channel"))
    message = workspace.messages.find(channel.id, args.text("message_ts"))
    link = f"{workspace.url}archives/{channel.id}/p{message.ts.replace('.', '')}"
    if message.is_reply:
        link += f"?thread_ts={message.thread_ts}&cid={channel.id}"
    return {"channel": channel.id, "permalink": link}
