"""What a delivery says, normalised: the frozen values that every other package reads.

All text in them is already redacted and bounded (see `bot.sentry.payloads`), and none of it may be trusted:
whoever triggered the error wrote it. Nothing here parses a webhook body.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.alerts.alert import Actor


class Meaning(StrEnum):
    """What a delivery means for an alert."""

    OCCURRENCE = "occurrence"
    """It happened, perhaps again: counted by event key."""
    CHANGE = "change"
    """Sentry's issue was created, resolved, archived, assigned or came back: see `ErrorEvent.change`."""
    REMARK = "remark"
    """Somebody, or Seer, said something about it: see `ErrorEvent.remark`."""
    OTHER = "other"
    """About no issue that we know of: an installation, a build, or a body we do not understand yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One line of a stack trace."""

    function: str | None = None
    module: str | None = None
    filename: str | None = None
    lineno: int | None = None
    colno: int | None = None
    in_app: bool | None = None
    context_line: str | None = None
    pre_context: tuple[str, ...] = ()
    post_context: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionInfo:
    """One exception of a chain; `frames` run oldest first, as Sentry sends them."""

    type: str | None = None
    value: str | None = None
    module: str | None = None
    handled: bool | None = None
    frames: tuple[Frame, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Breadcrumb:
    """One step that led to the error."""

    at: datetime | None = None
    category: str | None = None
    level: str | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """The request during which it broke; the URL has no query values and no credentials."""

    method: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where the instrumented service runs, from `extra.ai_metadata` (set by `bot.sentry.sdk`)."""

    service: str | None = None
    region: str | None = None
    version: str | None = None


class IssueStatus(StrEnum):
    """What became of Sentry's issue. `ignored` and `archived` are one thing."""

    CREATED = "created"
    UNRESOLVED = "unresolved"
    REGRESSED = "regressed"
    ESCALATING = "escalating"
    RESOLVED = "resolved"
    ARCHIVED = "archived"
    ASSIGNED = "assigned"


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueChange:
    """A change of Sentry's issue and who made it (a name, never an address)."""

    status: IssueStatus
    by: str | None = None
    by_machine: bool = False
    by_app: bool = False
    """An integration did it, most likely we ourselves; Sentry does not say which. Sentry's own doings are no app's."""
    assignee: str | None = None
    how: str | None = None
    """Sentry's own word for how it was resolved or archived: `now`, `in_next_release`, `until_escalating` …"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """Something said about an issue: a person's comment, or a finding of Seer's."""

    author: str
    text: str
    topic: str
    """`comment`, or Seer's action: `root_cause_completed`, `pr_created` …"""
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorEvent:
    """One delivery, normalised. What Sentry left out is None or empty, never a placeholder word."""

    resource: str
    action: str
    meaning: Meaning
    title: str
    issue_id: str | None = None
    short_id: str | None = None
    event_id: str | None = None
    org: str | None = None
    project: str | None = None
    culprit: str | None = None
    message: str | None = None
    level: str | None = None
    logger: str | None = None
    platform: str | None = None
    environment: str | None = None
    release: str | None = None
    transaction: str | None = None
    server_name: str | None = None
    exceptions: tuple[ExceptionInfo, ...] = ()
    """The chain, cause first; `crash` is the one that was raised last."""
    main: int | None = None
    """Index into `exceptions` of the one the title speaks of; None: the last."""
    request: HttpRequest | None = None
    user: str | None = None
    """A stable pseudonym of the affected user; never an address or a name."""
    tags: tuple[tuple[str, str], ...] = ()
    breadcrumbs: tuple[Breadcrumb, ...] = ()
    handled: bool | None = None
    event_count: int | None = None
    """Sentry's own total for the issue, where the delivery carries it."""
    user_count: int | None = None
    occurred_at: datetime | None = None
    first_seen: datetime | None = None
    last_seen: datetime | None = None
    rule: str | None = None
    """The Sentry alert rule that sent it."""
    web_url: str | None = None
    origin: Origin = Origin()
    change: IssueChange | None = None
    remark: Remark | None = None
    sample: bool = False
    """Sentry's "Send Test Notification"."""
    redacted: tuple[tuple[str, int], ...] = ()
    """What was removed, by kind: `(("email", 2), …)`."""

    @property
    def crash(self) -> ExceptionInfo | None:
        """The exception that the title speaks of."""
        if not self.exceptions:
            return None
        return self.exceptions[-1 if self.main is None else self.main]

    @property
    def crash_frame(self) -> Frame | None:
        """Where it broke: the newest frame of our own code, else the newest of all (in_app may be missing)."""
        frames = self.crash.frames if self.crash else ()
        return next((f for f in reversed(frames) if f.in_app), frames[-1] if frames else None)

    def tag(self, key: str) -> str | None:
        """The first value of the tag `key`, or None."""
        return next((value for name, value in self.tags if name == key), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One webhook request, read just far enough to count it.

    The full `ErrorEvent` costs a hundred times as much as these few fields, and in a storm nobody looks at it:
    intake calls `read` only for the first event of an issue and for those that say something new.
    """

    id: str
    """Identifies the delivery across retries (see DESIGN: never `Request-ID` or a timestamp)."""
    source: str
    resource: str
    action: str
    meaning: Meaning
    received_at: datetime
    read: Callable[[], ErrorEvent]
    issue_key: str | None = None
    """What one alert is about: `sentry:<issue id>`, `metric:<alert id>` …; None when about no issue."""
    event_key: str | None = None
    """Counts once, however many resources carry it: Sentry's event id. None: counts nothing by itself."""
    occurred_at: datetime | None = None
    user: str | None = None
    variant: str | None = None
    """Exception type and crash frame, cheaply: a new variant of a known issue is worth reading in full."""
    by: Actor | None = None
    """Who brought it here, where that was a person and not Sentry."""
    body: bytes = b""
    """The body without its secrets, bounded, for a delivery that is kept because it was not understood."""
