"""A pasted stack trace as an event, on the same way as a webhook's: redacted and bounded by `bot.sentry.reading`."""

import re
from hashlib import sha256

from bot.alerts.event import ErrorEvent, ExceptionInfo, Frame, Meaning
from bot.classify.fingerprint import fingerprint
from bot.sentry.addresses import PayloadContext
from bot.sentry.envelope import Payload
from bot.sentry.reading import read_event
from bot.traces.reading import Trace
from bot.untrusted.body import Object


def event_of(trace: Trace) -> ErrorEvent:
    """What a trace says, as Sentry would have told it."""
    values = [_exception(each) for each in trace.exceptions]
    event: Object = {"exception": {"values": values}, "platform": trace.platform, "level": "error"}
    if not trace.exceptions[-1].type:  # a cut-off trace: where it broke is what it can be called by
        newest = trace.exceptions[-1].frames[-1]
        event["title"] = " in ".join(filter(None, (newest.filename, newest.function)))
    payload = Payload(resource="pasted", action="triggered", data={}, event=event)
    return read_event(payload, PayloadContext(), Meaning.OCCURRENCE)


def key_of(event: ErrorEvent) -> str:
    """What makes two traces the same error: types, message without its numbers, and the newest calls of our own."""
    return sha256(fingerprint(event).encode()).hexdigest()[:24]


def short_type(name: str) -> str:
    """A type's name without its module, as Sentry writes titles: `CartError` of `shop.errors.CartError`."""
    return re.split(r"[.\\]|::", name)[-1]


def is_same(one: ErrorEvent, other: ErrorEvent) -> bool:
    """Whether two events are of the same error: one may have whole paths, and say less than the other."""
    if fingerprint(one) == fingerprint(other):
        return True
    here, there = one.crash, other.crash
    if not (here and there and here.type and there.type) or short_type(here.type) != short_type(there.type):
        return False
    places = [_place(each.crash_frame) for each in (one, other)]
    return places[0] == places[1] and any(places[0])


def _place(frame: Frame | None) -> tuple[str, str]:
    if frame is None:
        return "", ""
    file = (frame.filename or "").replace("\\", "/").rpartition("/")[2]
    return file, re.split(r"[.#]|::|->", frame.function or "")[-1]


def _exception(said: ExceptionInfo) -> Object:
    return {"type": said.type, "value": said.value, "stacktrace": {"frames": [_frame(each) for each in said.frames]}}


def _frame(frame: Frame) -> Object:
    return {
        "function": frame.function,
        "module": frame.module,
        "filename": frame.filename,
        "lineno": frame.lineno,
        "colno": frame.colno,
        "in_app": frame.in_app,
        "context_line": frame.context_line,
    }
