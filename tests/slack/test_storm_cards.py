"""A storm's card and list: what its issues share, which they are, and nothing of it alive or too long."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.alerts.alert import TIMER, Action, State
from bot.alerts.dossier import Dossier
from bot.alerts.event import ErrorEvent, Meaning
from bot.alerts.storms import Grounds, Member, Membership, Storm, verdict
from bot.alerts.traits import Kind, Trait
from bot.slack.cards import card
from bot.slack.details import details
from bot.slack.thread import lines, opening
from tests.scenarios.conftest import words
from tests.slack.hostile import PIECES
from tests.slack.limits import check_message, check_view
from tests.slack.samples import BEGAN, NOW, brought_to, dossier, moved, standing

RELEASE, HOST = Trait(Kind.RELEASE, "shop@4.3.0"), Trait(Kind.HOST, "api-1")
EVENT = ErrorEvent(
    resource="storm",
    action="opened",
    meaning=Meaning.OTHER,
    title="Storm: release shop@4.3.0",
    environment="production",
    short_id="STORM-12",
)


def member(number: int, **said: object) -> Member:
    known = Member(
        alert_id=number,
        title=f"KeyError: 'price_{number}'",
        short_id=f"SHOP-{number}",
        project="shop-api",
        url=f"https://example-shop.sentry.io/issues/{number}/",
        state=State.OPEN,
        severity=None,
        category=None,
        events=1300 - number,
        last_seen=NOW,
        joined_at=BEGAN,
        posted=number < 3,
    )
    return replace(known, **said)  # type: ignore[arg-type]


def storm(*members: Member, anchor: Trait = RELEASE, **said: object) -> Storm:
    known = Storm(
        anchor=anchor,
        grounds=Grounds(issues=5, seconds=300, earlier=0),
        started_at=BEGAN,
        ended_at=None,
        members=members,
        issues=len(members),
        events=4200,
        users=31,
        unposted=sum(not each.posted for each in members),
        unsettled=len(members),
        shared=((anchor, len(members)), (HOST, 3)),
    )
    return replace(known, **said)  # type: ignore[arg-type]


def of(told: Storm) -> Dossier:
    return replace(dossier(event=EVENT, verdict=verdict(told)), storm=told)


def text_of(blocks: object) -> str:
    return "\n".join(words(blocks))


def test_it_says_what_they_share_lists_the_loudest_and_counts_those_without_a_card():
    message = card(of(storm(*(member(number) for number in range(12)))), NOW)
    check_message(message)
    said = text_of(message.blocks)
    assert "Storm: 12 issues share release shop@4.3.0" in said
    assert "They share release shop@4.3.0 (12 of 12)" in said
    assert "host api-1" not in said, "few of them do"
    assert "1,300 × " in said
    assert "SHOP-2 · shop-api · has its own card" in said
    assert said.count("has its own card") == 3
    assert "KeyError: 'price_4'" not in said
    assert "… and 8 more issues: all of them are under Details" in said
    assert "9 issues of these got no card, page or model call of their own" in said
    assert message.text.startswith("High storm in production: Storm, 12 issues share release shop@4.3.0")


@pytest.mark.parametrize("number", [1, 4, 5])
def test_the_list_on_the_card_is_whole_where_it_fits(number):
    said = text_of(card(of(storm(*(member(n) for n in range(number)))), NOW).blocks)
    assert ("more issue" in said) is (number > 4)


def test_the_details_list_hundreds_and_count_the_rest():
    few = details(of(storm(*(member(number) for number in range(300)))), NOW)
    check_view(few)
    assert all(f"KeyError: 'price_{number}'" in text_of(few) for number in range(300))
    many = details(of(storm(*(member(number, title="x" * 500) for number in range(400)), issues=2000)), NOW)
    check_view(many)
    assert "quieter issues" in text_of(many)


def test_a_storm_that_is_over_says_what_is_left():
    told = storm(member(1), member(2), ended_at=NOW, unsettled=2)
    now_stands = standing(State.RESOLVED, TIMER, NOW)
    over = replace(dossier(now_stands, event=EVENT, verdict=verdict(told)), storm=told)
    message = card(over, NOW)
    check_message(message)
    assert "2 issues still open, listed under Details" in text_of(message.blocks)
    assert "comes back here" not in text_of(message.blocks)


def test_a_members_card_says_whose_it_is_and_that_it_was():
    part = Membership(storm_id=12, anchor=RELEASE, joined_at=BEGAN)
    lasting, over = (
        card(replace(brought_to(State.OPEN, TIMER), member=each), NOW) for each in (part, replace(part, ended_at=NOW))
    )
    for message in (lasting, over):
        check_message(message)
    assert "Part of STORM-12 (release shop@4.3.0): its card speaks for this one" in text_of(lasting.blocks)
    assert "Was part of STORM-12, which is over" in text_of(over.blocks)


@pytest.mark.parametrize(
    ("action", "says"), [(Action.JOINED, "it shares release"), (Action.LEFT, "it happens without")]
)
def test_coming_and_going_are_lines_in_the_members_thread(action, says):
    known = dossier()
    stands = known.alert.standing
    change = moved(action, TIMER, stands, stands, storm=12, kind="release", value="shop@4.3.0")
    message = lines([change], known, NOW + timedelta(minutes=5))
    assert message is not None
    check_message(message, longest_text=4000)
    assert says in message.text
    assert "STORM-12" in message.text


def test_the_thread_begins_with_the_grounds():
    message = opening(of(storm(member(1), member(2), grounds=Grounds(issues=5, seconds=300, earlier=2))), NOW)
    check_message(message)
    assert "5 issues with release shop@4.3.0 within 5 min; in the day before 2 issues did." in text_of(message.blocks)
    assert "release shop@4.3.0 (2 of 2) · host api-1 (3 of 2)" in text_of(message.blocks)


@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize("times", [1, 400])
def test_hostile_words_of_its_issues_stay_words(piece, times):
    text = piece * times
    rows = [member(n, title=text, short_id=text, project=text, url=text) for n in range(12)]
    told = storm(*rows, anchor=Trait(Kind.UPSTREAM, text[:160] or "x"))
    whole = replace(of(told), event=replace(EVENT, title=f"Storm: {text}", project=text))
    check_message(card(whole, NOW))
    check_message(opening(whole, NOW))
    check_view(details(whole, NOW))
    part = Membership(storm_id=12, anchor=told.anchor, joined_at=BEGAN)
    check_message(card(replace(dossier(), member=part), NOW))
    stands = dossier().alert.standing
    joined = moved(Action.JOINED, TIMER, stands, stands, storm=12, kind="upstream", value=text)
    message = lines([joined], dossier(), NOW)
    assert message is not None
    check_message(message, longest_text=4000)
