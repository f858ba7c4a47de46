"""Turns that replicas share, in Redis. Imported only where there is one: its client takes its time.

What is kept may be lost: then Slack itself says when it is too fast, and we wait as long as it says.
"""

from collections.abc import Callable
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from bot.errors import Unavailable
from bot.slack.pacing import LINE, Pace, Turn

PREFIX = "triage:pace:"
ANSWER_WITHIN = 0.5
"""Seconds; a pace is not worth waiting for."""

_HEAD = """
local now = tonumber(ARGV[1])
if not now then
  local time = redis.call('TIME')
  now = time[1] + time[2] / 1000000
end
local interval, burst = tonumber(ARGV[2]), tonumber(ARGV[3])
local kept = redis.call('HMGET', KEYS[1], 'next', 'line')
local ahead = (burst - 1) * interval
local function keep(name, at)
  redis.call('HSET', KEYS[1], name, string.format('%.6f', at))
  redis.call('EXPIRE', KEYS[1], math.ceil(math.max(0, at - now)) + 600)
end
"""
_TAKE = (
    _HEAD
    + """
local patience, line = tonumber(ARGV[4]), tonumber(ARGV[5])
local following = math.max(now, tonumber(kept[1]) or now)
local slot = math.max(now, following - ahead)
if slot - now <= patience then
  keep('next', following + interval)
  return {1, string.format('%.6f', slot - now)}
end
local place = math.max(slot, tonumber(kept[2]) or slot)
if place > now + math.max(line, 2 * patience) then place = slot end
keep('line', place + interval)
return {0, string.format('%.6f', place - now)}
"""
)
_PAUSE = _HEAD + "keep('next', math.max(tonumber(kept[1]) or 0, now + tonumber(ARGV[4]) + ahead))"


class SharedTurns:
    """The turns of all processes with the same Redis; the arithmetic is `OwnTurns`', in one step on the server."""

    def __init__(self, redis: Redis, now: Callable[[], float] | None = None) -> None:
        """Wire it; `now` is in seconds, and by default Redis' own, the only clock that all replicas share."""
        self._redis, self._now = redis, now
        self._take = redis.register_script(_TAKE)
        self._pause = redis.register_script(_PAUSE)

    async def take(self, key: str, pace: Pace, patience: float) -> Turn:
        """As `Turns.take`.

        Raises:
            Unavailable: Redis does not answer.
        """
        taken, seconds = await self._run(self._take, key, pace, patience, LINE)
        return Turn(bool(taken), float(seconds))

    async def pause(self, key: str, pace: Pace, seconds: float) -> None:
        """As `Turns.pause`.

        Raises:
            Unavailable: Redis does not answer.
        """
        await self._run(self._pause, key, pace, seconds)

    async def _run(self, script: Any, key: str, pace: Pace, *rest: float) -> Any:
        now = "" if self._now is None else f"{self._now():.6f}"
        try:
            return await script(keys=[PREFIX + key], args=[now, pace.interval, pace.burst, *rest])
        except (RedisError, OSError, TimeoutError) as error:
            raise Unavailable(f"no answer from Redis ({type(error).__name__})") from None


def redis_for(url: str) -> Redis:
    """A client that gives up soon; whoever makes it calls `aclose`."""
    client: Redis = Redis.from_url(url, socket_timeout=ANSWER_WITHIN, socket_connect_timeout=ANSWER_WITHIN)
    return client
