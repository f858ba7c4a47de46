"""What happens by itself: which steps are planned, when each is due, and when nothing is."""

from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import SecretStr

from bot.alerts.alert import Action, Actor, Snooze, Source, Standing, State, Transition
from bot.alerts.classification import Severity
from bot.alerts.dossier import Dossier
from bot.alerts.quiet import QuietHours
from bot.alerts.routing import Decision, Route, decide
from bot.alerts.timing import Step, Timers, due, next_due, plan, upcoming
from tests.alerts.making import START, dossier

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
ANA = Actor(source=Source.USER, id="U0ANA", name="ana")
ROUTE = Route(mention=("S0SHOP",), then_mention=("U0LEAD",), pagerduty_key=SecretStr("example-key"))


def standing(state: State, **said: object) -> Standing:
    return Standing(state=state, since=START, by=ANA, owner=ANA if state is State.ACKNOWLEDGED else None, **said)  # type: ignore[arg-type]


def planned(
    given: Dossier, decision: Decision | None = None, *, can_page: bool = True, can_find: bool = False
) -> dict[Step, timedelta]:
    """Step → how long after START."""
    steps = plan(given, decision or decide([ROUTE], given), Timers(), can_page=can_page, can_find=can_find)
    return {step.step: step.at - START for step in steps}


def test_a_critical_alert_calls_people_and_pagerduty_at_once_and_the_next_people_after_five_minutes():
    steps = planned(dossier(severity=Severity.CRITICAL))
    assert steps == {Step.NOTIFY: timedelta(0), Step.PAGE: timedelta(0), Step.NEXT_PEOPLE: 5 * MINUTE}


def test_a_high_alert_calls_the_next_people_after_half_an_hour_and_pagerduty_after_two_hours():
    steps = planned(dossier(severity=Severity.HIGH))
    assert steps == {Step.NOTIFY: timedelta(0), Step.NEXT_PEOPLE: 30 * MINUTE, Step.PAGE: 2 * HOUR}


@pytest.mark.parametrize("severity", [Severity.MEDIUM, Severity.LOW, None])
def test_what_is_less_bad_calls_nobody(severity):
    assert planned(dossier(severity=severity)) == {}


def test_without_people_and_without_a_service_nothing_is_planned():
    critical = dossier(severity=Severity.CRITICAL)
    assert planned(critical, decide([], critical), can_page=False) == {}


def test_a_critical_alert_that_a_route_pages_only_when_nobody_takes_it_is_paged_after_fifteen_minutes():
    critical = dossier(severity=Severity.CRITICAL)
    route = Route.model_validate({"page": "unacknowledged"})
    assert planned(critical, decide([route], critical)) == {Step.PAGE: 15 * MINUTE}


def test_the_first_people_are_called_again_where_no_next_ones_are_named():
    high = dossier()
    decision = decide([Route(mention=("S0SHOP",))], high)
    (step,) = [p for p in plan(high, decision, Timers(), can_page=False) if p.step is Step.NEXT_PEOPLE]
    assert step.people == ("S0SHOP",)


def test_what_is_done_is_not_planned_again():
    done = standing(State.OPEN, steps=("notify", "next_people"))
    assert planned(dossier(standing=done)) == {Step.PAGE: 2 * HOUR}


def test_once_pagerduty_was_called_only_people_are():
    called = standing(State.ESCALATED, steps=("notify",))
    assert planned(dossier(standing=called)) == {Step.NEXT_PEOPLE: 30 * MINUTE}


def test_quiet_hours_put_everything_off_until_their_end_but_not_for_the_worst():
    night = QuietHours.model_validate({"from": "09:30", "to": "12:00"})  # START is 10:00
    high, critical = dossier(), dossier(severity=Severity.CRITICAL)
    assert set(planned(high, decide([ROUTE], high, quiet_hours=night)).values()) == {2 * HOUR}
    assert planned(critical, decide([ROUTE], critical, quiet_hours=night))[Step.PAGE] == timedelta(0)


def assigned_in_sentry(given: Dossier, name: str) -> Dossier:
    now = given.alert.standing
    made = Transition(
        action=Action.ASSIGNED,
        actor=Actor(source=Source.SENTRY),
        at=START,
        before=now,
        after=now,
        detail={"assignee": name},
    )
    return replace(given, transitions=(made,))


def test_whom_sentry_names_is_told_once_and_again_when_it_is_assigned_to_somebody_else():
    fresh = dossier()
    assert Step.CONCERNED in planned(fresh, can_find=True)
    assert Step.CONCERNED not in planned(fresh), "there is no way to find out who that is"
    told = dossier(standing=standing(State.OPEN, steps=("notify", "concerned:")))
    assert Step.CONCERNED not in planned(told, can_find=True)
    assert Step.CONCERNED not in planned(assigned_in_sentry(told, "#payments"), can_find=True), "a team is no person"
    bo = dossier(standing=standing(State.OPEN, steps=("notify", "concerned:", "concerned:Bo")))
    assert Step.CONCERNED in planned(assigned_in_sentry(told, "Bo"), can_find=True)
    assert Step.CONCERNED not in planned(assigned_in_sentry(bo, "Bo"), can_find=True)


@pytest.mark.parametrize(
    ("last_seen", "after", "step"),
    [
        (30 * MINUTE, 4 * HOUR, None),
        (3 * HOUR + MINUTE, 4 * HOUR - MINUTE, None),
        (3 * HOUR + MINUTE, 4 * HOUR, Step.REMIND),
        (9 * HOUR, 9 * HOUR, Step.REMIND),
    ],
)
def test_an_owner_is_reminded_after_four_hours_if_it_still_happens(last_seen, after, step):
    given = dossier(standing=standing(State.ACKNOWLEDGED), last_seen=START + last_seen)
    found = due(plan(given, decide([], given), Timers(), can_page=False), given, START + after)
    assert [each.step for each in found] == ([step] if step else [])


def test_a_promise_is_reminded_of_at_its_time_whether_it_still_happens_or_not():
    given = dossier(standing=standing(State.ACKNOWLEDGED, promise=START + 30 * MINUTE))
    assert planned(given) == {Step.REMIND: 30 * MINUTE}


@pytest.mark.parametrize(("last_seen", "step"), [(4 * HOUR, None), (4 * HOUR + MINUTE, Step.REOPEN)])
def test_half_an_hour_after_the_reminder_it_is_open_again_if_it_was_seen_since_then(last_seen, step):
    reminded = standing(State.ACKNOWLEDGED, reminded_at=START + 4 * HOUR)
    given = dossier(standing=reminded, last_seen=START + last_seen)
    steps = plan(given, decide([], given), Timers(), can_page=False)
    found = due(steps, given, START + 4 * HOUR + 30 * MINUTE)
    assert [each.step for each in found] == ([step] if step else [])
    assert due(steps, given, START + 4 * HOUR + 29 * MINUTE) == []


def test_a_snooze_ends_at_its_time_and_a_fix_is_verified_after_a_day():
    snoozed = standing(State.SNOOZED, snooze=Snooze(until=START + HOUR))
    assert planned(dossier(standing=snoozed)) == {Step.WAKE: HOUR}
    assert planned(dossier(standing=standing(State.RESOLVED))) == {Step.VERIFY: 24 * HOUR}
    assert planned(dossier(standing=standing(State.VERIFIED))) == {}
    assert planned(dossier(standing=standing(State.SNOOZED, snooze=Snooze(until_count=5)))) == {}


def test_zero_switches_a_timer_off():
    never = Timers.model_validate({"remind_owner_after": 0, "reopen_after": 0, "watch_for": 0})
    for given in (
        dossier(standing=standing(State.ACKNOWLEDGED)),
        dossier(standing=standing(State.ACKNOWLEDGED, reminded_at=START)),
        dossier(standing=standing(State.RESOLVED)),
    ):
        assert plan(given, decide([], given), never, can_page=True) == []


def test_the_row_is_looked_at_when_the_next_step_is_due_and_soon_again_where_one_could_not_be_taken():
    given = dossier()
    steps = plan(given, decide([ROUTE], given), Timers(), can_page=True)
    assert next_due(steps, given, START - MINUTE) == START
    stuck = next_due(steps, given, START)
    assert stuck is not None
    assert START < stuck < START + MINUTE
    told = dossier(standing=standing(State.OPEN, steps=("notify",)))
    assert next_due(plan(told, decide([ROUTE], told), Timers(), can_page=True), told, START) == START + 30 * MINUTE


def test_what_waits_for_another_event_keeps_nobody_awake():
    calm = dossier(standing=standing(State.ACKNOWLEDGED))
    steps = plan(calm, decide([], calm), Timers(), can_page=False)
    assert next_due(steps, calm, START + 5 * HOUR) is None


def test_the_card_tells_the_next_step_that_concerns_somebody():
    told = dossier(standing=standing(State.OPEN, steps=("notify",)))
    steps = plan(told, decide([ROUTE], told), Timers(), can_page=True)
    following = upcoming(steps, told, START + MINUTE)
    assert following is not None
    assert (following.step, following.people) == (Step.NEXT_PEOPLE, ("U0LEAD",))
    last = upcoming(steps, told, START + 31 * MINUTE)
    assert last is not None
    assert last.step is Step.PAGE
