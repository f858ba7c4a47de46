"""Permissions: who holds a right, and which click takes which."""

from dataclasses import replace

import pytest

from bot.alerts.alert import Action, Standing, State, Transition
from bot.alerts.permissions import Permissions, Right, holds, right_for
from tests.alerts.making import START


def test_where_nobody_is_named_everybody_may():
    assert all(holds(Permissions(), right, ("U0ANA",)) for right in Right)


def test_one_may_who_is_named_by_id_by_address_or_through_a_group_and_nobody_else():
    kept = Permissions.model_validate({"resolve": ["U0ANA", "Bo@example.com", "S0LEADS"]})
    assert holds(kept, Right.RESOLVE, ("U0ANA",))
    assert holds(kept, Right.RESOLVE, ("U0BO", "bo@example.com"))
    assert holds(kept, Right.RESOLVE, ("U0CLEO", "S0LEADS"))
    assert not holds(kept, Right.RESOLVE, ("U0CLEO", "S0SHOP"))
    assert holds(kept, Right.MUTE, ("U0CLEO",)), "another right is not touched"


@pytest.mark.parametrize(
    ("action", "right"),
    [
        (Action.RESOLVED, Right.RESOLVE),
        (Action.SNOOZED, Right.MUTE),
        (Action.ESCALATED, Right.ESCALATE),
        (Action.ACKNOWLEDGED, None),
        (Action.REOPENED, None),
        (Action.RECLASSIFIED, None),
        (Action.WOKEN, None),
    ],
)
def test_each_action_takes_its_right(action, right):
    assert right_for(action) is right


@pytest.mark.parametrize(
    ("state", "right"), [(State.RESOLVED, Right.RESOLVE), (State.SNOOZED, Right.MUTE), (State.ACKNOWLEDGED, None)]
)
def test_taking_back_a_reopening_takes_the_right_that_closing_it_takes(state, right):
    closed = Standing(since=START, state=state)
    reopened = Transition(
        action=Action.REOPENED, actor=closed.by, at=START, before=closed, after=replace(closed, state=State.OPEN)
    )
    assert right_for(Action.UNDONE, reopened) is right
    corrected = replace(reopened, action=Action.RECLASSIFIED, after=closed)
    assert right_for(Action.UNDONE, corrected) is None, "a correction of a closed alert closes nothing"
