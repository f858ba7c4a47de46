"""Links that unfold: which addresses the app hears of, and chat.unfurl, which puts blocks below a message's link."""

import re
from typing import Any

from bot.sandbox.limits import message_problems
from bot.sandbox.messages import Message
from bot.sandbox.people import BOT_USER
from bot.sandbox.values import Args, Json, Refusal
from bot.sandbox.workspace import Workspace

DOMAINS = ("sentry.io", "sentry.example.com")
"""What the app's manifest registers: each stands for its sub-domains, too."""
_LINK = re.compile(r"https?://([\w.-]{1,200})(/[^\s<>|]{0,1000})?")


def links_in(text: str) -> list[Json]:
    """The links of a message that the app is told of."""
    found = [(hit[0].replace("&amp;", "&"), hit[1].lower()) for hit in _LINK.finditer(text)]
    told = [(url, next((d for d in DOMAINS if host == d or host.endswith(f".{d}")), "")) for url, host in found]
    return [{"url": url, "domain": domain} for url, domain in told if domain]


def shared_event(message: Message, links: list[Json]) -> Json:
    """A `link_shared` event."""
    event: Json = {
        "type": "link_shared",
        "user": message.user,
        "channel": message.channel,
        "message_ts": message.ts,
        "unfurl_id": f"C{message.channel}.{message.ts}",
        "source": "conversations_history",
        "is_bot_user_member": True,
        "links": links,
        "event_ts": message.ts,
    }
    return event | ({"thread_ts": message.thread_ts} if message.thread_ts else {})


def unfurl(workspace: Workspace, args: Args) -> Json:
    """chat.unfurl."""
    channel = workspace.channel(args.text("channel"))
    if BOT_USER not in channel.members:
        raise Refusal("cannot_unfurl_message")
    try:
        message = workspace.messages.find(channel.id, args.text("ts"))
    except Refusal:
        raise Refusal("cannot_find_message") from None
    given: Any = args.parsed("unfurls", "invalid_unfurls_format")
    if not isinstance(given, dict) or not given:
        raise Refusal("missing_unfurls")
    there = {link["url"] for link in links_in(message.text)}
    for url, shown in given.items():
        if url not in there:
            raise Refusal("cannot_unfurl_url")
        blocks: Any = shown.get("blocks") if isinstance(shown, dict) else None
        problems = message_problems(blocks) if blocks else ["nothing to show [json-pointer:/unfurls]"]
        if problems:
            raise Refusal("invalid_unfurls_format", *problems)
        message.unfurls[url] = workspace.messages.name_blocks(blocks)
    return {}
