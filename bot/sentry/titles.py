"""Title and message: what an event is called, from the best of the many places where Sentry may say it."""

from bot.alerts.event import ExceptionInfo
from bot.sentry.envelope import LEGACY, Payload
from bot.sentry.identity import event_id, issue_id
from bot.untrusted.body import Object, first, mapping, sequence, string
from bot.untrusted.text import PROSE, TITLE, Pen

_SAYS_NOTHING = frozenset(
    {"none", "null", "undefined", "<unlabeled event>", "<unknown>", "<untitled>", "unknown", "error"}
)


def read_title(payload: Payload, crash: ExceptionInfo | None, message: str | None, pen: Pen) -> str:
    """What the event or issue is called: never empty, never a placeholder; as a last resort what it certainly is.

    `crash` and `message` are this event's, already redacted.
    """
    for value in _given(payload):
        text = pen.text(_one_line(value), TITLE)
        if text and text.lower() not in _SAYS_NOTHING:
            return text
    if crash and (crash.type or crash.value):
        made = ": ".join(filter(None, (crash.type, crash.value)))
    else:
        made = message or ""
    return _one_line(made)[:TITLE] or _last_resort(payload)


def read_message(payload: Payload, pen: Pen) -> str | None:
    """What the event says in its own words; for a monitor's event the subtitle and the important evidence."""
    if payload.resource == "metric_alert":
        measured = string(payload.data.get("description_text"))
        return pen.text(measured.replace("\\n", "\n"), PROSE)
    entry = mapping(payload.interface("logentry"))
    occurrence = mapping(payload.event.get("occurrence"))
    said = first(
        entry.get("formatted"),
        payload.event.get("message"),
        entry.get("message"),
        _evidence(occurrence),
        payload.data.get("message") if payload.resource == LEGACY else None,
    )
    return pen.text(said, PROSE)


def _given(payload: Payload) -> tuple[object, ...]:
    data, event = payload.data, payload.event
    subject = event or payload.issue
    metadata = mapping(subject.get("metadata"))
    typed = ": ".join(filter(None, (string(metadata.get("type")), string(metadata.get("value")))))
    metric = mapping(data.get("metric_alert"))
    return (
        subject.get("title"),
        metadata.get("title"),
        typed,
        mapping(event.get("occurrence")).get("issueTitle"),
        data.get("description_title"),
        mapping(metric.get("alert_rule")).get("name"),
        metric.get("title"),
        metadata.get("message"),
        data.get("message") if payload.resource == LEGACY else None,
        payload.issue.get("title"),
        _blocked(payload, metadata),
    )


def _blocked(payload: Payload, metadata: Object) -> str | None:
    """A browser's report of what a content security policy stopped."""
    report = mapping(payload.interface("csp"))
    directive = first(report.get("effective_directive"), report.get("violated_directive"), metadata.get("directive"))
    return f"CSP report: {string(directive):.100}" if string(directive) else None


def _evidence(occurrence: Object) -> str | None:
    lines = [string(occurrence.get("subtitle"))]
    for entry in map(mapping, sequence(occurrence.get("evidenceDisplay"))[:10]):
        name, value = string(entry.get("name")), string(entry.get("value"))
        if name and value and entry.get("important") is not False:
            lines.append(f"{name}: {value:.500}")
    return "\n".join(filter(None, lines)) or None


def _last_resort(payload: Payload) -> str:
    event, issue = event_id(payload), issue_id(payload)
    if payload.event and event:
        return f"Sentry event {event}"
    if issue:
        return f"Sentry issue {issue}"
    return f"Sentry {payload.resource.replace('_', ' ')}: {payload.action.replace('_', ' ')}"


def _one_line(value: object) -> str:
    return " ".join(string(value)[: 2 * PROSE].split())
