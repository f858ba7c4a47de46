"""Everything behind `/triage`, the Home tab, the shortcut, links and thumbs, wired together."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from bot.alerts.dossier import Dossier
from bot.alerts.incident import OnCall
from bot.classify.budget import MICROS
from bot.classify.build import Models
from bot.classify.classifier import Classifier
from bot.settings import Settings
from bot.slack.brief import Entry
from bot.slack.doors import Doors
from bot.slack.gateway import SlackGateway
from bot.slack.home import Spend
from bot.slack.links import LinkTarget
from bot.slack.surfaces import Surfaces
from bot.status import parts
from bot.store.alerts import AlertStore
from bot.store.engine import Database
from bot.store.feedback import FeedbackStore
from bot.store.insights import InsightStore
from bot.store.intake import Intake
from bot.store.links import LinkStore
from bot.store.listing import ListStore
from bot.store.mutes import MuteStore
from bot.store.refinements import RefinementStore
from bot.store.spending import SpendingLedger
from bot.work.enquiries import Enquiries, Sources
from bot.work.guide import Guide
from bot.work.homepage import HomePages, Probe
from bot.work.lookup import Lookup
from bot.work.teaching import Teacher

if TYPE_CHECKING:
    from bot.outside import Outside

Tell = Callable[[str, str, str], Awaitable[bool]]
"""Lets a channel (its id) see the figures with their chart because somebody wants it, once a key; whether they come."""


class Reception:
    """Where people's questions to the bot as a whole come in; `links` is also a target of reconcile's."""

    def __init__(
        self,
        settings: Settings,
        db: Database,
        store: AlertStore,
        gateway: SlackGateway,
        surfaces: Surfaces,
        guide: Guide,
        clock: Callable[[], datetime],
        *,
        outside: "Outside | None" = None,
        models: Models | None = None,
    ) -> None:
        self._settings, self._db, self._store, self._gateway = settings, db, store, gateway
        self.surfaces = surfaces
        self._guide, self._clock, self._outside, self._models = guide, clock, outside, models
        self._lists = ListStore(db)
        self.mutes, self.feedback, self.links = MuteStore(db), FeedbackStore(db), LinkStore(db)

    def link_target(self) -> LinkTarget:
        """What keeps unfolded links true."""
        return LinkTarget(self.surfaces, self.links, self._entry, self._clock)

    def open(
        self,
        intake: Intake,
        classifier: Classifier,
        probes: Mapping[str, Probe],
        doors: Doors,
        wake: Callable[[int], None],
        teacher: Teacher,
        tell: Tell,
    ) -> None:
        """Begin to answer; `probes`: the parts whose health the Home tab shows."""
        self.doors, self.wake, self.teacher, self.tell = doors, wake, teacher, tell
        audit = RefinementStore(self._db)
        sentry = self._outside.sentry if self._outside else None
        sources = Sources(
            look=self._store.dossier,
            calls=audit.calls,
            lists=self._lists,
            mutes=self.mutes,
            lookup=Lookup(self._store, self._lists, intake, sentry, self._clock),
            unanswered=audit.unanswered,
            permalink=self._gateway.permalink,
            judge=classifier.classify,
            spend=self._spend,
            history=InsightStore(self._db),
            decide=self._guide.decide,
            escalates=self._escalates,
            on_call=self._on_call if self._outside and self._outside.incidents else None,
            offers=teacher.offers,
            rules=teacher.in_force,
        )
        self.enquiries = Enquiries(sources, self._clock)
        off = {part.name: part.why for part in parts(self._settings) if not part.on}
        self.homes = HomePages(self._lists, self.enquiries.entries, self._spend, probes, off, self._clock)
        if self._outside and self._outside.sentry:
            self.homes.watch("sentry", self._outside.sentry.organization)
        if self._outside and self._outside.incidents:
            self.homes.watch("pagerduty", self._outside.incidents.on_call)

    async def _entry(self, dossier: Dossier) -> Entry:
        return await self.enquiries.entry(dossier.alert.id)

    def _escalates(self, dossier: Dossier) -> bool:
        return self._guide.key_for(dossier) is not None

    async def _on_call(self) -> Sequence[OnCall]:
        incidents = self._outside.incidents if self._outside else None
        return await incidents.on_call() if incidents else ()

    async def _spend(self) -> Spend | None:
        if self._models is None:
            return None
        today = self._clock().date().isoformat()
        spent = await SpendingLedger(self._db, self._clock).spent(today, today[:7])
        return Spend(
            day=spent.day / MICROS,
            month=spent.month / MICROS,
            daily=self._settings.daily_budget_usd,
            monthly=self._settings.triage.models.monthly_budget_usd,
            left=await self._models.budget.left_usd(),
        )
