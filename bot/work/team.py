"""The team's rules, and those who act by them, wired together."""

from collections.abc import Callable
from datetime import datetime

from bot.settings import Settings
from bot.slack.people import Directory
from bot.store.alerts import AlertStore
from bot.store.engine import Database
from bot.store.watch import WatchStore
from bot.work.chaser import Chaser
from bot.work.concerned import Concerned, Sentry
from bot.work.doorkeeper import Doorkeeper
from bot.work.guide import Guide
from bot.work.rules import LiveRules


class Team:
    """What triage.yml decides: where alerts go (`guide`), who may do what (`doorkeeper`), what happens by itself."""

    def __init__(
        self, settings: Settings, db: Database, store: AlertStore, people: Directory, clock: Callable[[], datetime]
    ) -> None:
        services = settings.pagerduty_services
        self._db, self._store, self._people, self._clock = db, store, people, clock
        self.rules = LiveRules(settings.triage_config, settings.triage, services.keys(), changed=self._look_at_all)
        self.guide = Guide(self.rules, services, sentry=settings.asks_sentry)
        self.doorkeeper = Doorkeeper(lambda: self.rules().permissions, people, store.act, clock)

    def chaser(self, sentry: Sentry | None, wake: Callable[[int], None]) -> Chaser:
        """Carries out what is planned. `sentry` says who is concerned, and `wake` is told once that is known."""
        concerned = Concerned(lambda: self.rules().people, self._people, sentry, wake)
        return Chaser(self.guide, self._people, concerned, WatchStore(self._db), self._clock)

    async def _look_at_all(self) -> None:
        """Other rules may plan something else for every alert that is not over."""
        await self._store.look_again(self._clock())
