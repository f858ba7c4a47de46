"""What a delivery is counted by: its own id, its issue, its event, the user, the variant.

All of it is cheap, and none of it is text to show.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256

from bot.alerts.event import Meaning
from bot.sentry.envelope import LEGACY, SERVICE_HOOK, Payload, header
from bot.sentry.meaning import activity
from bot.untrusted.body import Object, first, identifier, mapping, sequence, string

_IN_URL = re.compile(r"/issues/([0-9]{1,20})(?:/|\?|$)")
_PRINTABLE = re.compile(r"[\x21-\x7e]{1,120}")
_LONGEST = 200
_NEWEST = 50
"""Frames that are searched for one of the service's own code."""


def delivery_id(payload: Payload, raw: bytes, headers: Mapping[str, str]) -> str:
    """The same for every attempt at one delivery, different for any other; at most 200 characters.

    From Sentry's own `Idempotency-Key` where it sends one, else from what the body is about, else from its bytes.
    """
    given = header(headers, "Idempotency-Key")
    if given:
        return _short(f"{payload.resource}:key:{given if _PRINTABLE.fullmatch(given) else _digest(given)}")
    about = _ABOUT.get(payload.resource)
    parts = about(payload) if about else (None,)
    if parts[0] is None:
        return f"{payload.resource}:body:{sha256(raw).hexdigest()}"
    return _short(":".join((payload.resource, *(str(part or "") for part in parts))))


def issue_key(payload: Payload, meaning: Meaning) -> str | None:
    """What one alert is about: `sentry:<issue id>`, `metric:<alert id>`, `group:<hash>`; None when about no issue."""
    if meaning is Meaning.OTHER:
        return None
    if payload.resource == "metric_alert":
        metric = identifier(mapping(payload.data.get("metric_alert")).get("id"))
        return f"metric:{metric}" if metric else None
    issue = issue_id(payload)
    if issue:
        return f"sentry:{issue}"
    return f"group:{_group(payload)}" if payload.event else None


def issue_id(payload: Payload) -> str | None:
    """Sentry's id of the issue, from the field where it has one, else out of an address (events before 2022)."""
    data, event = payload.data, payload.event
    if payload.issue:
        return identifier(payload.issue.get("id"))
    if payload.resource == LEGACY:
        return identifier(data.get("id")) or _from_url(data.get("url"))
    if event:
        field = first(event.get("issue_id"), event.get("groupID"), event.get("group_id"))
        return identifier(field) or _from_url(event.get("issue_url")) or _from_url(event.get("web_url"))
    return identifier(first(data.get("issue_id"), data.get("group_id"), data.get("groupId")))


def event_id(payload: Payload) -> str | None:
    """Sentry's id of the event, as 32 hex digits where it is a UUID; None for a delivery about no single event."""
    event = payload.event
    found = identifier(first(event.get("event_id"), event.get("eventID"), event.get("eventId"), event.get("id")))
    return found.replace("-", "").lower() if found else None


def event_key(payload: Payload) -> str | None:
    """Counts an occurrence once, whatever carries it; None for an event without an id (very old ones)."""
    if payload.resource == "metric_alert":
        return _short(":".join(("metric", *(str(part or "") for part in _metric(payload)))))
    return event_id(payload)


def user(payload: Payload, pepper: bytes) -> str | None:
    """A stable pseudonym of the affected user within the project; without `pepper` an address could be guessed back."""
    who = _who(payload)
    if not who:
        return None
    project = first(payload.event.get("project"), payload.event.get("projectID"), payload.data.get("project_slug"))
    return "u-" + sha256(pepper + f"\0{project}\0{who}".encode("utf-8", "replace")).hexdigest()[:12]


def variant(payload: Payload) -> str | None:
    """A hash of the exception's type and of where it broke, without line numbers; None for an event without one."""
    exception = payload.interface("exception")
    values = sequence(mapping(exception).get("values") or exception)
    raised = mapping(values[-1]) if values else mapping(exception)
    if not raised:
        return None
    stack = raised.get("stacktrace") or payload.interface("stacktrace")
    frame = _crash_frame(sequence(mapping(stack).get("frames")))
    place = first(frame.get("module"), frame.get("filename"), "")
    return _digest(f"{raised.get('type')!s:.200}\0{place!s:.200}\0{frame.get('function')!s:.200}")[:16]


def _crash_frame(frames: Sequence[object]) -> Object:
    """The newest frame of the service's own code, else the newest."""
    for frame in frames[: -_NEWEST - 1 : -1]:
        if isinstance(frame, dict) and (frame.get("in_app") is True or frame.get("inApp") is True):
            return frame
    return mapping(frames[-1] if frames else None)


def _who(payload: Payload) -> str | None:
    known = mapping(payload.interface("user"))
    for key in ("id", "username", "email", "ip_address"):
        value = known.get(key)
        value = (
            str(value) if isinstance(value, int) and not isinstance(value, bool) and value < 10**20 else string(value)
        )
        if value and not value.startswith("[Filtered"):
            return f"{'ip' if key == 'ip_address' else key}:{value:.200}"
    for tag in () if known else sequence(payload.event.get("tags")):
        if isinstance(tag, list) and len(tag) == 2 and tag[0] in ("user", "sentry:user"):
            return string(tag[1])[:200] or None
    return None


def _group(payload: Payload) -> str:
    """For an event that names no issue: what Sentry would most likely have put into one."""
    event, metadata = payload.event, mapping(payload.event.get("metadata"))
    project = first(event.get("project"), payload.data.get("project_slug"), payload.data.get("project"))
    title = first(metadata.get("type"), event.get("title"), event.get("message"), payload.data.get("message"))
    culprit = first(event.get("culprit"), payload.data.get("culprit"))
    return _digest("\0".join(_stamp(part, 300) for part in (project, title, culprit)))[:24]


def _from_url(value: object) -> str | None:
    found = _IN_URL.search(string(value)[:500])
    return found[1] if found else None


def _error(payload: Payload) -> tuple[object, ...]:
    return (event_id(payload),)


def _event_alert(payload: Payload) -> tuple[object, ...]:
    return event_id(payload), _digest(string(payload.data.get("triggered_rule")))[:12]


def _issue(payload: Payload) -> tuple[object, ...]:
    """Archiving sends `archived` and `ignored`, one right after the other: one delivery."""
    issue = payload.issue
    details = [string(payload.data.get("resolution_type")), string(issue.get("substatus"))]
    details += sorted(mapping(issue.get("statusDetails")))
    assignee = mapping(first(payload.data.get("assignee"), issue.get("assignedTo")))
    details.append(f"{identifier(assignee.get('type'))}:{identifier(assignee.get('id'))}")
    action = "archived" if payload.action == "ignored" else payload.action
    return issue_id(payload), action, _stamp(issue.get("lastSeen")), _digest("\0".join(details))[:12]


def _activity_alert(payload: Payload) -> tuple[object, ...]:
    doing = mapping(payload.data.get("activity"))
    said = string(mapping(doing.get("details")).get("summary")) or string(mapping(doing.get("details")).get("text"))
    rule = identifier(mapping(payload.data.get("alert")).get("id"))
    return issue_id(payload), activity(payload)[:60], rule, _stamp(payload.issue.get("lastSeen")), _digest(said)[:12]


def _comment(payload: Payload) -> tuple[object, ...]:
    at = _stamp(payload.data.get("timestamp")) if payload.action == "updated" else ""
    edit = _digest(string(payload.data.get("comment")))[:12] if payload.action == "updated" else ""
    return identifier(payload.data.get("comment_id")), payload.action, at, edit


def _metric(payload: Payload) -> tuple[object, ...]:
    """One incident can turn critical twice, and its dates do not tell: the text with the measured value does."""
    metric = mapping(payload.data.get("metric_alert"))
    at = first(metric.get("date_closed"), metric.get("date_detected"), metric.get("date_started"))
    measured = _digest(string(payload.data.get("description_text")))[:12]
    return identifier(metric.get("id")), payload.action, _stamp(at), measured


def _seer(payload: Payload) -> tuple[object, ...]:
    return identifier(first(payload.data.get("run_id"), payload.data.get("sentry_run_id"))), payload.action


def _installation(payload: Payload) -> tuple[object, ...]:
    return identifier(payload.installation), payload.action


def _legacy(payload: Payload) -> tuple[object, ...]:
    event = event_id(payload)
    return (issue_id(payload) if event else None), event


_ABOUT: dict[str, Callable[[Payload], tuple[object, ...]]] = {
    "error": _error,
    "event_alert": _event_alert,
    "issue": _issue,
    "activity_alert": _activity_alert,
    "comment": _comment,
    "metric_alert": _metric,
    "seer": _seer,
    "installation": _installation,
    LEGACY: _legacy,
    SERVICE_HOOK: _error,
}


def _stamp(value: object, limit: int = 40) -> str:
    number = isinstance(value, int | float) and -1e18 < value < 1e18
    return str(value) if number else string(value)[:limit]


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8", "replace")).hexdigest()


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:100]}:{_digest(text)}"
