"""Refine: ask a model about an alert, beside reconcile. The card is there already, and nobody waits.

An alert stands in line in SQL until it is answered, refused by the budget, or put off; a worker that dies loses its
lease, and another asks. The answer is a transition like any other: reconcile shows it.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from typing import Protocol

import structlog

from bot.alerts.alert import BOT, Action, Actor, Command, Counts, Refused, Transition
from bot.alerts.asking import Asked, AskState, ModelCall, why_ask
from bot.alerts.classification import Classification
from bot.alerts.dossier import Dossier
from bot.alerts.event import ErrorEvent
from bot.alerts.storms import verdict
from bot.classify.analyst import Analysis
from bot.classify.fingerprint import fingerprint
from bot.classify.prompt import reviewed
from bot.metrics import Metrics
from bot.rounds import Rounds

AT_ONCE = 4
LEASE_SECONDS = 120.0
PAUSE = 1.0
"""Seconds between two looks at the line; news is looked at sooner."""
_PUT_OFF = (timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=10), timedelta(hours=1))
_REFUSED = timedelta(hours=1)

log = structlog.get_logger(__name__)


class Alerts(Protocol):
    """What refine asks of the alerts' store."""

    async def dossier(self, alert_id: int) -> Dossier: ...  # noqa: D102
    async def act(self, alert_id: int, command: Command, *, verdict: Classification | None = None) -> Transition: ...  # noqa: D102


class Line(Protocol):
    """What refine asks of the line of alerts that wait for a model."""

    async def want(self, alert_id: int, asked: Asked) -> None: ...  # noqa: D102
    async def due(self, now: datetime, limit: int) -> list[int]: ...  # noqa: D102
    async def claim(self, alert_id: int, owner: str, now: datetime, seconds: float) -> Asked | None: ...  # noqa: D102
    async def settle(self, alert_id: int, owner: str, asked: Asked) -> None: ...  # noqa: D102
    async def record(self, alert_id: int, call: ModelCall) -> None: ...  # noqa: D102


class Analyses(Protocol):
    """Whoever asks models: `bot.classify.analyst.Analyst`."""

    async def analyse(  # noqa: D102
        self, event: ErrorEvent, counts: Counts, rules: Classification, *, fresh: bool = False, anyway: bool = False
    ) -> Analysis: ...


class Refiner:
    """Puts alerts in line, and asks about those whose turn it is."""

    def __init__(
        self,
        alerts: Alerts,
        line: Line,
        analyst: Analyses,
        rules: Callable[[ErrorEvent, Counts], Classification],
        wake: Callable[[int], None],
        *,
        clock: Callable[[], datetime],
        metrics: Metrics,
        owner: str,
    ) -> None:
        self._alerts, self._line, self._analyst, self._rules, self._wake = alerts, line, analyst, rules, wake
        self._clock, self._metrics = clock, metrics
        self._leases = (f"{owner}:{number}" for number in count())
        self._running: dict[int, asyncio.Task[None]] = {}
        self._rounds = Rounds("refine", self.sweep, PAUSE)

    async def consider(self, dossier: Dossier) -> None:
        """Put an alert in line where there is a reason; called by reconcile, and costs nothing where there is none."""
        alert = dossier.alert
        if alert.standing.corrected or alert.state.quiet or dossier.classification is None or dossier.hushed:
            return
        regressed = [t.at for t in dossier.transitions if t.action is Action.REGRESSED]
        about = {"fingerprint": fingerprint(dossier.event), "prompt_version": reviewed()[0]}
        why = why_ask(dossier.asked, events=alert.counts.total, regressed_at=max(regressed, default=None), **about)
        if why:
            await self._want(dossier, why)

    async def demand(self, alert_id: int, actor: Actor) -> None:
        """A permitted person wants a model's word, whatever the sampling and the budget say.

        Raises:
            UnknownAlert: there is no such alert.
        """
        await self._want(await self._alerts.dossier(alert_id), f"asked by {actor.name}", forced=True)
        self._wake(alert_id)

    async def _want(self, dossier: Dossier, why: str, *, forced: bool = False) -> None:
        now = self._clock()
        asked = Asked(state=AskState.WAITING, why=why, at=now, next_try_at=now, forced=forced)
        await self._line.want(dossier.alert.id, asked)
        self._rounds.hurry()

    async def refine(self, alert_id: int) -> None:
        """Ask about one alert, if it is still to be asked about and nobody else does."""
        lease = next(self._leases)
        asked = await self._line.claim(alert_id, lease, self._clock(), LEASE_SECONDS)
        if asked is None:
            return
        dossier = await self._alerts.dossier(alert_id)
        counts = dossier.alert.counts
        if dossier.hushed and not asked.forced:  # it became part of a storm meanwhile, which is asked about once
            spared = replace(asked, state=AskState.SPARED, at=self._clock(), next_try_at=None)
            await self._line.settle(alert_id, lease, spared)
            return
        rules = verdict(dossier.storm) if dossier.storm else self._rules(dossier.event, counts)
        began = self._clock()
        fresh = asked.why not in ("new", "changed")
        analysis = await self._analyst.analyse(dossier.event, counts, rules, fresh=fresh, anyway=asked.forced)
        if analysis.call is not None:
            await self._line.record(alert_id, analysis.call)
        self._count(analysis, (self._clock() - began).total_seconds())
        if analysis.classification is not rules:
            await self._tell(dossier, analysis.classification)
        settled = replace(
            asked,
            state=analysis.state,
            at=self._clock(),
            fingerprint=fingerprint(dossier.event),
            prompt_version=reviewed()[0],
            events=counts.total,
            problem=analysis.problem,
            estimate_usd=analysis.estimate_usd,
            attempts=asked.attempts + 1,
            next_try_at=self._next_try(asked, analysis),
        )
        await self._line.settle(alert_id, lease, settled)
        self._wake(alert_id)

    async def _tell(self, dossier: Dossier, verdict: Classification) -> None:
        old = dossier.classification
        if old is None:
            return
        detail: dict[str, str | int] = {
            "from_severity": old.severity,
            "to_severity": verdict.severity,
            "from_category": old.category,
            "to_category": verdict.category,
            "made_by": verdict.model,
            "reason": verdict.note,
        }
        command = Command(action=Action.CLASSIFIED, actor=BOT, at=self._clock(), detail=detail)
        try:
            await self._alerts.act(dossier.alert.id, command, verdict=verdict)
        except Refused:
            log.info("model_came_too_late", alert=dossier.alert.id)  # a person corrected the verdict meanwhile

    def _next_try(self, asked: Asked, analysis: Analysis) -> datetime | None:
        if analysis.state is not AskState.GIVEN_UP:
            return None
        wait = _PUT_OFF[min(asked.attempts, len(_PUT_OFF) - 1)] if analysis.retry else _REFUSED
        return self._clock() + max(wait, timedelta(seconds=analysis.retry_after or 0))

    def _count(self, analysis: Analysis, seconds: float) -> None:
        metrics, verdict, call = self._metrics, analysis.classification, analysis.call
        if analysis.shared:
            metrics.model_cache_hits.inc()
        if call is None:
            return
        metrics.model_calls.labels(call.model, call.outcome).inc()
        metrics.model_cost.labels(call.model, verdict.category).inc(call.cost_usd)
        if call.outcome == "ok":
            metrics.classify_seconds.observe(seconds)
            metrics.classified.labels(verdict.severity, verdict.category, call.model).inc()
            metrics.model_parsed.labels(call.parsing_method).inc()
            metrics.model_tokens.labels(call.model, "in").inc(call.tokens_in)
            metrics.model_tokens.labels(call.model, "out").inc(call.tokens_out)

    async def start(self) -> None:
        """Begin to ask."""
        self._rounds.start()

    async def stop(self) -> None:
        """Ask no more; what is under way is found again when its lease ends."""
        await self._rounds.stop()
        for task in (tasks := list(self._running.values())):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def sweep(self) -> None:
        """Begin with those whose turn it is, as many as there are places."""
        places = AT_ONCE - len(self._running)
        for alert_id in await self._line.due(self._clock(), AT_ONCE * 2) if places else ():
            if alert_id not in self._running and len(self._running) < AT_ONCE:
                task = asyncio.create_task(self._one(alert_id))
                self._running[alert_id] = task
                task.add_done_callback(lambda _task, alert_id=alert_id: self._left(alert_id))  # type: ignore[misc]

    def _left(self, alert_id: int) -> None:
        self._running.pop(alert_id, None)
        self._rounds.hurry()

    async def _one(self, alert_id: int) -> None:
        try:
            await self.refine(alert_id)
        except Exception:  # the edge of a worker: its lease ends, and it is tried again
            log.exception("refine_failed", alert=alert_id)
