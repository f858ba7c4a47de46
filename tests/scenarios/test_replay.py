"""A replay's preview is what then happens: the same events, once previewed with other rules, once lived with them."""

import asyncio
import json
import re
from pathlib import Path

import pytest
from sqlalchemy import or_, select

from app import main
from bot.alerts.durations import duration
from bot.insights.replay import Replay
from bot.replaying import Other, replayed
from bot.settings import Settings
from bot.store.tables import alerts
from tests.patience import PATIENCE
from tests.scenarios.conftest import ANA, Stage, Way, staged
from tests.scenarios.test_learning import card_of, correct, report

CALM = "storms: {enabled: false}\n"
"""Which card came before a storm was seen is a matter of milliseconds."""
OTHER = f"""{CALM}
severities:
  high: {{page: at_once}}
  medium: {{card: false}}
routes:
  - {{name: staging, when: {{environment: staging}}, card: false}}
rules:
  - id: own-ledger
    category: infrastructure
    weight: 0.97
    impact: exhausted
    says: is out of step with the warehouse
    like: general-infrastructure
"""


@pytest.fixture
def way() -> Way:
    return Way.HTTP


def settings_of(stage: Stage, config: Path) -> Settings:
    place = {"DATABASE_URL": f"sqlite:///{stage.folder}/triage.db", "TRIAGE_CONFIG": str(config)}
    return Settings.of({**place, "PAGERDUTY_ROUTING_KEY": "R0EXAMPLE"})


async def live(stage: Stage) -> list[int]:
    """A day at work: five errors of different kinds."""
    return [
        await report(stage, "ledger row 7 is out of step with the warehouse"),
        await report(stage, "division by zero", kind="ZeroDivisionError", where="rates"),
        await report(stage, "no such tariff", kind="TariffTrouble", where="tariff", environment="staging"),
        await report(stage, "'sku'", kind="KeyError", where="cart"),
        await report(stage, "could not connect to server: Connection refused", kind="OperationalError", where="db"),
    ]


async def preview_of(stage: Stage, config: Path, other: Other, since: str = "7d") -> Replay:
    """As the command does it: beside the bot, not in its event loop, where opening the file could wait for itself."""

    def alone() -> Replay:
        return asyncio.run(replayed(settings_of(stage, config), duration(since), other, stage.clock.now))

    return await asyncio.to_thread(alone)


async def settled(stage: Stage) -> None:
    """Every alert has a verdict, and nobody works on one or is about to."""
    machinery = stage.bot.machinery
    busy = select(alerts.c.id).where(or_(alerts.c.lease_owner.is_not(None), alerts.c.severity.is_(None)))

    async def quiet() -> bool:
        async with machinery.db.read() as conn:
            working = (await conn.scalars(busy)).all()
        return not working and not await machinery.store.due(stage.clock.now(), 20)

    async with asyncio.timeout(PATIENCE):
        while not await quiet():
            pass


def acts(done) -> dict[str, object]:
    would = done.would
    return {name: getattr(would, name) for name in ("alerts", "posted", "paged", "muted", "severities", "categories")}


async def test_the_preview_of_another_configuration_is_what_happens_with_it(tmp_path):
    for name in ("before", "after"):
        (tmp_path / name).mkdir()
    config = tmp_path / "other.yml"
    config.write_text(OTHER, encoding="utf-8")
    async with staged(tmp_path / "before", triage=CALM) as stage:
        await live(stage)
        await settled(stage)
        preview = await preview_of(stage, tmp_path / "none.yml", Other(config=config))
    assert preview.changes, "the other configuration is different"

    async with staged(tmp_path / "after", triage=OTHER) as stage:
        await live(stage)
        await settled(stage)
        then = await preview_of(stage, config, Other())
    lived = {name: getattr(then.was, name) for name in acts(preview)}
    assert lived == acts(preview)
    assert then.changes == (), "what is replayed with its own configuration comes out as it was"


async def test_people_and_what_they_taught_are_part_of_the_past(stage: Stage):
    first = await report(stage, "ledger row 7 is out of step with the warehouse")
    second = await report(stage, "ledger row 8 is out of step with the warehouse")
    await correct(stage, ANA, first, "database")
    await card_of(stage, second, "as corrected by ana")
    done = await preview_of(stage, Path("none.yml"), Other(), "1d")
    assert done.would.categories == {"database": 2}


async def test_the_command_prints_both_sides_and_sends_nothing(staging, monkeypatch, capsys):
    async with staging(triage=CALM) as stage:
        await live(stage)
        await settled(stage)
        before = [message.ts for message in stage.cards()]
        monkeypatch.setenv("DATABASE_URL", f"sqlite:///{stage.folder}/triage.db")
        monkeypatch.setenv("TRIAGE_CONFIG", str(stage.folder / "triage.yml"))
        assert await asyncio.to_thread(main, ["replay", "--since", "7d", "--json"]) == 0
        said = json.loads(capsys.readouterr().out)
        assert said["was"]["alerts"] == said["would"]["alerts"] == 5
        assert await asyncio.to_thread(main, ["replay", "--model", "gpt-4.1"]) == 0
        text = capsys.readouterr().out
        assert re.search(r"spent\s+\$0\.00\s+\$0\.0[1-9]", text)
        assert "nothing was sent" in text
        assert [message.ts for message in stage.cards()] == before
