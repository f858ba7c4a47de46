"""Everything of a running bot but its edges: wires the parts, starts them bottom up and stops them in reverse.

Opens no port: what listens is `handlers.server`, on top of this. Long because it is the one list of what needs what.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING

import aiohttp
import structlog
from pydantic import SecretStr

from bot.alerts.alert import Actor
from bot.alerts.crowd import Crowd
from bot.alerts.dossier import CARD, Dossier
from bot.alerts.permissions import Right
from bot.assist.build import Conversations
from bot.classify.build import Models, configured, open_models
from bot.classify.classifier import Classifier
from bot.classify.rules import Rules
from bot.metrics import Metrics
from bot.reception import Reception
from bot.reporting import Reporting
from bot.sentry.addresses import PayloadContext
from bot.settings import Settings
from bot.slack.calls import Calls
from bot.slack.gateway import Posted, SlackGateway, web_client
from bot.slack.pacing import Pacer, Turns
from bot.slack.people import Directory
from bot.slack.surfaces import Surfaces
from bot.slack.targets import CardTarget, ThreadTarget
from bot.slack.uploads import Uploads
from bot.store.alerts import AlertStore
from bot.store.catchup import CatchUpStore
from bot.store.conversations import ConversationStore
from bot.store.engine import Database
from bot.store.incidents import IncidentStore
from bot.store.intake import Intake
from bot.store.lessons import LessonStore
from bot.store.past import PastStore
from bot.store.refinements import RefinementStore
from bot.store.spending import SpendingLedger
from bot.store.storms import StormStore
from bot.work.broker import Wakeups, broker_for
from bot.work.desk import Desk
from bot.work.reconcile import Reconciler
from bot.work.refine import Refiner
from bot.work.storms import StormWatch
from bot.work.teaching import Own, Teacher
from bot.work.team import Team
from bot.work.timers import Sweeper

if TYPE_CHECKING:
    from bot.outside import Outside
    from bot.sentry.catchup import CatchUp
    from bot.sentry.client import SentryClient
    from bot.work.shadow import Shadow

STOP_WITHIN = 4.0
"""Seconds that running reconciles may still take."""

logger = structlog.get_logger(__name__)


def revealed(secret: SecretStr | None) -> str | None:
    """A secret's value, for the one who needs it."""
    return secret.get_secret_value() if secret else None


class Machinery:
    """The parts, once `start` has built them. `pace`: seconds between two messages in one channel."""

    store: AlertStore
    gateway: SlackGateway
    classifier: Classifier
    models: Models | None
    wakeups: Wakeups
    refiner: Refiner | None
    intake: Intake
    desk: Desk
    conversations: Conversations

    def __init__(self, settings: Settings, clock: Callable[[], datetime], metrics: Metrics, pace: float) -> None:
        self.settings, self.clock, self.metrics, self.pace = settings, clock, metrics, pace
        first = next((secret.get_secret_value() for secret in settings.sentry_secrets), "")
        pepper = sha256(first.encode()).digest()
        self.context = PayloadContext(sentry_url=settings.sentry_url, org=settings.sentry_org, pepper=pepper)
        self._stack = AsyncExitStack()

    async def start(self) -> None:
        """Open the store and the ways out, then start the workers.

        Raises:
            BadSettings: something does not fit.
        """
        self.db = await self._open_store()
        self.gateway = await self._reach_slack()
        own = [self.settings.triage_config] if self.settings.triage.rules else []
        self.classifier = Classifier(Rules.load(None, *own))
        self.wakeups = Wakeups(broker_for(revealed(self.settings.redis_url)), self._reconcile)
        self.models = self._open_models()
        self.refiner = self._refiner(self.models) if self.models else None
        self.shadow = self._open_shadow()
        self.team = Team(self.settings, self.db, self.store, self.people, self.clock)
        self.guide = self.team.guide
        self.incidents = IncidentStore(self.db)
        self.outside = self._reach_outside()
        self.reception = self._furnish_reception()
        self._reconciler = self._new_reconciler()
        self.intake = Intake(
            self.db,
            self.clock,
            self.wakeups.wake,
            duplicate_window=self.settings.triage.duplicate_window,
            suppressed=self.metrics.suppressed.labels("duplicate_window").inc,
            crowd=Crowd(timedelta(seconds=self.pace)),
        )
        self.teacher = self._new_teacher()
        self.desk = self._new_desk()
        self.conversations = await self._converse()
        self.reporting = self._report()
        await self._start_workers()

    async def _start_workers(self) -> None:
        retention = timedelta(days=self.settings.triage.retention_days)
        sweeper = Sweeper(self.store, self.wakeups.wake, clock=self.clock, retention=retention)
        await self._begin(self.wakeups.start, lambda: self.wakeups.stop(STOP_WITHIN))
        await self._begin(self.intake.start, self.intake.stop)
        if self.refiner:
            await self._begin(self.refiner.start, self.refiner.stop)
        await self._begin(self.team.rules.start, self.team.rules.stop)
        await self._begin(self.teacher.start, self.teacher.stop)
        if self.shadow:
            await self._begin(self.shadow.start, self.shadow.stop)
        await self._begin(sweeper.start, sweeper.stop)
        if self.outside and self.outside.sentry:
            catch_up = self._catch_up(self.outside.sentry)
            await self._begin(catch_up.start, catch_up.stop)
        await self._begin(self.conversations.start, self.conversations.stop)
        await self._begin(self.reporting.start, self.reporting.stop)

    async def stop(self) -> None:
        """Stop the workers, then close what they used."""
        await self._stack.aclose()

    async def demand(self, alert_id: int, actor: Actor) -> None:
        """A person wants a model's word whatever the budget says.

        Raises:
            Forbidden: they may not spend beyond it.
            UnknownAlert: there is no such alert.
        """
        await self.desk.admit(alert_id, actor, Right.SPEND)
        if self.refiner:
            await self.refiner.demand(alert_id, actor)

    async def budget_left(self) -> float | None:
        """Dollars; None: there is no limit, or no model."""
        return await self.models.budget.left_usd() if self.models else None

    async def rules_in_force(self) -> str:
        """A word on triage.yml. A mistake in it leaves the rules from before in force, and the bot ready."""
        problem = self.team.rules.problem or self.teacher.problem
        return f"the rules from before are in force, since the file has a mistake: {problem}" if problem else "in force"

    async def refresh_gauges(self) -> None:
        """Bring up to date what is measured only when somebody reads it."""
        self.metrics.set_pending(await self.store.pending())
        if self.models:
            self.metrics.set_models(await self.models.budget.left_usd(), self.models.breaker.state)
        await self.reporting.refresh(self.metrics)

    async def _begin(self, start: Callable[[], Awaitable[None]], stop: Callable[[], Awaitable[None]]) -> None:
        self._stack.push_async_callback(stop)
        await start()

    async def _reconcile(self, alert_id: int) -> None:
        await self._reconciler.reconcile(alert_id)

    async def _open_store(self) -> Database:
        db = Database.connect(self.settings.database_url.get_secret_value())
        self._stack.push_async_callback(db.close)
        await db.migrate()
        self.store = AlertStore(db)
        if db.dialect == "sqlite":  # nobody else works on this file
            await self.store.end_leases()
        return db

    async def _reach_slack(self) -> SlackGateway:
        timeout = aiohttp.ClientTimeout(total=10)
        self.session = await self._stack.enter_async_context(aiohttp.ClientSession(timeout=timeout))
        token = revealed(self.settings.slack_bot_token) or ""
        self.client = web_client(token, self.settings.slack_api_url, self.session)
        pacer = Pacer(asyncio.get_running_loop().time, interval=self.pace, shared=self._shared_turns())
        self.calls = Calls(pacer)
        self.people = Directory(self.client, self.calls, self.clock)
        return SlackGateway(self.client, pacer)

    def _shared_turns(self) -> Turns | None:
        url = revealed(self.settings.redis_url)
        if url is None:
            return None
        from bot.slack.shared_pacing import SharedTurns, redis_for  # a start without Redis has no time for its client

        redis = redis_for(url)
        self._stack.push_async_callback(redis.aclose)
        return SharedTurns(redis)

    def _open_models(self) -> Models | None:
        if not configured(self.settings):
            return None
        ledger, answers = SpendingLedger(self.db, self.clock), RefinementStore(self.db)
        models = open_models(self.settings, ledger, answers, self.clock)
        self._stack.push_async_callback(models.endpoint.aclose)
        for warning in models.warnings:
            logger.warning("models", says=warning)
        return models

    def _refiner(self, models: Models) -> Refiner:
        return Refiner(
            self.store,
            RefinementStore(self.db),
            models.analyst,
            self.classifier.classify,
            self.wakeups.wake,
            clock=self.clock,
            metrics=self.metrics,
            owner=secrets.token_hex(8),
        )

    def _new_desk(self) -> Desk:
        return Desk(
            self.store,
            RefinementStore(self.db),
            self.wakeups.hurry,
            clock=self.clock,
            metrics=self.metrics,
            doorkeeper=self.team.doorkeeper,
            people=self.people,
            escalates=self._escalates,
            taught=self.teacher.hurry,
        )

    def _new_teacher(self) -> Teacher:
        def own() -> Own | None:
            rules = self.team.rules().rules
            return (self.settings.triage_config, repr(rules)) if rules else None

        return Teacher(LessonStore(self.db), self.classifier, self.wakeups.wake, clock=self.clock, own=own)

    def _furnish_reception(self) -> Reception:
        return Reception(
            self.settings,
            self.db,
            self.store,
            self.gateway,
            Surfaces(self.client, self.calls),
            self.guide,
            self.clock,
            outside=self.outside,
            models=self.models,
        )

    def _new_reconciler(self) -> Reconciler:
        outside, channel = self.outside, self.settings.slack_channel or ""
        chaser = self.team.chaser(outside.sentry if outside else None, self.wakeups.wake)
        self._stack.push_async_callback(chaser.stop)
        return Reconciler(
            self.store,
            self.classifier,
            [
                CardTarget(
                    self.gateway,
                    channel,
                    self.clock,
                    guide=self.guide,
                    names=self.people,
                    escalates=self._escalates,
                    muted=self.metrics.count_muted,
                ),
                ThreadTarget(self.gateway, self.clock, guide=self.guide),
                self.reception.link_target(),
            ],
            chaser,
            clock=self.clock,
            metrics=self.metrics,
            owner=secrets.token_hex(8),
            far=outside.lanes(self.incidents, self.store.dossier, self._thread_address, self.people.email)
            if outside
            else (),
            consider=self._consider if self.refiner or self.shadow else None,
            storms=self._watch_storms(),
        )

    async def _consider(self, dossier: Dossier) -> None:
        """What comes after the card: a model's word, and what a shadow would say."""
        if self.refiner:
            await self.refiner.consider(dossier)
        if self.shadow:
            await self.shadow.consider(dossier)

    def _open_shadow(self) -> "Shadow | None":
        wanted = self.settings.triage.shadow
        if wanted is None:
            return None
        from bot.shadowing import open_shadow  # a bot without one has no time for it

        return open_shadow(wanted, self.settings, self.db, self.clock, self._stack.push_async_callback)

    def _watch_storms(self) -> StormWatch:
        rules = self.guide.rules
        return StormWatch(StormStore(self.db), self.store, lambda: rules().storms, self.wakeups.wake, self.clock)

    def _reach_outside(self) -> "Outside | None":
        settings = self.settings
        if not (self.guide.keys() or settings.pagerduty_api_token or settings.asks_sentry):
            return None
        from bot.outside import Outside, Services  # a start without them has no time for their client

        services = Services(key_for=self.guide.key_for, keys=self.guide.keys)
        outside = Outside(settings, services, self.context, clock=self.clock)
        self._stack.push_async_callback(outside.close)
        return outside

    def _escalates(self, dossier: Dossier) -> bool:
        return self.guide.key_for(dossier) is not None

    async def _thread_address(self, dossier: Dossier) -> str | None:
        card = dossier.targets.get(CARD)
        if card is None or not card.external_id:
            return None
        return await self.gateway.permalink(Posted(card.channel, card.external_id))

    def _catch_up(self, sentry: "SentryClient") -> "CatchUp":
        from bot.sentry.catchup import CatchUp

        known = CatchUpStore(self.db)
        unknown = self.settings.triage.catch_up_new
        return CatchUp(sentry, known, self.store.dossier, self.intake.submit, clock=self.clock, unknown=unknown)

    def _report(self) -> Reporting:
        incidents, policy = self.outside and self.outside.incidents, self.settings.triage.digest.escalation_policy
        return Reporting(
            self.settings,
            self.db,
            self.gateway,
            Uploads(self.client, self.calls, self.session),
            clock=self.clock,
            on_call=partial(incidents.on_call, policy) if incidents else None,
        )

    async def _converse(self) -> Conversations:
        store = ConversationStore(self.db)
        if self.db.dialect == "sqlite":
            await store.end_leases()
        return Conversations(
            self.settings,
            store,
            PastStore(self.db),
            self.store.dossier,
            self.gateway,
            clock=self.clock,
            owner=secrets.token_hex(8),
            models=self.models,
            sentry=self.outside.sentry if self.outside else None,
        )
