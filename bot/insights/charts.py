"""The digest's picture: alerts by day and severity as a PNG, and the same in words for who does not see it.

Pillow is imported when the first picture is drawn: a start has no time for it, and most processes never draw.
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from bot.insights.stats import SEVERITIES, Figures

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont, ImageFont

SIZE = (900, 540)
"""Pixels; small enough that its words can be read on a phone."""
ALT_LIMIT = 1_000
"""Slack's, in characters."""
_PAPER, _INK, _SOFT, _LINE = "#ffffff", "#23211d", "#6a645a", "#ddd6c9"
_COLOURS: Mapping[str, str] = {
    "critical": "#b3261e",
    "high": "#e07a1f",
    "medium": "#f2c230",
    "low": "#3f7cc4",
    "unclassified": "#a8a29a",
}
_LEFT, _RIGHT, _TOP, _BOTTOM = 96, 20, 200, 60
_TITLE, _LABEL, _DAY = 36, 28, 25
"""Sizes of letters; on a phone the picture is a third as wide as it is drawn."""
_STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000)
_MOST_LABELS = 16
"""Days that are named below the bars; of more, every second, third …"""


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG, and in words what it shows."""

    png: bytes
    alt: str
    title: str


def by_day(found: Figures) -> Picture:
    """The alerts of a period, day by day, the worst at the foot of each bar."""
    title = f"New alerts by day, {_span(list(found.by_day))}"
    return Picture(_drawn(title, thumbs(found), found.by_day), in_words(found), title)


def thumbs(found: Figures) -> str:
    """What people thought of verdicts and answers, as the line below the legend; empty: nobody said."""
    parts = [f"{subject}s {given.ups:,} up, {given.downs:,} down" for subject, given in found.thumbs.items()]
    return f"Thumbs: {'; '.join(parts)}" if parts else ""


def in_words(found: Figures) -> str:
    """What the chart shows, for a screen reader: each day that had alerts, with its severities."""
    days = found.by_day
    loud = [f"{_named(day)} {_counts(counts)}" for day, counts in days.items() if sum(counts.values())]
    if not loud:
        return f"Bar chart: no new alerts, {_span(list(days))}."
    judged = f" {thumbs(found)}." if found.thumbs else ""
    text = f"Bar chart of new alerts by day and severity, {_span(list(days))}: {'; '.join(loud)}.{judged}"
    if len(text) <= ALT_LIMIT:
        return text
    peak, most = max(days.items(), key=lambda each: sum(each[1].values()))
    return (
        f"Bar chart of new alerts by day and severity, {_span(list(days))}: {found.opened:,} alerts in all, "
        f"{_counts(found.by_severity)}; most on {_named(peak)}: {_counts(most)}.{judged}"
    )


def _named(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b}"


def _span(days: Sequence[date]) -> str:
    first, last = days[0], days[-1]
    return _named(first) if first == last else f"{_named(first)} to {_named(last)}"


def _counts(counts: Mapping[str, int]) -> str:
    total = sum(counts.values())
    parts = ", ".join(f"{counts[severity]:,} {severity}" for severity in SEVERITIES if counts.get(severity))
    return f"{total:,} ({parts})"


def _drawn(title: str, below: str, days: Mapping[date, Mapping[str, int]]) -> bytes:
    from PIL import Image, ImageDraw

    image = Image.new("RGB", SIZE, _PAPER)
    chart = _Chart(ImageDraw.Draw(image), max(sum(counts.values()) for counts in days.values()))
    chart.head(title, below)
    chart.scale()
    for index, (day, counts) in enumerate(days.items()):
        chart.bar(index, len(days), day, counts)
    out = io.BytesIO()
    image.quantize(64).save(out, "PNG", optimize=True)  # flat colours: a third of the bytes
    return out.getvalue()


class _Chart:
    """One picture while it is drawn; `most`: alerts on the fullest day."""

    def __init__(self, draw: "ImageDraw", most: int) -> None:
        self._draw = draw
        self._step = next((step for step in _STEPS if step * 5 >= most), max(1, most // 5))
        self._top = max(1, -(-most // self._step)) * self._step
        self._floor, self._height = SIZE[1] - _BOTTOM, SIZE[1] - _TOP - _BOTTOM

    def head(self, title: str, below: str) -> None:
        """The title, a legend in the order of the bars, and a line below it."""
        self._draw.text((_LEFT, 142), below, fill=_SOFT, font=_font(_LABEL), anchor="lm")
        self._draw.text((_LEFT, 22), title, fill=_INK, font=_font(_TITLE))
        at = _LEFT
        for severity in SEVERITIES:
            self._draw.rectangle((at, 90, at + 22, 112), fill=_COLOURS[severity])
            self._draw.text((at + 28, 101), severity, fill=_SOFT, font=_font(_LABEL), anchor="lm")
            at += 54 + int(self._draw.textlength(severity, font=_font(_LABEL)))

    def scale(self) -> None:
        """The lines behind the bars, with their numbers."""
        for value in range(0, self._top + 1, self._step):
            y = self._y(value)
            self._draw.line((_LEFT, y, SIZE[0] - _RIGHT, y), fill=_INK if value == 0 else _LINE)
            self._draw.text((_LEFT - 12, y), f"{value:,}", fill=_SOFT, font=_font(_LABEL), anchor="rm")

    def bar(self, index: int, of: int, day: date, counts: Mapping[str, int]) -> None:
        """One day: its severities on top of each other, their sum above, the day below."""
        room = (SIZE[0] - _LEFT - _RIGHT) / of
        left, width = _LEFT + room * index + room * 0.18, max(2.0, room * 0.64)
        stacked = 0
        for severity in SEVERITIES:
            count = counts.get(severity, 0)
            if count:
                upper, lower = self._y(stacked + count), self._y(stacked)
                self._draw.rectangle((left, upper, left + width, max(upper, lower - 2)), fill=_COLOURS[severity])
                stacked += count
        if index % -(-of // _MOST_LABELS):
            return
        middle = left + width / 2
        self._draw.text((middle, self._floor + 14), _short(day, of), fill=_SOFT, font=_font(_DAY), anchor="ma")
        if stacked:
            above = (middle, self._y(stacked) - 6)
            self._draw.text(above, f"{stacked:,}", fill=_INK, font=_font(_LABEL), anchor="mb")

    def _y(self, value: float) -> float:
        return self._floor - self._height * value / self._top


def _short(day: date, of: int) -> str:
    return f"{day:%a} {day.day}" if of <= 8 else str(day.day)


def _font(size: int) -> "FreeTypeFont | ImageFont":
    from PIL import ImageFont

    return ImageFont.load_default(size)
