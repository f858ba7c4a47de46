"""The Prometheus metrics, with the names that dashboards depend on. One registry for each running bot."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest


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

    def exposition(self) -> bytes:
        """All metrics in Prometheus' text format."""
        return generate_latest(self.registry)
