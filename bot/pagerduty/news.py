"""What an event of PagerDuty's means for its alert: a command, or nothing. Pure; writing it down is the store's.

Our own events come back as webhooks, too. They say what we knew, perhaps late, and must not undo what came after.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from bot.alerts.alert import Action, Actor, Alert, Command, Source, State, allowed
from bot.alerts.dossier import Shown
from bot.alerts.incident import Incident, IncidentStatus
from bot.pagerduty.payloads import Happening, PagerDutyEvent

AT_ONCE = timedelta(minutes=1)
"""So long after we sent something, what no person did in PagerDuty is what we did."""
_ACTIONS = {
    Happening.TRIGGERED: Action.ESCALATED,
    Happening.ACKNOWLEDGED: Action.ACKNOWLEDGED,
    Happening.UNACKNOWLEDGED: Action.UNACKNOWLEDGED,
    Happening.REOPENED: Action.REOPENED,
    Happening.RESOLVED: Action.RESOLVED,
}
_OURS = frozenset({Happening.TRIGGERED, Happening.ACKNOWLEDGED, Happening.RESOLVED})
"""What our own events can cause."""
_NOBODY_HAS_IT = (State.OPEN, State.REGRESSED)


def command(event: PagerDutyEvent, alert: Alert, sent: Shown, at: datetime) -> Command | None:
    """What `event`, heard `at`, does to `alert`; None: nothing to tell. `sent`: what we told PagerDuty."""
    if event.happening is Happening.OTHER or _echo(event, sent):
        return None
    action = _action(event, alert)
    if action is None:
        return None
    detail: dict[str, str | int] = {"happening": event.happening.value, "to": ", ".join(event.assignees)}
    if event.number is not None:
        detail["number"] = event.number
    if event.happening is Happening.PRIORITY_UPDATED:
        detail["priority"] = event.priority or ""
    actor = Actor(source=Source.PAGERDUTY, name=event.agent or "PagerDuty")
    return Command(action=action, actor=actor, at=at, detail={key: value for key, value in detail.items() if value})


def _echo(event: PagerDutyEvent, sent: Shown) -> bool:
    """Whether it is what we did ourselves."""
    if event.by_person or event.happening not in _OURS or not sent.external_id:
        return False
    just_now = not (event.occurred_at and sent.shown_at) or event.occurred_at <= sent.shown_at + AT_ONCE
    return event.by_integration or just_now


def _action(event: PagerDutyEvent, alert: Alert) -> Action | None:
    action, standing = _ACTIONS.get(event.happening), alert.standing
    if action is None:  # reassigned, the next level, a priority
        taken_away = event.status is IncidentStatus.TRIGGERED and standing.by.source is Source.PAGERDUTY
        return Action.ESCALATED if taken_away and standing.state is State.ACKNOWLEDGED else Action.INCIDENT
    if event.happening is Happening.TRIGGERED and standing.state not in _NOBODY_HAS_IT:
        return None
    if allowed(standing.state, action):
        return action
    return Action.INCIDENT if event.by_person else None


def incident(event: PagerDutyEvent, known: Incident | None) -> Incident | None:
    """The incident as it stands after `event`; None where that says nothing of it."""
    if event.incident_id is None or event.status is None:
        return known
    same = known is not None and known.id == event.incident_id
    before = known if known is not None and same else Incident(id=event.incident_id, status=event.status)
    took = event.happening is Happening.ACKNOWLEDGED
    who = ((event.agent,) if event.agent and event.by_person else ()) if took else before.acknowledged_by
    return replace(
        before,
        status=event.status,
        number=event.number if event.number is not None else before.number,
        title=event.title or before.title,
        dedup_key=event.dedup_key or before.dedup_key,
        html_url=event.html_url or before.html_url,
        priority=event.priority,
        urgency=event.urgency or before.urgency,
        assignees=event.assignees,
        acknowledged_by=who if event.status is IncidentStatus.ACKNOWLEDGED else (),
        changed_at=event.occurred_at if event.status is not before.status or not same else before.changed_at,
        heard_at=event.occurred_at or before.heard_at,
    )
