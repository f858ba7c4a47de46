"""Links to issues that people wrote: what unfolds below them, and the target that keeps it true."""

import contextlib
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Protocol

from bot.alerts.dossier import Dossier, Shown
from bot.errors import Rejected
from bot.slack.blocks import Block
from bot.slack.brief import Entry, brief
from bot.slack.cards import Message
from bot.store.links import Link

LINKS = "slack_links"
Save = Callable[[Shown], Awaitable[None]]


class Links(Protocol):
    """Where the links stand."""

    async def live(self, alert_id: int, now: datetime) -> list[Link]: ...  # noqa: D102
    async def shown(self, link: Link, digest: str) -> None: ...  # noqa: D102


class Unfolds(Protocol):
    """The part of `bot.slack.surfaces` that is needed here."""

    async def unfurl(self, channel: str, ts: str, url: str, blocks: Sequence[Block]) -> None: ...  # noqa: D102


class LinkTarget:
    """The short cards below people's links: brought in line like the alert's own card."""

    name = LINKS

    def __init__(
        self,
        surfaces: Unfolds,
        links: Links,
        entry: Callable[[Dossier], Awaitable[Entry]],
        clock: Callable[[], datetime],
    ) -> None:
        self._surfaces, self._links, self._entry, self._clock = surfaces, links, entry, clock

    async def show(self, dossier: Dossier, shown: Shown, save: Save) -> Shown:  # noqa: ARG002  each link has its own record
        """Unfold what is not, or not as it should be; a message that is gone is left alone.

        Raises:
            TargetError: Slack did not take it.
        """
        now = self._clock()
        links = await self._links.live(dossier.alert.id, now)
        if not links:
            return shown
        short = unfolded(await self._entry(dossier), now)
        for link in links:
            if link.digest == short.digest:
                continue
            with contextlib.suppress(Rejected):  # deleted, or where the bot may not unfold: trying again helps nobody
                await self._surfaces.unfurl(link.channel, link.ts, link.url, short.blocks)
            await self._links.shown(link, short.digest)
        return shown.healthy()


def unfolded(entry: Entry, now: datetime) -> Message:
    """The short card below a link. Its buttons work wherever it stands."""
    return Message("", brief(entry, now, "link"))
