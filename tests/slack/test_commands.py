"""Whatever stands behind /triage is a command, or help with what was probably meant; nothing raises."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sentry.references import Kind, Reference
from bot.slack.commands import Command, Verb, parse


@pytest.mark.parametrize(
    ("text", "verb", "rest"),
    [
        ("", Verb.HELP, ""),
        ("   ", Verb.HELP, ""),
        ("list", Verb.LIST, ""),
        ("LIST  mine", Verb.LIST, "mine"),
        ("mine", Verb.LIST, "mine"),
        ("critical", Verb.LIST, "critical"),
        ("ls shop-api", Verb.LIST, "shop-api"),
        ("mutes", Verb.UNMUTE, ""),
        ("on-call", Verb.ONCALL, ""),
        ("?", Verb.HELP, ""),
        ("mute project:x &amp; more", Verb.MUTE, "project:x & more"),
    ],
)
def test_verbs_are_known_by_their_other_names_too(text, verb, rest):
    command = parse(text)
    assert (command.verb, command.rest, command.problem) == (verb, rest, "")


@pytest.mark.parametrize("text", ["SHOP-API-1A2", "show shop-api-1a2", "<https://a.sentry.io/issues/SHOP-API-1A2/>"])
def test_a_bare_name_of_an_issue_shows_it(text):
    assert (parse(text).verb, parse(text).issue) == (Verb.SHOW, Reference(Kind.SHORT_ID, "SHOP-API-1A2"))


@pytest.mark.parametrize(
    ("wrong", "nearest"),
    [
        ("lits critical", "list critical"),
        ("reveiw", "review"),
        ("unmut 3", "unmute 3"),
        ("why", "why PROJECT-1A2"),
        ("why me?", ""),
        ("qwertz", ""),
    ],
)
def test_wrong_input_has_a_problem_and_perhaps_a_nearest_right_one(wrong, nearest):
    command = parse(wrong)
    assert command.verb is Verb.HELP
    assert command.problem
    assert command.nearest == nearest


@given(st.text(max_size=600))
def test_no_text_breaks_the_reader_and_what_it_made_reads_back_the_same(text):
    command = parse(text)
    if not command.problem:
        again = parse(str(command))
        assert (again.verb, again.rest) == (command.verb, command.rest)


def test_a_command_can_be_carried_by_a_button():
    assert str(Command(Verb.LIST, "mine")) == "list mine"
    assert str(Command(Verb.STATS)) == "stats"
