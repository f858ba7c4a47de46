"""The files.* methods: an address to upload to, and sharing what was uploaded. Slack's calls of 2025."""

from bot.sandbox.chat import may_post, thread_of
from bot.sandbox.files import File
from bot.sandbox.messages import Message
from bot.sandbox.people import BOT_USER
from bot.sandbox.values import Args, Json, Refusal
from bot.sandbox.workspace import Workspace

LARGEST = 1_000_000
ALT_TEXT = 1_000
"""Characters; the image block's own limit is another."""


def get_upload_url(workspace: Workspace, args: Args) -> Json:
    """files.getUploadURLExternal."""
    length = args.number("length", 0, LARGEST)
    if len(args.text("alt_txt")) > ALT_TEXT:
        raise Refusal("alt_txt_too_large")
    secret, file = workspace.files.announce(args.text("filename"), length, args.text("alt_txt"))
    return {"upload_url": f"{workspace.url}upload/v1/{secret}", "file_id": file.id}


def complete_upload(workspace: Workspace, args: Args) -> Json:
    """files.completeUploadExternal: with a channel, a message of the bot's that holds the files."""
    files = [_uploaded(workspace, entry) for entry in _entries(args)]
    if args.text("channel_id"):
        channel = workspace.channel(args.text("channel_id"))
        may_post(channel)
        message = Message(
            ts=workspace.messages.new_ts(),
            channel=channel.id,
            user=BOT_USER,
            text=args.text("initial_comment"),
            thread_ts=thread_of(workspace, channel, args),
            files=[file.json for file in files],
        )
        workspace.messages.add(message)
        for file in files:
            file.shared_in.append(channel.id)
    return {"files": [file.json for file in files]}


def _entries(args: Args) -> list[Json]:
    entries = args.parsed("files", "invalid_arguments")
    if not isinstance(entries, list) or not entries or not all(isinstance(entry, dict) for entry in entries):
        raise Refusal("invalid_arguments", "must be an array of files [json-pointer:/files]")
    return entries


def _uploaded(workspace: Workspace, entry: Json) -> File:
    file = workspace.files.by_id.get(str(entry.get("id")))
    if file is None or file.data is None or file.shared_in:
        raise Refusal("file_not_found")
    file.title = str(entry.get("title") or file.name)
    return file
