"""How fast Slack lets an app call: one message a second for each channel, a tier for every other method."""

import math
from dataclasses import dataclass

from bot.sandbox.values import Clock

PER_MINUTE = {1: 1, 2: 20, 3: 50, 4: 100}
"""Slack's tiers, as calls a minute for each method."""


@dataclass(slots=True)
class Bucket:
    """Tokens that come back at `per_second`, and never more than `capacity` of them."""

    capacity: float
    per_second: float
    tokens: float
    at: float

    def take(self, now: float) -> float:
        """Take one; the answer is how many seconds too early it was (0: taken)."""
        self.tokens = min(self.capacity, self.tokens + max(0.0, now - self.at) * self.per_second)
        self.at = now
        if self.tokens >= 1 - 1e-9:
            self.tokens -= 1
            return 0.0
        return (1 - self.tokens) / self.per_second


class RateLimits:
    """The buckets of one app in one workspace. `burst` is the part of a minute's calls that may come at once."""

    def __init__(self, clock: Clock, *, burst: float = 1.0, posts_per_second: float = 1.0) -> None:
        self.clock, self.burst, self.posts_per_second = clock, burst, posts_per_second
        self.enabled = True
        self._buckets: dict[tuple[str, str], Bucket] = {}

    def take(self, method: str, tier: int | None, channel: str = "") -> int:
        """Count one call; 0, or the whole seconds to wait (Slack's Retry-After). `tier` None: a post to `channel`."""
        if not self.enabled:
            return 0
        key = (method, channel if tier is None else "")
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = self._new(tier)
        return math.ceil(bucket.take(self.clock()))

    def _new(self, tier: int | None) -> Bucket:
        if tier is None:
            return Bucket(1, self.posts_per_second, 1, self.clock())
        allowed = PER_MINUTE[tier]
        capacity = max(1.0, allowed * self.burst)
        return Bucket(capacity, allowed / 60, capacity, self.clock())
