import pytest

from bot.alerts.alert import Counts
from bot.alerts.classification import Category
from bot.classify import rulebook
from bot.classify.rules import Rules
from bot.errors import BadSettings
from tests.classify.making import event

GOOD = """\
- id: one
  category: network
  weight: 0.9
  says: |
    no way to {host}
  cause: |
    There is no way to {host}.
    There is no way.
  do: |
    Look for one.
  fix: 1h
"""


@pytest.fixture
def book(tmp_path):
    def write(text):
        path = tmp_path / "own.yml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_a_rule_is_read_as_it_is_written(book):
    (rule,) = rulebook.load(book(GOOD))
    assert (rule.id, rule.category, rule.weight) == ("one", Category.NETWORK, 0.9)
    assert [pattern.source for pattern in rule.looks.says] == ["no way to {host}"]


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        (GOOD.replace("category: network", "category: netwrok"), "line 1, rule one: 'netwrok' is not a valid Category"),
        (GOOD.replace("weight: 0.9", "weight: heavy"), "line 3, rule one: weight must be a number"),
        (GOOD.replace("weight: 0.9", "weight: 7"), "line 3, rule one: weight must be over 0"),
        (GOOD.replace("  says: |", "  syas: |"), "line 4, rule one: unknown key syas"),
        (GOOD.replace("no way to {host}", "{host}"), "line 5, rule one: “{host}” has no text of its own"),
        (
            GOOD.replace("There is no way.", "None to {host}."),
            "the last line of cause must be a sentence that needs no fact",
        ),
        (GOOD.replace("way to {host}.", "way to {hots}."), "line 6, rule one: cause uses the fact hots"),
        (GOOD.replace("fix: 1h", "fix: soon"), "line 11, rule one: 'soon' is not a valid FixTime"),
        (GOOD + GOOD, "line 12, rule one: the id stands twice, first in line 1"),
        (GOOD + "  like: two\n", "line 12, rule one: like names the rule two, which does not exist"),
        (GOOD + "  given: two\n", "line 12, rule one: given names the rule two, which does not exist"),
        (GOOD + "  impact: huge\n", "'huge' is not a valid Impact"),
        (GOOD + "  means: twice + monney\n", "line 1, rule one: unknown concept monney"),
        (GOOD + "  only: {colour: red}\n", "unknown condition colour in only"),
        (GOOD + "  statuses: many\n", "rule one: invalid literal"),
        (GOOD.replace("id: one", "id:"), "line 1, rule ?: the rule has no id"),
        ("just: a mapping", "line 1: the file must be a list of rules"),
        ("- [", "cannot be read as rules"),
    ],
)
def test_a_mistake_is_named_with_its_rule_and_line(book, wrong, named):
    with pytest.raises(BadSettings) as caught:
        rulebook.load(book(wrong))
    assert named in str(caught.value)


def test_own_rules_stand_in_a_mapping_too_and_take_the_place_of_earlier_ones(book, tmp_path):
    own = tmp_path / "triage.yml"
    own.write_text("routes: []\nrules:\n  - {id: one, category: timeout, types: Late, like: two}\n", encoding="utf-8")
    second = GOOD.replace("id: one", "id: two").replace("no way to", "no path to")
    rules = {rule.id: rule for rule in rulebook.load(book(GOOD + second), own)}
    assert rules.keys() == {"one", "two"}
    assert rules["one"].category is Category.TIMEOUT
    assert rules["one"].advice == rules["two"].advice


def test_a_mistake_in_a_taught_rule_is_named_by_what_it_is_called(book):
    taught = rulebook.Taught("taught rule x", "- {id: x, category: never}")
    with pytest.raises(BadSettings, match="taught rule x, line 1, rule x"):
        rulebook.load(book(GOOD), taught)


def test_a_text_must_say_enough_where_a_rule_asks_for_words(book):
    wordy = "- {id: w, category: timeout, weight: 0.9, types: Wordy, only: {words: 4}, like: general-timeout}"
    rules = Rules(rulebook.load(rulebook.SHIPPED, book(wordy)))
    said = [rules.classify(event("Wordy", text), Counts()).category for text in ("uno due tre", "uno due tre quattro")]
    assert said == [Category.UNKNOWN, Category.TIMEOUT]


def test_a_missing_rulebook_is_named(tmp_path):
    with pytest.raises(BadSettings, match=r"nowhere\.yml"):
        Rules.load(tmp_path / "nowhere.yml")


def test_each_category_has_general_advice():
    ids = {rule.id for rule in rulebook.load()}
    assert {f"general-{category}" for category in Category} <= ids


def test_every_clue_of_the_rulebook_has_a_rule_with_advice():
    """A rule without sentences of its own only adds to another one, or makes an impact."""
    silent = [rule.id for rule in rulebook.load() if rule.advice is None and not rule.given]
    assert silent == []
