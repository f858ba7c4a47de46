"""What an event says, made ready to be looked up: its text, its type names, its library frames, its HTTP status.

Reads the event and judges nothing; what a clue is evidence for stands in the rulebook.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.alerts.event import ErrorEvent, ExceptionInfo, Frame
from bot.classify import concepts
from bot.classify.patterns import Text

_SECOND_HAND = 0.85
"""How much a type counts that is only mentioned in the message, or that caused the crash."""
_FRAMES = 10
"""Library frames looked at, from the crash outwards."""
_PATH = 300
"""Characters of a path or a dotted name looked at, from its end."""
_MENTIONS = 12
"""Type names looked at in a message."""

_NAME = re.compile(r"[A-Za-z_@*][\w.:\\/$]{2,160}")
_CAMEL = re.compile(r"[a-z\d][A-Z]|::|\\|[A-Z]{2,}[a-z]|^E[A-Z]{3,}|_[A-Z]|\w\.[A-Z]")
_NOT_NAME = re.compile(r"::|[\\/$]")
_INNER = re.compile(r"\((\w{2,40})\)")
_VERSION = re.compile(r"[-@]v?\d[\w.+-]*$")
_STATUS = re.compile(
    r"(?:\bhttps?(?:/[\d.]{1,3})?(?: error| status| code| response)?|status(?:[ _]?code)?|response code"
    r"|\bresponded with|\breturned|\banswered|\berror|\bcode|\bresponse)"
    r"[\"':=(\[ ]{1,4}([1-5]\d\d)(?![\d.]| ?ms\b| ?byte)"
)
_REASON = re.compile(
    r"(?<![\d.])([45]\d\d)(?=[)]?(?: -|:|,)? ?(?:client error|server error|forbidden|unauthorized|not found|bad "
    r"|too many|internal|service |gateway|unprocessable|payment|method not|conflict|request timeout))"
)
_ROUTE = re.compile(
    r"(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS) |/|[a-z_/\d]{1,80}#[a-z_]+$|(?:mutation|query) \w"
    r"|[\w:.\\/]{0,120}(?:Controller|ViewSet|Resource|Endpoint)\b|[\w.]{1,80}\.views\.|[\w.]{1,80}/[A-Z]\w*$",
    re.ASCII,
)
_START = re.compile(
    r"(?:(?:\w+[./:#])?(?:main|__main__|<module>|start|startup|boot|bootstrap|init|initiali[sz]e|entrypoint|preflight|release)"
    r"|db:\w+|[\w:./ -]{0,60}\bmigrat(?:e|ions?|or)|flyway|liquibase|alembic|prestart)(?:\(\))?$",
    re.ASCII | re.IGNORECASE,
)
_HUMP = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_STATUS_TAGS = ("http.status_code", "status_code", "http.response.status_code", "response_status", "status")
_CLIENT_PLATFORMS = ("javascript", "cocoa", "android", "java-android", "react-native", "flutter", "dart", "unity")


@dataclass(frozen=True, slots=True)
class Name:
    """A type's name, dots between its parts, and how much it counts (0 to 1)."""

    full: str
    source: str
    factor: float = 1.0

    @property
    def last(self) -> str:
        """The name without its package."""
        return self.full.rpartition(".")[2]

    def ends(self) -> list[str]:
        """`a.b.C`, `b.C`, `C`: the most exact first."""
        parts = self.full.split(".")
        return [".".join(parts[at:]) for at in range(len(parts))]

    def packages(self) -> list[str]:
        """`a.*`, `a.b.*`: the packages that it stands in."""
        parts = self.full.split(".")
        return [".".join(parts[: at + 1]) + ".*" for at in range(len(parts) - 1)]


@dataclass(frozen=True, slots=True)
class Clues:
    """All that a rule may look at."""

    text: Text
    names: tuple[Name, ...]
    paths: dict[str, str]
    """Path parts of the library frames next to the crash, one to three in a row → the frame, for people."""
    statuses: tuple[int, ...]
    tags: frozenset[str]
    """`name=value`, lower case; the event's resource and logger are among them."""
    platform: str
    request: bool
    """A server was answering a client's request."""
    starting: bool
    """Nothing was being served: no transaction and no request, or one that says “start”."""
    own: bool
    """It crashed in our own code."""
    device: bool
    """It happened on one person's phone or in a browser."""
    said: str
    """The words of the type's name, and the text."""
    spots: Mapping[str, list[concepts.Spot]]
    """Concept → where it stands in `said`."""


def read(event: ErrorEvent) -> Clues:
    """Collect the clues of one event."""
    text = Text.of(_message(event))
    platform = (event.platform or "").lower()
    route = bool(event.transaction and _ROUTE.match(event.transaction))
    url = bool(event.request and event.request.url)
    crash_frame = event.crash.frames[-1] if event.crash and event.crash.frames else None
    names = tuple(_names(event, text))
    said = " ".join([*_words(names), text.plain])
    return Clues(
        text=text,
        names=names,
        paths=_paths(event),
        statuses=tuple(_statuses(event, text)),
        tags=frozenset(f"{key[:80]}={value[:80]}".lower() for key, value in _labels(event)),
        platform=platform,
        request=(route or url) and platform not in _CLIENT_PLATFORMS,
        starting=not (event.transaction or url) or bool(_START.match(event.transaction or "")),
        own=crash_frame is not None and crash_frame.in_app is True,
        device=platform in _CLIENT_PLATFORMS,
        said=said,
        spots=concepts.spots(said.lower()),
    )


def place(frame: Frame | None) -> str:
    """`shop/db.py:42`, as much of it as is known."""
    if frame is None or not (file := frame.filename or frame.module):
        return ""
    return f"{file}:{frame.lineno}" if frame.lineno else file


def _message(event: ErrorEvent) -> str:
    crash = event.crash
    kind = crash.type if crash and crash.type and " " in crash.type else None  # a sentence in a type's place
    said = [kind, crash.value if crash else None, event.message, *(e.value for e in event.exceptions if e is not crash)]
    unique = list(dict.fromkeys(part for part in said if part))
    return "\n".join(unique) if unique or crash else event.title


def _names(event: ErrorEvent, text: Text) -> Iterable[Name]:
    crash = event.crash
    if crash and crash.type:
        yield Name(_full_name(crash), "type")
        yield from (Name(inner, "type") for inner in _INNER.findall(crash.type[:200]))
    for cause in event.exceptions:
        if cause is not crash and cause.type:
            yield Name(_full_name(cause), "cause", _SECOND_HAND)
    mentions = (word for word in _NAME.findall(text.plain) if _CAMEL.search(word))
    for word in list(dict.fromkeys(mentions))[:_MENTIONS]:
        yield Name(_dotted(word), "message", _SECOND_HAND)


def _words(names: Iterable[Name]) -> Iterable[str]:
    """`acme.LedgerMismatchError` as the words of a sentence; the empty ones of every type are left away."""
    for name in names:
        if name.source == "type":
            yield from name.full.split(".")[:-1]
        yield from (part for part in _HUMP.findall(name.last[:80]) if part not in ("Error", "Exception", "Err"))
        yield ":"


def _full_name(exception: ExceptionInfo) -> str:
    name = _dotted(exception.type or "")
    return f"{exception.module}.{name}" if exception.module and "." not in name else name


def _dotted(name: str) -> str:
    return _NOT_NAME.sub(".", name[:200]).strip("*&.: ").split("[")[0].split(" ")[0]


def _paths(event: ErrorEvent) -> dict[str, str]:
    """Only the frames between our own last line and the crash: what our code had called."""
    frames = event.crash.frames if event.crash else ()
    if not frames:
        culprit = (event.culprit or "").partition(" in ")[0]
        return dict.fromkeys(_runs(culprit.replace(".", "/")), culprit)
    found: dict[str, str] = {}
    for frame in reversed(frames[-_FRAMES:]):
        if frame.in_app and "node_modules" not in (frame.filename or ""):
            break
        dotted = (name for name in (frame.module, frame.function) if name and "." in name)
        for path in (frame.filename or "", *(name.replace(".", "/") for name in dotted)):
            for run in _runs(path):
                found.setdefault(run, place(frame))
    return found


def _runs(path: str) -> Iterable[str]:
    """One to three parts of a path in a row, without endings and versions."""
    parts = path[-_PATH:].lower().replace("\\", "/").split("/")
    parts = [_VERSION.sub("", part.rpartition(".")[0] or part) for part in parts if part][-12:]
    return ("/".join(parts[at:until]) for at in range(len(parts)) for until in range(at + 1, at + 4))


def _labels(event: ErrorEvent) -> Iterable[tuple[str, str]]:
    yield from event.tags
    yield "resource", event.resource
    if event.logger:
        yield "logger", event.logger


def _statuses(event: ErrorEvent, text: Text) -> Iterable[int]:
    for key in _STATUS_TAGS:
        value = event.tag(key)
        if value and value.isdecimal() and 100 <= int(value[:4]) < 600:
            yield int(value[:4])
    yield from (int(found) for pattern in (_STATUS, _REASON) for found in pattern.findall(text.low))
