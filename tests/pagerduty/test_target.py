"""PagerDuty shows what the alert's row says, whoever changed it, and nobody is called twice."""

from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from pydantic import SecretStr

from bot.alerts.alert import Action, Actor, Source, Standing, State
from bot.alerts.dossier import PAGERDUTY, Dossier, Shown
from bot.alerts.storms import Called, Membership
from bot.alerts.traits import Kind, Trait
from bot.errors import Rejected, Unavailable
from bot.pagerduty.target import PagerDutyTarget
from bot.sandbox.front import Mood
from tests.loopback import KEY, World
from tests.slack import samples
from tests.slack.test_storm_cards import storm

ANA = samples.ANA
NEVER = Shown(target=PAGERDUTY)
PART = Membership(storm_id=12, anchor=Trait(Kind.RELEASE, "shop@4.3.0"), joined_at=samples.NOW)
SECOND_KEY = SecretStr("fedcba9876543210fedcba9876543210")


def theirs() -> Actor:
    return Actor(source=Source.PAGERDUTY, name="Bo")


async def thread(_: Dossier) -> str:
    return "https://example.slack.com/archives/C0ALERTS/p1"


@dataclass
class Life:
    """An alert that goes through states, the target's record of it, and what reconcile would do in between."""

    world: World
    wants: bool = True
    key: SecretStr | None = KEY
    keys: tuple[SecretStr, ...] = (KEY, SECOND_KEY)
    dossier: Dossier = field(default_factory=samples.dossier)
    shown: Shown = NEVER
    saved: list[Shown] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.target = PagerDutyTarget(
            self.world.events(),
            wants_page=lambda _: self.wants,
            key_for=lambda _: self.key,
            keys=lambda: self.keys,
            thread_url=thread,
            clock=self.world.clock,
        )

    def move(self, state: State, by: Actor = ANA) -> None:
        before = self.dossier.alert.standing
        after = Standing(state=state, since=before.since + timedelta(minutes=1), by=by)
        action = {State.OPEN: Action.REOPENED}.get(state) or Action(state.value)
        made = replace(samples.moved(action, by, before, after), id=len(self.dossier.transitions) + 1)
        alert = replace(self.dossier.alert, standing=after, version=self.dossier.alert.version + 1)
        self.dossier = replace(self.dossier, alert=alert, transitions=(*self.dossier.transitions, made))

    async def round(self) -> Shown:
        async def save(shown: Shown) -> None:
            self.saved.append(shown)
            self.shown = shown

        self.shown = await self.target.show(self.dossier, self.shown, save)
        return self.shown

    @property
    def sent(self) -> list[str]:
        return [call.args["event_action"] for call in self.world.made("pagerduty.enqueue")]


@pytest.fixture
def life(world: World) -> Life:
    world.pagerduty.routing_keys = [KEY.get_secret_value(), SECOND_KEY.get_secret_value()]
    return Life(world)


async def test_an_alert_that_wants_it_pages_once_however_often_it_is_looked_at(life: Life):
    for _ in range(3):
        await life.round()
    assert life.sent == ["trigger"]
    assert (life.shown.external_id, life.shown.digest) == ("SHOP-API-1A2", "trigger")
    assert life.shown.version == life.dossier.alert.version
    assert life.world.made("pagerduty.enqueue")[0].args["links"][1]["text"] == "Slack thread"


async def test_an_alert_that_pages_nobody_leaves_no_trace(life: Life):
    life.wants = False
    for state in (State.OPEN, State.ACKNOWLEDGED, State.RESOLVED, State.REGRESSED):
        life.move(state)
        assert await life.round() == NEVER
    assert life.sent == []


async def test_a_route_without_a_service_pages_nobody(life: Life):
    life.key = None
    assert await life.round() == NEVER


async def test_the_incident_follows_the_alert_through_its_life(life: Life):
    steps = (State.OPEN, State.ACKNOWLEDGED, State.OPEN, State.SNOOZED, State.OPEN, State.RESOLVED, State.REGRESSED)
    for state in steps:
        life.move(state)
        await life.round()
        await life.round()
    again = ["acknowledge", "resolve", "trigger"]
    assert life.sent == ["trigger", *again, *again, "resolve", "trigger"]
    assert [incident.status for incident in life.world.pagerduty.incidents] == [*["resolved"] * 3, "triggered"]


async def test_what_people_did_in_pagerduty_is_not_told_to_pagerduty(life: Life):
    await life.round()
    for state in (State.ACKNOWLEDGED, State.OPEN, State.ACKNOWLEDGED, State.RESOLVED, State.OPEN):
        life.move(state, theirs())
        await life.round()
    assert life.sent == ["trigger"]


async def test_what_happened_in_slack_after_pagerduty_is_told_even_when_both_came_between_two_looks(life: Life):
    await life.round()
    life.move(State.RESOLVED, theirs())
    life.move(State.OPEN)
    await life.round()
    assert life.sent == ["trigger", "trigger"], "the incident was resolved there, so somebody has to be called again"


async def test_an_alert_that_pagerduty_took_back_is_acknowledged_anew(life: Life):
    await life.round()
    life.move(State.ACKNOWLEDGED)
    await life.round()
    life.move(State.OPEN, theirs())
    life.wants = False
    await life.round()
    life.move(State.ACKNOWLEDGED)
    await life.round()
    assert life.sent == ["trigger", "acknowledge", "acknowledge"]


async def test_an_incident_that_somebody_else_opened_under_our_key_is_closed_with_the_alert(life: Life):
    life.wants = False
    life.move(State.ACKNOWLEDGED, theirs())
    await life.round()
    assert (life.shown.external_id, life.shown.digest) == ("SHOP-API-1A2", "acknowledge")
    life.move(State.RESOLVED)
    await life.round()
    assert life.sent == ["resolve"]


async def test_reopened_and_taken_between_two_looks_calls_nobody(life: Life):
    await life.round()
    life.move(State.RESOLVED)
    await life.round()
    life.move(State.OPEN)
    life.move(State.ACKNOWLEDGED)
    await life.round()
    assert life.sent == ["trigger", "resolve"]


async def test_a_page_whose_answer_was_lost_is_sent_again_and_merges(life: Life):
    life.world.pagerduty.front.faults.hang_up("enqueue")
    with pytest.raises(Unavailable):
        await life.round()
    await life.round()
    (incident,) = life.world.pagerduty.incidents
    assert incident.triggers == 2


async def test_a_page_that_may_have_arrived_before_a_crash_is_closed_with_the_alert(life: Life):
    life.world.pagerduty.front.faults.hang_up("enqueue")
    with pytest.raises(Unavailable):
        await life.round()
    life.move(State.RESOLVED)
    await life.round()
    assert [incident.status for incident in life.world.pagerduty.incidents] == ["resolved"]


async def test_the_intent_is_written_down_before_anybody_is_called(life: Life):
    life.world.pagerduty.front.mood = Mood.DOWN
    with pytest.raises(Unavailable):
        await life.round()
    (intent,) = life.saved
    assert (intent.external_id, intent.digest) == ("SHOP-API-1A2", "")
    assert intent.sending_since == life.world.clock()


async def test_the_key_that_was_used_stays_when_the_short_id_becomes_known(life: Life):
    life.dossier = samples.dossier(event=replace(samples.DATABASE, short_id=None))
    await life.round()
    life.dossier = replace(life.dossier, event=samples.DATABASE)
    life.move(State.RESOLVED)
    await life.round()
    (incident,) = life.world.pagerduty.incidents
    assert (incident.key, incident.status) == ("sentry-issue-4256774711", "resolved")


async def test_an_incident_is_closed_on_the_service_where_it_was_opened(life: Life):
    await life.round()
    life.key = SECOND_KEY
    life.move(State.RESOLVED)
    await life.round()
    life.move(State.REGRESSED)
    await life.round()
    used = [call.args["routing_key"] for call in life.world.made("pagerduty.enqueue")]
    assert used == [KEY.get_secret_value(), KEY.get_secret_value(), SECOND_KEY.get_secret_value()]
    assert KEY.get_secret_value() not in str(life.saved)


async def test_an_incident_whose_service_is_no_longer_configured_is_said_to_be_out_of_reach(life: Life):
    await life.round()
    life.key, life.keys = SECOND_KEY, (SECOND_KEY,)
    life.move(State.RESOLVED)
    with pytest.raises(Rejected, match="integration key"):
        await life.round()


async def test_after_trouble_the_record_is_healthy_again(life: Life):
    life.shown = Shown(target=PAGERDUTY, attempts=3, last_error="down", failing_since=life.world.clock())
    shown = await life.round()
    assert (shown.attempts, shown.last_error, shown.failing_since, shown.sending_since) == (0, "", None, None)


async def test_what_a_storm_speaks_for_calls_nobody_unless_a_person_wants_it(life: Life):
    life.dossier = replace(life.dossier, member=PART)
    await life.round()
    assert life.sent == []
    life.move(State.ESCALATED)
    await life.round()
    assert life.sent == ["trigger"]


async def test_a_page_from_before_the_storm_ends_once_the_storm_has_called_and_not_sooner(life: Life):
    await life.round()
    for part, sent in ((PART, ["trigger"]), (replace(PART, page="STORM-12"), ["trigger", "resolve"])):
        life.dossier = replace(life.dossier, member=part)
        for _ in range(2):
            await life.round()
        assert life.sent == sent


async def test_a_page_that_may_have_arrived_before_a_crash_ends_once_a_storm_has_called(life: Life):
    await life.round()
    life.shown = life.saved[0]  # what a record holds of a page when its sender was killed before the answer came
    life.dossier = replace(life.dossier, member=PART)
    await life.round()
    assert [incident.status for incident in life.world.pagerduty.incidents] == ["triggered"]
    life.dossier = replace(life.dossier, member=replace(PART, page="STORM-12"))
    for _ in range(2):
        await life.round()
    assert [incident.status for incident in life.world.pagerduty.incidents] == ["resolved"]
    assert life.sent == ["trigger", "resolve"]


async def test_a_page_that_a_storm_has_taken_over_is_left_to_it(life: Life):
    key = (await life.round()).external_id
    life.dossier = replace(life.dossier, member=replace(PART, page=key))
    await life.round()
    life.move(State.RESOLVED)
    assert (await life.round()).external_id == ""
    assert life.sent == ["trigger"], "the storm's page is not over because one of its issues is"


async def test_a_storm_goes_on_with_the_page_of_a_member_on_its_own_service(life: Life):
    service = (await life.round()).channel
    told = storm(called=(Called(1, "SHOP-WEB-1", "another service"), Called(2, "SHOP-API-1A2", service)))
    tempest = Life(life.world, dossier=replace(samples.dossier(event=samples.bare("Storm")), storm=told))
    assert (await tempest.round()).external_id == "SHOP-API-1A2"
    assert [incident.triggers for incident in life.world.pagerduty.incidents] == [2]


async def test_a_page_is_not_opened_where_a_storm_began_to_speak_for_the_alert_meanwhile(world: World):
    now = replace(samples.dossier(), member=PART)

    async def look(_: int) -> Dossier:
        return now

    target = PagerDutyTarget(
        world.events(), wants_page=lambda _: True, key_for=lambda _: KEY, look=look, clock=world.clock
    )
    assert await target.show(samples.dossier(), NEVER, unsaved) == NEVER
    assert world.made("pagerduty.enqueue") == []


async def unsaved(_: Shown) -> None:
    raise AssertionError("there is nothing to write down")
