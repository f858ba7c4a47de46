"""What is planned, and what was done by itself, in words: who is mentioned and who is not, and how soon is soon."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.alerts.alert import TIMER, Action, Actor, Source, State
from bot.alerts.permissions import Forbidden, Right
from bot.alerts.timing import Planned, Step
from bot.slack import words_plan
from bot.slack.story import history, line
from tests.slack.limits import check_mrkdwn
from tests.slack.samples import ANA, BEN, NOW, dossier, moved, standing

MINUTE = timedelta(minutes=1)
EVIL = Actor(source=Source.USER, id="U1'><!here>", name="<!channel> *x*")


@pytest.mark.parametrize(
    ("left", "said", "changes_at"),
    [
        (5 * MINUTE, "within 5 min", 2 * MINUTE),
        (4 * MINUTE, "within 5 min", 2 * MINUTE),
        (2 * MINUTE, "within 2 min", None),
        (timedelta(seconds=5), "within 2 min", None),
        (16 * MINUTE, "within 30 min", 15 * MINUTE),
        (60 * MINUTE, "within 1 h", 30 * MINUTE),
    ],
)
def test_soon_is_said_so_that_it_stays_true_until_it_is_said_anew(left, said, changes_at):
    words, changes = words_plan.within(NOW + left, NOW)
    assert words == said
    assert changes == (None if changes_at is None else NOW + left - changes_at)


def test_what_is_further_away_than_an_hour_is_a_time_of_day_until_then():
    words, changes = words_plan.within(NOW + 2 * timedelta(hours=1), NOW)
    assert "<!date^" in words
    assert changes == NOW + timedelta(hours=1)


@pytest.mark.parametrize("step", [Step.PAGE, Step.NEXT_PEOPLE, Step.VERIFY, Step.REOPEN, Step.REMIND])
def test_every_planned_step_has_words_that_notify_nobody(step):
    planned = Planned(step=step, at=NOW + MINUTE, people=("U0EVIL",))
    words, _ = words_plan.ahead(planned, ["<!channel> *x*"], NOW)
    check_mrkdwn(words)
    assert "<!channel>" not in words


def notified(**detail: str | int):
    before = standing(State.OPEN, ANA, NOW - 5 * MINUTE)
    return moved(Action.NOTIFIED, TIMER, before, before, **detail)


def test_people_and_groups_are_mentioned_in_the_thread_and_only_counted_in_the_history():
    made = notified(step="next_people", people="U0ANA S0SHOP", then="page", then_at=int(NOW.timestamp()))
    told = line(made, dossier())
    assert told is not None
    assert "<@U0ANA> <!subteam^S0SHOP>" in told
    assert "next: PagerDuty" in told
    past = history(made, dossier())
    assert "<@" not in past
    assert "2 mentions" in past


def test_nobody_found_is_no_line_but_stands_in_the_history():
    assert line(notified(step="concerned"), dossier()) is None
    assert "Found nobody to mention" in history(notified(step="concerned"), dossier())


def test_what_is_no_id_of_slack_is_never_made_a_mention():
    told = line(notified(step="notify", people="<!channel> U0ANA channel"), dossier())
    assert told is not None
    assert "<!channel>" not in told
    assert "<@U0ANA>" in told


def test_an_owner_is_mentioned_where_slack_knows_them_and_named_where_not():
    mine = standing(State.ACKNOWLEDGED, ANA)
    theirs = replace(mine, owner=Actor(source=Source.PAGERDUTY, name="Bo"))
    reminder = line(moved(Action.REMINDED, TIMER, replace(mine, owner=ANA), mine, events=12), dossier())
    assert reminder is not None
    assert f"<@{ANA.id}>, it still happens: 12 events since you took it" in reminder
    other = line(moved(Action.REMINDED, TIMER, theirs, theirs), dossier())
    assert other is not None
    assert "Bo in PagerDuty" in other
    assert "<@" not in other


def test_who_is_assigned_is_told_but_nobody_who_takes_it_for_themselves():
    free = standing(State.OPEN, ANA)
    given = moved(Action.ASSIGNED, ANA, free, replace(free, owner=replace(BEN, source=Source.USER, id="U0BEN")))
    assert "Assigned to <@U0BEN> by" in str(line(given, dossier()))
    own = moved(Action.ASSIGNED, ANA, free, replace(free, owner=ANA))
    assert "<@" not in str(line(own, dossier()))


def test_a_refused_click_is_told_to_nobody_else():
    now = standing(State.OPEN, ANA)
    made = moved(Action.FORBIDDEN, EVIL, now, now, right="resolve")
    assert line(made, dossier()) is None
    said = history(made, dossier())
    assert "wanted to resolve it and may not" in said
    assert "<!channel>" not in said


@pytest.mark.parametrize("right", Right)
def test_every_right_has_words_for_whoever_lacks_it(right):
    said = words_plan.forbidden(Forbidden(right, ("@leads", "<!here>")))
    check_mrkdwn(said)
    assert "<!here>" not in said
    assert "Try again" in words_plan.forbidden(Forbidden(right, (), unsure=True))


def test_a_verified_fix_says_what_is_known_and_no_more():
    now = standing(State.RESOLVED, ANA)
    full = moved(Action.VERIFIED, TIMER, now, now, quiet_s=86_400, per_hour=130, release="shop@4.2.1")
    assert "No events for 24 h (was 130/h), in release shop@4.2.1" in str(line(full, dossier()))
    bare = str(line(moved(Action.VERIFIED, TIMER, now, now, quiet_s=86_400, per_hour=0, release=""), dossier()))
    assert bare.endswith("No events for 24 h")
