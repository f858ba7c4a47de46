"""Every body that Sentry is known to send, over signed HTTP to the running bot, and the card that comes of it.

All are sent once, each about an issue and an event of its own, so that none folds into another's card; then each is
looked at. The shared fixtures take part where they lie beside the checkout.
"""

import asyncio
import json
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.limits import message_problems
from bot.sandbox.messages import Message
from bot.sandbox.shelf import PATH, compact
from tests.scenarios.conftest import Stage, staged
from tests.sentry import deliveries
from tests.sentry.deliveries import EVERY_BODY
from tests.slack.limits import walk

QUIET = (
    *("installation.", "preprod_artifact.", "feedback.", "comment.", "seer."),
    *("issue.resolved.", "issue.archived.", "issue.ignored.", "issue.merged."),
    *("metric_alert.resolved.", "activity_alert.triggered.resolved."),
)
"""About no issue, or a remark on one that was never seen, or the end of one: nobody needs a message for that."""
SENTENCE = re.compile(r"(?:Critical|High|Medium|Low) [^:]+: .+; (?:open|back after it was resolved)\.", re.DOTALL)
EMPTY_WORDS = re.compile(r"\bNone\b|Unknown error|<unlabeled|<unknown>|\[object |· ·|: ;")


@dataclass(frozen=True)
class Outcome:
    """What came of one body."""

    status: int | None
    answer: dict[str, Any]
    cards: list[Message]


def name_of(path: Path) -> str:
    return path.name if path.parent == deliveries.OWN else f"shared/{path.name}"


def on_its_own(value: Any, ids: dict[str, str]) -> Any:
    """`value` with each id replaced, wherever it stands."""
    if isinstance(value, dict):
        return {key: on_its_own(inner, ids) for key, inner in value.items()}
    if isinstance(value, list):
        return [on_its_own(inner, ids) for inner in value]
    if isinstance(value, bool | float) or value is None:
        return value
    if str(value) in ids:
        return type(value)(ids[str(value)])
    if isinstance(value, str):
        for old, new in ids.items():
            value = value.replace(old, new) if len(old) > 5 else value
    return value


def body_of(path: Path, number: int) -> bytes:
    raw = path.read_bytes()
    meant = deliveries.deliver(path.name, json.loads(raw))
    issue, event = (meant.issue_key or "").rpartition(":")[2], meant.event_key or ""
    ids = {issue: str(7_000_000 + number), event: f"{number:032x}"}
    return compact(on_its_own(json.loads(raw), {old: new for old, new in ids.items() if old}))


async def send(stage: Stage, path: Path, body: bytes) -> tuple[int | None, dict[str, Any]]:
    resource, shelf = path.name.split(".")[0], stage.sandbox.shelf
    if resource == "service_hook":
        headers = {"Content-Type": "application/json", "X-ServiceHook-Signature": shelf.signature(body)}
        receipt = await shelf.courier.post(PATH, body, headers, kind=resource, payload={})
    else:
        receipt = await shelf.send("legacy" if resource.startswith("legacy") else resource, body)
    return receipt.status, receipt.json


SHOW_ALL = """
severities: {low: {card: true}, critical: {page: never}}
"""
"""By default a low alert has no card, and a critical one is on its way to somebody."""


async def play(folder: Path) -> dict[str, Outcome]:
    """Send all, wait for all cards that are due, stop the bot: what it has not said by then it does not say."""
    answers = {}
    async with staged(folder, triage=SHOW_ALL) as stage:
        for number, path in enumerate(EVERY_BODY, start=1):
            answers[path] = await send(stage, path, body_of(path, number))
        due = {answer.get("alert") for path, (_, answer) in answers.items() if not path.name.startswith(QUIET)}
        with suppress(TimeoutError):  # the test of each body says which card is missing
            await stage.slack.until(lambda: due <= shown(stage.cards()).keys())
        await stage.stop_bot()
        cards = shown(stage.cards())
    return {
        name_of(path): Outcome(status, answer, cards.get(answer.get("alert"), []))
        for path, (status, answer) in answers.items()
    }


def shown(messages: list[Message]) -> dict[Any, list[Message]]:
    """The cards of each alert."""
    cards: dict[Any, list[Message]] = {}
    for message in messages:
        cards.setdefault((message.metadata or {}).get("event_payload", {}).get("alert"), []).append(message)
    return cards


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    return asyncio.run(play(tmp_path_factory.mktemp("bodies")))


def lines_of(card: Message) -> Iterator[str]:
    """What stands on the card, line by line; the buttons are not lines."""
    kinds = ("text", "link", "mrkdwn", "plain_text")
    for block in card.blocks or []:
        if block["type"] not in ("divider", "actions"):
            yield from "".join(part["text"] for part in walk(block) if part.get("type") in kinds).split("\n")


@pytest.mark.parametrize("path", EVERY_BODY, ids=name_of)
def test_every_body_is_taken_and_makes_one_card_or_none(outcomes, path):
    outcome = outcomes[name_of(path)]
    assert outcome.status == 202, outcome.answer
    expected = 0 if path.name.startswith(QUIET) else 1
    assert len(outcome.cards) == expected, f"{outcome.answer} made {len(outcome.cards)} cards"


@pytest.mark.parametrize("path", [p for p in EVERY_BODY if not p.name.startswith(QUIET)], ids=name_of)
def test_every_card_can_be_read_at_night(outcomes, path):
    (card,) = outcomes[name_of(path)].cards
    assert message_problems(card.blocks) == []
    assert SENTENCE.fullmatch(card.text), f"no whole sentence for a notification: {card.text!r}"
    lines = list(lines_of(card))
    assert all(line.strip() for line in lines), f"an empty line in {lines}"
    said = "\n".join(lines)
    assert not (found := EMPTY_WORDS.search(said)), f"{found and found[0]!r} says nothing to anybody, in:\n{said}"
    for label in ("Why ", "Do ", "Fix ≈ "):
        assert any(line.startswith(label) for line in lines), f"no line begins with {label!r}:\n{said}"
    assert lines[0].split(" ")[1] in ("CRITICAL", "HIGH", "MEDIUM", "LOW"), "how bad it is stands first"
