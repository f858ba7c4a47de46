import json

import pytest

from bot.alerts.alert import Counts
from bot.alerts.classification import Category
from bot.classify.hunch import Hunches, stems_of
from bot.classify.rules import Rules
from bot.insights import training
from bot.insights.labelled import load
from tests.classify.making import event

HUNCHES = Hunches.load()
RULES = Rules.load()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the replica could not lock the changelog table for its next migration", Category.DATABASE),
        ("renewing the certificate of the proxy's host did not succeed", Category.NETWORK),
        ("用户登录密码不正确请重新登录", Category.AUTHENTICATION),
        ("der knoten meldet zu wenig speicher und platz auf dem datenträger", Category.INFRASTRUCTURE),
    ],
)  # fmt: skip
def test_single_words_lean_towards_a_category(text, expected):
    guess = HUNCHES.guess(text, ())
    assert guess is not None
    assert guess.category is expected
    assert all(word in text for word in guess.words)


def test_too_few_known_words_give_no_hunch():
    assert HUNCHES.guess("", ["DatabaseConnectionPoolError"]) is None
    assert HUNCHES.guess("qwxyz blorp", ()) is None


def test_a_hunch_is_never_more_than_a_guess_and_says_which_words_it_is_from():
    said = RULES.classify(event("Acme.Oddity", "renewing the certificate of the proxy host did not work"), Counts())
    assert said.category is Category.NETWORK
    assert said.confidence < 0.5
    words = [fact.text for fact in said.evidence if fact.source == "words"]
    assert words
    assert "certificate" in words[0]


def test_words_do_not_overrule_a_rule():
    said = RULES.classify(event("KeyError", "'certificate proxy socket host renew'"), Counts())
    assert said.category is Category.LOGIC


def test_type_names_are_taken_apart():
    assert stems_of("", ["Acme.Store.InvalidCredentialException"]).keys() == {"invali", "creden"}


def test_a_long_hostile_text_costs_no_more_than_a_short_one():
    assert len(stems_of("x" * 9_999 + " ".join(f"word{n}" for n in range(9_999)))) <= 80


def test_training_is_reproducible_and_weighs_towards_what_was_seen(tmp_path):
    rules = ()
    rows = [
        {"id": "1", "type": "A", "value": "blue lagoon overflow", "labels": {"category": "network", "severity": "low"}},
        {"id": "2", "type": "B", "value": "green meadow drought", "labels": {"category": "logic", "severity": "low"}},
    ]
    path = tmp_path / "set.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    events = load(path)
    first, again = training.train(rules, events), training.train(rules, events)
    assert first == again
    (tmp_path / "hunch.json").write_text(first, encoding="utf-8")
    guess = Hunches.load(tmp_path / "hunch.json").guess("a blue lagoon, an overflow", (), least=0.3)
    assert guess is not None
    assert guess.category is Category.NETWORK
