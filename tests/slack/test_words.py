"""Every sentence that people read is whole, kind and says what is so."""

from datetime import timedelta

import pytest

from bot.alerts.alert import TIMER, Action, Actor, Source, State
from bot.slack import ids, words
from bot.slack.modals import SnoozeFor
from tests.slack.limits import check_mrkdwn
from tests.slack.samples import ANA, BEN, NOW

TWO_MINUTES = timedelta(minutes=2)


@pytest.mark.parametrize(
    ("action", "state", "by", "ago", "sentence"),
    [
        (Action.ACKNOWLEDGED, State.ACKNOWLEDGED, ANA, TWO_MINUTES, "Already acknowledged by Ana 2 min ago."),
        (Action.RESOLVED, State.RESOLVED, BEN, None, "Already resolved in Sentry by Ben."),
        (
            Action.SNOOZED,
            State.RESOLVED,
            ANA,
            TWO_MINUTES,
            "This cannot be snoozed now: it is resolved (by Ana 2 min ago).",
        ),
        (Action.REOPENED, State.OPEN, TIMER, TWO_MINUTES, "This cannot be reopened now: it is open."),
        (Action.REOPENED, State.OPEN, None, None, "This cannot be reopened now: it is open."),
        (
            Action.UNDONE,
            State.OPEN,
            None,
            None,
            "That is too late to undo: it works for 5 min, and only for the last change.",
        ),
    ],
)
def test_a_refusal_says_who_was_first_and_when(action, state, by, ago, sentence):
    assert words.refused(action, state, by=by, ago=ago) == sentence


def test_every_button_modal_input_and_choice_has_words():
    assert set(words.BUTTONS) == set(ids.ActionId)
    assert set(words.FORMS) == set(ids.CallbackId)
    assert set(words.INPUTS) == set(ids.Input)
    assert set(words.SNOOZE_CHOICES) == {choice.value for choice in SnoozeFor}
    assert set(words.STATES) == set(State)


def test_names_on_the_wire_are_the_contracts():
    assert {action.value for action in ids.ActionId} == {
        *("alert_acknowledge", "alert_unacknowledge", "alert_resolve", "alert_reopen", "alert_escalate"),
        *("alert_reclassify", "alert_snooze", "alert_undo", "alert_details", "alert_ask", "alert_analyse"),
        *("alert_assign", "alert_promise"),
    }
    assert {callback.value for callback in ids.CallbackId} == {
        *("reclassify", "snooze", "ask", "escalate", "assign", "promise")
    }
    assert {name.value for name in ids.Input} == {
        *("severity", "category", "reason", "until", "question", "note", "assignee", "promise")
    }
    assert ids.CARD_EVENT == "triage_alert"


def test_names_of_people_cannot_come_alive_in_a_sentence():
    evil = Actor(source=Source.USER, id="U1", name="<!channel> *Ana*")
    for sentence in (
        words.refused(Action.RESOLVED, State.RESOLVED, by=evil, ago=None),
        words.failed("<@U1>"),
        words.behind("<!here>", NOW),
    ):
        check_mrkdwn(sentence.replace("{date_short_pretty}", ""))
        assert "*" not in sentence


def test_a_failure_has_a_reference_to_ask_about():
    assert words.failed("3f9a") == "That did not work, and the fault is mine. Please try again; reference 3f9a."


def test_nothing_is_ever_quite_certain():
    sure = [words.sureness(confidence) for confidence in (float("nan"), -1, 0.49, 0.5, 1, 7)]
    assert sure == ["only a guess (0% sure)"] * 2 + ["only a guess (49% sure)", "50% sure", "99% sure", "99% sure"]
