"""Reads a model's reply, whatever it looks like: JSON, almost JSON, JSON in prose or fences, or `Severity: High` lines.

Never raises; the time it takes grows linearly with the reply, of which at most `MOST` characters are read. What it
does not do: believe the reply (`evidence` and `guard` judge it), or invent what is missing.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from bot.alerts.classification import Category, FixTime, Severity
from bot.classify import reply_values as values
from bot.classify.loose_json import Found, objects
from bot.classify.reply_words import FIELDS

MOST = 32_000
"""Characters of a reply that are read."""
ParsingMethod = Literal["json", "fenced_json", "json_in_prose", "repaired_json", "lines", "none"]

_LINES, _LINE, _EVIDENCE, _QUOTE, _NESTED = 400, 500, 12, 300, 24
_THINKING = re.compile(r"<(think|thinking|thought|reasoning|reflection|scratchpad)>.*?(?:</\1>|\Z)", re.DOTALL)
_FENCE = re.compile(r"```[ \t]{0,4}(\w{0,16})[^\n`]{0,40}\n(.*?)(?:```|\Z)", re.DOTALL)
_SEPARATOR = re.compile(r"\s{0,4}(?::=|[:：=|]|\s[-–—]\s)\s{0,4}")
_DECORATION = " \t>*_#`|-•·–—+~\"'()[]【】«»"
_NUMBERED = re.compile(r"\d{1,2}[.)]\s+")
_AND_NEXT = re.compile(r"[;,]\s{1,3}(?=[^\W\d_][\w ]{2,30}[:：=])")
_ROW = re.compile(r"[\s|:-]+")


@dataclass(frozen=True, slots=True)
class Reference:
    """One piece of evidence as the model gave it: nothing of it is checked yet."""

    ref: str
    quote: str = ""
    supports: str = ""
    """What it speaks for: `root_cause`, `severity`, `category` …; empty: the model did not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a reply says; None and empty: it does not."""

    severity: Severity | None = None
    category: Category | None = None
    root_cause: str = ""
    suggested_action: str = ""
    estimated_fix_time: FixTime | None = None
    confidence: float | None = None
    evidence: tuple[Reference, ...] = ()
    parsing_method: ParsingMethod = "none"

    @property
    def says_nothing(self) -> bool:
        """Neither how bad nor who must look: worth asking again."""
        return self.severity is None and self.category is None


def read_reply(text: str) -> Reading:
    """Read a reply. Of several verdicts in it, the one that says most counts; of equals, the last."""
    text = text[:MOST]
    spoken = _THINKING.sub("\n", text) if "<" in text else text
    # Some chat templates swallow the opening tag: what stands before a lone closing one was thought, not said.
    spoken = spoken.rpartition("</think>")[2]
    candidates = [*_from_json(spoken if spoken.strip() else text)]
    if not any(_says(reading) for reading in candidates):
        candidates.append(_reading(_lines(spoken), "lines"))
    best = max(reversed(candidates), key=_says)
    return best if _says(best) else Reading()


def _says(reading: Reading) -> int:
    """How much a reading says; how bad and who must look weigh more than all the prose."""
    telling = (reading.severity, reading.category)
    rest = (reading.root_cause, reading.suggested_action, reading.estimated_fix_time, reading.evidence)
    return 10 * sum(value is not None for value in telling) + sum(bool(value) for value in rest)


def _from_json(text: str) -> Iterator[Reading]:
    fences = [(match.start(2), match.end(2)) for match in _FENCE.finditer(text)]
    for found in objects(text):
        strict = _strict(text[found.start : found.end])
        method = _place(text, found, fences) if strict is not None else "repaired_json"
        for value in _with_nested(found.value if strict is None else strict):
            yield _reading(value, method)


def _strict(text: str) -> dict[str, object] | None:
    """The object as JSON has it; None where it is not quite JSON."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _place(text: str, found: Found, fences: list[tuple[int, int]]) -> ParsingMethod:
    if any(start <= found.start and found.end <= end for start, end in fences):
        return "fenced_json"
    alone = not text[: found.start].strip() and not text[found.end :].strip()
    return "json" if alone else "json_in_prose"


def _with_nested(value: dict[str, object]) -> Iterator[dict[str, object]]:
    """The object, and those in it: some models wrap their verdict (`{"classification": {…}}`)."""
    queue: list[object] = [value]
    for _ in range(_NESTED):
        if not queue:
            return
        one = queue.pop(0)
        if isinstance(one, dict):
            yield one
        inner = one.values() if isinstance(one, dict) else one if isinstance(one, list) else ()
        queue += [part for part in inner if isinstance(part, dict | list)]


def _reading(said: dict[str, object], method: ParsingMethod) -> Reading:
    fields: dict[str, object] = {}
    for key, value in said.items():
        if (name := FIELDS.get(values.normal(key[:60]))) is not None:
            fields.setdefault(name, value)
    return Reading(
        severity=values.severity(fields.get("severity")),
        category=values.category(fields.get("category")),
        root_cause=values.sentence(fields.get("root_cause")),
        suggested_action=values.sentence(fields.get("suggested_action")),
        estimated_fix_time=values.fix_time(fields.get("estimated_fix_time")),
        confidence=values.confidence(fields.get("confidence")),
        evidence=tuple(_references(fields.get("evidence"))),
        parsing_method=method,
    )


def _references(value: object) -> Iterator[Reference]:
    for one in value[:_EVIDENCE] if isinstance(value, list) else [value]:
        if isinstance(one, str) and one.strip():
            ref, _, quote = one.strip(_DECORATION).partition(" ")
            yield Reference(ref.strip("[](),;")[:80], quote.strip(_DECORATION + ":")[:_QUOTE])
        elif isinstance(one, dict):
            ref = values.one_string(one.get("ref") or one.get("reference") or one.get("id") or one.get("source"))
            quote = values.one_string(one.get("quote") or one.get("text") or one.get("content"))
            supports = values.one_string(one.get("supports") or one.get("claim") or one.get("for"))
            yield Reference(ref.strip("[] ")[:80], quote[:_QUOTE], FIELDS.get(values.normal(supports[:60]), ""))


def _lines(text: str) -> dict[str, object]:
    """`Severity: High` in all its forms: bold, bullets, numbered, tables, a heading with its value below."""
    lines = [line[:_LINE] for line in text.splitlines()[:_LINES] if line.strip()]
    found: dict[str, object] = {}
    for at, line in enumerate(lines):
        if _is_header(line) and at + 2 < len(lines) and _ROW.fullmatch(lines[at + 1]):
            for key, value in zip(_cells(line), _cells(lines[at + 2]), strict=False):
                found.setdefault(key, value)
            continue
        if line.lstrip().startswith(("{", "[")):
            continue  # JSON that said nothing: its pieces are not lines of a form
        below = lines[at + 1] if at + 1 < len(lines) else ""
        for part in _AND_NEXT.split(line):
            for key, value in _pairs(part, below):
                found.setdefault(key, value)
    return found


def _pairs(line: str, below: str) -> Iterable[tuple[str, str]]:
    plain = _NUMBERED.sub("", line.lstrip(_DECORATION), count=1)
    if not _known(key := plain.strip(_DECORATION + ":：")):
        pieces = _SEPARATOR.split(plain, maxsplit=1)
        key, value = pieces[0].strip(_DECORATION), pieces[1] if len(pieces) > 1 else ""
    else:
        value = below
    return [(key, value.strip(_DECORATION))] if _known(key) and value.strip(_DECORATION) else []


def _known(key: str) -> bool:
    return len(key) <= 60 and values.normal(key) in FIELDS


def _is_header(line: str) -> bool:
    return line.count("|") >= 2 and sum(_known(cell) for cell in _cells(line)) >= 2


def _cells(line: str) -> list[str]:
    return [cell.strip(_DECORATION) for cell in line.strip().strip("|").split("|")]
