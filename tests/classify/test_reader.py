"""A reply is read for what it says, whatever it looks like; it never raises and never takes long."""

import json
import time
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.alerts.classification import FixTime
from bot.classify import reply_values as values
from bot.classify.reader import MOST, read_reply

REPLIES = yaml.safe_load((Path(__file__).parent / "replies.yml").read_text(encoding="utf-8"))
SHARED = Path(__file__).parents[3] / "shared" / "fixtures" / "llm" / "replies.jsonl"


@pytest.mark.parametrize("case", REPLIES, ids=lambda case: case["id"])
def test_a_reply_is_read_as_a_person_reads_it(case):
    read = read_reply(case["reply"])
    assert (read.severity, read.category) == (case["severity"], case["category"])
    assert read.parsing_method == case["method"]
    if "cause" in case:
        assert read.root_cause == case["cause"]
    if "fix" in case:
        assert read.estimated_fix_time == case["fix"]


@pytest.mark.skipif(not SHARED.exists(), reason="the collection of real replies is not at hand")
def test_real_replies_are_read_nearly_all():
    rows = [json.loads(line) for line in SHARED.read_text(encoding="utf-8").splitlines()]
    read = {row["id"]: read_reply(row["reply"]) for row in rows}
    for field, least in (("severity", 0.97), ("category", 0.95)):
        told = [row for row in rows if row["expected"][field] is not None]
        wrong = [row["id"] for row in told if getattr(read[row["id"]], field) != row["expected"][field]]
        assert len(wrong) <= (1 - least) * len(told), f"{field} misread in {wrong}"


def test_evidence_is_read_in_every_form():
    said = [
        {"ref": "frame:0", "quote": "x = 1", "supports": "root_cause"},
        {"id": "[message]", "text": "too many", "claim": "severity level"},
        "tag:release 1.2.3",
        7,
        None,
    ]
    read = read_reply(json.dumps({"severity": "low", "evidence": said}))
    assert [(one.ref, one.quote, one.supports) for one in read.evidence] == [
        ("frame:0", "x = 1", "root_cause"),
        ("message", "too many", "severity"),
        ("tag:release", "1.2.3", ""),
    ]


@pytest.mark.parametrize(
    ("said", "meant"),
    [("0.8", 0.8), (0.75, 0.75), ("85%", 0.85), (90, 0.9), ("8/10", 0.8), (7, 0.7), ("high", 0.9), ("sure", None),
     (None, None), (True, None), (-1, None), (1e9, None)],
)  # fmt: skip
def test_confidence_is_read_from_numbers_percents_and_words(said, meant):
    assert values.confidence(said) == (pytest.approx(meant) if meant is not None else None)


@pytest.mark.parametrize(
    ("said", "meant"),
    [("2 hours", FixTime.HOUR), ("15-30 minutes", FixTime.QUARTER_HOUR), ("3-4 hours", FixTime.HALF_DAY),
     ("72 hours", FixTime.DAY), ("40 ms", None), (300, None), ("soon", None), ("1day", FixTime.DAY)],
)  # fmt: skip
def test_a_fix_time_without_a_unit_is_not_guessed(said, meant):
    assert values.fix_time(said) is meant


@given(st.text(alphabet=st.sampled_from("{}[]\":,'\\/*#`|<>-\n sevrityhigcao:=“”0"), max_size=400))
def test_nothing_that_can_be_written_raises(text):
    read_reply(text)
    read_reply('{"severity": "high", "root_cause": ' + text)


PLAIN = st.none() | st.booleans() | st.floats() | st.text(max_size=20)
KEYS = st.sampled_from(["severity", "category", "evidence", "root_cause"])


@given(st.recursive(PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner)))
def test_nothing_that_json_can_hold_raises(value):
    read_reply(json.dumps(value))


HEAVY = {
    "braces": "{",
    "keys": '{"',
    "lists": '{"a":[',
    "words": '{"a" "b" ',
    "quotes": '{"a": "b" c, "d" ',
    "ticks": "```json\n",
    "backslashes": "\\",
    "thoughts": "<think>",
    "comments": "{/*",
    "commas": '"x", y ',
    "lines": "severity\n|",
}


@pytest.mark.parametrize("piece", HEAVY.values(), ids=HEAVY)
def test_the_time_grows_with_the_reply_and_no_faster(piece):
    def seconds(size: int) -> float:
        text = '{"a": "' * (piece == "\\") + piece * (size // len(piece))
        best = []
        for _ in range(5):
            start = time.process_time()
            read_reply(text)
            best.append(time.process_time() - start)
        return min(best)

    assert seconds(MOST) < 0.01 + 30 * seconds(MOST // 8), "eight times the text, far more than eight times the time"
