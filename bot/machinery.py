"""Everything of a running bot but its edges: wires the parts, starts them bottom up and stops them in reverse.

Opens no port: what listens is `app.py`'s, on top of this.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import datetime, timedelta

import aiohttp
import structlog
from pydantic import SecretStr

from bot.assist.build import Conversations
from bot.classify.build import Models, configured, open_models
from bot.classify.classifier import Classifier
from bot.classify.rules import Rules
from bot.metrics import Metrics
from bot.settings import Settings
from bot.slack.calls import Calls
from bot.slack.gateway import SlackGateway, web_client
from bot.slack.pacing import Pacer, Turns
from bot.slack.people import Directory
from bot.slack.targets import CardTarget, ThreadTarget
from bot.store.alerts import AlertStore
from bot.store.conversations import ConversationStore
from bot.store.engine import Database
from bot.store.intake import Intake
from bot.store.past import PastStore
from bot.store.refinements import RefinementStore
from bot.store.spending import SpendingLedger
from bot.store.watch import WatchStore
from bot.work.broker import Wakeups, broker_for
from bot.work.chaser import Chaser
from bot.work.concerned import Concerned
from bot.work.desk import Desk
from bot.work.guide import Guide
from bot.work.reconcile import Reconciler
from bot.work.refine import Refiner
from bot.work.rules import LiveRules
from bot.work.timers import Sweeper

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
        self._stack = AsyncExitStack()

    async def start(self) -> None:
        """Open the store and the ways out, then start the workers.

        Raises:
            BadSettings: something does not fit.
        """
        self.db = await self._open_store()
        self.gateway = await self._reach_slack()
        self.classifier = Classifier(Rules.load())
        self.wakeups = Wakeups(broker_for(revealed(self.settings.redis_url)), self._reconcile)
        self.models = self._open_models()
        self.refiner = self._refiner(self.models) if self.models else None
        self.rules = self._live_rules()
        self.guide = Guide(self.rules, self.settings.pagerduty_services)
        self._reconciler = self._new_reconciler()
        self.intake = Intake(
            self.db,
            self.clock,
            self.wakeups.wake,
            duplicate_window=self.settings.triage.duplicate_window,
            suppressed=self.metrics.suppressed.labels("duplicate_window").inc,
        )
        audit = RefinementStore(self.db)
        self.desk = Desk(self.store, audit, self.wakeups.hurry, clock=self.clock, metrics=self.metrics)
        self.conversations = await self._converse()
        retention = timedelta(days=self.settings.triage.retention_days)
        sweeper = Sweeper(self.store, self.wakeups.wake, clock=self.clock, retention=retention)
        await self._begin(self.wakeups.start, lambda: self.wakeups.stop(STOP_WITHIN))
        await self._begin(self.intake.start, self.intake.stop)
        if self.refiner:
            await self._begin(self.refiner.start, self.refiner.stop)
        await self._begin(self.rules.start, self.rules.stop)
        await self._begin(sweeper.start, sweeper.stop)
        await self._begin(self.conversations.start, self.conversations.stop)

    async def stop(self) -> None:
        """Stop the workers, then close what they used."""
        await self._stack.aclose()

    async def refresh_gauges(self) -> None:
        """Bring up to date what is measured only when somebody reads it."""
        self.metrics.set_pending(await self.store.pending())
        if self.models:
            self.metrics.set_models(await self.models.budget.left_usd(), self.models.breaker.state)

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
        session = await self._stack.enter_async_context(aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)))
        self.client = web_client(revealed(self.settings.slack_bot_token) or "", self.settings.slack_api_url, session)
        pacer = Pacer(asyncio.get_running_loop().time, interval=self.pace, shared=self._shared_turns())
        self.people = Directory(self.client, Calls(pacer), self.clock)
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

    def _new_reconciler(self) -> Reconciler:
        channel = self.settings.slack_channel or ""
        return Reconciler(
            self.store,
            self.classifier,
            [CardTarget(self.gateway, channel, self.clock), ThreadTarget(self.gateway, self.clock)],
            self._chaser(),
            clock=self.clock,
            metrics=self.metrics,
            owner=secrets.token_hex(8),
            consider=self.refiner.consider if self.refiner else None,
        )

    def _chaser(self) -> Chaser:
        concerned = Concerned(lambda: self.rules().people, self.people, None)
        return Chaser(self.guide, self.people, concerned, WatchStore(self.db), self.clock)

    def _live_rules(self) -> LiveRules:
        settings = self.settings
        return LiveRules(
            settings.triage_config, settings.triage, settings.pagerduty_services.keys(), changed=self._look_at_all
        )

    async def _look_at_all(self) -> None:
        """Other rules may plan something else for every alert that is not over."""
        await self.store.look_again(self.clock())

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
        )
