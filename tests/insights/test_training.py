from pathlib import Path

from bot.classify import hunch, rulebook
from bot.insights import training
from bot.insights.labelled import load

HERE = Path(__file__).parent
SETS = [HERE / f"{name}.jsonl" for name in ("dev", "heldout-1", "heldout-2")]


def test_the_shipped_words_are_what_training_makes_of_the_shipped_rules_and_sets():
    made = training.train(rulebook.load(), [row for path in SETS for row in load(path)])
    assert made == hunch.SHIPPED.read_text(encoding="utf-8"), "the rulebook has changed: run `make hunch`"
