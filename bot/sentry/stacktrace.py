"""The chain of exceptions with its frames, oldest first, whichever of Sentry's shapes they come in.

Frames are bounded from the oldest end: the crash is the newest one. Nothing here judges whose code a frame is.
"""

from collections.abc import Sequence

from bot.alerts.event import ExceptionInfo, Frame
from bot.sentry.envelope import Payload
from bot.untrusted.body import Object, mapping, sequence, string, truth, whole
from bot.untrusted.text import NAME, PROSE, Pen

MAX_EXCEPTIONS, MAX_FRAMES, MAX_CAUSE_FRAMES = 10, 50, 15
FRAMES_WITH_CONTEXT, CONTEXT_LINES = 12, 5
"""How many frames, nearest to the crash, keep the lines around their own, and how many lines on each side."""


def read_exceptions(payload: Payload, pen: Pen) -> tuple[tuple[ExceptionInfo, ...], int | None]:
    """The chain, cause first, and the index of the one that the title speaks of (None: the last).

    An event without exceptions but with a stack trace (a message, a thread) has one entry without type and value.
    """
    chain = [found for found in map(mapping, _values(payload.interface("exception"))) if found]
    main = _main(chain, payload.event.get("main_exception_id"))
    start = max(0, len(chain) - MAX_EXCEPTIONS) if main is None else min(main, max(0, len(chain) - MAX_EXCEPTIONS))
    chain = chain[start : start + MAX_EXCEPTIONS]
    main = None if main is None else main - start
    if not chain:
        frames = _elsewhere(payload, {})
        return ((ExceptionInfo(frames=_frames(frames, pen, MAX_FRAMES)),) if frames else ()), None
    crash = len(chain) - 1 if main is None else main
    return tuple(_exception(entry, payload, pen, crash=i == crash) for i, entry in enumerate(chain)), main


def _values(interface: object) -> list[object]:
    """`{"values": […]}`, a bare list, or (old clients) the one exception itself."""
    if isinstance(interface, list):
        return interface
    found = mapping(interface)
    return sequence(found.get("values")) if "values" in found else [found]


def _main(chain: Sequence[Object], wanted: object) -> int | None:
    number = whole(wanted)
    if number is None:
        return None
    ids = [whole(mapping(entry.get("mechanism")).get("exception_id")) for entry in chain]
    return ids.index(number) if number in ids else None


def _exception(entry: Object, payload: Payload, pen: Pen, *, crash: bool) -> ExceptionInfo:
    frames = sequence(mapping(entry.get("stacktrace")).get("frames"))
    if crash and not frames:
        frames = _elsewhere(payload, entry)
    return ExceptionInfo(
        type=pen.text(entry.get("type"), NAME),
        value=pen.text(entry.get("value"), PROSE),
        module=pen.text(entry.get("module"), NAME),
        handled=truth(mapping(entry.get("mechanism")).get("handled")),
        frames=_frames(frames, pen, MAX_FRAMES if crash else MAX_CAUSE_FRAMES),
    )


def _elsewhere(payload: Payload, entry: Object) -> list[object]:
    """Frames of the event itself, or of a thread: the exception's own, the crashed, the current, the only one."""
    own = sequence(mapping(payload.interface("stacktrace")).get("frames"))
    if own:
        return own
    threads = [mapping(thread) for thread in _values(payload.interface("threads"))]
    traced = [thread for thread in threads if sequence(mapping(thread.get("stacktrace")).get("frames"))]
    wanted = entry.get("thread_id", entry.get("threadId"))
    chosen = next((t for t in traced if wanted is not None and t.get("id") == wanted), None)
    chosen = chosen or next((t for t in traced if t.get("crashed") is True), None)
    chosen = chosen or next((t for t in traced if t.get("current") is True), None)
    if chosen is None and len(traced) == 1:
        chosen = traced[0]
    return sequence(mapping(mapping(chosen).get("stacktrace")).get("frames"))


def _frames(values: list[object], pen: Pen, limit: int) -> tuple[Frame, ...]:
    """All text of all frames goes through the pen at once: one by one it would cost several times as much."""
    newest = [mapping(value) for value in values[-limit:]]
    bare = len(newest) - FRAMES_WITH_CONTEXT
    parts = [(_names(frame), *_context(frame, around=i >= bare)) for i, frame in enumerate(newest)]
    texts = iter(pen.lines([text for part in parts for group in part for text in group]))
    made = []
    for frame, part in zip(newest, parts, strict=True):
        names, before, line, after = (tuple(next(texts) for _ in group) for group in part)
        made.append(_frame(frame, names, (before, line[0] if line else "", after)))
    return tuple(made)


def _names(frame: Object) -> list[object]:
    """Function, module and file, each from the first of its fields that says something."""
    return [
        string(frame.get("function")) or frame.get("raw_function"),
        string(frame.get("module")) or frame.get("package"),
        string(frame.get("filename")) or frame.get("abs_path", frame.get("absPath")),
    ]


def _frame(frame: Object, names: tuple[str, ...], source: tuple[tuple[str, ...], str, tuple[str, ...]]) -> Frame:
    function, module, filename = (name.strip() or None for name in names)
    before, line, after = source
    return Frame(
        function=function,
        module=module,
        filename=filename,
        lineno=whole(frame.get("lineno", frame.get("lineNo"))),
        colno=whole(frame.get("colno", frame.get("colNo"))),
        in_app=truth(frame.get("in_app", frame.get("inApp"))),
        context_line=line or None,
        pre_context=before,
        post_context=after,
    )


def _context(frame: Object, *, around: bool) -> tuple[list[object], list[object], list[object]]:
    """Lines before, the line itself, lines after; REST events have them in one list of `[number, text]`."""
    if "context" in frame and "context_line" not in frame:
        return _numbered(frame, around=around)
    line = frame.get("context_line")
    before = sequence(frame.get("pre_context"))[-CONTEXT_LINES:] if around else []
    after = sequence(frame.get("post_context"))[:CONTEXT_LINES] if around else []
    return before, ([line] if isinstance(line, str) else []), after


def _numbered(frame: Object, *, around: bool) -> tuple[list[object], list[object], list[object]]:
    at = whole(frame.get("lineNo", frame.get("lineno"))) or 0
    before: list[object] = []
    line: list[object] = []
    after: list[object] = []
    for pair in sequence(frame.get("context"))[:40]:
        number = whole(pair[0]) if isinstance(pair, list) and len(pair) == 2 else None
        if number is not None:
            (before if number < at else after if number > at else line).append(sequence(pair)[1])
    return (before[-CONTEXT_LINES:], line[:1], after[:CONTEXT_LINES]) if around else ([], line[:1], [])
