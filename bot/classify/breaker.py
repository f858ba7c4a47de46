"""A circuit breaker: stops asking an endpoint that fails, and lets one call through now and then to see.

    closed ──`failures` in a row──▶ open ──after its pause──▶ half-open ──one good answer──▶ closed
                                      ▲                          │
                                      └──────one failure─────────┘ (the pause doubles, up to `longest`)

No network and no waiting: whoever calls asks `allows`, and reports what came of it.
"""

from collections.abc import Callable
from enum import StrEnum


class BreakerState(StrEnum):
    """Where a breaker stands: `/ready` and the metrics show it."""

    CLOSED = "closed"
    HALF_OPEN = "half_open"
    OPEN = "open"


class Breaker:
    """The breaker of one endpoint. `clock` tells seconds that only grow; all spans are in seconds."""

    def __init__(
        self, clock: Callable[[], float], *, failures: int = 5, pause: float = 30.0, longest: float = 300.0
    ) -> None:
        self._clock, self._most, self._shortest, self._longest = clock, failures, pause, longest
        self._failed = 0
        self._pause = pause
        self._opened_at: float | None = None
        self._probe_since: float | None = None

    @property
    def state(self) -> BreakerState:
        """Closed, open, or half-open once the pause is over."""
        if self._opened_at is None:
            return BreakerState.CLOSED
        return BreakerState.HALF_OPEN if self.wait() <= 0 else BreakerState.OPEN

    def wait(self) -> float:
        """Seconds until a call may be tried again; 0 when it may now (or one is being tried)."""
        return 0.0 if self._opened_at is None else max(0.0, self._opened_at + self._pause - self._clock())

    def allows(self) -> bool:
        """Whether a call may go out now. Half-open allows one at a time, and forgets one that never reported."""
        if self.state is not BreakerState.HALF_OPEN:
            return self.state is BreakerState.CLOSED
        now = self._clock()
        if self._probe_since is not None and now - self._probe_since < self._shortest:
            return False
        self._probe_since = now
        return True

    def succeeded(self) -> None:
        """The endpoint answered: closed again."""
        self._failed, self._pause, self._opened_at, self._probe_since = 0, self._shortest, None, None

    def failed(self, retry_after: float | None = None) -> None:
        """The endpoint failed; it stays closed off at least as long as it asked for, within `longest`."""
        self._failed += 1
        if self._opened_at is not None and self._probe_since is not None:
            self._open(min(self._longest, self._pause * 2), retry_after)
        elif self._opened_at is None and self._failed >= self._most:
            self._open(self._shortest, retry_after)

    def _open(self, pause: float, retry_after: float | None) -> None:
        self._pause = min(self._longest, max(pause, retry_after or 0.0))
        self._opened_at, self._probe_since = self._clock(), None
