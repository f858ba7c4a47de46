"""Slack's limits, in Slack's words and at Slack's figures."""

from typing import Any

import pytest
from slack_sdk.errors import SlackApiError

from bot.sandbox.limits import message_problems, view_problems
from bot.sandbox.messages import Message
from bot.sandbox.pings import pings
from tests.sandbox.conftest import CHANNEL, actions, button, modal, section


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def options(count: int, size: int = 1) -> list[dict[str, Any]]:
    return [{"text": plain(f"{n}"), "value": f"{n}".zfill(size)} for n in range(count)]


def chooser(kind: str, count: int, **fields) -> dict[str, Any]:
    return actions({"type": kind, "action_id": "choose", "options": options(count), **fields})


FITS = [
    section("x" * 3000),
    {"type": "section", "fields": [plain("x" * 2000)] * 10},
    {"type": "header", "text": plain("x" * 150), "level": 2},
    {"type": "context", "elements": [{"type": "mrkdwn", "text": "x"}] * 10},
    actions(*(button(f"b{n}") for n in range(25))),
    actions(button(text=plain("x" * 75), value="v" * 2000, url="https://example.com/" + "x" * 2900)),
    actions(button("y" * 255, style="danger", accessibility_label="x" * 75)),
    chooser("static_select", 100),
    chooser("overflow", 5),
    chooser("radio_buttons", 10),
    {"type": "image", "alt_text": "x" * 2000, "image_url": "https://example.com/a.png"},
    {"type": "markdown", "text": "x" * 12_000},
    {"type": "divider", "block_id": "x" * 255},
]

TOO_MUCH = [
    (section(""), "must be more than 0 characters", "/text/text"),
    (section("x" * 3001), "must be less than 3001 characters", "/text/text"),
    ({"type": "section"}, "must define either `text` or `fields`", ""),
    ({"type": "section", "fields": [plain("x")] * 11}, "no more than 10 items allowed", "/fields"),
    ({"type": "section", "fields": [plain("x" * 2001)]}, "must be less than 2001 characters", "/fields/0/text"),
    ({"type": "header", "text": plain("x" * 151)}, "must be less than 151 characters", "/text/text"),
    ({"type": "header", "text": {"type": "mrkdwn", "text": "x"}}, "must be a valid enum value", "/text/type"),
    ({"type": "context", "elements": [plain("x")] * 11}, "no more than 10 items allowed", "/elements"),
    (actions(*(button(f"b{n}") for n in range(26))), "no more than 25 items allowed", "/elements"),
    (actions(button(text=plain("x" * 76))), "must be less than 76 characters", "/elements/0/text/text"),
    (actions(button(value="x" * 2001)), "must be less than 2001 characters", "/elements/0/value"),
    (actions(button(style="warning")), "must be a valid enum value", "/elements/0/style"),
    (actions(button("y" * 256)), "must be less than 256 characters", "/elements/0/action_id"),
    (actions(button(colour="red")), "invalid additional property: colour", "/elements/0"),
    (actions(button("same"), button("same")), '`action_id` "same" already exists', "/elements/1/action_id"),
    (chooser("static_select", 101), "no more than 100 items allowed", "/elements/0/options"),
    (chooser("overflow", 6), "no more than 5 items allowed", "/elements/0/options"),
    (chooser("radio_buttons", 11), "no more than 10 items allowed", "/elements/0/options"),
    (
        chooser("static_select", 1, initial_option={"text": plain("other"), "value": "0"}),
        "initial option must exactly match one of the options",
        "/elements/0",
    ),
    (actions({"type": "plain_text_input", "action_id": "x"}), "unsupported type: plain_text_input", "/elements/0/type"),
    ({"type": "image", "image_url": "https://example.com/a.png"}, "missing required field: alt_text", ""),
    ({"type": "dvider"}, "unsupported type: dvider", "/type"),
    (
        {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": ""}]}]},
        "must be more than 0 characters",
        "/elements/0/elements/0/text",
    ),
    (
        {"type": "rich_text", "elements": [{"type": "rich_text_preformatted", "elements": [{"type": "user"}]}]},
        "unsupported type: user",
        "/elements/0/elements/0/type",
    ),
    (
        actions(
            button(confirm={"title": plain("x" * 101), "text": plain("t"), "confirm": plain("y"), "deny": plain("n")})
        ),
        "must be less than 101 characters",
        "/elements/0/confirm/title/text",
    ),
]


@pytest.mark.parametrize("block", FITS, ids=lambda block: block["type"])
def test_a_block_at_its_limit_is_taken(block):
    assert message_problems([block]) == []


@pytest.mark.parametrize(("block", "words", "pointer"), TOO_MUCH, ids=lambda value: str(value)[:40])
def test_a_block_over_its_limit_is_refused_with_the_place_named(block, words, pointer):
    assert f"{words} [json-pointer:/blocks/0{pointer}]" in message_problems([block])


def test_a_message_has_at_most_fifty_blocks_with_ids_of_their_own():
    assert message_problems([{"type": "divider"}] * 50) == []
    assert message_problems([{"type": "divider"}] * 51) == ["no more than 50 items allowed [json-pointer:/blocks]"]
    twice = [{"type": "divider", "block_id": "a"}] * 2
    assert message_problems(twice) == ['`block_id` "a" already exists [json-pointer:/blocks/1/block_id]']


def test_markdown_counts_over_all_blocks_of_a_message():
    assert message_problems([{"type": "markdown", "text": "x" * 6001}] * 2)


async def test_the_client_is_told_the_code_and_the_places(client):
    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel=CHANNEL, text="x", blocks=[section("x" * 3001)])

    answer = caught.value.response
    assert answer["error"] == "invalid_blocks"
    place = "must be less than 3001 characters [json-pointer:/blocks/0/text/text]"
    assert (answer["errors"], answer["response_metadata"]["messages"]) == ([place], [f"[ERROR] {place}"])


async def test_blocks_that_are_each_fine_can_be_too_long_together(client):
    with pytest.raises(SlackApiError, match="msg_blocks_too_long"):
        await client.chat_postMessage(channel=CHANNEL, text="x", blocks=[section("x" * 2900)] * 5)


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"title": plain("x" * 25)}, "must be less than 25 characters [json-pointer:/view/title/text]"),
        ({"submit": plain("x" * 25)}, "must be less than 25 characters [json-pointer:/view/submit/text]"),
        ({"close": plain("x" * 25)}, "must be less than 25 characters [json-pointer:/view/close/text]"),
        ({"private_metadata": "x" * 3001}, "must be less than 3001 characters [json-pointer:/view/private_metadata]"),
        ({"callback_id": "x" * 256}, "must be less than 256 characters [json-pointer:/view/callback_id]"),
        ({"submit": None}, "missing required field: submit [json-pointer:/view]"),
        ({"blocks": [{"type": "divider"}] * 101}, "no more than 100 items allowed [json-pointer:/view/blocks]"),
        (
            {"blocks": [{"type": "markdown", "text": "x"}]},
            "unsupported type: markdown [json-pointer:/view/blocks/0/type]",
        ),
        ({"submit_disabled": True}, "invalid additional property: submit_disabled [json-pointer:/view]"),
    ],
)
def test_a_modal_over_its_limit_is_refused_with_the_place_named(fields, problem):
    problems = view_problems(modal(**fields), "modal")

    assert problems[0] == "failed to match all allowed schemas [json-pointer:/view]"
    assert problem in problems


def test_a_modal_at_its_limits_is_taken():
    full = modal(title=plain("x" * 24), submit=plain("x" * 24), close=plain("x" * 24), private_metadata="x" * 3000)

    assert view_problems(full, "modal") == []


def test_pings_are_found_wherever_they_are_live_and_nowhere_else():
    live = Message(
        ts="1",
        channel=CHANNEL,
        user="U0TRIAGE",
        text="<@U0ANA> look",
        blocks=[
            section("plain @here rings, too"),
            {
                "type": "rich_text",
                "elements": [{"type": "rich_text_section", "elements": [{"type": "broadcast", "range": "channel"}]}],
            },
        ],
    )
    quiet = Message(
        ts="2",
        channel=CHANNEL,
        user="U0TRIAGE",
        text="&lt;!channel&gt; @here",
        blocks=[
            {"type": "section", "text": {"type": "mrkdwn", "text": "@here &lt;!channel&gt;", "verbatim": True}},
            {"type": "header", "text": plain("<!everyone>")},
        ],
    )

    assert pings(live) == {"U0ANA", "here", "channel"}
    assert pings(quiet) == set()
