"""A store of questions in memory, for the tests of what takes them."""

from datetime import UTC, datetime

from bot.alerts.dossier import Dossier
from bot.alerts.question import Inquiry
from tests.slack.samples import dossier

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


class Remembering:
    """Keeps what was asked; the thread 1.1 is alert 12's."""

    def __init__(self) -> None:
        self.asked: list[Inquiry] = []
        self.woken: list[int] = []

    async def add(self, asked: Inquiry) -> int | None:
        if any(known.source == asked.source for known in self.asked):
            return None
        self.asked.append(asked)
        return len(self.asked)

    async def alert_of(self, channel: str, thread_ts: str) -> int | None:
        return 12 if thread_ts == "1.1" else None

    async def name_of(self, user_id: str) -> str:
        return "ana"


async def look(alert_id: int) -> Dossier:
    return dossier()
