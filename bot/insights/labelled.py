"""Labelled events: the evaluation's own schema, read strictly into the bot's values. Judges nothing."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.alerts.classification import Category, Severity
from bot.alerts.event import ErrorEvent, ExceptionInfo, Frame, HttpRequest, Meaning
from bot.errors import TriageError


class BadEvaluation(TriageError):
    """A line of the evaluation file is not in its schema; the message names the line and the field."""

    reason = "evaluation"


class _Strict(BaseModel):
    """Types are checked exactly; fields that a newer file may carry are ignored."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)


class FrameRow(_Strict):
    """One frame; the last of them is where it crashed."""

    filename: str | None = None
    function: str | None = None
    lineno: int | None = None
    in_app: bool | None = None


class EventRow(_Strict):
    """An event in the evaluation's schema, without its labels. Texts may be empty or null."""

    id: str | None = None
    platform: str | None = None
    level: str | None = None
    environment: str | None = None
    handled: bool | None = None
    type: str | None = None
    value: str | None = None
    culprit: str | None = None
    transaction: str | None = None
    url: str | None = None
    frames: tuple[FrameRow, ...] = Field(default=(), strict=False)
    tags: dict[str, str | None] = {}
    event_count: int | None = None
    user_count: int | None = None


class LabelRow(BaseModel):
    """What two people said."""

    category: Category
    category_also: tuple[Category, ...] = ()
    severity: Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledEvent:
    """An event and what it should be called."""

    id: str
    event: ErrorEvent
    category: Category
    category_also: frozenset[Category]
    severity: Severity


def load(path: Path) -> list[LabelledEvent]:
    """Read a JSONL file of labelled events; empty lines are skipped.

    Raises:
        BadEvaluation: a line that is not in the schema; the message names the line and the field.
        OSError: the file cannot be read.
    """
    lines = path.read_text(encoding="utf-8").splitlines()
    return [_labelled(line, f"{path.name}, line {number}") for number, line in enumerate(lines, 1) if line.strip()]


def _labelled(line: str, where: str) -> LabelledEvent:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise BadEvaluation(f"{where}: not JSON: {error}") from error
    if not isinstance(row, dict):
        raise BadEvaluation(f"{where}: must be an object")
    try:
        labels = LabelRow.model_validate(row.pop("labels", None))
        event = event_from(row)
    except ValidationError as error:
        raise BadEvaluation(f"{where}: {_first(error)}") from error
    return LabelledEvent(
        id=str(row.get("id") or where),
        event=event,
        category=labels.category,
        category_also=frozenset(labels.category_also),
        severity=labels.severity,
    )


def _first(error: ValidationError) -> str:
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"]) or "labels"
    return f"field {place}: {first['msg']}"


def event_from(row: Mapping[str, Any]) -> ErrorEvent:
    """An event of the evaluation's schema (without `labels`) as the bot's own value.

    Raises:
        pydantic.ValidationError: a field is not in the schema; its errors name the field.
    """
    said = EventRow.model_validate(dict(row))
    frames = tuple(
        Frame(filename=f.filename, function=f.function, lineno=f.lineno, in_app=f.in_app) for f in said.frames
    )
    crash = ExceptionInfo(type=said.type or None, value=said.value or None, handled=said.handled, frames=frames)
    tags = tuple((key, value) for key, value in said.tags.items() if value)
    known = dict(tags)
    return ErrorEvent(
        resource="error",
        action="created",
        meaning=Meaning.OCCURRENCE,
        title=": ".join(part for part in (said.type, said.value) if part),
        event_id=said.id,
        platform=said.platform or None,
        level=said.level or None,
        environment=said.environment or None,
        release=known.get("release"),
        server_name=known.get("server_name"),
        handled=said.handled,
        culprit=said.culprit or None,
        transaction=said.transaction or None,
        request=HttpRequest(url=said.url) if said.url else None,
        exceptions=(crash,) if crash.type or crash.value or frames else (),
        tags=tags,
        event_count=said.event_count,
        user_count=said.user_count,
    )
