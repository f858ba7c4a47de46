"""Everything that is known about one alert at one moment: what reconcile works from and what a card is made of."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Self

from bot.alerts.alert import Action, Alert, Transition
from bot.alerts.asking import Asked
from bot.alerts.classification import Classification
from bot.alerts.event import ErrorEvent
from bot.alerts.incident import Incident

PAGERDUTY, PAGERDUTY_LOOKUP, SENTRY = "pagerduty", "pagerduty_lookup", "sentry"
"""The targets beside Slack's: what pages, what asks how the page stands, Sentry's issue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a target (`slack_card`, `slack_thread` …) last showed of an alert, and how sending to it goes."""

    target: str
    channel: str = ""
    external_id: str = ""
    """The target's own id for it: a Slack message's `ts`. Empty: never sent."""
    version: int = 0
    """The alert's version that it shows."""
    digest: str = ""
    """Of the content last sent: the same content is not sent again."""
    cursor: int = 0
    """The id of the last transition that it told."""
    shown_at: datetime | None = None
    sending_since: datetime | None = None
    """A send was begun and its outcome never recorded: look for it outside before sending again."""
    attempts: int = 0
    next_try_at: datetime | None = None
    last_error: str = ""
    failing_since: datetime | None = None

    def healthy(self) -> Self:
        """The same, with nothing on its way and nothing wrong."""
        return replace(self, sending_since=None, attempts=0, next_try_at=None, last_error="", failing_since=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """One alert with all that stands around it."""

    alert: Alert
    event: ErrorEvent
    """All that its deliveries said, merged: the newest word wins, silence keeps the older."""
    classification: Classification | None = None
    """The verdict in force."""
    transitions: tuple[Transition, ...] = ()
    """Oldest first."""
    targets: Mapping[str, Shown] = field(default_factory=dict)
    asked: Asked | None = None
    """How asking a model about it stands; None: never."""
    incident: Incident | None = None
    """PagerDuty's, where somebody was ever paged."""
    sentry_checked_at: datetime | None = None
    """When Sentry was last asked whether something was missed; None: never, or nobody may ask."""

    @property
    def last_move(self) -> Transition | None:
        """The newest transition that changed the standing, machines' verdicts aside: what undo would take back."""
        moves = (t for t in reversed(self.transitions) if t.before != t.after and t.action is not Action.CLASSIFIED)
        return next(moves, None)

    @property
    def opened_quietly(self) -> bool:
        """It was already resolved or archived in Sentry when we first heard of it: not worth a message."""
        opened = next((t for t in self.transitions if t.action is Action.OPENED), None)
        return opened is not None and opened.after.state.quiet
