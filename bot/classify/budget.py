"""What the models may cost: reserved before a call, settled after it; sampled by severity as the day's money runs down.

The rules here are pure. The money stands in a `Ledger`, which must do three things, also when several processes use it
at once: decide and write a reservation in one atomic step, count what is reserved as if it were spent, and never forget
a reservation by itself. Then the budget cannot be exceeded: a call goes out only where its most expensive outcome fits.
A process that dies between call and settlement leaves its reservation standing, which errs on the safe side.

All amounts are whole millionths of a dollar: floats do not add up.
"""

import math
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Protocol

from bot.alerts.classification import Severity

MICROS = 1_000_000
"""Millionths in a dollar."""
C, H, M, L = Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW
SAMPLING: tuple[tuple[float, Mapping[Severity, float]], ...] = (
    (0.7, {C: 1.0, H: 0.8, M: 0.5, L: 0.2}),
    (0.3, {C: 1.0, H: 0.5, M: 0.2, L: 0.05}),
    (-1.0, {C: 1.0, H: 0.1, M: 0.0, L: 0.0}),
)
"""Over this share of the day's money left → how often an issue of each severity is looked at by a model."""


def micros(usd: float) -> int:
    """Dollars → millionths, rounded up: a budget errs on the safe side."""
    return math.ceil(round(usd * MICROS, 3))


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What may be spent, in millionths of a dollar; None: no limit."""

    daily: int | None = None
    monthly: int | None = None
    reserve_share: float = 0.2
    """Of each limit, kept for critical and high."""
    sampling: tuple[tuple[float, Mapping[Severity, float]], ...] = field(default=SAMPLING)

    def open_to(self, severity: Severity) -> "Limits":
        """The limits that a severity may spend up to: medium and low leave the reserve alone."""
        if severity in (C, H):
            return self
        share = 1 - self.reserve_share
        daily, monthly = (None if limit is None else int(limit * share) for limit in (self.daily, self.monthly))
        return Limits(daily=daily, monthly=monthly, reserve_share=0.0, sampling=self.sampling)


@dataclass(frozen=True, slots=True)
class Spent:
    """Spent and reserved so far, in millionths of a dollar."""

    day: int = 0
    month: int = 0


class Ledger(Protocol):
    """Where the money stands. `day` is `2025-03-14`, `month` `2025-03`, both in UTC."""

    async def reserve(self, day: str, month: str, amount: int, limits: Limits) -> str | None:
        """Atomically: where spent + reserved + `amount` exceeds neither limit, write the reservation and return its id.

        None: refused, nothing written. The check and the write must not be separable by another process (one
        conditional UPDATE, or a row lock).
        """
        ...

    async def settle(self, reservation: str, actual: int) -> None:
        """Put the actual amount for the reserved one, in the reservation's day and month; a second time: no-op."""
        ...

    async def release(self, reservation: str) -> None:
        """The call never went out: give the amount back; unknown or settled: no-op."""
        ...

    async def spent(self, day: str, month: str) -> Spent:
        """Spent and reserved together."""
        ...


@dataclass(frozen=True, slots=True)
class Grant:
    """A call may go out. `id` must be settled or released, whatever happens."""

    id: str
    amount: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """No call now: `reason` is `sampled`, `daily` or `monthly`; `sentence` is for the card."""

    reason: str
    sentence: str


class Budget:
    """The rules over one ledger. `now` tells the time in UTC; `draw` gives numbers from 0 up to 1."""

    def __init__(
        self, ledger: Ledger, limits: Limits, *, now: Callable[[], datetime], draw: Callable[[], float] = random.random
    ) -> None:
        self._ledger, self._limits, self._now, self._draw = ledger, limits, now, draw

    async def reserve(
        self, severity: Severity, usd: float, *, luck: float | None = None, anyway: bool = False
    ) -> Grant | Refusal:
        """Ask for the money of one call, `usd` being the most that it can cost.

        `luck` (see `luck_of`) makes sampling say the same when the same issue asks again. `anyway`: a permitted person
        wants it; no limit and no sampling then, but it is counted like everything else.
        """
        day, month = self._dates()
        amount = micros(usd)
        if not anyway:
            rate = self.rate(severity, await self._ledger.spent(day, month))
            if (self._draw() if luck is None else luck) >= rate:
                sentence = f"Not analysed by a model: at this spend, {rate:.0%} of {severity} errors are."
                return Refusal("sampled", sentence)
        limits = Limits() if anyway else self._limits.open_to(severity)
        reservation = await self._ledger.reserve(day, month, amount, limits)
        if reservation is not None:
            return Grant(reservation, amount)
        return self._refusal(limits, await self._ledger.spent(day, month), amount)

    async def settle(self, grant: Grant, usd: float) -> None:
        """The call was made and cost this much."""
        await self._ledger.settle(grant.id, micros(usd))

    async def release(self, grant: Grant) -> None:
        """The call never went out."""
        await self._ledger.release(grant.id)

    async def left_usd(self) -> float | None:
        """Dollars left today (of the tighter limit); None: there is no limit."""
        spent = await self._ledger.spent(*self._dates())
        pairs = ((self._limits.daily, spent.day), (self._limits.monthly, spent.month))
        left = [max(0, limit - used) for limit, used in pairs if limit is not None]
        return min(left) / MICROS if left else None

    def rate(self, severity: Severity, spent: Spent) -> float:
        """How often an issue of this severity is looked at now, 0 to 1; always, where the day has no limit."""
        daily = self._limits.daily
        if daily is None:
            return 1.0
        left = max(0, daily - spent.day) / daily if daily else 0.0
        return next((rates[severity] for over, rates in self._limits.sampling if left > over), 0.0)

    @staticmethod
    def _refusal(limits: Limits, spent: Spent, amount: int) -> Refusal:
        daily = limits.daily is not None and spent.day + amount > limits.daily
        which, of = ("daily", "day") if daily else ("monthly", "month")
        return Refusal(which, f"Not analysed by a model: the {of}'s budget does not allow ${amount / MICROS:.4f} more.")

    def _dates(self) -> tuple[str, str]:
        today = self._now().date().isoformat()
        return today, today[:7]


def luck_of(key: str) -> float:
    """A number from 0 up to 1 that is always the same for a key, such as an issue's: sampling that does not waver."""
    return int.from_bytes(sha256(key.encode()).digest()[:6], "big") / 2**48


class MemoryLedger:
    """A ledger in memory, for one process: `eval` and tests. Nothing awaits between check and write: it is atomic."""

    def __init__(self) -> None:
        self._days: dict[str, int] = {}
        self._months: dict[str, int] = {}
        self._open: dict[str, tuple[str, str, int]] = {}
        self._next = 0

    async def reserve(self, day: str, month: str, amount: int, limits: Limits) -> str | None:
        """See `Ledger`."""
        over_day = limits.daily is not None and self._days.get(day, 0) + amount > limits.daily
        over_month = limits.monthly is not None and self._months.get(month, 0) + amount > limits.monthly
        if over_day or over_month:
            return None
        self._next += 1
        self._open[str(self._next)] = (day, month, amount)
        self._book(day, month, amount)
        return str(self._next)

    async def settle(self, reservation: str, actual: int) -> None:
        """See `Ledger`."""
        if reservation in self._open:
            day, month, amount = self._open.pop(reservation)
            self._book(day, month, actual - amount)

    async def release(self, reservation: str) -> None:
        """See `Ledger`."""
        await self.settle(reservation, 0)

    async def spent(self, day: str, month: str) -> Spent:
        """See `Ledger`."""
        return Spent(self._days.get(day, 0), self._months.get(month, 0))

    def _book(self, day: str, month: str, amount: int) -> None:
        self._days[day] = self._days.get(day, 0) + amount
        self._months[month] = self._months.get(month, 0) + amount
