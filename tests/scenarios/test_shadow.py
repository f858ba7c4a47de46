"""A shadow looks on: what it would say stands in the records and on the scoreboard, and nowhere else."""

import asyncio
from datetime import timedelta

import pytest

from bot.errors import BadSettings
from bot.insights.records import Period
from bot.insights.stats import figures
from bot.store.insights import InsightStore
from bot.store.shadows import Shadowed, ShadowStore
from tests.classify.endpoint import answers, serving, verdict
from tests.patience import PATIENCE
from tests.scenarios.conftest import ANA, Stage, said
from tests.scenarios.test_learning import card_of, correct, report

RULES = """
- id: tried-out
  category: external_service
  weight: 0.98
  says: is out of step with the warehouse
  like: general-external_service
"""


async def recorded(stage: Stage, alert: int, shadow: str, *, by_model: bool = False) -> Shadowed:
    """What the shadow said, once it did."""
    store = ShadowStore(stage.bot.machinery.db)
    async with asyncio.timeout(PATIENCE):
        while (known := await store.known(alert, shadow)) is None or (by_model and not known.verdict.model):
            pass
    return known


async def test_other_rules_and_routes_are_only_recorded_and_compared_with_people(staging, tmp_path):
    (tmp_path / "rules.yml").write_text(RULES, encoding="utf-8")
    (tmp_path / "other.yml").write_text("severities: {medium: {card: false}}\n", encoding="utf-8")
    triage = f"shadow: {{name: tried, rules: {tmp_path}/rules.yml, config: {tmp_path}/other.yml}}\n"
    async with staging(triage=triage) as stage:
        alert = await report(stage, "ledger row 7 is out of step with the warehouse")
        card = await card_of(stage, alert)
        assert "external" not in said(card), "nobody sees what a shadow says"
        shadowed = await recorded(stage, alert, "tried")
        assert (shadowed.verdict.category.value, shadowed.card) == ("external_service", False)

        await correct(stage, ANA, alert, "external_service")
        now = stage.clock.now()
        period = Period(now - timedelta(days=1), now + timedelta(minutes=1))
        score = figures(await InsightStore(stage.bot.machinery.db).history(period)).scoreboard.agreements
        assert (score["shadow and people"].count, score["shadow and people"].category) == (1, 1)
        assert score["card and people"].category == 0


async def test_another_model_is_asked_within_the_budget_and_only_recorded(staging):
    async with serving() as endpoint:
        endpoint.scripts = [answers(verdict(category="timeout", severity="high"))]
        extra = {"LLM_BASE_URL": endpoint.url, "LLM_API_KEY": "example-key"}
        triage = f"models: {{prices: {{tried-model: 10}}, timeout: {PATIENCE}}}\nshadow: {{model: tried-model}}\n"
        async with staging(extra=extra, triage=triage) as stage:
            alert = await report(stage, "it did not work", kind="Oddity")
            card = await card_of(stage, alert)
            known = await recorded(stage, alert, "shadow", by_model=True)
            assert known.verdict.model == "tried-model"
            assert known.cost_usd > 0
            assert "tried-model" not in said(await card_of(stage, alert))
            assert card.ts


async def test_a_shadow_without_anything_different_is_a_mistake_that_is_named(staging):
    with pytest.raises(BadSettings, match="a shadow needs another"):
        async with staging(triage="shadow: {name: idle}\n"):
            pass
