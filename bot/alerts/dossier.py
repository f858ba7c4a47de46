"""Everything that is known about one alert at one moment: what reconcile works from and what a card is made of."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Self

from bot.alerts.alert import Action, Alert, Source, Transition
from bot.alerts.asking import Asked
from bot.alerts.classification import Classification, Severity
from bot.alerts.event import ErrorEvent
from bot.alerts.incident import Incident
from bot.alerts.mutes import Mute, muted_by
from bot.alerts.storms import Membership, Storm

CARD, PAGERDUTY, PAGERDUTY_LOOKUP, SENTRY = "slack_card", "pagerduty", "pagerduty_lookup", "sentry"
"""Targets that others ask for: the card, what pages, what asks how the page stands, Sentry's issue."""


_ASIDE = frozenset({Action.CLASSIFIED, Action.NOTIFIED, Action.REMINDED, Action.WANTED})
"""What changes the standing without deciding anything."""
_STIRS = frozenset({Action.OPENED, Action.REGRESSED, Action.RECURRED})
"""What makes an alert news again."""


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
    storm: Storm | None = None
    """What is known of the storm, where the alert is one."""
    member: Membership | None = None
    """The storm that it is part of."""
    mutes: tuple[Mute, ...] = ()
    """The team's, whatever they are about, and whether or not they still hold."""

    def muted(self, now: datetime) -> Mute | None:
        """The mute that hides the alert's card now; a card that somebody asked for is not hidden."""
        verdict = self.classification
        if self.alert.standing.wanted:
            return None
        severity, category = (verdict.severity, verdict.category) if verdict else (None, None)
        return muted_by(self.mutes, self.event, severity, category, now)

    @property
    def private(self) -> bool:
        """One person looked it up, and nothing has happened to it since: a card would only surprise the others."""
        opened = next((t for t in self.transitions if t.action is Action.OPENED), None)
        nobody_else = all(t.action in (Action.OPENED, Action.CLASSIFIED) for t in self.transitions)
        looked_up = opened is not None and opened.actor.source is Source.USER and not self.alert.counts.events
        return looked_up and nobody_else and not self.alert.standing.wanted

    sentry_checked_at: datetime | None = None
    """When Sentry was last asked whether something was missed; None: never, or nobody may ask."""

    @property
    def critical(self) -> bool:
        """Whether the verdict in force says so."""
        return self.classification is not None and self.classification.severity is Severity.CRITICAL

    @property
    def stirred_at(self) -> datetime:
        """When it began, or last came back."""
        return max((t.at for t in self.transitions if t.action in _STIRS), default=self.alert.created_at)

    @property
    def hushed(self) -> bool:
        """A storm speaks for it: no card unless it has one or somebody wants it, no page, no model of its own.

        After the storm it stays silent until it comes back: the storm's card has it on its list.
        """
        if self.member is None or self.alert.standing.wanted:
            return False
        return self.member.ended_at is None or self.stirred_at <= self.member.ended_at

    @property
    def last_move(self) -> Transition | None:
        """The newest transition that changed the standing, what machines note aside: what undo would take back."""
        moves = (t for t in reversed(self.transitions) if t.before != t.after and t.action not in _ASIDE)
        return next(moves, None)

    @property
    def opened_quietly(self) -> bool:
        """It was already resolved or archived in Sentry when we first heard of it: not worth a message."""
        opened = next((t for t in self.transitions if t.action is Action.OPENED), None)
        return opened is not None and opened.after.state.quiet
