"""Sends the notes that are written down: digests and handovers, once each, whoever restarts or runs beside.

When one is due, `bot.work.occasions` knows; what it says, `bot.slack.digest`; how it gets into the channel,
`bot.slack.notes`.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Protocol

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.errors import TargetError
from bot.insights.charts import Picture
from bot.insights.notes import Note, NoteKind
from bot.insights.records import Period
from bot.insights.schedule import worth_telling
from bot.rounds import Rounds
from bot.slack.cards import Message
from bot.slack.notes import NoteSender
from bot.work.occasions import Occasions

LEASE_SECONDS = 120.0
PAUSE = 15.0
"""Seconds between two looks."""
TRIES = 6
"""Of one step, before a note goes without its chart."""
NEWS_FOR: Mapping[NoteKind, timedelta] = {NoteKind.HANDOVER: timedelta(hours=2), NoteKind.ASKED: timedelta(minutes=10)}
"""How late a note may come; a digest's own rule is in `bot.insights.schedule`."""
_LONGEST = 600.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Composed:
    """What a note says."""

    message: Message
    picture: Picture | None = None


Compose = Callable[[Note], Awaitable[Composed]]


class Store(Protocol):
    """What notes ask of the store."""

    async def due(self, now: datetime) -> Sequence[str]: ...  # noqa: D102
    async def lease(self, key: str, owner: str, now: datetime, seconds: float) -> Note | None: ...  # noqa: D102
    async def save(self, key: str, owner: str, note: Note) -> bool: ...  # noqa: D102
    async def release(self, key: str, owner: str, note: Note, due_at: datetime | None) -> bool: ...  # noqa: D102


class _Lost(Exception):
    """Our lease has expired and is somebody else's: hands off."""


class NoteWorker:
    """Looks every few seconds whether a note is due."""

    def __init__(
        self,
        store: Store,
        occasions: Occasions,
        sender: NoteSender,
        compose: Compose,
        *,
        clock: Callable[[], datetime],
        owner: str,
    ) -> None:
        self._store, self._occasions, self._sender, self._compose = store, occasions, sender, compose
        self._clock, self._rounds = clock, Rounds("notes", self.sweep, PAUSE)
        self._leases = (f"{owner}:note:{number}" for number in count())

    def wake(self) -> None:
        """Look at once."""
        self._rounds.hurry()

    async def sweep(self) -> None:
        """One look: write down what is due, and send what is written down."""
        await self._occasions.notice()
        for key in await self._store.due(self._clock()):
            await self._send(key)

    async def _send(self, key: str) -> None:
        lease = next(self._leases)
        note = await self._store.lease(key, lease, self._clock(), LEASE_SECONDS)
        if note is None:
            return

        async def save(changed: Note) -> None:
            nonlocal note
            note = changed
            if not await self._store.save(key, lease, changed):
                raise _Lost

        try:
            if not note.message_ts and not self._is_news(note):
                log.info("note_left_out", note=key)
            else:
                await self._brought(key, note, save)
        except _Lost:
            log.warning("note_lease_lost", note=key)
            return
        except TargetError as error:
            log.warning("note_deferred", note=key, reason=error.reason, error=str(error))
            await self._later(key, lease, note, str(error), error.retry_after)
            return
        except (SQLAlchemyError, OSError):
            raise
        except Exception:  # the edge of a worker: a bug in one note must not stop the others, nor spin
            log.exception("note_failed", note=key)
            await self._later(key, lease, note, "a bug of ours", None)
            return
        await self._store.release(key, lease, note, None)

    async def _brought(self, key: str, note: Note, save: Callable[[Note], Awaitable[None]]) -> None:
        composed = await self._compose(note)
        note = await self._sender.post(key, note, composed.message, save)
        if composed.picture:
            await self._sender.illustrate(key, note, composed.message, composed.picture, save)

    async def _later(self, key: str, lease: str, note: Note, problem: str, retry_after: float | None) -> None:
        attempts = note.attempts + 1
        without_chart = bool(note.message_ts) and attempts >= TRIES
        wait = retry_after or min(_LONGEST, 2.0**attempts)
        due = None if without_chart else self._clock() + timedelta(seconds=wait)
        await self._store.release(key, lease, replace(note, attempts=attempts, problem=problem), due)

    def _is_news(self, note: Note) -> bool:
        if note.kind in NEWS_FOR:
            return self._clock() - note.until < NEWS_FOR[note.kind]
        return worth_telling(Period(note.since, note.until), self._clock())

    async def start(self) -> None:
        """Begin to look."""
        self._rounds.start()

    async def stop(self) -> None:
        """Look no more; what was begun is found again when its lease ends."""
        await self._rounds.stop()
