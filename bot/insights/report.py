"""A period's figures for a terminal, a program or a spreadsheet. The page is `bot.insights.pages`' business."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, tzinfo
from typing import Any

from pydantic_core import to_jsonable_python

from bot.insights.cells import harmless
from bot.insights.records import Line
from bot.insights.stats import Figures, Timing, severity_of
from bot.slack.text import lasting, one_line

_BAR = 40
_TITLE, _CELL = 70, 1_000


def as_text(found: Figures) -> str:
    """For people: every part under its heading; parts of which there is nothing to say are left out."""
    parts = (
        _head(found),
        _table("Alerts by severity", _bars({name: n for name, n in found.by_severity.items() if n})),
        _table("Alerts by category", _bars({name: n for name, n in found.by_category.items() if n})),
        _table("Alerts by day", _bars({str(day): sum(counts.values()) for day, counts in found.by_day.items()})),
        _table("Money", _money(found)),
        _table("Verdicts", _verdicts(found)),
        _table("Estimated and actual fix times", _fix_times(found)),
        _table("Most events", (f"{each.events:>9,}  {named(each.line)}" for each in found.offenders)),
        _table("Resolved, not verified yet", (f"{_when(f.at, found)}  {named(f.line)}" for f in found.unverified)),
        _table("Snoozes that end soon", (f"{_when(s.until, found)}  {named(s.line)}" for s in found.sleepers)),
    )
    return "\n\n".join(part for part in parts if part)


def as_json(found: Figures) -> dict[str, Any]:
    """For programs: the figures as they are; times in seconds, shares from 0 to 1."""
    plain: dict[str, Any] = to_jsonable_python(found, timedelta_mode="float", fallback=str)
    score = found.scoreboard
    plain["noise_share"] = found.noise_share
    plain["scoreboard"]["calibration_error"] = score.calibration_error
    for part in ("categories", "severities"):
        for name, quality in getattr(score, part).items():
            plain["scoreboard"][part][name] |= {"precision": quality.precision, "recall": quality.recall}
    return plain


def as_csv(found: Figures) -> str:
    """For spreadsheets: one row for each number, `part,name,value`; no cell of ours or theirs begins a formula."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("part", "name", "value"))
    for path, value in _leaves(as_json(found)):
        part, _, name = path.partition(".")
        cells = (part, name, "" if value is None else value)
        writer.writerow([harmless(one_line(cell, _CELL)) or cell if isinstance(cell, str) else cell for cell in cells])
    return out.getvalue()


def named(line: Line) -> str:
    """An alert in one line of plain text."""
    return f"{severity_of(line):<12} {one_line(line.short_id or f'#{line.id}', 20):<12} {one_line(line.title, _TITLE)}"


def timed(timing: Timing) -> str:
    """`7 min (of 12)`: the median and of how many; `–` where there is none."""
    return f"{lasting(timing.median)} (of {timing.count:,})" if timing.median is not None else "–"


def share(value: float | None) -> str:
    """`94%`; `–` where there is none."""
    return "–" if value is None else f"{value:.0%}"


def _head(found: Figures) -> str:
    period, speed, zone = found.period, found.speed, found.period.zone
    waiting = sum(found.waiting.values())
    return "\n".join(
        (
            f"{_minute(period.since, zone)} to {_minute(period.until, zone)}",
            f"{found.opened:,} new alerts, {waiting:,} waiting now",
            f"{found.events:,} events, {found.folded:,} of them folded silently ({share(found.noise_share)})",
            f"median to acknowledge {timed(speed.acknowledge)}, to resolve {timed(speed.resolve)}",
        )
    )


def _table(heading: str, lines: Iterable[str]) -> str:
    rows = [f"  {line}" for line in lines]
    return "\n".join([heading, *rows]) if rows else ""


def _bars(counts: Mapping[str, int]) -> Iterator[str]:
    most = max(counts.values(), default=0) or 1
    for name, count in counts.items():
        yield f"{name:<18}{count:>7,}  {'█' * round(_BAR * count / most)}".rstrip()


def _money(found: Figures) -> Iterator[str]:
    money = found.money
    if money.calls or money.shared:
        yield f"${money.spent_usd:.4f} for {money.calls:,} calls of models"
        yield f"${money.saved_usd:.4f} saved by {money.shared:,} shared answers"
    for asking in money.by_model:
        yield f"  {one_line(asking.model, 40):<30} {asking.calls:>6,} calls  ${asking.cost_usd:.4f}"


def _verdicts(found: Figures) -> Iterator[str]:
    score = found.scoreboard
    judged = f"{score.corrected:,} corrected, {score.confirmed:,} confirmed, {score.disputed:,} disputed"
    yield f"{judged}, {score.accepted:,} resolved without a word"
    for name, agreement in score.agreements.items():
        if agreement.count:
            yield (
                f"{name:<18} {share(agreement.category_share):>5} category "
                f"{share(agreement.severity_share):>5} severity  (of {agreement.count:,})"
            )
    for name, quality in (*score.categories.items(), *score.severities.items()):
        yield f"{name:<18} {share(quality.precision):>5} precision {share(quality.recall):>4} recall"
    for week in score.weeks if len(score.weeks) > 1 else ():
        people, models = (share(found.category_share) for found in (week.card_and_people, week.rules_and_model))
        yield f"{f'week of {week.begins}':<18} {people:>5} category by people {models:>5} of rules and model"
    if score.calibration_error is not None:
        yield f"{'certainty':<18} {share(score.calibration_error):>5} off the truth on average"


def _fix_times(found: Figures) -> Iterator[str]:
    for each in found.scoreboard.fix_times:
        yield (
            f"{each.estimate.value:<8} took {lasting(each.median)} (median of {each.count:,}); "
            f"{share(each.within / each.count)} within the estimate"
        )


def _minute(at: datetime, zone: tzinfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M %Z}"


def _when(at: datetime, found: Figures) -> str:
    return f"{at.astimezone(found.period.zone):%Y-%m-%d %H:%M}"


def _leaves(value: object, path: str = "") -> Iterator[tuple[str, object]]:
    if isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, item in items:
            yield from _leaves(item, f"{path}.{key}" if path else str(key))
    else:
        yield path, value
