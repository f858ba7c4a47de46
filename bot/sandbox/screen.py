"""What one person sees, as JSON for the page: channels, messages, modals, notices, the shelf and the journal."""

from itertools import islice

from bot.sandbox.journal import summary
from bot.sandbox.messages import Message
from bot.sandbox.shelf import RESOURCES, Shelf
from bot.sandbox.standin import SlackStandIn
from bot.sandbox.values import Json
from bot.sandbox.views import View

MESSAGES, JOURNAL, NOTICES = 300, 150, 5


def screen(standin: SlackStandIn, shelf: Shelf, user: str, bot_url: str) -> Json:
    """Everything that the page draws for `user`."""
    workspace = standin.workspace
    mine = [channel for channel in workspace.channels.values() if user in channel.members and not channel.archived]
    modal, home = workspace.views.top(user), workspace.views.homes.get(user)
    return {
        "version": standin.version,
        "now": standin.clock(),
        "bot_url": bot_url,
        "users": [
            {"id": person.id, "name": person.name, "real_name": person.real_name, "bot": person.is_bot}
            for person in workspace.people.values()
        ],
        "channels": [
            {
                "id": channel.id,
                "name": channel.name or "triage (direct)",
                "topic": channel.topic,
                "direct": channel.kind == "im",
                "messages": [_message(standin, m) for m in workspace.visible(channel.id, user)[-MESSAGES:]],
            }
            for channel in mine
        ],
        "modal": _view(modal) if modal else None,
        "depth": len(workspace.views.stacks.get(user, [])),
        "home": _view(home) if home else None,
        "notices": [
            {"at": notice.at, "text": notice.text} for notice in workspace.notices[-50:] if notice.user == user
        ][-NOTICES:],
        "shelf": [
            {"name": item.name, "title": item.title, "note": item.note, "resource": item.resource}
            for item in shelf.items.values()
        ],
        "resources": list(RESOURCES),
        "journal": [summary(entry) for entry in islice(reversed(standin.journal.entries), JOURNAL)],
    }


def _message(standin: SlackStandIn, message: Message) -> Json:
    shown = standin.workspace.messages.shown(message) if message.viewer is None else message.json()
    kept = ("ts", "user", "text", "blocks", "attachments", "files", "thread_ts", "reply_count", "latest_reply")
    return {
        **{name: shown[name] for name in kept if name in shown},
        "edited": bool(message.edited_ts),
        "ephemeral": message.viewer is not None,
        "deleted": message.deleted,
        "broadcast": message.broadcast,
        "metadata": message.metadata,
    }


def _view(view: View) -> Json:
    return {**view.json(), "errors": view.errors, "problem": view.problem}
