"""What each action changes of an alert's standing beyond its state: owner, promise, steps that were taken, the wish."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.alerts.alert import (
    TIMER,
    Action,
    Actor,
    Alert,
    Command,
    Counts,
    Refused,
    Snooze,
    Source,
    Standing,
    State,
    act,
    gets_worse,
    undo,
)
from bot.alerts.classification import Severity
from tests.alerts.making import START, dossier

ANA = Actor(source=Source.USER, id="U0ANA", name="ana")
BO = Actor(source=Source.USER, id="U0BO", name="bo")
LATER = START + timedelta(minutes=1)


def alert(state: State = State.OPEN, **said: object) -> Alert:
    return replace(dossier().alert, standing=Standing(state=state, since=START, **said))  # type: ignore[arg-type]


def after(given: Alert, action: Action, actor: Actor = ANA, **said: object) -> Standing:
    return act(given, Command(action=action, actor=actor, at=LATER, **said)).after  # type: ignore[arg-type]


def test_a_new_state_begins_without_the_steps_and_promises_of_the_old_one():
    told = alert(steps=("notify", "next_people"))
    taken = after(told, Action.ACKNOWLEDGED, promise=LATER)
    assert (taken.owner, taken.promise, taken.steps, taken.since) == (ANA, LATER, (), LATER)
    free = after(replace(told, standing=taken), Action.UNACKNOWLEDGED)
    assert (free.owner, free.promise, free.steps) == (None, None, ())


def test_whoever_is_called_next_was_not_called_twice_because_pagerduty_was_called_in_between():
    assert after(alert(steps=("notify",)), Action.ESCALATED, TIMER, steps=("page",)).steps == ("notify", "page")


def test_being_mentioned_is_no_new_state_but_is_remembered():
    told = after(alert(), Action.NOTIFIED, TIMER, steps=("notify",))
    assert (told.state, told.since, told.steps) == (State.OPEN, START, ("notify",))


def test_a_new_promise_answers_the_reminder_and_whoever_makes_it_has_the_alert():
    reminded = alert(State.ACKNOWLEDGED, owner=BO, reminded_at=START)
    made = after(reminded, Action.PROMISED, promise=LATER)
    assert (made.owner, made.promise, made.reminded_at) == (ANA, LATER, None)


def test_assigning_gives_it_to_somebody_without_taking_it_for_them():
    given = after(alert(), Action.ASSIGNED, owner=BO)
    assert (given.state, given.owner) == (State.OPEN, BO)
    by_sentry = after(alert(owner=BO), Action.ASSIGNED, Actor(source=Source.SENTRY))
    assert by_sentry.owner == BO, "Sentry's names are no users of Slack"


def test_what_was_verified_may_come_back_or_be_reopened_but_not_be_resolved_again():
    held = alert(State.VERIFIED)
    assert after(held, Action.REGRESSED).state is State.REGRESSED
    assert after(held, Action.REOPENED).state is State.OPEN
    with pytest.raises(Refused):
        after(held, Action.RESOLVED)
    with pytest.raises(Refused):
        after(alert(), Action.VERIFIED)


def test_undo_puts_back_the_steps_that_were_taken_and_keeps_the_wish_for_a_card():
    told = alert(steps=("notify",))
    taken = act(told, Command(action=Action.ACKNOWLEDGED, actor=ANA, at=LATER))
    now = replace(told, standing=replace(taken.after, wanted=True))
    undone = undo(now, replace(taken, id=1), ANA, LATER).after
    assert (undone.state, undone.steps, undone.wanted, undone.since) == (State.OPEN, ("notify",), True, START)


@pytest.mark.parametrize(
    ("snooze", "counts", "severity", "new_variant", "reason"),
    [
        (Snooze(until_count=10), Counts(events=9), None, False, ""),
        (Snooze(until_count=10), Counts(events=10), None, False, "worse"),
        (Snooze(until_worse_than=Severity.MEDIUM), Counts(events=1), Severity.MEDIUM, False, ""),
        (Snooze(until_worse_than=Severity.MEDIUM), Counts(events=1), Severity.HIGH, False, "worse"),
        (Snooze(until_users=3), Counts(events=9, users=2), None, False, ""),
        (Snooze(until_users=3), Counts(events=9, users=3), None, False, "users"),
        (Snooze(until_variant=True), Counts(events=9), None, False, ""),
        (Snooze(until_variant=True), Counts(events=9), None, True, "variant"),
        (Snooze(until=LATER), Counts(events=999, users=99), Severity.CRITICAL, True, ""),
    ],
)
def test_a_snooze_ends_before_its_time_for_what_it_was_to_wait_for_and_nothing_else(
    snooze, counts, severity, new_variant, reason
):
    assert gets_worse(snooze, counts, severity, new_variant=new_variant) == reason
