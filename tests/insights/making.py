"""A week that can be counted by hand: steps, lines and cases for the tests of the figures."""

from datetime import UTC, datetime, timedelta
from itertools import count

from bot.alerts.alert import Action, Source, State
from bot.alerts.classification import Category, FixTime, Severity
from bot.insights.records import Case, Line, Opinion, Period, Step

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
WEEK = Period(MONDAY, MONDAY + timedelta(days=7))
_IDS = count(1)
_LEADS_TO = {
    Action.OPENED: State.OPEN,
    Action.ACKNOWLEDGED: State.ACKNOWLEDGED,
    Action.RESOLVED: State.RESOLVED,
    Action.REOPENED: State.OPEN,
    Action.REGRESSED: State.REGRESSED,
}


def at(hours: float) -> datetime:
    """So many hours into the week."""
    return MONDAY + timedelta(hours=hours)


def step(alert: int, hours: float, action: Action, by: Source = Source.USER, **said: object) -> Step:
    """Something that happened to an alert; `after` where it does not follow from the action."""
    after = said.pop("after", _LEADS_TO.get(action, State.OPEN))
    assert isinstance(after, State)
    return Step(id=next(_IDS), alert_id=alert, at=at(hours), action=action, by=by, after=after, detail=said)  # type: ignore[arg-type]


def undo(taken_back: Step, hours: float) -> Step:
    return step(taken_back.alert_id, hours, Action.UNDONE, transition=taken_back.id)


def line(alert: int, severity: Severity | None = Severity.HIGH, **said: object) -> Line:
    plain = {"title": f"ValueError: {alert}", "state": State.OPEN, "created_at": MONDAY, "category": Category.LOGIC}
    return Line(id=alert, severity=severity, **(plain | {"fix_time": FixTime.HOUR} | said))  # type: ignore[arg-type]


def opinion(severity: str, category: str, confidence: float = 1.0) -> Opinion:
    return Opinion(severity=Severity(severity), category=Category(category), confidence=confidence)


def case(alert: int, shown: Opinion | None, corrected: Opinion | None = None, **said: object) -> Case:
    return Case(alert_id=alert, **({"at": MONDAY} | said), shown=shown, corrected=corrected)  # type: ignore[arg-type]
