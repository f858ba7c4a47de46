"""A card answers what broke, how bad, why, what now, who has it; within Slack's limits, whatever the event says."""

import itertools
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings

from bot.alerts.alert import UNDO_WINDOW, Action, Actor, Counts, Snooze, Source, State
from bot.alerts.classification import Category, Severity
from bot.alerts.event import ExceptionInfo, Frame
from bot.slack import words
from bot.slack.cards import Message, card
from bot.slack.ids import ActionId
from tests.slack.hostile import EVERYWHERE, dossiers, everywhere
from tests.slack.limits import check_message, walk
from tests.slack.samples import (
    ALERT,
    ANA,
    BEN,
    DATABASE,
    KINDS,
    NOW,
    RULES,
    SILENT,
    bare,
    brought_to,
    dossier,
    moved,
)

REST = [ActionId.RECLASSIFY, ActionId.SNOOZE, ActionId.ASSIGN, ActionId.DETAILS]
AWAKE = [ActionId.ACKNOWLEDGE, ActionId.RESOLVE, ActionId.ASK, *REST]
BUTTONS = {
    State.OPEN: AWAKE,
    State.REGRESSED: AWAKE,
    State.ACKNOWLEDGED: [ActionId.RESOLVE, ActionId.ASK, ActionId.PROMISE, ActionId.UNACKNOWLEDGE, *REST],
    State.ESCALATED: AWAKE,
    State.SNOOZED: [ActionId.REOPEN, ActionId.ASK, ActionId.DETAILS],
    State.RESOLVED: [ActionId.REOPEN, ActionId.ASK, ActionId.DETAILS],
    State.VERIFIED: [ActionId.REOPEN, ActionId.ASK, ActionId.DETAILS],
}


def seen(message: Message) -> str:
    """All that a person sees, a line for each line."""
    kinds = ("text", "link", "mrkdwn", "plain_text")
    blocks = [[part["text"] for part in walk(block) if part.get("type") in kinds] for block in message.blocks]
    return "".join("".join(pieces) + "\n" for pieces in blocks)


def buttons(message: Message) -> list[str]:
    return [element["action_id"] for element in message.blocks[-1]["elements"]]


@settings(max_examples=60, deadline=None)
@given(dossiers)
def test_no_event_breaks_slacks_limits_or_comes_alive(hostile_dossier):
    check_message(card(hostile_dossier, NOW, behind=[words.behind("Sentry", NOW)]), 430)


@pytest.mark.parametrize("text", EVERYWHERE, ids=itertools.count())
@pytest.mark.parametrize("state", [State.OPEN, State.ACKNOWLEDGED, State.RESOLVED])
def test_one_text_in_every_field_breaks_nothing(text, state):
    made = everywhere(text)
    standing = replace(made.alert.standing, state=state)
    check_message(card(replace(made, alert=replace(made.alert, standing=standing)), NOW), 430)


@pytest.mark.parametrize("state", State)
def test_the_buttons_are_the_next_sensible_steps_of_the_state(state):
    long_ago = NOW - 2 * UNDO_WINDOW
    assert buttons(card(brought_to(state, ANA, long_ago), NOW)) == BUTTONS[state]


@pytest.mark.parametrize("state", [State.OPEN, State.ACKNOWLEDGED, State.SNOOZED, State.RESOLVED])
def test_a_persons_move_can_be_undone_for_five_minutes(state):
    just_now = brought_to(state, ANA, NOW - UNDO_WINDOW + timedelta(seconds=1))
    assert buttons(card(just_now, NOW)) == [*BUTTONS[state], ActionId.UNDO]
    assert buttons(card(just_now, NOW + timedelta(seconds=1))) == BUTTONS[state]


def test_what_sentry_did_cannot_be_undone_here():
    assert ActionId.UNDO not in buttons(card(brought_to(State.RESOLVED, BEN), NOW))


def test_every_button_says_which_alert_it_is_for_to_the_program_and_to_the_ear():
    actions = card(dossier(), NOW).blocks[-1]["elements"]
    assert {button["value"] for button in actions} == {"12"}
    assert actions[0]["accessibility_label"] == "Acknowledge SHOP-API-1A2"
    assert [button.get("style") for button in actions] == ["primary", *[None] * 6]


def test_reopening_a_snoozed_alert_is_called_wake():
    labels = [b["text"]["text"] for b in card(brought_to(State.SNOOZED, ANA), NOW).blocks[-1]["elements"]]
    assert labels == ["Wake", "Ask", "Details", "Undo"]


def test_the_first_lines_say_how_bad_it_is_and_what_broke():
    lines = seen(card(dossier(), NOW)).splitlines()
    assert lines[:3] == [
        "🔴 CRITICAL · database",
        "OperationalError: FATAL: remaining connection slots are reserved",
        "shop/db.py:42 in connect · shop-api · production · shop@4.2.0",
    ]


def test_the_title_leads_to_sentry_and_to_nowhere_else():
    links = [part for part in walk(card(dossier(), NOW).blocks) if part.get("type") == "link"]
    assert [part["url"] for part in links] == [DATABASE.web_url]
    harmful = replace(DATABASE, web_url="javascript:alert(1)")
    assert "link" not in {part.get("type") for part in walk(card(dossier(event=harmful), NOW).blocks)}


def test_the_verdict_says_why_what_to_do_how_long_and_who_says_so():
    text = seen(card(dossier(), NOW))
    assert "Why The pool of db-1 is exhausted" in text
    assert "Do Roll back shop@4.2.0 or raise max_connections;" in text  # the back-ticks became code
    assert "Fix ≈ 1 h" in text
    because = "critical: many users in production cannot use the service"
    assert f"rules, 94% sure · evidence: message, frame · {because}\n" in text


def test_an_unsure_verdict_is_called_a_guess():
    assert "rules, only a guess (31% sure)" in seen(card(dossier(verdict=replace(RULES, confidence=0.31)), NOW))


def test_a_corrected_verdict_names_the_person_and_the_reason_without_a_mention():
    corrected = replace(RULES, made_by="user:U0ANA", reason="only the staging pool")
    by_ana = moved(Action.RECLASSIFIED, ANA, ALERT.standing, replace(ALERT.standing, corrected=True))
    text = seen(card(dossier(verdict=corrected, transitions=(by_ana,)), NOW))
    assert "severity and category corrected by Ana: only the staging pool\n" in text, "what to do, the rules said"
    assert "U0ANA" not in text


def test_without_a_verdict_the_lines_of_the_verdict_are_left_out():
    message = card(dossier(verdict=None), NOW)
    assert [block["block_id"].rpartition("-")[2] for block in message.blocks] == [
        *("what", "where", "counts", "state", "actions")
    ]
    assert message.text.startswith("Error in shop-api, production: OperationalError, FATAL")


def test_the_fallback_is_one_whole_sentence():
    assert card(dossier(), NOW).text == (
        "Critical database error in shop-api, production: OperationalError, FATAL: remaining connection slots are "
        "reserved; 1,284 events, 312 users; open."
    )


@pytest.mark.parametrize(
    ("state", "line"),
    [
        (State.ACKNOWLEDGED, "Ana has it since <!date^"),
        (State.RESOLVED, "Resolved by Ana <!date^"),
        (State.REGRESSED, "Back after 3 days in shop@4.3.0 · resolved before by Ana"),
        (State.OPEN, "nobody has it yet"),
    ],
)
def test_the_state_line_says_who_has_it_and_since_when(state, line):
    assert line in seen(card(brought_to(state, ANA), NOW))


def test_a_snoozed_card_says_when_it_comes_back_and_what_came_meanwhile():
    snooze = Snooze(until_count=12000, until_worse_than=Severity.HIGH, count_at_start=1200)
    text = seen(card(brought_to(State.SNOOZED, ANA, snooze=snooze), NOW))
    assert "Snoozed by Ana until it gets worse (at 12,000 events or above high severity) · 84 more since" in text


@pytest.mark.parametrize("state", [State.RESOLVED, State.SNOOZED])
def test_quiet_cards_are_short_white_and_not_bold(state):
    message = card(brought_to(state, ANA), NOW)
    assert [block["type"] for block in message.blocks] == ["rich_text", "context", "actions"]
    assert seen(message).startswith(f"⚪ {state.value.capitalize()} · critical · database · shop-api\n")
    assert not any(part.get("style", {}) == {"bold": True} for part in walk(message.blocks[:-1]))
    assert "link" in {part.get("type") for part in walk(message.blocks)}
    assert "1,284 events · 312 users · last <!date^" in seen(message)
    assert "folded" not in seen(message)


@pytest.mark.parametrize("event", KINDS.values(), ids=KINDS)
@pytest.mark.parametrize("state", State)
def test_what_is_not_known_leaves_no_trace(event, state):
    unknown = replace(RULES, category=Category.UNKNOWN, root_cause="", suggested_action="", evidence=())
    made = replace(brought_to(state, ANA), event=event, classification=unknown)
    message = card(replace(made, alert=replace(made.alert, counts=Counts())), NOW)
    check_message(message)
    for text in (message.text, seen(message)):
        assert not any(word in text for word in ("None", "Unknown", "unknown", "<unlabeled", "0 event", "· ·", ": ;"))
        assert "Why" not in text


@pytest.mark.parametrize(
    ("title", "known", "shown"),
    [
        ("Error", {"culprit": "shop.cart in total"}, "shop.cart in total"),
        ("<unlabeled event>", {"message": "disk is full"}, "disk is full"),
        ("", {"short_id": "WEB-1"}, "WEB-1"),
        ("None", {}, "Sentry gave this no title"),
        ("ValueError: a long sent...", {"exceptions": DATABASE.exceptions}, "ValueError: a long sent..."),
        ("OperationalError: FATAL: rem...", {"exceptions": DATABASE.exceptions}, DATABASE.title),
        ("OperationalError", {"exceptions": DATABASE.exceptions}, DATABASE.title),
    ],
)
def test_the_title_is_the_best_that_is_known(title, known, shown):
    assert seen(card(dossier(event=bare(title, **known), verdict=None), NOW)).splitlines()[0] == shown


def test_a_commit_hash_is_as_short_as_people_say_it():
    text = seen(card(dossier(event=KINDS["js"]), NOW))
    assert "static/js/app.min.js:1 in t · web · 9f86d081884c\n" in text


@pytest.mark.parametrize(
    ("known", "shown"),
    [
        ({"filename": "C:\\src\\shop\\Shop.Web\\Controllers\\CartController.cs", "function": "Index"},
         "Shop.Web/Controllers/CartController.cs:36 in Index"),
        ({"filename": "shop/jobs.py", "function": "<module>"}, "shop/jobs.py:36"),
        ({"filename": "/srv/app/shop/pay.js", "function": "null.<anonymous>"}, "app/shop/pay.js:36"),
        ({"module": "/private/var/containers/Shop.app/Frameworks/Pay.framework/Pay", "function": "?"},
         "Frameworks/Pay.framework/Pay"),
        ({"module": "shop.jobs", "function": "lambda$run$0"}, "shop.jobs in lambda$run$0"),
    ],
)  # fmt: skip
def test_a_place_is_the_end_of_a_path_and_a_function_that_has_a_name(known, shown):
    crash = ExceptionInfo(type="Boom", value="x", frames=(Frame(lineno=36, in_app=True, **known),))
    text = seen(card(dossier(event=bare("Boom: x", exceptions=(crash,), project="shop")), NOW))
    assert f"\n{shown} · shop\n" in text


def test_a_metric_alert_is_called_by_its_rule_and_the_card_says_how_it_stands():
    text = seen(card(dossier(event=KINDS["metric"]), NOW))
    assert text.startswith("🔴 CRITICAL · database\napdex of shop-api below 0.5\n")


def test_what_sentry_did_by_itself_was_done_in_sentry_and_by_nobody():
    by_itself = Actor(source=Source.SENTRY, name="Sentry")
    assert "Resolved in Sentry <!date^" in seen(card(brought_to(State.RESOLVED, by_itself), NOW))


def test_a_sample_says_that_it_is_one():
    assert "test notification from Sentry" in seen(card(dossier(event=replace(SILENT, sample=True)), NOW))


def test_a_failing_part_is_said_in_one_line():
    line = words.behind("Sentry", NOW)
    assert seen(card(dossier(), NOW, behind=[line])).count("is not answering since") == 1


def test_block_ids_carry_the_alert_and_its_version():
    assert card(dossier(), NOW).blocks[-1]["block_id"] == "alert-12-v34-actions"


def test_the_digest_follows_what_people_see_and_nothing_else():
    same = dossier()
    newer = replace(same, alert=replace(same.alert, version=99))
    other = dossier(counts=Counts(events=1285, users=312))
    first, later = card(same, NOW), card(same, NOW + timedelta(hours=3))
    assert first.digest == later.digest == card(newer, NOW).digest
    assert card(other, NOW).digest != first.digest
    assert Message("other", first.blocks).digest != first.digest
