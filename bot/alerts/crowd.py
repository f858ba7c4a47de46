"""How many alerts repeat at the same time, and how long the mere counts of each therefore wait to be shown."""

from collections.abc import Iterable
from datetime import datetime, timedelta

MINUTE = timedelta(minutes=1)
LONGEST = timedelta(minutes=10)


class Crowd:
    """The alerts that had deliveries within this minute or the last; each gets its `share` of the time, in turns.

    Slack takes about one change a second: to look at a thousand alerts more often than that costs much and shows
    nothing. With a `share` of zero nobody waits for the others.
    """

    def __init__(self, share: timedelta = timedelta(0)) -> None:
        self._share = share
        self._began: datetime | None = None
        self._these: set[int] = set()
        self._before = 0

    def join(self, alerts: Iterable[int], now: datetime) -> None:
        """Count these alerts as busy."""
        if self._began is None or now - self._began >= MINUTE:
            recent = self._began is not None and now - self._began < 2 * MINUTE
            self._before, self._these, self._began = len(self._these) if recent else 0, set(), now
        self._these.update(alerts)

    @property
    def wait(self) -> timedelta:
        """How long one of them waits for its turn; nothing for somebody who is alone."""
        others = max(len(self._these), self._before) - 1
        return min(max(others, 0) * self._share, LONGEST)
