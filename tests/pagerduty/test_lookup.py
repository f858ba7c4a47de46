"""The look-up: asks only about alerts somebody was called for, once for each change, and again until it shows."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from bot.alerts.alert import State
from bot.alerts.dossier import PAGERDUTY, PAGERDUTY_LOOKUP, Dossier, Shown
from bot.alerts.incident import Incident
from bot.errors import Rejected
from bot.pagerduty.lookup import GIVE_UP, SOON, PagerDutyLookup
from bot.pagerduty.pages import page
from bot.sandbox.incidents import FIRST, SECOND
from tests.loopback import KEY, World
from tests.pagerduty.test_target import Life
from tests.slack import samples

NEVER = Shown(target=PAGERDUTY_LOOKUP)


@dataclass
class Looking:
    """A look-up, and what it wrote down."""

    world: World
    every: timedelta | None = None
    token: str = ""
    noted: list[Incident] = field(default_factory=list)

    def __post_init__(self) -> None:
        api = self.world.incidents(self.token) if self.token else self.world.incidents()
        self.lookup = PagerDutyLookup(api, self.note, clock=self.world.clock, every=self.every)

    async def note(self, _alert: int, found: Incident, _now: datetime) -> bool:
        self.noted.append(found)
        return True

    async def look(self, dossier: Dossier, shown: Shown = NEVER) -> Shown:
        async def save(_: Shown) -> None:
            raise AssertionError("it sends nothing that it would have to write down first")

        return await self.lookup.show(dossier, shown, save)

    @property
    def asked(self) -> int:
        return len(self.world.journal.calls("pagerduty.incidents"))


def escalated(world: World) -> Dossier:
    return samples.dossier(replace(samples.standing(State.ESCALATED, samples.ANA), since=world.clock()))


async def paged(world: World) -> Life:
    """An alert whose page PagerDuty has taken."""
    life = Life(world)
    await life.round()
    return life


async def test_an_alert_that_nobody_is_called_for_is_not_asked_about(world: World):
    looking = Looking(world)
    assert await looking.look(samples.dossier()) == NEVER
    assert looking.asked == 0


async def test_the_card_learns_number_assignee_and_who_is_on_call(world: World):
    await paged(world)
    looking = Looking(world)
    shown = await looking.look(escalated(world))
    (found,) = looking.noted
    assert (found.number, found.assignees) == (1, (FIRST,))
    assert [each.name for each in found.on_call] == [FIRST, SECOND]
    assert (shown.external_id, shown.digest, shown.next_try_at) == (found.id, "escalated", None)


async def test_it_looks_once_for_each_change_of_the_alert(world: World):
    await paged(world)
    looking, dossier = Looking(world), escalated(world)
    shown = await looking.look(dossier)
    assert await looking.look(dossier, shown) == shown
    assert looking.asked == 1


async def test_an_incident_that_is_still_queued_is_looked_for_again_but_not_for_ever(world: World):
    looking, dossier = Looking(world), escalated(world)
    shown = await looking.look(dossier)
    assert (shown.digest, shown.next_try_at) == ("", world.clock() + SOON)
    world.clock.pass_(GIVE_UP.total_seconds())
    shown = await looking.look(dossier, shown)
    assert (shown.digest, shown.next_try_at) == ("escalated", None)


async def test_without_webhooks_an_open_incident_is_looked_at_now_and_then(world: World):
    await paged(world)
    looking, dossier = Looking(world, every=timedelta(minutes=1)), escalated(world)
    shown = await looking.look(dossier)
    assert shown.next_try_at == world.clock() + timedelta(minutes=1)
    world.clock.pass_(60)
    world.pagerduty.incidents[0].status = "acknowledged"
    await looking.look(dossier, shown)
    assert [found.status.value for found in looking.noted] == ["triggered", "acknowledged"]


async def test_who_is_on_call_is_asked_once_for_an_incident(world: World):
    await paged(world)
    looking = Looking(world)
    await looking.look(escalated(world))
    known = replace(escalated(world), incident=looking.noted[0])
    await looking.look(replace(known, targets={PAGERDUTY: Shown(target=PAGERDUTY, external_id="SHOP-API-1A2")}))
    assert len(world.journal.calls("pagerduty.oncalls")) == 1
    assert looking.noted[1].on_call == looking.noted[0].on_call


async def test_an_event_of_ours_that_acknowledged_it_is_nobody_who_has_it(world: World):
    await world.events().trigger(KEY, "SHOP-API-1A2", page(samples.dossier()))
    await world.events().acknowledge(KEY, "SHOP-API-1A2")
    looking = Looking(world)
    await looking.look(escalated(world))
    assert looking.noted[0].acknowledged_by == ()


async def test_a_token_that_is_not_accepted_is_named(world: World):
    with pytest.raises(Rejected, match="PAGERDUTY_API_TOKEN"):
        await Looking(world, token="example-wrong").look(escalated(world))
