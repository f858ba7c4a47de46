"""Taking deliveries: those that arrive together are written in one transaction, and each is answered after its commit.

What they do to their alerts is decided by `bot.alerts.grouping` and written by `bot.store.batch`.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from bot.alerts.crowd import Crowd
from bot.alerts.event import Delivery
from bot.alerts.grouping import DUPLICATE_WINDOW
from bot.store.batch import Known, Receipt, Terms, Written, write_batch
from bot.store.engine import Database

__all__ = ["Intake", "Receipt"]

MAX_BATCH = 500
CROWD = 8
"""Deliveries in one batch that make a storm: only then does the next batch wait for more."""
STILL, LINGER = 12, 0.02
"""A batch is closed when nothing came for so many turns of the event loop, or after so many seconds."""
Understand = Callable[[], Delivery]
"""Says what a delivery is."""
_Understood = tuple[Delivery, asyncio.Future[Receipt]]
_Waiting = tuple[Understand, asyncio.Future[Receipt]]


class Intake:
    """A queue and the one task that empties it.

    After each commit `wake` is told of every alert with news, and `suppressed` how many events only raised a count.
    """

    def __init__(
        self,
        db: Database,
        clock: Callable[[], datetime],
        wake: Callable[[int], None],
        *,
        duplicate_window: timedelta = DUPLICATE_WINDOW,
        suppressed: Callable[[int], None] = lambda _number: None,
        crowd: Crowd | None = None,
    ) -> None:
        self._db, self._clock, self._wake, self._window = db, clock, wake, duplicate_window
        self._waiting: list[_Waiting] = []
        self._arrived = asyncio.Event()
        self._flusher: asyncio.Task[None] | None = None
        self._suppressed, self._crowd = suppressed, crowd or Crowd()
        self._known = Known()

    async def start(self) -> None:
        """Begin to take deliveries."""
        self._flusher = asyncio.create_task(self._flush_as_they_come(), name="intake")

    async def stop(self) -> None:
        """Take no more, write down what is waiting, and end."""
        flusher, self._flusher = self._flusher, None
        if flusher is not None:
            self._arrived.set()
            await flusher

    async def submit(self, delivery: Delivery) -> Receipt:
        """Take a delivery; see `submit_unread`."""
        return await self.submit_unread(lambda: delivery)

    async def submit_unread(self, understand: Understand) -> Receipt:
        """Take what `understand` will say it is; the receipt comes when it is safe on disk.

        A batch is understood all at once: going through the same code sixty times in a row takes half of the time that
        it takes in between everything else. Whoever stops waiting leaves the delivery in the queue: it is written all
        the same.

        Raises:
            RuntimeError: before `start` or after `stop`.
            Exception: what `understand`, the database, or the delivery's own `read` raised for this delivery.
        """
        if self._flusher is None:
            raise RuntimeError("the intake is not running")
        answer: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()
        self._waiting.append((understand, answer))
        self._arrived.set()
        return await answer

    async def _flush_as_they_come(self) -> None:
        """Until `stop`, and then until nobody waits."""
        storm = False
        while self._flusher is not None or self._waiting:
            await self._arrived.wait()
            if storm:
                await self._linger()
            batch, self._waiting = self._waiting[:MAX_BATCH], self._waiting[MAX_BATCH:]
            if not self._waiting:
                self._arrived.clear()
            if understood := _understood(batch):
                await self._flush(understood)
            storm = len(batch) >= CROWD

    async def _linger(self) -> None:
        """Let the senders who were answered a moment ago join this batch: most of its cost is the same for one or all.

        Without this, half of them wait while the other half is written, and all wait twice.
        """
        loop, seen, still = asyncio.get_running_loop(), -1, 0
        until = loop.time() + LINGER
        while still < STILL and len(self._waiting) < MAX_BATCH and loop.time() < until:
            still = still + 1 if len(self._waiting) == seen else 0
            seen = len(self._waiting)
            await asyncio.sleep(0)  # turns, not time: the shortest sleep would leave the core idle for a millisecond

    async def _flush(self, batch: Sequence[_Understood]) -> None:
        """Write the batch; if it fails, its halves, until what fails stands alone and fails alone."""
        now, deliveries = self._clock(), [delivery for delivery, _ in batch]
        failure: Exception | None = None
        try:
            written = await write_batch(self._db, deliveries, self._known, Terms(now, self._window, self._crowd.wait))
        except Exception as error:  # noqa: BLE001 (whatever it is, it belongs to the delivery that caused it)
            failure = error
        if failure is None:
            self._crowd.join({receipt.alert for receipt in written.receipts if receipt.alert is not None}, now)
            self._answer(batch, written)
        elif len(batch) == 1:
            if not batch[0][1].done():
                batch[0][1].set_exception(failure)
        else:
            half = len(batch) // 2
            await self._flush(batch[:half])
            await self._flush(batch[half:])

    def _answer(self, batch: Sequence[_Understood], written: Written) -> None:
        for (_, answer), receipt in zip(batch, written.receipts, strict=True):
            if not answer.done():
                answer.set_result(receipt)
        self._suppressed(written.suppressed)
        loop = asyncio.get_running_loop()
        for alert in written.news:
            # Not called from here: its failure is the loop's to report, and must not end the flusher.
            loop.call_soon(self._wake, alert)


def _understood(batch: Sequence[_Waiting]) -> list[_Understood]:
    """What the deliveries of a batch are; those that nobody understands are answered."""
    understood: list[_Understood] = []
    for understand, answer in batch:
        try:
            understood.append((understand(), answer))
        except Exception as error:  # noqa: BLE001 (whatever it is, it belongs to the delivery that caused it)
            if not answer.done():
                answer.set_exception(error)
    return understood
