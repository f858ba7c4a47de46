"""What a model sees of an event: parts in a fixed order, each with a name it can be referred to by, within a budget.

The text is redacted once more on its way out (what is stored already is: this is the second lock), and the markers by
which models tell their own turns apart are broken. Where it stands in the prompt is `prompt`'s business.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bot.alerts.alert import Counts
from bot.alerts.event import Breadcrumb, ErrorEvent, ExceptionInfo, Frame
from bot.classify.redact import Redactor

TOKENS = 2_500
"""Default budget for all parts together."""
_PER_TOKEN = 4
"""Characters in a token, as a rule of thumb: a tokenizer of each model's own would have to be downloaded."""
_FRAMES, _CONTEXT, _CRUMBS, _TAGS, _CAUSES, _LINE, _MESSAGE = 16, 3, 12, 30, 4, 200, 1_500
_SHARES = {"frames": 0.45, "message": 0.25, "tags": 0.12, "breadcrumbs": 0.13, "rest": 0.05}
"""Of the budget; what one section leaves over, the next may use."""
_TURNS = re.compile(r"(?i)<\|?(?=[\w/]{0,20}\|?>)|\|>|\[(?=/?(?:INST|SYS)\])|<<(?=/?SYS>>)")
_NOT_NAME = re.compile(r"[^\w.-]")
_CONTROL = dict.fromkeys((*range(9), *range(11, 32), 127, *range(0x200B, 0x2010), *range(0x202A, 0x202F), 0xFEFF))
_CONTROL |= dict.fromkeys(range(0xE0000, 0xE0080))  # the tag block: text that people cannot see and models read
_TOLD_ELSEWHERE = frozenset({"level", "environment", "release", "transaction", "server_name", "url"})


@dataclass(frozen=True, slots=True)
class Part:
    """One referable piece of an event: `frame:0`, `message`, `tag:release` …, and its text (untrusted)."""

    ref: str
    text: str


@dataclass(frozen=True, slots=True)
class Extract:
    """The parts in their order, and what was redacted of them, by kind (the event's own redactions included)."""

    parts: tuple[Part, ...]
    redacted: tuple[tuple[str, int], ...]


def tokens(text: str) -> int:
    """About how many tokens a text is: characters / 4, rounded up; scripts without spaces count each sign as one."""
    wide = sum(character >= "\u2e80" for character in text)
    return wide + (len(text) - wide + _PER_TOKEN - 1) // _PER_TOKEN


def extract(event: ErrorEvent, counts: Counts, budget: int = TOKENS) -> Extract:
    """Frames from the crash outwards, message, tags, breadcrumbs, the rest; within `budget` tokens, labels included."""
    redactor = Redactor()
    sections = {
        "frames": _frames(event),
        "message": _messages(event),
        "tags": _tags(event),
        "breadcrumbs": _breadcrumbs(event),
        "rest": _rest(event, counts),
    }
    chosen: list[Part] = []
    left = 0.0
    for name, parts in sections.items():
        left += budget * _SHARES[name]
        for part in parts:
            text = _safe(redactor, part)
            cost = tokens(text) + tokens(part.ref) + 2
            if text and cost <= left:
                chosen.append(Part(part.ref, text))
                left -= cost
    redacted = dict(event.redacted)
    for kind, number in redactor.counts:
        redacted[kind] = redacted.get(kind, 0) + number
    return Extract(tuple(chosen), tuple(sorted(redacted.items())))


def _safe(redactor: Redactor, part: Part) -> str:
    keep = ("ip",) if part.ref in ("release", "tag:release") else ()
    text = redactor.text(part.text, keep).translate(_CONTROL).strip()
    return _TURNS.sub(lambda match: match[0].replace("<", "‹").replace("|", "¦").replace("[", "("), text)


def _frames(event: ErrorEvent) -> Iterator[Part]:
    """Where it broke is `frame:0`; then the others from the newest outwards, context lines with our own code."""
    crash, first = event.crash, event.crash_frame
    frames = list(reversed(crash.frames)) if crash else []
    ordered = ([first] if first else []) + [frame for frame in frames if frame is not first]
    for number, frame in enumerate(ordered[:_FRAMES]):
        yield Part(f"frame:{number}", _frame(frame, with_context=number == 0 or bool(frame.in_app)))


def _frame(frame: Frame, *, with_context: bool) -> str:
    where = frame.filename or frame.module or "?"
    line = f":{frame.lineno}" if frame.lineno else ""
    whose = {True: " (own code)", False: " (library)", None: ""}[frame.in_app]
    head = f"{where[-_LINE:]}{line} in {(frame.function or '?')[:_LINE]}{whose}"
    if not with_context or not frame.context_line:
        return head
    before, after = frame.pre_context[-_CONTEXT:], frame.post_context[:_CONTEXT]
    lines = [*(f"  {text[:_LINE]}" for text in before), f"> {frame.context_line[:_LINE]}"]
    return "\n".join([head, *lines, *(f"  {text[:_LINE]}" for text in after)])


def _messages(event: ErrorEvent) -> Iterator[Part]:
    crash = event.crash
    main = _exception(crash) if crash else (event.message or event.title)
    yield Part("message", main[:_MESSAGE])
    if crash and event.message and event.message not in main:
        yield Part("logmessage", event.message[:_MESSAGE])
    causes = [one for one in event.exceptions if one is not crash]
    for number, cause in enumerate(reversed(causes[-_CAUSES:])):
        yield Part(f"cause:{number}", _exception(cause)[: _MESSAGE // 3])


def _exception(exception: ExceptionInfo) -> str:
    return ": ".join(part for part in (exception.type, exception.value) if part)


def _tags(event: ErrorEvent) -> Iterator[Part]:
    for name, value in event.tags[:_TAGS]:
        if name not in _TOLD_ELSEWHERE:
            yield Part("tag:" + _NOT_NAME.sub("_", name[:40]), value[:_LINE])


def _breadcrumbs(event: ErrorEvent) -> Iterator[Part]:
    """The newest are `breadcrumb:0`, `breadcrumb:1` …: they are the likeliest to matter."""
    for number, crumb in enumerate(reversed(event.breadcrumbs[-_CRUMBS:])):
        yield Part(f"breadcrumb:{number}", _crumb(crumb))


def _crumb(crumb: Breadcrumb) -> str:
    return " ".join(part for part in (crumb.level, crumb.category, (crumb.message or "")[:_LINE]) if part)


def _rest(event: ErrorEvent, counts: Counts) -> Iterable[Part]:
    request = event.request
    handled = {True: "yes", False: "no", None: ""}[event.handled]
    said = {
        "counts": f"{max(counts.total, event.event_count or 0)} events, "
        f"{max(counts.affected, event.user_count or 0)} users",
        "level": event.level,
        "environment": event.environment,
        "handled": handled,
        "request": " ".join(part for part in (request.method, request.url) if part) if request else "",
        "transaction": event.transaction,
        "release": event.release,
        "platform": event.platform,
        "culprit": event.culprit,
        "logger": event.logger,
        "server": event.server_name,
        "user": event.user,
    }
    return [Part(name, value[:_LINE]) for name, value in said.items() if value]
