"""The figures of a running bot: counted for whoever asks, and told to the channel in digests and handover notes."""

import secrets
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

from bot.alerts.incident import OnCall
from bot.errors import TargetError
from bot.insights.charts import by_day
from bot.insights.notes import Note, NoteKind
from bot.insights.overview import WEEK, Overview
from bot.insights.records import Period
from bot.metrics import Metrics
from bot.settings import Settings
from bot.slack.digest import digest, handover
from bot.slack.gateway import SlackGateway
from bot.slack.notes import NoteSender
from bot.slack.uploads import Uploads
from bot.store.engine import Database
from bot.store.insights import InsightStore
from bot.store.notes import NoteStore
from bot.work.notes import Composed, NoteWorker
from bot.work.occasions import Occasions

SCORED = timedelta(days=30)
"""The time that the scoreboard's metrics are about."""
_SCORES_FRESH = timedelta(minutes=5)
_HANDED_OVER = 200
"""Open alerts that a handover counts."""

AskOnCall = Callable[[], Awaitable[Sequence[OnCall]]]


class Reporting:
    """Build it with what it tells through."""

    def __init__(
        self,
        settings: Settings,
        db: Database,
        gateway: SlackGateway,
        uploads: Uploads,
        *,
        clock: Callable[[], datetime],
        on_call: AskOnCall | None = None,
    ) -> None:
        rhythm = settings.triage.digest
        self._db, self._zone, self._gateway, self._clock = db, rhythm.clock, gateway, clock
        self.past = InsightStore(db)
        self.overview = Overview(self.past, clock, self._zone)
        self._notes = NoteStore(db)
        watched = _first_called(on_call) if on_call and rhythm.handover else None
        channel = rhythm.channel or settings.slack_channel or ""
        self.worker = NoteWorker(
            self._notes,
            Occasions(self._notes, rhythm, channel, clock=clock, on_call=watched),
            NoteSender(gateway, uploads, clock),
            self.compose,
            clock=clock,
            owner=secrets.token_hex(8),
        )

    async def compose(self, note: Note) -> Composed:
        """What a note says, as of now."""
        found = await self.overview.of(Period(note.since, note.until, self._zone))
        if note.kind is NoteKind.HANDOVER:
            return Composed(handover(note, await self.past.still_open(_HANDED_OVER), found))
        asked_by = note.now[0] if note.kind is NoteKind.ASKED else ""
        return Composed(digest(found, asked_by), by_day(found) if found.opened else None)

    async def refresh(self, metrics: Metrics) -> None:
        """Bring the scoreboard's metrics up to date."""
        metrics.set_score((await self.overview.last(SCORED, fresh=_SCORES_FRESH)).scoreboard)

    async def tell(self, channel: str, by: str, key: str) -> bool:
        """Let a channel see the last week, with its chart, because `by` wants it; the same `key` again tells nothing.

        Returns whether it will come: the bot may not write everywhere.
        """
        try:
            if not await self._gateway.is_member(channel):
                return False
        except TargetError:
            return False
        now = self._clock()
        note = Note(kind=NoteKind.ASKED, channel=channel, since=now - WEEK, until=now, now=(by,))
        await self._notes.add(f"asked:{key}", note, due_at=now)
        self.worker.wake()
        return True

    async def start(self) -> None:
        """Begin to look whether a note is due."""
        if self._db.dialect == "sqlite":  # nobody else works on this file
            await self._notes.end_leases()
        await self.worker.start()

    async def stop(self) -> None:
        """Look no more."""
        await self.worker.stop()


def _first_called(on_call: AskOnCall) -> Callable[[], Awaitable[Sequence[str]]]:
    async def names() -> Sequence[str]:
        return sorted({each.name for each in await on_call() if each.level == 1})

    return names
