"""Deliveries, events and a clock for the tests of the store and of grouping."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from bot.alerts.alert import Action, Actor, Command, Source
from bot.alerts.classification import Category, Classification, FixTime, Severity
from bot.alerts.event import (
    Delivery,
    ErrorEvent,
    ExceptionInfo,
    Frame,
    IssueChange,
    IssueStatus,
    Meaning,
    Remark,
)

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ALICE = Actor(source=Source.USER, id="U1", name="Alice")
BOB = Actor(source=Source.USER, id="U2", name="Bob")
VERDICT = Classification(
    severity=Severity.HIGH,
    category=Category.DATABASE,
    root_cause="the pool is exhausted",
    suggested_action="raise its size",
    estimated_fix_time=FixTime.HOUR,
    confidence=0.8,
    made_by="rules",
)


@dataclass
class Clock:
    """A time that moves when told to."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, seconds: float) -> datetime:
        self.now += timedelta(seconds=seconds)
        return self.now


@dataclass
class Reading:
    """Counts how often the expensive reading happened."""

    event: ErrorEvent
    times: int = field(default=0)

    def __call__(self) -> ErrorEvent:
        self.times += 1
        return self.event


def event(meaning: Meaning = Meaning.OCCURRENCE, **said: object) -> ErrorEvent:
    frames = (Frame(function="charge", filename="pay.py", lineno=7, in_app=True),)
    crash = ExceptionInfo(type="ValueError", value="no card", frames=frames)
    exceptions = (crash,) if meaning is Meaning.OCCURRENCE else ()
    plain = ErrorEvent(
        resource="error",
        action="created",
        meaning=meaning,
        title="ValueError: no card",
        project="shop",
        short_id="SHOP-1",
        exceptions=exceptions,
    )
    return replace(plain, **said)  # type: ignore[arg-type]


def occurrence(
    number: int = 1,
    *,
    at: datetime = START,
    issue: str = "sentry:1",
    resource: str = "error",
    read: Callable[[], ErrorEvent] | None = None,
    **said: object,
) -> Delivery:
    """Event `number` of an issue, as `resource`; the same number again is the same event."""
    plain = Delivery(
        id=f"{resource}:{issue}:{number}",
        source="sentry",
        resource=resource,
        action="created",
        meaning=Meaning.OCCURRENCE,
        received_at=at,
        occurred_at=at,
        read=read or (lambda: event(resource=resource)),
        issue_key=issue,
        event_key=f"event-{number}",
        variant="ValueError@charge",
    )
    return replace(plain, **said)  # type: ignore[arg-type]


def changed(status: IssueStatus, *, at: datetime = START, issue: str = "sentry:1", **said: object) -> Delivery:
    """What Sentry's issue resource says; `said` goes into the `IssueChange`, but for the times."""
    times = {name: said.pop(name) for name in ("first_seen", "last_seen", "event_count") if name in said}
    change = IssueChange(status=status, **said)  # type: ignore[arg-type]
    told = event(Meaning.CHANGE, resource="issue", action=status.value, change=change, **times)
    return Delivery(
        id=f"issue:{issue}:{status.value}:{at.isoformat()}",
        source="sentry",
        resource="issue",
        action=status.value,
        meaning=Meaning.CHANGE,
        received_at=at,
        read=lambda: told,
        issue_key=issue,
    )


def remarked(text: str = "look here", *, at: datetime = START, issue: str = "sentry:1") -> Delivery:
    told = event(Meaning.REMARK, resource="comment", remark=Remark(author="Carol", text=text, topic="comment"))
    return Delivery(
        id=f"comment:{issue}:{at.isoformat()}",
        source="sentry",
        resource="comment",
        action="created",
        meaning=Meaning.REMARK,
        received_at=at,
        read=lambda: told,
        issue_key=issue,
    )


def command(action: Action, actor: Actor = ALICE, *, at: datetime = START, **said: object) -> Command:
    return Command(action=action, actor=actor, at=at, **said)  # type: ignore[arg-type]
