"""The Prometheus metrics, with the names that dashboards depend on. One registry for each running bot."""

import math
from collections import OrderedDict
from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from bot.insights.scoreboard import Quality, Scoreboard

_REMEMBERED = 10_000
"""Alerts of which it is known that they were counted."""


class Metrics:
    """Every metric of the bot, by what it counts."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.classified = Counter(
            "error_classification_total",
            "Classifications made.",
            ["severity", "category", "model"],
            registry=self.registry,
        )
        self.classify_seconds = Histogram(
            "error_classification_latency_seconds",
            "Time to a classification.",
            buckets=(0.1, 0.25, 0.5, 1, 2.5, 5),
            registry=self.registry,
        )
        self.pending = Gauge(
            "pending_alerts_count", "Alerts that wait for somebody.", ["severity"], registry=self.registry
        )
        self.deliveries = Counter(
            "webhook_deliveries_total", "Webhook requests.", ["source", "resource", "outcome"], registry=self.registry
        )
        self.suppressed = Counter(
            "alerts_suppressed_total", "What was not told anew, by reason.", ["reason"], registry=self.registry
        )
        self.time_to_card = Histogram(
            "time_to_card_seconds",
            "From an issue's first delivery to its card in Slack.",
            buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60),
            registry=self.registry,
        )
        self.time_to_acknowledge = Histogram(
            "time_to_acknowledge_seconds",
            "From an alert's opening to its first acknowledgement.",
            ["severity"],
            buckets=(30, 60, 120, 300, 600, 1800, 3600, 14400, 86400),
            registry=self.registry,
        )
        self.reconciled = Counter(
            "reconcile_total", "Attempts to bring a target in line.", ["target", "outcome"], registry=self.registry
        )
        self._hidden: OrderedDict[tuple[int, int], None] = OrderedDict()
        self._add_models()
        self._add_score()

    def count_muted(self, alert_id: int, mute_id: int) -> None:
        """That a mute hides an alert's card: once, however often it is looked at."""
        this = (alert_id, mute_id)
        if this in self._hidden:
            return
        self._hidden[this] = None
        if len(self._hidden) > _REMEMBERED:
            self._hidden.popitem(last=False)
        self.suppressed.labels("muted").inc()

    def _add_models(self) -> None:
        self.model_cost = Counter(
            "error_classification_cost_usd_total",
            "US dollars spent on models, by the category that came out.",
            ["model", "error_type"],
            registry=self.registry,
        )
        self.budget_left = Gauge(
            "llm_budget_remaining_usd", "US dollars left of today's budget, or of the month's.", registry=self.registry
        )
        self.model_calls = Counter("llm_calls_total", "Calls of models.", ["model", "outcome"], registry=self.registry)
        self.model_tokens = Counter("llm_tokens_total", "Tokens.", ["model", "direction"], registry=self.registry)
        self.model_cache_hits = Counter("llm_cache_hits_total", "Shared answers.", registry=self.registry)
        self.model_parsed = Counter(
            "llm_replies_parsed_total", "Replies, by how they were read.", ["method"], registry=self.registry
        )
        self.breaker_open = Gauge(
            "llm_breaker_state", "1 for the state that the circuit breaker is in.", ["state"], registry=self.registry
        )

    def _add_score(self) -> None:
        self.judged = Gauge(
            "verdicts_judged", "Verdicts of 30 days, by what people made of them.", ["outcome"], registry=self.registry
        )
        self.agreement = Gauge(
            "verdict_agreement_ratio", "How often two say the same.", ["between", "part"], registry=self.registry
        )
        self.precision = Gauge(
            "verdict_precision_ratio", "Of what was called so, what was so.", ["part", "name"], registry=self.registry
        )
        self.recall = Gauge(
            "verdict_recall_ratio", "Of what was so, what was called so.", ["part", "name"], registry=self.registry
        )
        self.calibration_error = Gauge(
            "verdict_calibration_error", "How far certainty is from truth.", registry=self.registry
        )
        self.fix_time_within = Gauge(
            "fix_time_within_estimate_ratio", "Fixes within their estimate.", ["estimate"], registry=self.registry
        )

    def set_score(self, board: Scoreboard) -> None:
        """How good the verdicts were; what nobody judged has no value."""
        for gauge in (self.agreement, self.precision, self.recall, self.fix_time_within):
            gauge.clear()
        for outcome in ("corrected", "confirmed", "disputed", "accepted"):
            self.judged.labels(outcome).set(getattr(board, outcome))
        for between, found in board.agreements.items():
            for part, share in (("category", found.category_share), ("severity", found.severity_share)):
                if share is not None:
                    self.agreement.labels(between.replace(" ", "_"), part).set(share)
        self._set_qualities("category", board.categories)
        self._set_qualities("severity", board.severities)
        self.calibration_error.set(math.nan if board.calibration_error is None else board.calibration_error)
        for each in board.fix_times:
            self.fix_time_within.labels(each.estimate.value).set(each.within / each.count)

    def _set_qualities(self, part: str, qualities: Mapping[str, Quality]) -> None:
        for name, quality in qualities.items():
            for gauge, share in ((self.precision, quality.precision), (self.recall, quality.recall)):
                if share is not None:
                    gauge.labels(part, name).set(share)

    def set_pending(self, pending: Mapping[str, int]) -> None:
        """How many alerts wait for somebody, by severity."""
        for severity, count in pending.items():
            self.pending.labels(severity).set(count)

    def set_models(self, left_usd: float | None, breaker: str) -> None:
        """How much of the budget is left (None: there is no limit), and the state of the circuit breaker."""
        self.budget_left.set(math.inf if left_usd is None else left_usd)
        for state in ("closed", "half_open", "open"):
            self.breaker_open.labels(state).set(state == breaker)

    def exposition(self) -> bytes:
        """All metrics in Prometheus' text format."""
        return generate_latest(self.registry)
