"""Who gives the verdicts in an evaluation: the rules, a model alone, or both as in production.

A model's answers are read as they come; nothing is stored, and the budget is the settings' own, in memory.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum

from bot.alerts.alert import Counts
from bot.alerts.classification import Classification
from bot.alerts.event import ErrorEvent
from bot.classify.budget import MemoryLedger
from bot.classify.build import MemoryAnswers, Models, configured, open_models
from bot.classify.rules import Rules
from bot.errors import BadSettings
from bot.settings import Settings


class Who(StrEnum):
    """`app.py eval --model`."""

    RULES = "rules"
    LLM = "llm"
    """The model's own word, wherever it said one."""
    AUTO = "auto"
    """What counts in production: the rules, and what a model may add."""


class Judge:
    """Gives verdicts one after the other, and keeps count of the money."""

    def __init__(self, who: Who, rules: Rules, models: Models | None, runner: asyncio.Runner) -> None:
        self._who, self._rules, self._models, self._runner = who, rules, models, runner
        self.cost_usd = 0.0

    def __call__(self, event: ErrorEvent, counts: Counts) -> Classification:
        """The verdict of whoever judges."""
        rules = self._rules.classify(event, counts)
        if self._models is None:
            return rules
        analysis = self._runner.run(self._models.analyst.analyse(event, counts, rules, anyway=True))
        self.cost_usd += analysis.call.cost_usd if analysis.call else 0.0
        if self._who is Who.LLM and analysis.verdict:
            return analysis.verdict.classification
        return analysis.classification


@contextmanager
def judging(who: Who, settings: Settings) -> Iterator[Judge]:
    """A judge for one evaluation.

    Raises:
        BadSettings: a model is wanted and none is configured.
    """
    if who is Who.RULES:
        with asyncio.Runner() as runner:
            judge = Judge(who, Rules.load(), None, runner)
            yield judge
        return
    if not configured(settings):
        raise BadSettings("set LLM_BASE_URL and LLM_MODEL, or routes in triage.yml, to evaluate a model")
    models = open_models(settings, MemoryLedger(), MemoryAnswers(), lambda: datetime.now(UTC))
    with asyncio.Runner() as runner:
        judge = Judge(who, Rules.load(), models, runner)
        try:
            yield judge
        finally:
            runner.run(models.endpoint.aclose())
