"""`app.py eval --model`: the rules, a model alone, or both, against a scripted endpoint in a thread of its own."""

import asyncio
import threading
from collections.abc import Iterator

import pytest

from bot.alerts.alert import Counts
from bot.alerts.classification import Category, Severity
from bot.errors import BadSettings
from bot.insights.evaluation import event_from
from bot.insights.judges import Who, judging
from bot.settings import Settings
from tests.classify.endpoint import Endpoint, answers, serving, verdict

POOL = {"type": "OperationalError", "value": "FATAL: remaining connection slots are reserved", "level": "error"}


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    """The judge runs its own loop, so the endpoint needs another."""
    ready, done = threading.Event(), threading.Event()
    found: list[Endpoint] = []

    async def serve() -> None:
        async with serving() as running:
            running.scripts = [answers(verdict(severity="low", category="logic", root_cause="A wrong guess."))]
            found.append(running)
            ready.set()
            await asyncio.to_thread(done.wait)

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    assert ready.wait(10)
    yield found[0]
    done.set()
    thread.join(10)


def settings(endpoint: Endpoint) -> Settings:
    return Settings.of({"LLM_BASE_URL": endpoint.url, "LLM_MODEL": "example-model"})


def test_a_model_alone_is_taken_at_its_word_and_its_cost_is_counted(endpoint):
    with judging(Who.LLM, settings(endpoint)) as judge:
        said = judge(event_from(POOL), Counts())
        assert (said.severity, said.category) == (Severity.LOW, Category.LOGIC)
        assert judge.cost_usd > 0


def test_auto_never_does_worse_than_the_rules_whatever_a_weak_model_says(endpoint):
    with judging(Who.RULES, Settings.of({})) as rules:
        by_rules = rules(event_from(POOL), Counts())
    with judging(Who.AUTO, settings(endpoint)) as judge:
        said = judge(event_from(POOL), Counts())
    assert (said.severity, said.category) == (by_rules.severity, by_rules.category)


def test_a_model_that_is_not_configured_is_asked_for_in_words():
    with pytest.raises(BadSettings, match="LLM_BASE_URL"), judging(Who.AUTO, Settings.of({})):
        pass
