"""Who is asked for a verdict, in order: the rules, then what people's corrections and experience taught.

A model's word comes later and from elsewhere: `bot.work.refine`.
"""

from dataclasses import dataclass, field, replace

from bot.alerts.alert import Counts
from bot.alerts.classification import Classification
from bot.alerts.event import ErrorEvent
from bot.classify.fix_times import FixTimes
from bot.classify.lessons import Lessons, taught
from bot.classify.rules import Rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Knowledge:
    """All that a verdict is made from."""

    rules: Rules
    lessons: Lessons = field(default_factory=Lessons)
    fix_times: FixTimes = field(default_factory=FixTimes)


class Classifier:
    """The order, on one screen. What it knows may be exchanged while it runs."""

    def __init__(self, rules: Rules) -> None:
        self.knowledge = Knowledge(rules=rules)

    def classify(self, event: ErrorEvent, counts: Counts) -> Classification:
        """The best verdict that can be had now."""
        known = self.knowledge
        verdict = known.rules.classify(event, counts)
        if known.lessons:
            said = taught(verdict, known.lessons.ruling(event, verdict))
            if said.category is not verdict.category:  # a cause of another category would only confuse
                advice = known.rules.general_advice(said.category, event)
                said = replace(said, **advice)
            verdict = said
        return known.fix_times.learned(event, verdict) if known.fix_times else verdict
