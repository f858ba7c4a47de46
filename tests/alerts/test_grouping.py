"""What deliveries do to an alert: counted once, loud or folded, and worth a word or not."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.alerts.alert import BOT, Action, Actor, Snooze, Source, Standing, State, act
from bot.alerts.event import IssueStatus
from bot.alerts.grouping import MAX_VARIANTS, Arrival, born, fold, passive_delay
from tests.store.making import ALICE, START, Reading, changed, command, event, occurrence, remarked

WINDOW = timedelta(seconds=300)


def after(seconds):
    return START + timedelta(seconds=seconds)


def arrivals(*deliveries):
    return [Arrival(delivery=d) for d in deliveries]


def opened(*more, first=None):
    """What comes of an alert that began at START, and of `more` in the same batch."""
    first = first or occurrence(0)
    return fold(born(1, first), arrivals(first, *more), now=START)


def standing(life, state, **said):
    """The same life, with its alert in another state since START."""
    changed_to = Standing(state=state, since=START, by=ALICE, **said)
    return replace(life, alert=replace(life.alert, standing=changed_to))


def actions(folded):
    return [t.action for t in folded.transitions]


def test_a_new_alert_is_opened_by_sentry_and_is_news():
    folded = opened()
    (line,) = folded.transitions
    assert (line.action, line.actor.source, line.before) == (Action.OPENED, Source.SENTRY, line.after)
    assert folded.news
    assert folded.life.due_at == START
    assert folded.life.alert.version == 1


def test_the_first_event_is_loud_and_those_within_the_window_are_folded():
    folded = opened(occurrence(1, at=after(1)), occurrence(2, at=after(299)))
    assert (folded.life.alert.counts.events, folded.life.alert.counts.suppressed) == (3, 2)
    assert folded.life.loud_at == START
    assert actions(folded) == [Action.OPENED]


def test_the_first_event_at_the_windows_end_is_loud_again_and_says_how_long_it_was_quiet():
    life = opened(occurrence(1, at=after(100))).life
    folded = fold(life, arrivals(occurrence(2, at=after(300))), now=after(300))
    assert (folded.life.loud_at, folded.life.alert.counts.suppressed) == (after(300), 1)
    (line,) = folded.transitions
    assert (line.action, line.detail) == (Action.RECURRED, {"silence_s": 200, "suppressed": 1})


def test_the_longer_it_lasts_the_fewer_recurrences_are_told():
    life, told = opened().life, []
    for number in range(1, 200):
        at = START + number * WINDOW
        folded = fold(life, arrivals(occurrence(number, at=at)), now=at)
        life = folded.life
        told += [number for action in actions(folded) if action is Action.RECURRED]
    assert told == [1, 2, 3, 4, 6, 8, 11, 15, 20, 27, 36, 48, 64, 86, 115, 154]
    assert life.alert.counts.suppressed == 0


def test_one_event_as_several_resources_counts_once():
    again = Arrival(delivery=occurrence(0, resource="event_alert"), new_event=False)
    assert fold(opened().life, [again], now=START).life.alert.counts.events == 1


def test_of_the_milestones_crossed_in_a_batch_only_the_highest_is_told():
    folded = opened(*(occurrence(n, at=after(n / 10)) for n in range(1, 150)))
    (line,) = [t for t in folded.transitions if t.action is Action.MILESTONE]
    assert line.detail == {"count": 100, "elapsed_s": 9}


@pytest.mark.parametrize(
    ("count", "is_one"), [(9, False), (10, True), (11, False), (20, False), (1000, True), (1010, False)]
)
def test_milestones_are_the_powers_of_ten(count, is_one):
    life = opened().life
    alert = replace(life.alert, counts=replace(life.alert.counts, events=count - 1))
    folded = fold(replace(life, alert=alert), arrivals(occurrence(1)), now=START)
    assert (Action.MILESTONE in actions(folded)) == is_one


def test_first_and_last_seen_span_what_was_received_and_what_sentry_says():
    told = event(first_seen=after(-900), last_seen=after(5), event_count=40, user_count=7)
    alert = opened(first=occurrence(0, read=lambda: told)).life.alert
    assert (alert.first_seen, alert.last_seen) == (after(-900), after(5))
    assert (alert.counts.total, alert.counts.affected) == (40, 7)


def test_sentrys_totals_never_shrink():
    life = opened(first=occurrence(0, read=lambda: event(event_count=40))).life
    late = occurrence(1, resource="issue", read=lambda: event(event_count=3))
    assert fold(life, arrivals(late), now=START).life.alert.counts.sentry_events == 40


def test_only_a_new_alert_a_new_variant_and_a_new_resource_are_read_in_full():
    reading = Reading(event())
    known = [occurrence(n, read=reading) for n in range(20)]
    life = opened(*known, first=occurrence(99, read=reading)).life
    assert reading.times == 1
    new = [occurrence(30, resource="event_alert", read=reading), occurrence(31, variant="KeyError@x", read=reading)]
    assert len(fold(life, arrivals(*new, *known), now=START).read) == 2


def test_a_new_variant_is_news_until_there_are_too_many():
    folded = fold(opened().life, arrivals(occurrence(1, variant="KeyError@x")), now=after(1))
    assert folded.news
    life = replace(folded.life, variants=tuple(str(n) for n in range(MAX_VARIANTS)))
    assert not fold(life, arrivals(occurrence(2, variant="yet another")), now=after(2)).news


def test_mere_counts_are_no_news_and_wait_the_longer_the_older_the_alert_is():
    life = replace(opened().life, due_at=None)
    folded = fold(life, arrivals(occurrence(1, at=after(100))), now=after(100))
    assert not folded.news
    assert folded.life.due_at == after(105)
    assert folded.life.alert.version == 2
    sooner = fold(replace(life, due_at=after(101)), arrivals(occurrence(1, at=after(100))), now=after(100))
    assert sooner.life.due_at == after(101)


def test_in_a_crowd_mere_counts_and_milestones_wait_for_their_turn():
    life, crowd = replace(opened().life, due_at=None), timedelta(seconds=90)
    counts = fold(life, arrivals(occurrence(1, at=after(1))), now=after(1), crowd=crowd)
    assert (counts.news, counts.life.due_at) == (False, after(91))
    ten = arrivals(*(occurrence(n, at=after(1)) for n in range(1, 10)))
    milestone = fold(life, ten, now=after(1), crowd=crowd)
    assert actions(milestone) == [Action.MILESTONE]
    assert (milestone.news, milestone.life.due_at) == (False, after(91))
    assert fold(life, ten, now=after(1)).news, "without a crowd it is told at once"


def test_what_may_make_an_alert_more_severe_waits_for_no_crowd():
    life, crowd = replace(opened().life, due_at=None), timedelta(seconds=90)
    fifty = arrivals(*(occurrence(n, at=after(1)) for n in range(1, 50)))
    assert fold(life, fifty, now=after(1), crowd=crowd).life.due_at == after(3)
    assert fold(life, fifty[:-1], now=after(1), crowd=crowd).life.due_at == after(91)


def test_a_regression_waits_for_no_crowd():
    life = standing(opened().life, State.RESOLVED)
    folded = fold(life, arrivals(occurrence(1, at=after(9))), now=after(9), crowd=timedelta(seconds=90))
    assert (folded.news, folded.life.due_at) == (True, after(9))


@pytest.mark.parametrize(("age_s", "delay_s"), [(0, 2), (40, 2), (100, 5), (1200, 60), (10**7, 60)])
def test_the_passive_delay_is_a_twentieth_of_the_age_between_two_seconds_and_a_minute(age_s, delay_s):
    assert passive_delay(timedelta(seconds=age_s)) == timedelta(seconds=delay_s)


def test_a_batch_that_says_nothing_new_leaves_the_alert_as_it_was():
    life = opened().life
    nothing = Arrival(delivery=occurrence(0), new_event=False)
    assert fold(life, [nothing], now=after(9)).life is life


def test_an_event_after_the_resolution_is_a_regression_that_names_who_resolved_it():
    life = standing(opened().life, State.RESOLVED)
    late = occurrence(1, at=after(10), read=lambda: event(release="shop@2"))
    folded = fold(life, arrivals(late, occurrence(2, at=after(11))), now=after(11))
    (line,) = folded.transitions
    assert (line.action, line.actor) == (Action.REGRESSED, BOT)
    assert line.detail == {"release": "shop@2", "resolved_by": "Alice", "resolved_by_id": "U1"}
    assert folded.life.alert.state is State.REGRESSED
    assert folded.life.alert.counts.suppressed == 1


def test_an_event_from_before_the_resolution_only_counts():
    life = standing(opened().life, State.RESOLVED)
    folded = fold(life, arrivals(occurrence(1, at=after(10), occurred_at=after(-1))), now=after(10))
    assert (actions(folded), folded.life.alert.counts.events) == ([], 2)


def test_a_snoozed_alert_only_counts_however_often_it_happens():
    life = standing(opened().life, State.SNOOZED, snooze=Snooze())
    folded = fold(life, arrivals(*(occurrence(n, at=after(n * 400)) for n in range(1, 20))), now=after(8000))
    assert actions(folded) == []
    assert (folded.life.alert.counts.events, folded.life.alert.counts.suppressed) == (20, 19)


def test_a_snooze_until_it_gets_worse_ends_with_the_event_that_makes_it_worse():
    life = standing(opened().life, State.SNOOZED, snooze=Snooze(until_count=5, count_at_start=1))
    folded = fold(life, arrivals(*(occurrence(n, at=after(n)) for n in range(1, 6))), now=after(9))
    (line,) = folded.transitions
    assert (line.action, line.actor, line.at) == (Action.WOKEN, BOT, after(4))
    assert line.detail == {"reason": "worse", "meanwhile": 4}
    assert folded.life.alert.state is State.OPEN


@pytest.mark.parametrize(
    ("state", "status", "action", "to"),
    [
        (State.OPEN, IssueStatus.RESOLVED, Action.RESOLVED, State.RESOLVED),
        (State.RESOLVED, IssueStatus.RESOLVED, None, State.RESOLVED),
        (State.ACKNOWLEDGED, IssueStatus.ARCHIVED, Action.SNOOZED, State.SNOOZED),
        (State.SNOOZED, IssueStatus.ARCHIVED, None, State.SNOOZED),
        (State.RESOLVED, IssueStatus.UNRESOLVED, Action.REOPENED, State.OPEN),
        (State.SNOOZED, IssueStatus.UNRESOLVED, Action.REOPENED, State.OPEN),
        (State.ACKNOWLEDGED, IssueStatus.UNRESOLVED, None, State.ACKNOWLEDGED),
        (State.RESOLVED, IssueStatus.REGRESSED, Action.REGRESSED, State.REGRESSED),
        (State.SNOOZED, IssueStatus.ESCALATING, Action.REOPENED, State.OPEN),
        (State.OPEN, IssueStatus.ESCALATING, None, State.OPEN),
        (State.OPEN, IssueStatus.CREATED, None, State.OPEN),
        (State.OPEN, IssueStatus.ASSIGNED, Action.ASSIGNED, State.OPEN),
    ],
)
def test_what_sentry_says_of_its_issue_is_followed_where_it_changes_something(state, status, action, to):
    life = standing(opened().life, state, snooze=Snooze() if state is State.SNOOZED else None)
    told = changed(status, at=after(5), by="Dan", assignee="Eve", how="now")
    folded = fold(life, arrivals(told), now=after(5))
    assert actions(folded) == ([action] if action else [])
    assert folded.life.alert.state is to
    for line in folded.transitions:
        assert line.actor == Actor(source=Source.SENTRY, name="Dan")


def test_an_assignment_names_the_assignee():
    folded = fold(opened().life, arrivals(changed(IssueStatus.ASSIGNED, assignee="Eve")), now=START)
    assert folded.transitions[0].detail["assignee"] == "Eve"


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (IssueStatus.RESOLVED, State.RESOLVED),
        (IssueStatus.ARCHIVED, State.SNOOZED),
        (IssueStatus.CREATED, State.OPEN),
        (IssueStatus.ESCALATING, State.OPEN),
    ],
)
def test_an_issue_first_heard_of_by_a_change_is_born_in_that_state(status, state):
    first = changed(status, by="Dan", first_seen=after(-500), last_seen=after(-50))
    folded = opened(first=first)
    (line,) = folded.transitions
    assert (line.action, line.after.state) == (Action.OPENED, state)
    assert (folded.life.alert.first_seen, folded.life.alert.last_seen) == (after(-500), after(-50))


def test_the_first_event_of_an_alert_that_a_change_created_is_loud_without_a_recurrence():
    life = opened(first=changed(IssueStatus.CREATED)).life
    folded = fold(life, arrivals(occurrence(1, at=after(400))), now=after(400))
    assert (actions(folded), folded.life.alert.counts.suppressed, folded.life.loud_at) == ([], 0, after(400))


def test_a_remark_is_written_into_the_log_bounded_and_counts_nothing():
    folded = fold(opened().life, arrivals(remarked("x" * 900, at=after(1))), now=after(1))
    (line,) = folded.transitions
    assert (line.action, line.actor.name, line.detail["text"]) == (Action.REMARKED, "Carol", "x" * 500)
    assert folded.life.alert.counts.events == 1


def test_a_remark_does_not_open_an_alert():
    first = occurrence(0)
    folded = fold(born(1, first), arrivals(remarked(), first), now=START)
    assert actions(folded) == [Action.OPENED]


def test_what_people_did_in_between_stands():
    life = opened().life
    taken = act(life.alert, command(Action.ACKNOWLEDGED))
    life = replace(life, alert=replace(life.alert, standing=taken.after))
    folded = fold(life, arrivals(occurrence(1, at=after(1))), now=after(1))
    assert folded.life.alert.standing == taken.after
