"""The audit log as CSV and JSON: every transition with who, from where, when, and what stood before and after.

Pure: reading the log is `bot.store.audit`'s.
"""

import csv
import io
import json
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC
from enum import StrEnum
from typing import Any

from pydantic import TypeAdapter

from bot.alerts.alert import Standing, Transition
from bot.insights.cells import harmless

COLUMNS = (
    *("id", "at", "alert", "issue", "project", "action", "source", "actor_id", "actor"),
    *("state_before", "state_after", "changed", "detail", "before", "after"),
)
_STANDING = TypeAdapter(Standing)


class AuditFormat(StrEnum):
    """How it is written."""

    CSV = "csv"
    JSON = "json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A line of the log, and what it is about."""

    alert: int
    issue: str
    """Sentry's short id, else our own key."""
    project: str
    transition: Transition


async def written(entries: AsyncIterable[Entry], form: AuditFormat) -> AsyncIterator[str]:
    """The log, a piece at a time: CSV with a head line, or one JSON array with an object for each line."""
    if form is AuditFormat.CSV:
        yield _line(COLUMNS)
        async for entry in entries:
            yield _line([_safe(value) for value in _row(entry).values()])
        return
    opened = False
    async for entry in entries:
        yield (",\n" if opened else "[\n") + json.dumps(_row(entry), ensure_ascii=False)
        opened = True
    yield "\n]\n" if opened else "[]\n"


def _row(entry: Entry) -> dict[str, Any]:
    made = entry.transition
    before, after = (_STANDING.dump_python(standing, mode="json") for standing in (made.before, made.after))
    values = (
        *(made.id, made.at.astimezone(UTC).isoformat(), entry.alert, entry.issue, entry.project),
        *(made.action.value, made.actor.source.value, made.actor.id, made.actor.name),
        *(made.before.state.value, made.after.state.value),
        [name for name in after if after[name] != before[name]],
        *(dict(made.detail), before, after),
    )
    return dict(zip(COLUMNS, values, strict=True))


def _safe(value: object) -> str:
    """A value as a cell."""
    if isinstance(value, list):
        return " ".join(map(str, value))
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, Mapping) else "" if value is None else str(value)
    return harmless(text)


def _line(cells: Iterable[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()
