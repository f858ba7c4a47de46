"""Wake-ups over Redis Streams. Imported only where there is a Redis: its client takes its time."""

from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError
from taskiq import AckableMessage
from taskiq_redis import RedisStreamBroker

from bot.errors import Unavailable


class StreamBroker(RedisStreamBroker):
    """taskiq's Redis Streams, with a listener that can be told to end and that claims without a lock.

    The library's own takes a lock inside a pipeline, which leaks a connection at every turn, and is ended by cancelling
    redis-py in the middle of a read, which hangs now and then (taskiq-redis 1.2, redis-py 8.1).
    """

    ending = False

    async def listen(self) -> AsyncGenerator[AckableMessage, None]:
        """Wake-ups as they come, and those that a dead worker never acknowledged; ends after `ending` is set.

        Raises:
            Unavailable: Redis does not answer.
        """
        async with Redis(connection_pool=self.connection_pool) as redis:
            while not self.ending:
                for entry_id, fields in await self._entries(redis):
                    yield AckableMessage(data=fields[b"data"], ack=self._ack_generator(entry_id, self.queue_name))

    async def _entries(self, redis: Redis) -> list[Any]:
        me, group, stream = self.consumer_name, self.consumer_group_name, self.queue_name
        with _errors():
            fetched: Any = await redis.xreadgroup(group, me, {stream: ">"}, block=self.block, count=self.count)
            claimed: Any = await redis.xautoclaim(stream, group, me, min_idle_time=self.idle_timeout, count=self.count)
        return [entry for _, entries in fetched for entry in entries] + list(claimed[1])

    async def ping(self) -> None:
        """Ask Redis for nothing.

        Raises:
            Unavailable: it does not answer.
        """
        with _errors():
            async with Redis(connection_pool=self.connection_pool) as redis:
                await redis.ping()


@contextmanager
def _errors() -> Iterator[None]:
    """The client's errors as ours."""
    try:
        yield
    except (RedisError, OSError) as error:
        raise Unavailable(f"no answer from Redis ({type(error).__name__})") from None


def stream_broker(url: str) -> StreamBroker:
    """A broker whose dead worker's wake-up is claimed after a minute; the sweeper is usually there first."""
    return StreamBroker(
        url,
        queue_name="triage:wake",
        consumer_group_name="triage",
        consumer_id="0",
        idle_timeout=60_000,
        maxlen=100_000,
        xread_block=250,
    )
