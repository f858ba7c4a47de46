"""How incidents are read from what PagerDuty's REST API answers. No requests here."""

from collections.abc import Mapping

from bot.alerts.incident import Incident, IncidentStatus, OnCall
from bot.untrusted.body import first, identifier, mapping, moment, sequence, string, whole
from bot.untrusted.text import Pen, web_address

TITLE, NAME = 300, 100


def status_from(value: object) -> IncidentStatus | None:
    """PagerDuty's word for a status; None for any other."""
    known = {status.value: status for status in IncidentStatus}
    return known.get(string(value).lower())


def named(reference: object, pen: Pen) -> str | None:
    """The display name of what PagerDuty refers to: a user, a priority, an integration."""
    found = mapping(reference)
    return pen.text(first(found.get("summary"), found.get("name")), NAME)


def names(references: object, pen: Pen, key: str | None = None) -> tuple[str, ...]:
    """The names of a list of references, which stand under `key` of each entry where one is given."""
    entries = sequence(references)[:20]
    found = (named(mapping(entry).get(key) if key else entry, pen) for entry in entries)
    return tuple(name for name in found if name)


def read_incident(value: object) -> Incident | None:
    """An incident of the REST API; None where it is none."""
    body, pen = mapping(value), Pen()
    found, status = identifier(body.get("id")), status_from(body.get("status"))
    if found is None or status is None:
        return None
    return Incident(
        id=found,
        number=whole(body.get("incident_number")),
        status=status,
        title=pen.text(body.get("title"), TITLE) or "",
        dedup_key=string(body.get("incident_key")) or None,
        html_url=web_address(body.get("html_url")),
        priority=named(body.get("priority"), pen),
        urgency=pen.text(body.get("urgency"), 20),
        assignees=names(body.get("assignments"), pen, "assignee"),
        acknowledged_by=names(_by_people(body.get("acknowledgements")), pen, "acknowledger"),
        changed_at=moment(body.get("last_status_change_at")) or moment(body.get("created_at")),
        changed_by=named(body.get("last_status_change_by"), pen),
        escalation_policy=identifier(mapping(body.get("escalation_policy")).get("id")),
    )


def _by_people(acknowledgements: object) -> list[object]:
    """Those of people: an event that acknowledges an incident is nobody who has it."""
    entries = sequence(acknowledgements)
    return [e for e in entries if string(mapping(mapping(e).get("acknowledger")).get("type")).startswith("user")]


def current(incidents: Mapping[str, object]) -> Incident | None:
    """Of an answer that lists the incidents of one key, the open one, else the newest."""
    found = [incident for entry in sequence(incidents.get("incidents")) if (incident := read_incident(entry))]
    return max(found, key=lambda i: (i.status is not IncidentStatus.RESOLVED, i.number or 0), default=None)


def read_on_calls(answer: Mapping[str, object]) -> tuple[OnCall, ...]:
    """Who is on call, by level, each person once per level."""
    found: dict[tuple[int, str], OnCall] = {}
    for entry in map(mapping, sequence(answer.get("oncalls"))):
        level, name = whole(entry.get("escalation_level")), named(entry.get("user"), Pen())
        if level is not None and name:
            url = web_address(mapping(entry.get("user")).get("html_url"))
            found.setdefault(
                (level, name), OnCall(level=level, name=name, html_url=url, until=moment(entry.get("end")))
            )
    return tuple(sorted(found.values(), key=lambda on_call: (on_call.level, on_call.name)))
