"""The times that an alert was open: from its opening, or its coming back, until it was resolved. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.alerts.alert import Action, Source
from bot.insights.records import Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Spell:
    """One time that an alert was open. What was taken back within the undo window never happened."""

    alert_id: int
    began: datetime
    first: bool
    """It was the alert's opening, not its return."""
    acknowledged: datetime | None = None
    """When somebody first took it."""
    resolved: datetime | None = None
    resolved_by: Source | None = None

    @property
    def waited(self) -> list[timedelta]:
        """From the beginning until somebody took it; empty where nobody did."""
        return [self.acknowledged - self.began] if self.acknowledged else []

    @property
    def lasted(self) -> list[timedelta]:
        """From the beginning to the end; empty where it has not ended."""
        return [self.resolved - self.began] if self.resolved else []

    @property
    def worked(self) -> timedelta | None:
        """How long the fix took: from when somebody took it, or else from its beginning; None: not over."""
        return self.resolved - (self.acknowledged or self.began) if self.resolved else None


def spells(steps: Iterable[Step]) -> list[Spell]:
    """The spells of all alerts of which `steps` (oldest first for each alert) tell, by alert and time."""
    by_alert: dict[int, list[Step]] = {}
    for step in steps:
        by_alert.setdefault(step.alert_id, []).append(step)
    return [spell for own in by_alert.values() for spell in _of_one(without_undone(own))]


def without_undone(steps: Iterable[Step]) -> list[Step]:
    """The steps without those that were taken back, and without the taking back."""
    steps = list(steps)
    undone = {step.detail.get("transition") for step in steps if step.action is Action.UNDONE}
    return [step for step in steps if step.id not in undone and step.action is not Action.UNDONE]


def _of_one(steps: Iterable[Step]) -> list[Spell]:
    found: list[Spell] = []
    for step in steps:
        current = found[-1] if found and not found[-1].resolved else None
        if current is None:
            begins = step.action in (Action.OPENED, Action.REGRESSED, Action.REOPENED) and not step.after.quiet
            if begins:
                first = step.action is Action.OPENED
                found.append(Spell(alert_id=step.alert_id, began=step.at, first=first))
        elif step.action is Action.ACKNOWLEDGED and current.acknowledged is None:
            found[-1] = replace(current, acknowledged=step.at)
        elif step.action is Action.RESOLVED:
            found[-1] = replace(current, resolved=step.at, resolved_by=step.by)
    return found
