"""Links to Sentry that people write: those to issues that we know are written down; the link target unfolds them."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.sentry.references import reference
from bot.store.links import Link, LinkStore
from bot.work.enquiries import Enquiries

COMPOSER = "composer"
"""A message that is still being typed: it is told again once it stands."""
MOST = 5
"""Links of one message that unfold."""


def register(app: AsyncApp, enquiries: Enquiries, links: LinkStore, wake: Callable[[int], None]) -> None:
    """Listen to links."""

    @app.event("link_shared")
    async def shared(event: dict[str, Any]) -> None:
        if event.get("source") == COMPOSER:
            return
        known: dict[int, list[Link]] = defaultdict(list)
        for url in [str(link.get("url", "")) for link in event.get("links") or ()][:MOST]:
            issue = reference(url)
            alert_id = await enquiries.known(issue) if issue else None
            if alert_id is not None:
                known[alert_id].append(Link(str(event["channel"]), str(event["message_ts"]), url))
        for alert_id, found in known.items():
            await links.add(alert_id, found, enquiries.now())
            wake(alert_id)
