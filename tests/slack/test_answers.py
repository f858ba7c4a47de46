"""What an answer looks like, whoever wrote it: little markup, nothing alive."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.alerts.alert import Actor, Source
from bot.alerts.question import Answer, Inquiry, Question
from bot.sandbox.limits import BLOCKS_TEXT, UPDATE_TEXT, blocks_weight, message_problems
from bot.sandbox.messages import Message as Posted
from bot.sandbox.pings import pings
from bot.slack.answers import answered, looking, tamed
from tests.slack.hostile import EVERYWHERE

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def question(text: str = "Why?", name: str = "ana") -> Question:
    by = Actor(source=Source.USER, id="U0ANA", name=name)
    asked = Inquiry(alert_id=7, by=by, team="T1", text=text, source="s", channel="C1", thread_ts="1.1", at=NOW)
    return Question(id=3, asked=asked)


def body(text: str):
    message = answered(question(), Answer(text=text))
    return next(b for b in message.blocks if b["type"] == "rich_text")["elements"]


def test_bold_code_lists_and_boxes_are_shown_as_such():
    text = "**Known:** `pool.get` waits.\n- one\n- **two**\n1. first\n```\nSELECT 1\n```\nend"
    kinds = [part["type"] for part in body(text)]
    assert kinds == [
        "rich_text_section",
        "rich_text_list",
        "rich_text_list",
        "rich_text_preformatted",
        "rich_text_section",
    ]
    assert body(text)[0]["elements"][0] == {"type": "text", "text": "Known:", "style": {"bold": True}}
    assert [part.get("style") for part in body(text)][1:3] == ["bullet", "ordered"]


def test_times_are_shown_in_each_readers_own_zone():
    [section] = body("It began 2026-03-01T12:00Z, not 2026-02-31T12:00Z.")
    dates = [span for span in section["elements"] if span["type"] == "date"]
    assert [date["fallback"] for date in dates] == ["1 Mar 12:00 UTC"]


def test_the_question_the_sources_the_model_and_its_price_stand_around_the_answer():
    answer = Answer(text="So.", sources=("breadcrumbs", "releases"), model="m-1", cost_usd=0.0042)
    text = json.dumps(answered(question(), answer).blocks, ensure_ascii=False)
    assert "ana asked: Why?" in text
    assert "Looked at: breadcrumbs, releases · m-1, $0.0042" in text


@pytest.mark.parametrize(("usd", "said"), [(None, "cost unknown"), (0, "no cost"), (0.00001, "$0.0001"), (1.5, "$1.5")])
def test_a_price_is_said_as_it_is(usd, said):
    text = json.dumps(answered(question(), Answer(text="x", model="m", cost_usd=usd)).blocks)
    assert said in text


def test_an_asker_without_a_known_name_is_mentioned():
    assert "<@U0ANA>" in looking(question(name="")).text


@pytest.mark.parametrize("evil", EVERYWHERE, ids=range(len(EVERYWHERE)))
def test_hostile_answers_and_questions_are_accepted_and_dead(evil):
    answer = Answer(text=f"{evil}\n- {evil}\n`{evil}`", sources=(evil,), model=evil, note=evil)
    check(answered(question(evil, evil), answer))
    check(looking(question(evil, evil), evil))


@given(st.text(max_size=400))
def test_whatever_is_written_slack_takes_it(text):
    check(answered(question(), Answer(text=text, note=text)))


def test_what_is_read_aloud_has_no_markup():
    message = answered(question(), Answer(text="**Known:** `pool` since 2026-03-01T12:00Z."))
    assert message.text == "Answer for ana: Known: pool since 1 Mar 12:00 UTC."


def test_a_long_answer_is_cut():
    check(answered(question("q" * 5_000), Answer(text="**a** `b` " * 5_000, note="n" * 5_000)))
    check(answered(question(), Answer(text="- x\n" * 9_000)))


def check(message) -> None:
    assert message_problems(message.blocks) == []
    assert blocks_weight(message.blocks) <= BLOCKS_TEXT
    assert len(message.text) <= UPDATE_TEXT
    assert pings(Posted(ts="1", channel="C", user="U", text=message.text, blocks=message.blocks)) <= {"U0ANA"}
    assert '"type": "link"' not in json.dumps(message.blocks)


EVIL = (
    "see <!channel> [x](https://evil.example) <https://a.example|b> @here www.evil.example [r]: https://c.example end "
)


def test_streamed_text_holds_no_mention_and_no_link():
    tame = tamed(EVIL)
    for live in ("<", ">", "@", "://", "](", "]:", "www."):
        assert live not in tame


@given(st.text(max_size=300), st.integers(0, 300))
def test_what_was_streamed_stays_the_beginning_of_what_follows(text, at):
    text = f"{text} {EVIL}"
    cut = text.rfind(" ", 0, at) + 1
    assert tamed(text).startswith(tamed(text[:cut]))
