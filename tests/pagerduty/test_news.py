"""What an event of PagerDuty's does to an alert: people's word counts, our own echo does not, the rest is told."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.alerts.alert import Action, Actor, Source, Standing, State, act
from bot.alerts.dossier import PAGERDUTY, Shown
from bot.alerts.incident import Incident, IncidentStatus
from bot.pagerduty.news import command, incident
from bot.pagerduty.payloads import Happening, PagerDutyEvent
from tests.slack import samples

NOW = samples.NOW
NEVER = Shown(target=PAGERDUTY)
SENT = Shown(target=PAGERDUTY, external_id="SHOP-API-1A2", digest="trigger", shown_at=NOW - timedelta(seconds=5))
BO = Actor(source=Source.PAGERDUTY, name="Bo Example")


def heard(happening: Happening, **said: object) -> PagerDutyEvent:
    plain = PagerDutyEvent(
        id="01EXAMPLE",
        event_type=f"incident.{happening.value}",
        happening=happening,
        occurred_at=NOW,
        incident_id="PEXINC1",
        dedup_key="SHOP-API-1A2",
        status=IncidentStatus.TRIGGERED,
        number=12,
        assignees=("Bo Example",),
        agent="Bo Example",
        by_person=True,
    )
    return replace(plain, **said)  # type: ignore[arg-type]


def standing(state: State, by: Actor = samples.ANA):
    return replace(samples.ALERT, standing=Standing(state=state, since=samples.BEGAN, by=by))


@pytest.mark.parametrize(
    ("happening", "state", "becomes"),
    [
        (Happening.ACKNOWLEDGED, State.ESCALATED, State.ACKNOWLEDGED),
        (Happening.ACKNOWLEDGED, State.OPEN, State.ACKNOWLEDGED),
        (Happening.UNACKNOWLEDGED, State.ACKNOWLEDGED, State.ESCALATED),
        (Happening.RESOLVED, State.ESCALATED, State.RESOLVED),
        (Happening.RESOLVED, State.ACKNOWLEDGED, State.RESOLVED),
        (Happening.REOPENED, State.RESOLVED, State.ESCALATED),
        (Happening.REOPENED, State.VERIFIED, State.ESCALATED),
        (Happening.TRIGGERED, State.OPEN, State.ESCALATED),
        (Happening.REASSIGNED, State.ESCALATED, State.ESCALATED),
        (Happening.ESCALATED, State.OPEN, State.OPEN),
        (Happening.PRIORITY_UPDATED, State.ACKNOWLEDGED, State.ACKNOWLEDGED),
        (Happening.ACKNOWLEDGED, State.ACKNOWLEDGED, State.ACKNOWLEDGED),
    ],
)
def test_what_a_person_does_there_moves_the_alert_and_is_told(happening, state, becomes):
    alert = standing(state)
    wanted = command(heard(happening), alert, SENT, NOW)
    assert wanted is not None
    assert (wanted.actor, wanted.detail["number"], wanted.detail["to"]) == (BO, 12, "Bo Example")
    assert act(alert, wanted).after.state is becomes


def test_whoever_takes_it_there_has_it():
    alert = standing(State.ESCALATED)
    wanted = command(heard(Happening.ACKNOWLEDGED), alert, SENT, NOW)
    assert wanted is not None
    assert act(alert, wanted).after.owner == BO


@pytest.mark.parametrize("happening", [Happening.TRIGGERED, Happening.ACKNOWLEDGED, Happening.RESOLVED])
@pytest.mark.parametrize("agent", ["Events API V2", None])
def test_our_own_event_that_comes_back_does_nothing_whatever_came_after_it(happening, agent):
    echo = heard(happening, agent=agent, by_person=False, by_integration=agent is not None)
    for state in State:
        assert command(echo, standing(state), SENT, NOW) is None


def test_another_programs_page_under_our_key_is_no_echo():
    theirs = heard(Happening.TRIGGERED, agent="Sentry", by_person=False, by_integration=True)
    wanted = command(theirs, standing(State.OPEN), NEVER, NOW)
    assert wanted is not None
    assert wanted.action is Action.ESCALATED
    assert command(theirs, standing(State.ACKNOWLEDGED), NEVER, NOW) is None, "somebody has it"


def test_what_pagerduty_does_by_itself_long_after_counts():
    late = NOW + timedelta(hours=4)
    closed = heard(Happening.RESOLVED, agent=None, by_person=False, occurred_at=late)
    wanted = command(closed, standing(State.ESCALATED), SENT, late)
    assert wanted is not None
    assert wanted.action is Action.RESOLVED
    assert wanted.actor.name == "PagerDuty"


def test_taken_away_from_whoever_had_it_there_somebody_is_called_again():
    alert = standing(State.ACKNOWLEDGED, BO)
    wanted = command(heard(Happening.REASSIGNED), alert, SENT, NOW)
    assert wanted is not None
    assert act(alert, wanted).after.state is State.ESCALATED
    in_slack = command(heard(Happening.REASSIGNED), standing(State.ACKNOWLEDGED, samples.ANA), SENT, NOW)
    assert in_slack is not None
    assert in_slack.action is Action.INCIDENT, "whoever took it in Slack still has it"


def test_what_is_about_no_incident_does_nothing():
    assert command(heard(Happening.OTHER), standing(State.OPEN), NEVER, NOW) is None


def test_the_incident_is_kept_as_it_stands():
    first = incident(heard(Happening.TRIGGERED, agent=None, by_person=False), None)
    assert first is not None
    assert (first.number, first.assignees, first.changed_at, first.heard_at) == (12, ("Bo Example",), NOW, NOW)
    later = NOW + timedelta(minutes=1)
    taken = incident(heard(Happening.ACKNOWLEDGED, status=IncidentStatus.ACKNOWLEDGED, occurred_at=later), first)
    assert taken is not None
    assert (taken.acknowledged_by, taken.changed_at) == (("Bo Example",), later)
    prior = incident(
        heard(Happening.PRIORITY_UPDATED, status=IncidentStatus.ACKNOWLEDGED, priority="P1", occurred_at=later), taken
    )
    assert prior is not None
    assert (prior.priority, prior.acknowledged_by, prior.changed_at) == ("P1", ("Bo Example",), later)


def test_another_incident_under_the_same_key_begins_anew():
    old = Incident(id="PEXINC0", number=3, status=IncidentStatus.RESOLVED, acknowledged_by=("Ana",), priority="P1")
    new = incident(heard(Happening.TRIGGERED), old)
    assert new is not None
    assert (new.id, new.number, new.acknowledged_by, new.priority) == ("PEXINC1", 12, (), None)
