"""The figures for whoever asks: counted anew at most every half minute, however many look at them."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo

from bot.insights.records import Period, Remembers
from bot.insights.stats import Figures, figures

FRESH = timedelta(seconds=30)
WEEK = timedelta(days=7)


class Overview:
    """Periods that end now, in figures."""

    def __init__(self, past: Remembers, clock: Callable[[], datetime], zone: tzinfo = UTC) -> None:
        self._past, self._clock, self._zone = past, clock, zone
        self._counted: dict[timedelta, Figures] = {}
        self._turn = asyncio.Lock()

    async def of(self, period: Period) -> Figures:
        """The figures of any period."""
        return await asyncio.to_thread(figures, await self._past.history(period))

    async def last(self, length: timedelta = WEEK, *, fresh: timedelta = FRESH) -> Figures:
        """The figures of the time that ends now, or ended less than `fresh` ago."""
        async with self._turn:
            now = self._clock()
            known = self._counted.get(length)
            if known is None or now - known.period.until >= fresh:
                known = self._counted[length] = await self.of(Period(now - length, now, self._zone))
            return known
