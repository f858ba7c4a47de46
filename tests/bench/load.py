"""The load generator, a process of its own: one line of JSON on stdin asks for a round, one line on stdout tells of it.

64 connections, each sends its next request as soon as the last is answered. It knows just enough HTTP for that: with a
library's client it, and not the server, would be what is measured.
"""

import asyncio
import json
import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import cast

import uvloop

from tests.bench.bodies import Bodies

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One round: it ends after `seconds` or `count` requests, whichever is first."""

    port: int
    seconds: float
    count: int
    issues: int
    first_issue: int = 1
    first_event: int = 1
    connections: int = 64


@dataclass(slots=True, kw_only=True)
class Round:
    """What came of it: answers by status, and times in seconds."""

    statuses: dict[int, int] = field(default_factory=dict)
    duplicates: int = 0
    sent_bytes: int = 0
    took: float = 0.0
    cpu: float = 0.0
    p50: float = 0.0
    p99: float = 0.0

    @property
    def answered(self) -> int:
        """Requests that got any answer."""
        return sum(self.statuses.values())

    @property
    def rate(self) -> float:
        """Accepted deliveries a second."""
        return self.statuses.get(202, 0) / self.took


class _Running:
    """A round, halfway."""

    def __init__(self, order: Order, bodies: Bodies) -> None:
        self._order, self._bodies = order, bodies
        self._sent = 0
        self.statuses: Counter[int] = Counter()
        self.duplicates, self.sent_bytes = 0, 0
        self.latencies: list[float] = []
        self.ends_at = time.monotonic() + order.seconds

    def next(self) -> bytes | None:
        """The next request; None when the round is over."""
        if self._sent >= self._order.count or time.monotonic() >= self.ends_at:
            return None
        issue = self._order.first_issue + self._sent % self._order.issues
        request = self._bodies.request(self._order.first_event + self._sent, issue)
        self._sent += 1
        self.sent_bytes += len(request)
        return request

    def answered(self, status: int, body: bytes, seconds: float) -> None:
        self.statuses[status] += 1
        self.duplicates += b"true" in body
        self.latencies.append(seconds)


class _Connection(asyncio.Protocol):
    """One connection, one request at a time."""

    def __init__(self, running: _Running) -> None:
        self._running = running
        self._buffer = b""
        self._sent_at = 0.0
        self._transport: asyncio.Transport | None = None
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is one in all but its class
        self._send()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, found, body = self._buffer.partition(b"\r\n\r\n")
        if not found or len(body) < int(head.partition(b"Content-Length: ")[2].partition(b"\r\n")[0]):
            return
        self._running.answered(int(head[9:12]), body, time.monotonic() - self._sent_at)
        self._buffer = b""
        self._send()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(ConnectionError(f"the server hung up: {error}"))

    def _send(self) -> None:
        request = self._running.next()
        assert self._transport is not None
        if request is None:
            self.done.set_result(None)
            self._transport.close()
            return
        self._sent_at = time.monotonic()
        self._transport.write(request)


async def run(order: Order, bodies: Bodies) -> Round:
    """Send until the round is over and everything sent is answered."""
    running, began, cpu = _Running(order, bodies), time.monotonic(), time.process_time()
    loop = asyncio.get_running_loop()
    opening = [loop.create_connection(lambda: _Connection(running), HOST, order.port) for _ in range(order.connections)]
    connections = [protocol for _, protocol in await asyncio.gather(*opening)]
    async with asyncio.timeout(order.seconds + 20):
        await asyncio.gather(*(connection.done for connection in connections))
    took = time.monotonic() - began
    latencies = sorted(running.latencies)
    return Round(
        statuses=dict(running.statuses),
        duplicates=running.duplicates,
        sent_bytes=running.sent_bytes,
        took=took,
        cpu=(time.process_time() - cpu) / took,
        p50=latencies[len(latencies) // 2],
        p99=latencies[int(len(latencies) * 0.99)],
    )


def main() -> None:
    """Rounds until stdin ends."""
    bodies = Bodies()
    print("ready", flush=True)
    for line in sys.stdin:
        print(json.dumps(asdict(uvloop.run(run(Order(**json.loads(line)), bodies)))), flush=True)


if __name__ == "__main__":
    main()
