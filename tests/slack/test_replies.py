"""Answers, the Home tab, the trace and what unfolds: within Slack's limits, and nothing hostile lives in them."""

import itertools
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings

from bot.alerts.alert import State
from bot.alerts.asking import Asked, AskState, ModelCall
from bot.alerts.dossier import Shown
from bot.alerts.incident import OnCall
from bot.alerts.listing import Heard, Listed, Preview, Release, Trail
from bot.alerts.mutes import Mute, Pattern
from bot.slack import replies
from bot.slack.brief import Entry
from bot.slack.feedback import read_thumb, thumbs, without_new_blocks
from bot.slack.home import Connection, HomePage, Spend, home
from bot.slack.links import unfolded
from bot.slack.why import Grounds, why
from tests.slack.hostile import EVERYWHERE, dossiers, everywhere
from tests.slack.limits import check_blocks, check_message
from tests.slack.samples import ANA, NOW, RULES, brought_to, dossier
from tests.slack.test_thread import LIVE as THREADS

LIVE = re.compile(THREADS.pattern + r"|<https://example-shop\.slack\.com/[^|<> ]+\|its card and thread>")
CARD = "https://example-shop.slack.com/archives/C0ALERTS/p1795320729370375"


def entry(about=None, card: str = CARD) -> Entry:
    return Entry(dossier=about or dossier(), card=card, escalates=True)


def everything(about):
    """Every message that can hold an alert's own words."""
    shown = Shown(target="slack_card", channel="C0ALERTS", external_id="1.2", version=3, shown_at=NOW, last_error="x")
    about = replace(about, targets={"slack_card": shown})
    grounds = Grounds(trail=Trail(heard=(), verdicts=((NOW, about.classification),) if about.classification else ()))
    listed = Listed(ids=(1,), total=3, by_severity={"critical": 1, "": 2})
    return [
        replies.alert(entry(about), NOW, "show 1").message,
        replies.listing(listed, [entry(about)], about.event.project or "", NOW, "list").message,
        replies.review([entry(about)], NOW, "review").message,
        why(entry(about), grounds, NOW),
        replace(unfolded(entry(about), NOW), text="link"),
    ]


@settings(max_examples=40, deadline=None)
@given(dossiers)
def test_no_event_breaks_an_answer_or_comes_alive_in_it(hostile_dossier):
    for message in everything(hostile_dossier):
        check_message(message, 1_500, LIVE)
    check_home(home(HomePage(mine=[entry(hostile_dossier)], open=[entry(hostile_dossier)] * 1), NOW, "note"))


@pytest.mark.parametrize("text", EVERYWHERE, ids=itertools.count())
def test_one_text_in_every_field_breaks_nothing(text):
    for message in everything(everywhere(text)):
        check_message(message, 1_500, LIVE)
    check_message(replies.help_with(None, text).message, 500, LIVE)


def check_home(view) -> None:
    assert view["type"] == "home"
    check_blocks(view["blocks"], 100, 50_000, LIVE)


def many(number: int) -> list[Entry]:
    alerts = [replace(dossier(), alert=replace(dossier().alert, id=100 + n)) for n in range(number)]
    return [entry(about) for about in alerts]


def test_a_full_home_tab_stays_within_slacks_hundred_blocks():
    page = HomePage(
        mine=many(8),
        overdue=many(5),
        open=many(10),
        listed=Listed(ids=(), total=400, by_severity={"critical": 12, "low": 388}),
        spend=Spend(day=1.25, month=20.5, daily=2.0, monthly=50.0, left=0.75),
        connections=[Connection("database", True), Connection("slack", False, "no answer"), Connection("model", None)],
        releases=[Release("shop@4.2.0", "shop-api", NOW, 3)],
    )
    view = home(page, NOW)
    check_home(view)
    text = str(view["blocks"])
    assert "… and 390 more" in text
    assert "$1.25 of $2.00 today" in text
    assert "✗ does not work" in text


def test_the_trace_of_a_long_life_stays_within_a_message():
    about = brought_to(State.ACKNOWLEDGED, ANA)
    about = replace(about, asked=Asked(state=AskState.GIVEN_UP, why="new", at=NOW, attempts=3, problem="no answer"))
    call = ModelCall(at=NOW, model="example-model", why="default", cost_usd=0.004, seconds=2.5)
    heard = Heard(source="sentry", resource="error", action="created", count=9, repeats=2, first=NOW, last=NOW)
    grounds = Grounds(trail=Trail(heard=(heard,) * 12, verdicts=((NOW, RULES),) * 9, ups=2, downs=1), calls=[call] * 9)
    message = why(entry(about), grounds, NOW)
    check_message(message, 1_500, LIVE)
    text = str(message.blocks)
    for said in ("9 deliveries", "2 duplicates", "3 attempts", "$0.004", "2 found it good, 1 did not"):
        assert said in text, said


def test_a_preview_names_what_it_would_hide_and_warns_of_what_mattered():
    seen = Preview(
        since=NOW - timedelta(days=30),
        alerts=12,
        events=1_284,
        by_severity={"high": 2, "low": 10},
        acted_on=2,
        titles=(("SHOP-1A", "<!channel> *Timeout*"),),
        spared=1,
    )
    reply = replies.preview(Pattern(text="Timeout"), timedelta(days=2), seen, NOW, "text:Timeout for 2880m")
    check_message(reply.message, 1_500, LIVE)
    assert "12 alerts (2 high, 10 low) with 1,284 events" in reply.message.text
    assert "perhaps they mattered" in reply.message.text
    assert "Ends after 2 days" in reply.message.text


def test_mutes_and_people_on_call_are_inert_however_they_are_called():
    mutes = [Mute(id=n, pattern=Pattern(text="<!here> `x`"), by=ANA, at=NOW, until=NOW) for n in range(1, 25)]
    check_message(replies.mutes(mutes, "unmute").message, 1_500, LIVE)
    people = [OnCall(level=1, name="<@U1> *Ana*", until=NOW), OnCall(level=2, name="Bo")]
    check_message(replies.on_call(people, "oncall").message, 1_500, LIVE)


def test_an_answer_is_offered_for_sharing_and_what_is_shared_offers_nothing_more():
    reply = replies.listing(Listed(ids=(1,), total=1), [entry()], "", NOW, "list critical")
    offered = replies.offered(reply)
    assert offered.blocks[-1]["elements"][0]["action_id"] == "triage_share"
    assert "triage_share" not in str(replies.shared(reply, ANA).blocks)
    assert replies.offered(replace(reply, command="x" * 500)).blocks == reply.message.blocks


def test_a_modal_holds_no_block_that_only_messages_may():
    view = replies.as_modal(replies.alert(entry(replace(dossier())), NOW, "show 1").message, "{}")
    assert "context_actions" not in {block["type"] for block in view["blocks"]}
    check_blocks(view["blocks"], 100, 50_000, LIVE)


def test_thumbs_say_what_they_are_about_and_become_buttons_where_slack_is_older():
    block = thumbs("verdict", 34)
    pair = block["elements"][0]
    assert read_thumb(pair["positive_button"]["value"]) == (True, "verdict", 34)
    assert read_thumb(pair["negative_button"]["value"]) == (False, "verdict", 34)
    older = without_new_blocks([block, {"type": "divider"}])
    assert [each["type"] for each in older] == ["actions", "divider"]
    check_blocks(older, 50, 1_000, LIVE)
    with pytest.raises(ValueError, match="no thumb"):
        read_thumb("up:weather:1")
