"""A team's own rules in triage.yml: they count at start and when the file is saved, and a mistake costs nothing."""

import pytest

from bot.errors import BadSettings
from tests.scenarios.conftest import Stage, Way, said
from tests.scenarios.test_learning import card_of, report

OWN = """
rules:
  - id: own-ledger
    category: {category}
    weight: 0.95
    says: ledger row {{row}} is out of step with {{system}}
    cause: |
      Row {{row}} of the ledger and the {{system}} disagree.
      The ledger is out of step.
    do: Run the import by hand.
    fix: 1h
"""
VALUE = "ledger row 7 is out of step with the warehouse"


@pytest.fixture
def way() -> Way:
    return Way.HTTP


def save(stage: Stage, text: str) -> None:
    (stage.folder / "triage.yml").write_text(text, encoding="utf-8")


async def test_own_rules_count_at_start_and_speak_with_the_events_facts(staging):
    async with staging(triage=OWN.format(category="infrastructure")) as stage:
        card = await card_of(stage, await report(stage, VALUE))
        assert "infrastructure" in said(card)
        assert "Row 7 of the ledger" in said(card)


async def test_saving_the_file_changes_open_alerts_and_a_mistake_changes_nothing(staging):
    async with staging(triage=OWN.format(category="infrastructure")) as stage:
        alert = await report(stage, VALUE)
        await card_of(stage, alert, "infrastructure")
        save(stage, OWN.format(category="database"))
        await card_of(stage, alert, "database")
        save(stage, OWN.format(category="no such thing"))
        other = await report(stage, VALUE.replace("7", "8"))
        assert "database" in said(await card_of(stage, other))
        await stage.bot.machinery.team.rules.look()
        await stage.bot.machinery.teacher.learn()
        ready = await stage.http.get(stage.bot.url + "/ready")
        assert ready.status_code == 200
        assert "rule own-ledger" in ready.json()["parts"]["triage.yml"]["state"]


async def test_a_mistake_at_start_is_named_with_its_file_and_line(staging):
    with pytest.raises(BadSettings, match=r"triage\.yml, line 3, rule own-ledger: 'cats' is not a valid Category"):
        async with staging(triage=OWN.format(category="cats")):
            pass
