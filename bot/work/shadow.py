"""Shadow mode: a second configuration, other rules or another model look on, and what they say is only written down.

Nothing that a shadow says is shown, sent or paged; what goes wrong with it is logged and concerns nobody. Its model is
asked within the same budget as the first, once for an alert.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import structlog

from bot.alerts.classification import Classification
from bot.alerts.dossier import Dossier
from bot.alerts.timing import Step
from bot.classify.analyst import Analyst
from bot.classify.classifier import Classifier
from bot.store.shadows import Shadowed, ShadowStore
from bot.work.guide import Guide

QUEUE = 200
"""Alerts that wait for the shadow's model; more are not asked about."""

log = structlog.get_logger(__name__)


class Shadow:
    """Looks on."""

    def __init__(
        self,
        name: str,
        store: ShadowStore,
        classifier: Classifier,
        guide: Guide,
        clock: Callable[[], datetime],
        analyst: Analyst | None = None,
    ) -> None:
        """Wire it.

        Args:
            name: what it is called in the records.
            store: where its words are kept.
            classifier: its rules.
            guide: its routes.
            clock: the time.
            analyst: its model, where it has one.
        """
        self._name, self._store, self._classifier, self._guide = name, store, classifier, guide
        self._clock, self._analyst = clock, analyst
        self._waiting: asyncio.Queue[Dossier] = asyncio.Queue(QUEUE)
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to ask its model, if it has one."""
        if self._analyst:
            self._task = asyncio.create_task(self._ask_on(), name="shadow")

    async def stop(self) -> None:
        """Ask no more."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def consider(self, dossier: Dossier) -> None:
        """Look at an alert as reconcile left it; costs nothing where the shadow would say what it said before."""
        try:
            await self._look(dossier)
        except Exception:  # the edge between what counts and what is only tried out
            log.exception("shadow_failed", alert=dossier.alert.id, shadow=self._name)

    async def _look(self, dossier: Dossier) -> None:
        if dossier.event.resource == "storm" or dossier.event.sample:
            return
        verdict = self._classifier.classify(dossier.event, dossier.alert.counts)
        known = await self._store.known(dossier.alert.id, self._name)
        if known and known.verdict.model:  # its model had its say, as on a card
            verdict = known.verdict
        said = self._judged(dossier, verdict, known.cost_usd if known else 0.0)
        if known is None or _words(known) != _words(said):
            await self._store.keep(dossier.alert.id, self._name, said, self._clock())
        if known is None and self._analyst and not self._waiting.full():
            self._waiting.put_nowait(dossier)

    def _judged(self, dossier: Dossier, verdict: Classification, cost_usd: float) -> Shadowed:
        """What it would do with this verdict, as the alert stands."""
        then = replace(dossier, classification=verdict)
        page = any(planned.step is Step.PAGE for planned in self._guide.plan(then))
        return Shadowed(verdict, self._guide.decide(then).card, page, cost_usd)

    async def _ask_on(self) -> None:
        while self._analyst:
            dossier = await self._waiting.get()
            try:
                rules = self._classifier.classify(dossier.event, dossier.alert.counts)
                analysis = await self._analyst.analyse(dossier.event, dossier.alert.counts, rules)
                if analysis.verdict:
                    said = self._judged(dossier, analysis.classification, analysis.verdict.cost_usd)
                    await self._store.keep(dossier.alert.id, self._name, said, self._clock())
            except Exception:  # as in `consider`
                log.exception("shadow_failed", alert=dossier.alert.id, shadow=self._name)


def _words(said: Shadowed) -> tuple[object, ...]:
    return (said.verdict.severity, said.verdict.category, said.card, said.page)
