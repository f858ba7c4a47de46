"""Gathers what the Home tab shows to one person. Reads only."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import structlog

from bot.alerts.listing import Filter, Listed
from bot.slack.brief import Entry
from bot.slack.home import EVERYBODYS, MINE, OVERDUE, Connection, HomePage, Spend
from bot.slack.words_home import NO_ANSWER
from bot.store.listing import ListStore

RELEASES = 5
PATIENCE = 3.0
"""Seconds that a part has to say how it does: somebody looks at the page and waits."""
Probe = Callable[[], Awaitable[Any]]
"""Raises where its part does not work; what it returns says how it does."""

log = structlog.get_logger(__name__)


class HomePages:
    """The Home tab of everybody."""

    def __init__(
        self,
        lists: ListStore,
        entries: Callable[[Sequence[int]], Awaitable[list[Entry]]],
        spend: Callable[[], Awaitable[Spend | None]],
        probes: Mapping[str, Probe],
        off: Mapping[str, str],
        clock: Callable[[], datetime],
    ) -> None:
        """Wire it; `probes`: the parts that are on; `off`: those that are not, and what it takes to have them."""
        self._lists, self._entries, self._spend, self._probes, self._off = lists, entries, spend, dict(probes), off
        self._clock = clock

    def watch(self, name: str, probe: Probe) -> None:
        """Show one part more."""
        self._probes[name] = probe

    def now(self) -> datetime:
        """The time of the pages."""
        return self._clock()

    async def page(self, user_id: str) -> HomePage:
        """What that person sees now."""
        listed = await self._lists.listed(Filter(), EVERYBODYS)
        return HomePage(
            mine=await self._some(Filter(owner=user_id), MINE),
            overdue=await self._some(Filter(overdue_at=self._clock()), OVERDUE),
            open=await self._entries(listed.ids),
            listed=listed,
            spend=await self._spend(),
            connections=[
                *await asyncio.gather(*(_tried(name, probe) for name, probe in self._probes.items())),
                *[Connection(name, None, why) for name, why in self._off.items() if name not in self._probes],
            ],
            releases=await self._lists.releases(RELEASES),
        )

    async def _some(self, which: Filter, limit: int) -> list[Entry]:
        found: Listed = await self._lists.listed(which, limit)
        return await self._entries(found.ids)


async def _tried(name: str, probe: Probe) -> Connection:
    try:
        async with asyncio.timeout(PATIENCE):
            said = await probe()
    except TimeoutError:
        return Connection(name, fine=False, note=NO_ANSWER)
    except Exception as error:  # noqa: BLE001  whatever is wrong with a part, the page says so
        log.info("connection_down", part=name, error=type(error).__name__)
        return Connection(name, fine=False, note=str(error))
    return Connection(name, fine=True, note=str(said) if isinstance(said, str) else "")
