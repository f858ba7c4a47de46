"""What a POST to a response_url does: say something to the person who clicked, or change what they clicked on."""

from bot.sandbox.chat import read_blocks, read_text, rewrite
from bot.sandbox.messages import Message
from bot.sandbox.people import BOT_USER
from bot.sandbox.values import Args, Refusal
from bot.sandbox.workspace import ResponseUrl, Workspace


def respond(workspace: Workspace, door: ResponseUrl, args: Args) -> str:
    """Do what the bot asks for; the ts of the message that was made, changed or deleted.

    Raises:
        Refusal: there is nothing to say, nothing to replace, or the blocks are wrong.
    """
    if args.flag("delete_original"):
        original = _original(workspace, door)
        workspace.messages.remove(original)
        return original.ts
    blocks = read_blocks(workspace, args)
    text = read_text(args, blocks)
    if args.flag("replace_original") and door.message_ts:
        original = _original(workspace, door)
        rewrite(workspace, original, text or None, blocks)
        return original.ts
    return say(workspace, door, args).ts


def say(workspace: Workspace, door: ResponseUrl, args: Args) -> Message:
    """A new message where the person is: for that person alone unless the bot says `in_channel`."""
    blocks = read_blocks(workspace, args)
    public = args.text("response_type") == "in_channel"
    message = Message(
        ts=workspace.messages.new_ts(),
        channel=door.channel,
        user=BOT_USER,
        text=read_text(args, blocks),
        blocks=workspace.messages.name_blocks(blocks or []),
        thread_ts=(args.text("thread_ts") or None) if public else door.thread_ts,
        viewer=None if public else door.user,
    )
    return workspace.messages.add(message)


def _original(workspace: Workspace, door: ResponseUrl) -> Message:
    ephemeral = workspace.messages.find_ephemeral(door.channel, door.message_ts or "")
    if ephemeral is not None:
        return ephemeral
    try:
        return workspace.messages.find(door.channel, door.message_ts or "")
    except Refusal as refusal:
        raise Refusal(refusal.code, status=404) from None
