import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from bot.alerts.classification import Category, Classification, FixTime, Severity
from bot.classify.rules import Rules
from bot.insights.evaluation import BadEvaluation, evaluate, event_from, load

DEV = Path(__file__).with_name("dev.jsonl")
ROW = {
    "id": "a", "platform": "python", "level": "error", "environment": "production", "handled": False,
    "type": "KeyError", "value": "'x'", "culprit": None, "transaction": "GET /x", "url": "https://shop.example/x",
    "frames": [{"filename": "a.py", "function": "f", "lineno": 3, "in_app": True}],
    "tags": {"release": "1.2", "server_name": "web-1"}, "event_count": 5, "user_count": 2,
    "labels": {"category": "logic", "category_also": ["validation"], "severity": "medium"},
}  # fmt: skip


def said(category, severity):
    return Classification(
        severity=severity, category=category, root_cause="", suggested_action="", estimated_fix_time=FixTime.HOUR,
        confidence=0.9, made_by="test",
    )  # fmt: skip


def written(tmp_path, *rows):
    path = tmp_path / "rows.jsonl"
    path.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows), encoding="utf-8")
    return path


def test_the_rules_hold_their_accuracy_on_the_development_set():
    report = evaluate(load(DEV), Rules.load().classify)
    figures = report.as_json()
    assert figures["n"] == 213
    assert figures["category_accuracy"] >= 0.96, report.as_text()
    assert figures["category_accuracy_lenient"] >= 0.98, report.as_text()
    assert figures["severity_accuracy"] >= 0.98, report.as_text()
    for category, each in figures["per_category"].items():
        assert each["recall"] >= 0.88, f"{category}\n{report.as_text()}"


def test_a_row_becomes_the_bots_own_event(tmp_path):
    (row,) = load(written(tmp_path, ROW))
    assert (row.id, row.category, row.category_also) == ("a", Category.LOGIC, frozenset({Category.VALIDATION}))
    assert row.event.crash_frame is not None
    assert row.event.crash_frame.lineno == 3
    assert (row.event.release, row.event.server_name, row.event.user_count) == ("1.2", "web-1", 2)


def test_an_event_alone_is_read_by_the_same_schema():
    assert event_from({"type": "KeyError"}).title == "KeyError"
    with pytest.raises(ValidationError, match="event_count"):
        event_from({"event_count": "many"})


@pytest.mark.parametrize(
    ("row", "named"),
    [
        (ROW | {"handled": "no"}, "line 2: field handled"),
        (ROW | {"frames": [{"lineno": "x"}]}, "line 2: field frames.0.lineno"),
        (ROW | {"labels": {"category": "weather", "severity": "low"}}, "line 2: field category"),
        ({**ROW, "labels": None}, "line 2: field labels"),
        ("{", "line 2: not JSON"),
        ("[]", "line 2: must be an object"),
    ],
)
def test_a_wrong_line_is_named_with_its_field(tmp_path, row, named):
    with pytest.raises(BadEvaluation, match=r"rows\.jsonl") as caught:
        load(written(tmp_path, ROW, row))
    assert named in str(caught.value)


def test_the_report_has_exactly_the_contracts_figures(tmp_path):
    rows = load(written(tmp_path, ROW, ROW | {"id": "b"}, "", ROW | {"id": "c"}))
    answers = iter(
        (
            said(Category.LOGIC, Severity.MEDIUM),
            said(Category.VALIDATION, Severity.HIGH),
            said(Category.NETWORK, Severity.CRITICAL),
        )
    )
    ticks = iter((0.0, 0.001, 1.0, 1.002, 2.0, 2.009))
    report = evaluate(rows, lambda *_: next(answers), clock=lambda: next(ticks), cost_usd=lambda: 0.25)
    assert report.as_json() == {
        "n": 3,
        "category_accuracy": 0.3333,
        "category_accuracy_lenient": 0.6667,
        "severity_accuracy": 0.3333,
        "severity_within_one": 0.6667,
        "per_category": {
            "network": {"precision": 0.0, "recall": 0.0, "n": 0},
            "validation": {"precision": 0.0, "recall": 0.0, "n": 0},
            "logic": {"precision": 1.0, "recall": 0.3333, "n": 3},
        },
        "confusion": {"logic": {"logic": 1, "network": 1, "validation": 1}},
        "p50_ms": 2.0,
        "p99_ms": 9.0,
        "cost_usd": 0.25,
    }


def test_the_text_shows_the_matrix_and_the_worst_mistakes(tmp_path):
    rows = load(written(tmp_path, ROW))
    text = evaluate(rows, lambda *_: said(Category.NETWORK, Severity.LOW)).as_text()
    assert "1 events" in text
    assert "a  logic → network (90%)  KeyError: 'x'" in text
    assert "a  medium → low" in text


def test_an_empty_file_gives_a_report_of_nothing(tmp_path):
    report = evaluate(load(written(tmp_path)), lambda *_: said(Category.LOGIC, Severity.LOW))
    assert report.as_json()["n"] == 0
    assert report.as_text()


@pytest.mark.parametrize(
    "name", ["heldout-1.jsonl", "heldout-2.jsonl", "heldout-3.jsonl", "heldout-4.jsonl", "heldout-5.jsonl"]
)
def test_the_rules_hold_their_accuracy_on_other_ecosystems(name):
    report = evaluate(load(DEV.with_name(name)), Rules.load().classify)
    figures = report.as_json()
    assert figures["category_accuracy"] >= 0.92, report.as_text()
    assert figures["category_accuracy_lenient"] >= 0.96, report.as_text()
    assert figures["severity_accuracy"] >= 0.97, report.as_text()
    for category, each in figures["per_category"].items():
        assert each["recall"] >= 0.75, f"{category}\n{report.as_text()}"


def test_the_rules_hold_what_was_promised_on_the_set_that_they_were_not_written_from():
    report = evaluate(load(DEV.with_name("heldout-6.jsonl")), Rules.load().classify)
    figures = report.as_json()
    assert figures["category_accuracy"] >= 0.85, report.as_text()
    assert figures["category_accuracy_lenient"] >= 0.92, report.as_text()
    assert figures["severity_accuracy"] >= 0.96, report.as_text()
    assert min(each["recall"] for each in figures["per_category"].values()) >= 0.75, report.as_text()


def test_the_rules_hold_their_severities_where_the_words_decide_and_not_the_counts():
    report = evaluate(load(DEV.with_name("severity.jsonl")), Rules.load().classify)
    figures = report.as_json()
    assert figures["n"] == 520
    assert figures["severity_accuracy"] >= 0.98, report.as_text()
    assert figures["category_accuracy_lenient"] >= 0.94, report.as_text()


def test_the_text_shows_how_severities_were_mistaken(tmp_path):
    rows = load(written(tmp_path, ROW))
    text = evaluate(rows, lambda *_: said(Category.LOGIC, Severity.LOW)).as_text()
    row = next(line for line in text.splitlines() if line.startswith("medium "))
    assert row.split() == ["medium", "·", "·", "·", "1"]
