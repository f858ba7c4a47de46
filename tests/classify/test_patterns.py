import re

import pytest

from bot.classify import rulebook
from bot.classify.patterns import HEAD, TAIL, BadPattern, Pattern, Text


def found(pattern, text):
    match = Pattern(pattern).find(Text.of(text))
    return None if match is None else (match.text, dict(match.facts))


def test_a_pattern_takes_out_the_facts_that_it_names():
    assert found('relation "{table}" does not exist', 'ERROR:  relation "shop.orders" does not exist') == (
        'relation "shop.orders" does not exist',
        {"table": "shop.orders"},
    )


def test_a_pattern_matches_whole_words_only():
    assert found("eof", "geoffrey") is None
    assert found("…timeout", "ReadTimeout") is not None
    assert found("time", "timeout") is None


def test_letters_of_languages_without_spaces_do_not_hide_a_word():
    assert found("超时", "连接Redis超时了") is not None
    assert found("redis", "连接Redis超时了") is not None


def test_case_white_space_and_typographic_quotes_do_not_matter():
    assert found("can't reach {host} now", "CAN’T   reach\n Db-1 now") == ("CAN'T reach Db-1 now", {"host": "Db-1"})


def test_a_fact_in_capitals_must_look_like_the_name_of_a_setting():
    assert found("'{SETTING}'", "'DATABASE_URL'") == ("'DATABASE_URL'", {"setting": "DATABASE_URL"})
    assert found("'{SETTING}'", "'district'") is None
    assert found("'{SETTING}'", "'EUR'") is None


def test_the_first_match_that_stands_alone_counts():
    assert found("port {port} in use", "airport 1 in use, port 8000 in use") == ("port 8000 in use", {"port": "8000"})


def test_the_end_of_a_long_text_is_read_too():
    assert found("out of memory", "x " * 50_000 + "out of memory") is not None
    assert len(Text.of("x" * 100_000).plain) <= HEAD + TAIL + 3


@pytest.mark.parametrize("source", ["", "…", "{a}", "{a}…{b}", "from {a} to {a}", "  "])
def test_a_pattern_that_could_match_anything_is_refused(source):
    with pytest.raises(BadPattern):
        Pattern(source)


def test_no_pattern_of_the_rulebook_repeats_a_repetition():
    """Quantifiers stand on single characters or classes, each with an upper bound: matching stays linear."""
    unit = re.compile(r"(?:\[\^(?:\\.|[^\]\\])+\]\{1,80\}|\.\{0,120\}\?)")
    for rule in rulebook.load():
        for pattern in rule.looks.says:
            rest = unit.sub("", pattern.expression)
            assert not re.search(r"(?<!\\)[*+?{]", rest.replace("(?P<", "(")), f"{rule.id}: {pattern.source}"


def test_every_pattern_finds_itself():
    """What a pattern's text says, with any fact filled in, is found by it."""
    for rule in rulebook.load():
        for pattern in rule.looks.says:
            example = re.sub(r"\{[a-z_]+\}", "abc", pattern.source).replace("{SETTING}", "API_KEY").replace("…", "xy")
            assert pattern.find(Text.of(f"so: {example} ")) is not None, f"{rule.id}: {pattern.source}"
