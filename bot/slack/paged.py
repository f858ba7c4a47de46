"""PagerDuty's incident as a line of the card: its number, who has it, who is on call. Pure."""

from bot.alerts.dossier import Dossier
from bot.alerts.incident import Incident, IncidentStatus
from bot.slack import words_pagerduty as words
from bot.slack.text import Mrkdwn, joined

_MAX_ON_CALL = 3


def incident_line(dossier: Dossier) -> Mrkdwn | None:
    """`PagerDuty #123 · acknowledged by Ana 14:05 · P1`; None where no incident is open."""
    incident = dossier.incident
    if incident is None or incident.status is IncidentStatus.RESOLVED:
        return None
    taken = incident.status is IncidentStatus.ACKNOWLEDGED
    others = incident.assignees if set(incident.assignees) != set(incident.acknowledged_by) else ()
    return joined(
        (
            words.incident_name(incident.number, incident.html_url),
            words.acknowledged(incident.acknowledged_by, incident.changed_at) if taken else None,
            words.assigned(others) if others else None,
            words.priority(incident.priority) if incident.priority else None,
            _on_call(incident),
        )
    )


def _on_call(incident: Incident) -> Mrkdwn | None:
    people = list(dict.fromkeys(each.name for each in incident.on_call))[:_MAX_ON_CALL]
    return words.on_call(people) if people else None
