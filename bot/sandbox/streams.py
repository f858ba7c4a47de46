"""chat.startStream, appendStream and stopStream: a message that grows while it is written, in a thread only.

A stream lives five minutes from its start; appends do not make it live longer. While it lives, chat.update is refused.
Task and plan chunks are not taken here: nobody uses them.
"""

from typing import Any

from bot.sandbox.chat import may_post, read_blocks, read_metadata, thread_of
from bot.sandbox.limits import MARKDOWN_TEXT, MESSAGE_BLOCKS
from bot.sandbox.messages import Message
from bot.sandbox.people import BOT_USER, TEAM_ID
from bot.sandbox.values import Args, Json, Refusal
from bot.sandbox.workspace import Workspace

LIFE = 300.0
"""Seconds."""


def start_stream(workspace: Workspace, args: Args) -> Json:
    """chat.startStream."""
    channel = workspace.channel(args.text("channel"))
    may_post(channel)
    if channel.kind != "im":
        for name in ("recipient_team_id", "recipient_user_id"):
            if not args.text(name):
                raise Refusal(f"missing_{name}")
        if args.text("recipient_team_id") != TEAM_ID:
            raise Refusal("team_not_found")
        workspace.user(args.text("recipient_user_id"))
    message = Message(
        ts=workspace.messages.new_ts(),
        channel=channel.id,
        user=BOT_USER,
        thread_ts=thread_of(workspace, channel, args),
        streaming_until=workspace.clock() + LIFE,
    )
    _grow(message, _markdown(args))
    workspace.messages.add(message)
    return {"channel": channel.id, "ts": message.ts}


def append_stream(workspace: Workspace, args: Args) -> Json:
    """chat.appendStream."""
    message = _streaming(workspace, args)
    text = _markdown(args)
    if not text:
        raise Refusal("no_text")
    _grow(message, text)
    return {"channel": message.channel, "ts": message.ts}


def stop_stream(workspace: Workspace, args: Args) -> Json:
    """chat.stopStream: the rest of the text, and blocks below it."""
    message = _streaming(workspace, args)
    blocks, metadata = read_blocks(workspace, args), read_metadata(args)
    if len(blocks or []) + len(message.blocks) > MESSAGE_BLOCKS:
        raise Refusal("invalid_blocks")
    _grow(message, _markdown(args))
    message.streaming_until = None
    message.blocks += workspace.messages.name_blocks(blocks or [])
    message.metadata = metadata or None
    return {"channel": message.channel, "ts": message.ts, "message": workspace.messages.shown(message, metadata=True)}


def _streaming(workspace: Workspace, args: Args) -> Message:
    channel = workspace.channel(args.text("channel"))
    message = workspace.messages.find(channel.id, args.text("ts"))
    if message.streaming_until is not None and workspace.clock() >= message.streaming_until:
        message.streaming_until = None  # Slack ended it by itself
    if message.user != BOT_USER or message.streaming_until is None:
        raise Refusal("message_not_in_streaming_state")
    return message


def _markdown(args: Args) -> str:
    """The text of a call, from its `markdown_text` or its chunks of that type.

    Raises:
        Refusal: invalid_chunks, or msg_too_long.
    """
    chunks: Any = args.parsed("chunks", "invalid_chunks")
    if chunks is not None and "markdown_text" in args:
        raise Refusal("invalid_arguments", "markdown_text and chunks exclude each other")
    text = args.text("markdown_text")
    for chunk in chunks or []:
        if not isinstance(chunk, dict) or set(chunk) != {"type", "text"} or chunk["type"] != "markdown_text":
            raise Refusal("invalid_chunks")
        text += str(chunk["text"])
    if len(text) > MARKDOWN_TEXT:
        raise Refusal("msg_too_long")
    return text


def _grow(message: Message, text: str) -> None:
    if len(message.text) + len(text) > MARKDOWN_TEXT:
        raise Refusal("msg_too_long")
    message.text += text
    message.blocks = [{"type": "markdown", "block_id": "stream", "text": message.text}] if message.text else []
