"""A pasted stack trace → the chain of exceptions, as if Sentry had sent it: cause first, frames oldest first.

How each language writes one stands in `dialects`. The text comes from anywhere: it is bounded, and no pattern can be
made slow. What comes out is as hostile as what went in.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.alerts.event import ExceptionInfo, Frame
from bot.traces.dialects import DIALECTS, Dialect

LONGEST, MAX_LINES, MAX_FRAMES, MAX_EXCEPTIONS = 60_000, 1_500, 50, 10
"""Characters and lines that are looked at; frames and exceptions that are kept."""
LINE = 1_000
"""Characters of one line."""
_QUOTE = re.compile(r"^(?:>\s?)+|^```(?:\w{1,20}$)?|```$")
_MARKER = re.compile(r"\s+[~^ ]+$")
"""Python's pointer below a line of source."""


@dataclass(frozen=True, slots=True)
class Trace:
    """What was pasted: the platform as Sentry names it, and the chain, cause first."""

    platform: str
    exceptions: tuple[ExceptionInfo, ...]


def read(text: str) -> Trace | None:
    """The stack trace in a text; None where there is none. Of several languages, the one that makes most of it."""
    lines = [_QUOTE.sub("", line[:LINE].rstrip()).rstrip() for line in text[:LONGEST].splitlines()[:MAX_LINES]]
    found = [trace for dialect in DIALECTS if (trace := _read(dialect, lines))]
    return max(found, key=_sense, default=None)


def _sense(trace: Trace) -> tuple[bool, int]:
    """How well a language fits: it names what was raised, and says the line of many calls."""
    frames = [frame for each in trace.exceptions for frame in each.frames]
    return trace.exceptions[-1].type is not None, sum(frame.lineno is not None for frame in frames)


def _read(dialect: Dialect, lines: Sequence[str]) -> Trace | None:
    reader = _Reader(dialect)
    for line in lines:
        reader.take(line)
    chain = [found for found in reader.chain if found.frames]
    if dialect.cause_last:
        chain.reverse()
    return Trace(dialect.platform, tuple(chain[-MAX_EXCEPTIONS:])) if chain else None


class _Reader:
    """One pass over the lines with one language's eyes."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self.chain: list[ExceptionInfo] = []
        self._at = -1
        """Whose frames come now."""
        self._frames: list[Frame] = []
        self._function: str | None = None

    def take(self, line: str) -> None:
        function, self._function = self._function, self._dialect.half_in(line)
        if frame := self._dialect.frame_in(line, function):
            self._add(frame)
        elif heading := self._dialect.heading_in(line):
            self._announce(heading, self._dialect.place_in(line))
        elif self._dialect.inner_ends and self._dialect.inner_ends in line:
            self._at, self._frames = max(0, self._at - 1), []
        elif self._dialect.shows_source and self._frames and line[:1].isspace() and not _MARKER.fullmatch(line):
            self._frames[-1] = replace(self._frames[-1], context_line=line.strip() or None)
            self._put()

    def _announce(self, heading: ExceptionInfo, place: Frame | None) -> None:
        if self._dialect.heading_after:  # the frames came first, and now we hear what they led to
            if self._frames:
                self.chain[self._at] = replace(heading, frames=self.chain[self._at].frames)
            self._frames = []
            return
        self._open(heading)
        if place:
            self._add(place)

    def _add(self, frame: Frame) -> None:
        if not self.chain or (self._dialect.heading_after and not self._frames):
            self._open(ExceptionInfo())
        self._frames.append(frame)
        self._put()

    def _open(self, heading: ExceptionInfo) -> None:
        self.chain.append(heading)
        self._at, self._frames = len(self.chain) - 1, []

    def _put(self) -> None:
        frames = self._frames[-MAX_FRAMES:] if self._dialect.newest_last else self._frames[:MAX_FRAMES][::-1]
        self.chain[self._at] = replace(self.chain[self._at], frames=tuple(frames))
