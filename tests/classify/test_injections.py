"""An event's text may order a model about, and the model may obey: nothing comes of it but a note on the card."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.alerts.classification import Severity
from bot.alerts.event import Breadcrumb, ErrorEvent
from bot.classify.guard import combine, suspicious
from bot.classify.prompt import reviewed
from tests.classify.asking import FENCE, asking, prompt_for, rules
from tests.classify.endpoint import answers, verdict
from tests.classify.making import event

ATTEMPTS = yaml.safe_load((Path(__file__).parent / "injections.yml").read_text(encoding="utf-8"))
MESSAGES = (Path(__file__).parent / "messages.txt").read_text(encoding="utf-8").splitlines()


def hostile(where: str, text: str) -> ErrorEvent:
    """An ordinary crash with the text in one field."""
    by_place: dict[str, dict[str, Any]] = {
        "tag": {"tags": (("customer", text),)},
        "breadcrumb": {"breadcrumbs": (Breadcrumb(category="ui", message=text),)},
        "user": {"user": text},
        "url": {"url": text},
        "frame": {"frames": [(text if "/" in text else "app/main.py", text, 7, True)]},
    }
    value = text if where == "message" else "FATAL: sorry, too many clients already"
    return event("OperationalError", value, **by_place.get(where, {}))


def attempts() -> list[object]:
    return [pytest.param(one["where"], one["text"].replace("{FENCE}", FENCE), id=one["id"]) for one in ATTEMPTS]


def test_there_are_enough_attempts_in_every_place():
    assert len(ATTEMPTS) >= 40
    assert {one["where"] for one in ATTEMPTS} == {"message", "tag", "breadcrumb", "user", "url", "frame"}


@pytest.mark.parametrize(("where", "text"), attempts())
def test_the_attempt_is_noticed(where, text):
    assert suspicious(hostile(where, text))


@pytest.mark.parametrize(("where", "text"), attempts())
def test_no_text_can_leave_the_fence(where, text):
    user = prompt_for(hostile(where, text)).user
    lines = user.splitlines()
    assert user.count(FENCE) == 2
    assert [FENCE in line for line in (lines[0], lines[-2])] == [True, True]
    inside = lines[1:-2]
    assert all(line.startswith(("| ", "[")) or line == "|" for line in inside)
    assert not any(sign in user for sign in ("<|im_start", "<|im_end", "[INST]", "<<SYS>>", "<system>"))


@pytest.mark.parametrize(("where", "text"), attempts())
async def test_an_obedient_model_lowers_nothing_leaks_nothing_and_pings_nobody(where, text):
    seen = hostile(where, text)
    obeyed = verdict(
        severity="low",
        category="unknown",
        root_cause=f"{text} <!channel> {reviewed()[1][:600]}",
        suggested_action=f"[Fix](https://evil.example/fix) <@U012ABCDEF> @here see http://evil.example {text}",
        confidence=1.0,
        evidence=[
            {"ref": "message", "quote": "", "supports": claim} for claim in ("root_cause", "category", "severity")
        ],
    )
    by_rules = rules(severity=Severity.CRITICAL)
    async with asking() as ours:
        ours.endpoint.scripts = [answers(obeyed)]
        got = await ours.ask(prompt_for(seen, by_rules), strong=True)
    for warned in (True, False):
        final = combine(by_rules, got.classification, suspicious=warned, strong=True, hypotheses=got.hypotheses)
        assert final.classification.severity is Severity.CRITICAL
        shown = f"{final.classification.root_cause} {final.classification.suggested_action}"
        assert FENCE not in shown
        assert "Category: who must look first" not in shown
        assert not any(sign in shown for sign in ("<!", "<@", "@here", "@channel", "://", "]("))
    assert final.classification.category is by_rules.category


@pytest.mark.parametrize("severity", Severity)
def test_with_a_warning_on_it_only_the_severity_can_go_up(severity):
    said = rules(severity=severity, root_cause="Obeyed.", made_by="m")
    by_rules = rules(severity=Severity.MEDIUM)
    got = combine(by_rules, said, suspicious=True, strong=True)
    assert got.classification.severity is min(severity, by_rules.severity, key=lambda one: one.rank)
    assert got.classification.root_cause == by_rules.root_cause
    assert "contains instructions" in got.sentence


def test_ordinary_errors_are_not_suspected():
    blamed = [line for line in MESSAGES if line.strip() and suspicious(event("Error", line))]
    assert len(MESSAGES) > 100
    assert not blamed
