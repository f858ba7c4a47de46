"""The modals ask the least, tell everything, and a reader's refusal is in words for the person."""

import itertools
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.alerts.alert import Action, Snooze, State
from bot.alerts.classification import Category, Severity
from bot.alerts.dossier import Shown
from bot.slack import ids
from bot.slack.modals import (
    REASON_LIMIT,
    BadInput,
    SnoozeFor,
    details,
    read_reclassify,
    read_snooze,
    reclassify,
    snooze,
)
from tests.slack.hostile import EVERYWHERE, dossiers, everywhere
from tests.slack.limits import check_view, walk
from tests.slack.samples import ALERT, ANA, KINDS, NOW, RULES, brought_to, dossier, moved
from tests.slack.test_thread import LIVE


def inputs(view):
    return {block["block_id"]: block["element"] for block in view["blocks"] if block["type"] == "input"}


def submitted(**chosen):
    """A view's state as Slack sends it: a chosen option, or typed text."""
    values = {}
    for name, value in chosen.items():
        element = {"type": "plain_text_input", "value": value}
        if name != "reason":
            element = {"type": "static_select", "selected_option": value and {"value": value}}
        values[name] = {name: element}
    return {"values": values}


def told(view) -> str:
    kinds = ("text", "link", "mrkdwn", "plain_text")
    return "".join(part["text"] for part in walk(view["blocks"]) if part.get("type") in kinds)


@settings(max_examples=40, deadline=None)
@given(dossiers)
def test_no_event_breaks_a_modal_or_comes_alive_in_it(hostile_dossier):
    check_view(reclassify(hostile_dossier, "12"))
    check_view(snooze(hostile_dossier, "12"))
    check_view(details(hostile_dossier, NOW), LIVE)


@pytest.mark.parametrize("text", EVERYWHERE, ids=itertools.count())
def test_one_text_in_every_field_breaks_nothing(text):
    made = everywhere(text)
    check_view(reclassify(made, "12"))
    check_view(snooze(made, "12"))
    check_view(details(made, NOW), LIVE)


def test_reclassify_starts_from_the_verdict_and_every_input_is_found_by_its_name():
    view = reclassify(dossier(), "12")
    assert (view["callback_id"], view["private_metadata"]) == (ids.CallbackId.RECLASSIFY, "12")
    fields = inputs(view)
    assert list(fields) == ["severity", "category", "reason"]
    assert all(element["action_id"] == name for name, element in fields.items())
    assert fields["severity"]["initial_option"]["value"] == "critical"
    assert fields["category"]["initial_option"]["value"] == "database"
    assert [option["value"] for option in fields["severity"]["options"]] == list(Severity)
    likely, others = ([option["value"] for option in group["options"]] for group in fields["category"]["option_groups"])
    assert likely[0] == "database", "the verdict's own stands first, then what it is easily mistaken for"
    assert 2 <= len(likely) <= 4
    assert sorted([*likely, *others]) == sorted(Category), "each of them once"
    assert (fields["reason"]["multiline"], fields["reason"]["max_length"]) == (True, 500)
    assert [block.get("optional", False) for block in view["blocks"][1:]] == [False, False, True]


def test_reclassify_without_a_verdict_starts_from_nothing():
    assert not any("initial_option" in element for element in inputs(reclassify(dossier(verdict=None), "12")).values())


def test_snooze_says_what_each_choice_means():
    view = snooze(dossier(), "12")
    assert (view["callback_id"], view["private_metadata"]) == (ids.CallbackId.SNOOZE, "12")
    options = inputs(view)["until"]["options"]
    assert [option["value"] for option in options] == ["30min", "4h", "1day", "worse", "count", "users", "variant"]
    assert options[3]["text"]["text"] == "Until it gets worse"
    assert options[3]["description"]["text"] == "At ten times the events (12,840)"
    medium = snooze(dossier(verdict=replace(RULES, severity=Severity.MEDIUM)), "12")
    worse = inputs(medium)["until"]["options"][3]["description"]["text"]
    assert worse == "At ten times the events (12,840), or above medium severity"


def test_a_correction_is_read_back():
    state = submitted(severity="low", category="external_service", reason="  staging only\n")
    assert read_reclassify(state) == (Severity.LOW, Category.EXTERNAL_SERVICE, "staging only")
    assert read_reclassify(submitted(severity="low", category="logic", reason=None))[2] == ""
    assert read_reclassify(submitted(severity="low", category="logic"))[2] == ""
    long = submitted(severity="low", category="logic", reason="x" * 9000)
    assert len(read_reclassify(long)[2]) == REASON_LIMIT


@pytest.mark.parametrize("choice", SnoozeFor)
def test_a_snooze_is_read_back(choice):
    assert read_snooze(submitted(until=choice.value)) is choice


@pytest.mark.parametrize(
    ("state", "field"),
    [
        ({}, "severity"),
        (submitted(severity=None, category="logic"), "severity"),
        (submitted(severity="worst", category="logic"), "severity"),
        (submitted(severity="low"), "category"),
        (submitted(severity="low", category="misc"), "category"),
    ],
)
def test_a_correction_with_something_missing_is_refused_at_its_input_in_words(state, field):
    with pytest.raises(BadInput, match=f"Please choose a {field}") as refusal:
        read_reclassify(state)
    assert refusal.value.field == field


json_values = st.recursive(
    st.none() | st.text(max_size=5) | st.integers() | st.sampled_from(["low", "worse"]),
    lambda inner: st.dictionaries(
        st.sampled_from(["values", "severity", "until", "selected_option", "value"]), inner, max_size=3
    ),
)


@given(json_values)
def test_a_strange_state_is_refused_and_never_breaks_a_reader(state):
    with pytest.raises(BadInput):
        read_reclassify({"values": state})
    with pytest.raises(BadInput):
        read_snooze({"values": {"until": state}} if state != "worse" else {})


def test_details_tell_everything_that_is_known():
    after = ALERT.standing
    target = Shown(
        target="slack_card",
        version=33,
        shown_at=NOW,
        last_error="ratelimited",
        attempts=3,
        failing_since=NOW - timedelta(minutes=7),
    )
    many = tuple(moved(Action.MILESTONE, ANA, after, after, count=n) for n in range(1, 26))
    view = details(dossier(transitions=many, targets={"slack_card": target}), NOW)
    text = told(view)
    check_view(view)
    for fact in ("SHOP-API-1A2", "4256774711", "bf5b6c7fd49f4f8da94085a43393051d", "shop@4.2.0", "customer", "acme"):
        assert fact in text
    assert "Many users in production cannot use the service." in text
    assert "tag release: shop@4.2.0 → critical" in text
    assert "1,284 events · 312 users" in text
    assert "25th event" in text
    assert "· 5th event" not in text  # the last twenty only
    assert "slack card · shows version 33 since <!date^1762178970^" in text
    assert "failing for 7 min, 3 attempts: ratelimited" in text


@pytest.mark.parametrize("event", KINDS.values(), ids=KINDS)
def test_details_leave_out_what_is_not_known(event):
    view = details(dossier(event=event, verdict=None), NOW)
    check_view(view)
    assert "None" not in told(view)


def test_details_of_a_snoozed_alert_say_when_it_comes_back():
    snoozed = brought_to(State.SNOOZED, ANA, snooze=Snooze(until=NOW + timedelta(hours=4)))
    assert "Snoozed by Ana until <!date^1762193370^" in told(details(snoozed, NOW))
