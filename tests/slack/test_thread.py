"""The thread tells what is known of the error, then one short line for each thing that happens."""

import itertools
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.alerts.alert import BOT, TIMER, Action, Actor, Snooze, Source, State
from bot.alerts.event import ExceptionInfo, Frame
from bot.slack import story
from bot.slack.text import safe_url
from bot.slack.thread import lines, opening
from tests.slack.hostile import EVERYWHERE, dossiers, everywhere, transitions
from tests.slack.limits import DATE, check_message
from tests.slack.samples import (
    ALERT,
    ANA,
    BEGAN,
    BEN,
    DATABASE,
    KINDS,
    MESSAGE,
    NOW,
    bare,
    dossier,
    moved,
    standing,
)
from tests.slack.test_cards import seen

LIVE = re.compile(DATE.pattern + r"|<@[UW][A-Z0-9]+>|<https?://[^|<> ]+\|read more>")
OPEN = replace(ALERT.standing, since=NOW)
LATER = NOW + timedelta(minutes=2)
RESOLVED = standing(State.RESOLVED, ANA, NOW - timedelta(days=3))


def told(action, actor, before=OPEN, after=OPEN, **detail) -> str | None:
    """The line without its time."""
    said = story.line(moved(action, actor, before, after, **detail), dossier())
    return said and said.partition(" · ")[2]


@settings(max_examples=60, deadline=None)
@given(dossiers)
def test_no_event_breaks_the_opening_or_comes_alive_in_it(hostile_dossier):
    check_message(opening(hostile_dossier, NOW), 500)


@pytest.mark.parametrize("text", EVERYWHERE, ids=itertools.count())
def test_one_text_in_every_field_breaks_nothing(text):
    made = everywhere(text)
    check_message(opening(made, NOW), 500)
    told_all = lines(made.transitions, made, NOW)
    assert told_all
    check_message(told_all, 4000, LIVE)


@settings(max_examples=60, deadline=None)
@given(st.lists(transitions, max_size=50), dossiers)
def test_whatever_happens_fits_into_one_message(happened, hostile_dossier):
    message = lines(happened, hostile_dossier, NOW)
    if message:
        check_message(message, 4000, LIVE)


@settings(max_examples=60, deadline=None)
@given(transitions, dossiers)
def test_only_the_resolver_of_what_came_back_can_be_mentioned_and_only_a_remark_has_a_link(transition, around):
    said = story.line(transition, around) or ""
    if "<@" in said:
        assert transition.action is Action.REGRESSED
        ids = {str(transition.detail.get("resolved_by_id")), transition.before.by.id}
        assert set(re.findall("<@([^>]*)>", said)) <= ids
    if "<http" in said:
        assert transition.action is Action.REMARKED
        assert safe_url(str(transition.detail["url"]))
    assert "<@" not in story.history(transition, around)


def test_the_opening_shows_our_own_frames_newest_first_with_their_code():
    text = seen(opening(dossier(), NOW))
    assert (
        "shop/db.py:42 in connect\n    conn = pool.get()\nshop/web.py:88 in cart\n    items = db.items(user)\n"
        "… 2 more frames"
    ) in text


def test_the_opening_shows_cause_request_telling_tags_and_the_last_steps():
    text = seen(opening(dossier(), NOW))
    assert "Caused byConnectionError: pool exhausted: 100 of 100 slots" in text
    assert "Request POST https://shop.example.com/cart\n" in text
    assert "Tags server_name=web-3  customer=acme\n" in text
    assert "14:02:30  query: SELECT 1\n14:02:32  http: GET /health 200" in text


def test_without_frames_of_our_own_the_libraries_are_shown():
    frames = tuple(Frame(filename=f"lib/{n}.py", function="f", lineno=n) for n in range(1, 10))
    crash = ExceptionInfo(type="Boom", frames=frames)
    text = seen(opening(dossier(event=bare("Boom", exceptions=(crash,))), NOW))
    assert "lib/9.py:9 in f\nlib/8.py:8 in f" in text
    assert "… 3 more frames" in text


def test_a_recursion_is_one_line():
    frame = Frame(filename="shop/tree.py", function="walk", lineno=7, in_app=True)
    crash = ExceptionInfo(type="RecursionError", frames=(frame,) * 980)
    text = seen(opening(dossier(event=bare("RecursionError", exceptions=(crash,))), NOW))
    assert "shop/tree.py:7 in walk\n    (× 980)" in text
    assert "more frame" not in text


def test_a_message_that_the_card_had_to_shorten_stands_whole_in_the_thread():
    long = ExceptionInfo(type="E", value="first line\n  second line")
    assert "first line\n  second line" in seen(opening(dossier(event=bare("E", exceptions=(long,))), NOW))
    assert "whole message" not in seen(opening(dossier(), NOW))


def test_an_event_without_anything_more_says_so():
    assert seen(opening(dossier(event=MESSAGE), NOW)).strip() == (
        "Sentry sent no stack trace, request or breadcrumbs with this."
    )


@pytest.mark.parametrize("event", KINDS.values(), ids=KINDS)
def test_every_kind_of_event_has_an_opening_with_no_empty_words(event):
    message = opening(dossier(event=event), NOW)
    check_message(message)
    assert "None" not in seen(message) + message.text


@pytest.mark.parametrize(
    ("action", "actor", "detail", "line"),
    [
        (Action.OPENED, BOT, {}, None),
        (Action.CLASSIFIED, BOT, {"to_severity": "high", "reason": "x"}, None),
        (
            Action.CLASSIFIED,
            BOT,
            {"from_severity": "high", "to_severity": "high", "from_category": "logic", "to_category": "logic"},
            None,
        ),
        (Action.ACKNOWLEDGED, ANA, {}, "Acknowledged by Ana"),
        (Action.UNACKNOWLEDGED, ANA, {}, "Un-acknowledged by Ana"),
        (Action.RESOLVED, BEN, {}, "Resolved in Sentry by Ben"),
        (Action.RESOLVED, BEN, {"how": "in_next_release"}, "Resolved in Sentry by Ben (in next release)"),
        (Action.RESOLVED, Actor(source=Source.SENTRY), {"how": "now"}, "Resolved in Sentry"),
        (Action.REOPENED, ANA, {}, "Reopened by Ana"),
        (Action.REOPENED, Actor(source=Source.USER, id="U1"), {}, "Reopened by somebody"),
        (Action.SNOOZED, BEN, {"until_text": "until it escalates"}, "Snoozed in Sentry by Ben until it escalates"),
        (
            Action.WOKEN,
            TIMER,
            {"reason": "time", "meanwhile": 4000},
            "Awake again: the time is up; 4,000 events meanwhile",
        ),
        (Action.WOKEN, TIMER, {"reason": "worse"}, "Awake again: it got worse"),
        (Action.ASSIGNED, BEN, {"assignee": "Ana"}, "Assigned to Ana in Sentry by Ben"),
        (Action.MILESTONE, BOT, {"count": 100}, "100th event in 7 min"),
        (
            Action.RECURRED,
            BOT,
            {"silence_s": 1200, "suppressed": 34},
            "Back after 20 min of silence; 34 folded meanwhile",
        ),
        (
            Action.RECLASSIFIED,
            ANA,
            {
                "from_severity": "high",
                "to_severity": "low",
                "from_category": "unknown",
                "to_category": "external_service",
                "reason": "only staging",
            },
            "Reclassified from high to low and from an unknown category to external service by Ana: “only staging”",
        ),
        (
            Action.CLASSIFIED,
            BOT,
            {"from_severity": "medium", "to_severity": "high", "reason": "50 events"},
            "The rules now say high instead of medium: 50 events",
        ),
        (
            Action.CLASSIFIED,
            BOT,
            {"from_severity": "medium", "to_severity": "high", "made_by": "small-model"},
            "small-model now says high instead of medium",
        ),
        (
            Action.REMARKED,
            BEN,
            {"author": "Ben", "topic": "comment", "text": "a <!channel> *pool*", "url": "https://example.com/?a&b"},
            "Ben: a &lt;!channel&gt; ∗pool∗ · <https://example.com/?a&amp;b|read more>",
        ),
        (
            Action.REMARKED,
            Actor(source=Source.SENTRY),
            {"author": "Seer", "topic": "root_cause_completed", "text": "the pool", "url": "javascript:x"},
            "Seer (root cause completed): the pool",
        ),
    ],
)
def test_each_thing_that_happens_has_its_line(action, actor, detail, line):
    assert told(action, actor, **detail) == line


@pytest.mark.parametrize("action", Action)
def test_a_line_says_what_it_can_where_no_detail_is_known(action):
    said = story.history(moved(action, ANA, OPEN, OPEN), dossier())
    assert said.partition(" · ")[2]
    assert "None" not in said


def test_a_snooze_says_until_when_in_the_readers_zone():
    after = standing(State.SNOOZED, ANA, NOW, Snooze(until=NOW + timedelta(hours=4)))
    assert told(Action.SNOOZED, ANA, after=after, until_text="18:09") == (
        "Snoozed by Ana until <!date^1762193370^{date_short_pretty} {time}|3 Nov 18:09 UTC>"
    )


def test_whoever_resolved_it_is_mentioned_when_it_comes_back():
    after = standing(State.REGRESSED, BEN)
    said = "Back after 3 days in shop@4.3.0 · resolved before by <@U0ANA>"
    assert told(Action.REGRESSED, BEN, RESOLVED, after, release="shop@4.3.0") == said
    by_ben = replace(RESOLVED, by=BEN)
    assert told(Action.REGRESSED, BEN, by_ben, after) == "Back after 3 days · resolved before in Sentry by Ben"
    known = told(Action.REGRESSED, BEN, by_ben, after, resolved_by_id="U0BEN")
    assert known == "Back after 3 days · resolved before by <@U0BEN>"


def test_an_undo_says_what_was_taken_back_and_what_holds_now():
    acknowledged = standing(State.ACKNOWLEDGED, ANA)
    assert told(Action.UNDONE, ANA, acknowledged, OPEN, undid="acknowledged") == (
        "Ana took back “acknowledged”: open again"
    )
    assert told(Action.UNDONE, ANA, OPEN, OPEN, undid="reclassified") == "Ana took back “reclassified”: still open"


def test_lines_are_told_in_order_each_with_its_time_in_one_message():
    happened = [
        moved(Action.ACKNOWLEDGED, ANA, OPEN, replace(OPEN, since=BEGAN)),
        moved(Action.CLASSIFIED, BOT, OPEN, OPEN),
        moved(Action.RESOLVED, BEN, OPEN, OPEN),
    ]
    message = lines(happened, dossier(), NOW)
    assert message
    assert message.text.splitlines() == [
        "<!date^1762178550^{time}|14:02 UTC> · Acknowledged by Ana",
        "<!date^1762178970^{time}|14:09 UTC> · Resolved in Sentry by Ben",
    ]
    assert seen(message).strip() == message.text


def test_what_has_just_happened_has_only_slacks_own_time():
    just_now = lines([moved(Action.RESOLVED, BEN, OPEN, OPEN)], dossier(), NOW + timedelta(seconds=59))
    assert just_now
    assert just_now.text == "Resolved in Sentry by Ben"
    late = lines([moved(Action.RESOLVED, BEN, OPEN, OPEN)], dossier(), LATER)
    assert late
    assert late.text == "<!date^1762178970^{time}|14:09 UTC> · Resolved in Sentry by Ben"


def test_what_is_worth_no_line_makes_no_message():
    assert lines([moved(Action.OPENED, BOT, OPEN, OPEN)], dossier(), NOW) is None
    assert lines([], dossier(), NOW) is None


def test_lines_that_do_not_fit_are_counted_never_dropped_silently():
    happened = [moved(Action.ACKNOWLEDGED, ANA, OPEN, OPEN)] * 200
    message = lines(happened, dossier(event=DATABASE), LATER)
    assert message
    first, *rest = message.text.splitlines()
    assert first == f"… {200 - len(rest)} earlier changes: see the card's details"
    assert len(rest) > 40
