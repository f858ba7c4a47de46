"""What makes two errors the same error, for sharing one answer of a model: pure, stable across processes and versions.

Exception types, the message without what differs from case to case, and where it crashed. The project is left out:
the same defect of a shared library needs one answer only. `VERSION` changes when the same event gets another hash.
"""

import re
from hashlib import sha256

from bot.alerts.event import ErrorEvent, Frame

VERSION = "f1"
_TEXT, _FRAMES, _CHAIN = 2_000, 5, 4

_DATE = re.compile(
    r"\d{4}[-/]\d{2}[-/]\d{2}(?:[t ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?(?:z|[+-]\d{2}:?\d{2})?)?"
    r"|\b(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6},? \d{1,2} [a-z]{3,9} \d{4}(?: \d{2}:\d{2}:\d{2})?|\d{2}:\d{2}:\d{2}"
)
_QUOTED = re.compile(r"(?<!\w)'[^'\n]{0,300}'(?!\w)|\"[^\"\n]{0,300}\"|`[^`\n]{0,300}`|«[^»\n]{0,300}»|“[^”\n]{0,300}”")
_URL = re.compile(r"\b([a-z][a-z0-9+.-]{1,15})://[^\s\"'<>)]{1,400}")
_UUID = re.compile(r"\b[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}\b")
_REDACTED = re.compile(r"\[(?:key|password|token|email|card|ip|filtered|redacted)\]")
_ADDRESS = re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b|(?<![\w:])[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){3,7}(?![\w:])")
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}+@[\w-]{1,64}(?:\.[\w-]{1,64}){1,4}")
_HEX = re.compile(r"\b0x[0-9a-f]{1,40}\b|\b(?=[a-f]{0,40}[0-9])[0-9a-f]{7,64}\b")
_MIXED = re.compile(r"\b(?=[a-z_-]{0,40}\d)(?=\d{0,40}[a-z_-])[a-z0-9][a-z0-9_-]{5,120}\b")
_NUMBER = re.compile(r"[-+]?\d+(?:[.,]\d+){0,6}")
_SPACE = re.compile(r"\s+")
_STEPS = (
    (_DATE, "#"), (_URL, r"\1://#"), (_QUOTED, "#"), (_UUID, "#"), (_REDACTED, "#"), (_EMAIL, "#"), (_ADDRESS, "#"),
    (_HEX, "#"), (_MIXED, "#"), (_NUMBER, "#"), (_SPACE, " "),
)  # fmt: skip
"""In this order: a quoted value hides whatever stands in it, a URL its numbers."""


def normalised(text: str) -> str:
    """A message without ids, numbers, addresses, dates and quoted values; lower case, at most 2,000 characters."""
    text = text[:_TEXT].lower()
    for pattern, instead in _STEPS:
        text = pattern.sub(instead, text)
    return text.strip()


def fingerprint(event: ErrorEvent) -> str:
    """A stable hash of what an event is about: 32 hexadecimal digits behind the version of the rules."""
    parts = [VERSION, *_types(event), normalised(_message(event)), *_places(event)]
    return f"{VERSION}-{sha256(chr(0).join(parts).encode()).hexdigest()[:32]}"


def _types(event: ErrorEvent) -> list[str]:
    """The chain's types, cause first; an event without any is told apart by where it was logged."""
    types = [normalised(exception.type or "") for exception in event.exceptions[-_CHAIN:]]
    return types or [event.resource, event.logger or "", normalised(event.culprit or "")]


def _message(event: ErrorEvent) -> str:
    crash = event.crash
    return (crash.value if crash else None) or event.message or ("" if crash else event.title)


def _places(event: ErrorEvent) -> list[str]:
    """Module and function of the newest frames of our own code; of all frames where none is known to be ours."""
    frames = event.crash.frames if event.crash else ()
    own = [frame for frame in frames if frame.in_app] or list(frames)
    return [_place(frame) for frame in own[-_FRAMES:]]


def _place(frame: Frame) -> str:
    # Bundlers and releases rename files (`main.8f3a2b1c.js`), compilers number lambdas: only the names that last count.
    where = frame.module or (frame.filename or "").replace("\\", "/").rpartition("/")[2]
    return normalised(f"{where} {frame.function or ''}")
