"""triage.yml while the bot runs: read again when it changes, and never for the worse."""

from pathlib import Path

import pytest

from bot.triage_file import TriageFile, read_triage_file
from bot.work.rules import LiveRules


class Told:
    """Counts how often somebody was told of other rules."""

    def __init__(self) -> None:
        self.times = 0

    async def __call__(self) -> None:
        self.times += 1


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "triage.yml"
    file.write_text("routes:\n  - {name: first}\n", encoding="utf-8")
    return file


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def rules(path: Path, told: Told) -> LiveRules:
    return LiveRules(path, read_triage_file(path), (), changed=told)


async def test_what_did_not_change_is_not_read_again(rules, told):
    assert not await rules.look()
    assert told.times == 0


async def test_other_rules_come_into_force_and_whoever_plans_by_them_is_told(rules, path, told):
    path.write_text("routes:\n  - {name: second}\n", encoding="utf-8")
    assert await rules.look()
    assert ([route.name for route in rules().routes], told.times) == (["second"], 1)


async def test_a_mistake_leaves_the_old_rules_in_force_and_is_said_until_it_is_mended(rules, path, told):
    path.write_text("routes:\n  - {name: second, chanel: '#x'}\n", encoding="utf-8")
    assert not await rules.look()
    assert ([route.name for route in rules().routes], told.times) == (["first"], 0)
    assert "line 2" in rules.problem
    assert "did you mean `channel`?" in rules.problem
    path.write_text("routes:\n  - {name: second, channel: '#x'}\n", encoding="utf-8")
    assert await rules.look()
    assert (rules.problem, [route.name for route in rules().routes]) == ("", ["second"])


async def test_a_file_that_is_gone_for_a_moment_changes_nothing(rules, path):
    path.unlink()
    assert not await rules.look()
    assert [route.name for route in rules().routes] == ["first"]


async def test_a_file_put_in_the_place_of_the_old_one_is_seen(rules, path, tmp_path):
    new = tmp_path / "new.yml"
    new.write_text("routes:\n  - {name: other}\n", encoding="utf-8")
    new.replace(path)
    assert await rules.look()
    assert [route.name for route in rules().routes] == ["other"]


async def test_what_is_only_read_at_start_does_not_change_half_way(rules, path, told):
    path.write_text("duplicate_window: 5\nroutes:\n  - {name: first}\n", encoding="utf-8")
    assert not await rules.look()
    assert rules().duplicate_window == TriageFile().duplicate_window
    assert told.times == 0
