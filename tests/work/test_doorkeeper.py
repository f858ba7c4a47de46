"""Who is let through: by id, by address, by group; and nobody is, whom Slack does not vouch for."""

from dataclasses import dataclass, field

import pytest

from bot.alerts.alert import Action, Actor, Command, Source
from bot.alerts.permissions import Forbidden, Permissions, Right
from bot.errors import Unavailable
from bot.work.doorkeeper import Doorkeeper
from tests.alerts.making import START

ANA = Actor(source=Source.USER, id="U0ANA", name="ana")
KEPT = Permissions.model_validate({"resolve": ["S0LEADS"], "mute": ["ana@example.com"], "spend": ["U0ANA", "S0LEADS"]})


@dataclass
class People:
    """A workspace with one address and one group; `away`: Slack does not answer."""

    members: set[str] = field(default_factory=set)
    away: bool = False

    async def slack_id(self, name: str) -> str:
        self._answer()
        return {"ana@example.com": "U0ANA"}.get(name, "")

    async def belongs(self, group: str, user: str) -> bool:
        self._answer()
        return group == "S0LEADS" and user in self.members

    async def label(self, name: str) -> str:
        return "@leads" if name == "S0LEADS" else ""

    def _answer(self) -> None:
        if self.away:
            raise Unavailable("no answer")


@pytest.fixture
def people() -> People:
    return People()


@pytest.fixture
def audit() -> list[Command]:
    return []


@pytest.fixture
def door(people: People, audit: list[Command]) -> Doorkeeper:
    async def record(_alert: int, command: Command) -> None:
        audit.append(command)

    return Doorkeeper(lambda: KEPT, people, record, lambda: START)


async def test_who_is_named_passes_and_leaves_no_trace(door, people, audit):
    people.members.add("U0ANA")
    for right in Right:
        await door.admit(1, ANA, right)
    assert audit == []


async def test_who_is_not_named_is_told_by_whom_the_right_is_held_and_is_written_down(door, audit):
    with pytest.raises(Forbidden) as refused:
        await door.admit(1, ANA, Right.RESOLVE)
    assert (refused.value.holders, refused.value.unsure) == (("@leads",), False)
    (line,) = audit
    assert (line.action, line.actor, line.detail["right"]) == (Action.FORBIDDEN, ANA, "resolve")


async def test_nobody_is_let_through_by_a_group_that_slack_does_not_tell_of(door, people, audit):
    people.members.add("U0ANA")
    people.away = True
    with pytest.raises(Forbidden) as refused:
        await door.admit(1, ANA, Right.RESOLVE)
    assert refused.value.unsure
    assert audit[0].detail["unsure"] == 1


async def test_who_is_named_by_id_needs_no_word_from_slack(door, people):
    people.away = True
    await door.admit(1, ANA, Right.SPEND)


async def test_the_clock_sentry_and_pagerduty_need_no_right(door):
    for source in (Source.TIMER, Source.SENTRY, Source.PAGERDUTY, Source.BOT):
        await door.admit(1, Actor(source=source), Right.RESOLVE)
