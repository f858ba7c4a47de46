"""The sweeper: finds the alerts that are due, whether or not anybody woke them, and does the housekeeping.

Every timer of the bot is an alert's `due_at`: a retry, the end of a snooze, a lost wake-up after a crash.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from bot.rounds import Rounds

PAUSE = 1.0
"""Seconds between two looks."""
BATCH = 20
"""Alerts woken by one look: Slack takes about one change a second, and a backlog must leave the machine to intake."""
AGAIN = timedelta(seconds=2)
"""An alert that was woken and is still due is woken again only after this."""
HOUSEKEEPING = timedelta(hours=1)


class Store(Protocol):
    """What the sweeper asks of the store."""

    async def due(self, now: datetime, limit: int) -> list[int]: ...  # noqa: D102
    async def forget(self, before: datetime) -> int: ...  # noqa: D102


class Sweeper:
    """Wakes what is due."""

    def __init__(
        self,
        store: Store,
        wake: Callable[[int], None],
        *,
        clock: Callable[[], datetime],
        retention: timedelta,
    ) -> None:
        self._store, self._wake, self._clock, self._retention = store, wake, clock, retention
        self._woken: dict[int, datetime] = {}
        self._cleaned: datetime | None = None
        self._rounds = Rounds("sweeper", self.sweep, PAUSE)

    async def sweep(self) -> list[int]:
        """Wake every alert that is due now; returns their ids."""
        now = self._clock()
        self._woken = {alert: at for alert, at in self._woken.items() if now - at < AGAIN}
        due = [alert for alert in await self._store.due(now, BATCH) if alert not in self._woken]
        for alert in due:
            self._woken[alert] = now
            self._wake(alert)
        if self._cleaned is None or now - self._cleaned >= HOUSEKEEPING:
            self._cleaned = now
            await self._store.forget(now - self._retention)
        return due

    async def start(self) -> None:
        """Begin to sweep."""
        self._rounds.start()

    async def stop(self) -> None:
        """Sweep no more."""
        await self._rounds.stop()
