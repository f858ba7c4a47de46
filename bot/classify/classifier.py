"""Who is asked for a verdict, in order. Today the rules alone; a cache and a model join here."""

from bot.alerts.alert import Counts
from bot.alerts.classification import Classification
from bot.alerts.event import ErrorEvent
from bot.classify.rules import Rules


class Classifier:
    """The order, on one screen."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules

    def classify(self, event: ErrorEvent, counts: Counts) -> Classification:
        """The best verdict that can be had now."""
        return self._rules.classify(event, counts)
