"""The whole event, put together from its parts: what `Delivery.read` does when somebody wants to look."""

from dataclasses import replace
from datetime import datetime

from bot.alerts.event import ErrorEvent, Meaning
from bot.sentry.addresses import PayloadContext, org_and_project, web_url
from bot.sentry.envelope import LEGACY, Payload
from bot.sentry.identity import event_id, issue_id, user
from bot.sentry.remarks import read_change, read_remark
from bot.sentry.stacktrace import read_exceptions
from bot.sentry.surroundings import handled_tag, raw_tags, read_breadcrumbs, read_origin, read_request, read_tags
from bot.sentry.titles import read_message, read_title
from bot.untrusted.body import first, mapping, moment, sequence, string, whole
from bot.untrusted.text import Pen

_HAPPENED = ("datetime", "dateCreated", "timestamp", "received", "dateReceived")
"""Where an event has its time, the surest first."""
_METRIC_LEVEL = {"critical": "fatal", "warning": "warning", "open": "error", "resolved": "info"}


def read_event(payload: Payload, context: PayloadContext, meaning: Meaning) -> ErrorEvent:
    """All that a delivery says, redacted and bounded. Never raises: what does not fit its field is None or empty."""
    pen = Pen()
    event, issue = payload.event, payload.issue
    exceptions, main = read_exceptions(payload, pen)
    crash = exceptions[-1 if main is None else main] if exceptions else None
    message, tags = read_message(payload, pen), read_tags(payload, pen)
    tagged = dict(reversed(tags))
    said = ErrorEvent(
        resource=payload.resource,
        action=payload.action,
        meaning=meaning,
        title=read_title(payload, crash, message, pen),
        short_id=pen.text(issue.get("shortId"), 100),
        culprit=_culprit(payload, pen),
        message=message,
        level=_level(payload, pen) or tagged.get("level"),
        logger=pen.text(first(event.get("logger"), issue.get("logger"), payload.data.get("logger"))),
        platform=pen.text(first(event.get("platform"), issue.get("platform")), 50),
        environment=_environment(payload, pen) or tagged.get("environment"),
        release=_release(payload, pen),
        transaction=pen.text(event.get("transaction")) or tagged.get("transaction"),
        server_name=pen.text(event.get("server_name")) or tagged.get("server_name"),
        exceptions=exceptions,
        main=main,
        request=read_request(payload, pen),
        tags=tags,
        breadcrumbs=read_breadcrumbs(payload, pen),
        handled=crash.handled if crash and crash.handled is not None else handled_tag(payload),
        rule=_rule(payload, pen),
        origin=read_origin(payload, pen),
        change=read_change(payload, pen) if meaning is Meaning.CHANGE else None,
        remark=read_remark(payload, pen) if meaning is Meaning.REMARK else None,
        sample=tagged.get("sample_event") == "yes",
    )
    return replace(_placed(said, payload, context), redacted=pen.redactor.counts)


def _placed(said: ErrorEvent, payload: Payload, context: PayloadContext) -> ErrorEvent:
    """With ids, addresses, counts and times: all that is no text, and so needs no pen."""
    issue = payload.issue
    org, project = org_and_project(payload, context)
    return replace(
        said,
        issue_id=issue_id(payload),
        event_id=event_id(payload),
        org=org,
        project=project,
        user=user(payload, context.pepper),
        event_count=whole(issue.get("count")),
        user_count=whole(issue.get("userCount")),
        occurred_at=occurred_at(payload),
        first_seen=moment(issue.get("firstSeen")),
        last_seen=moment(issue.get("lastSeen")),
        web_url=web_url(payload, context, org),
    )


def occurred_at(payload: Payload) -> datetime | None:
    """When it happened by the sender's clock, in UTC; for an issue when it was last seen."""
    for name in _HAPPENED:  # a storm's events have the first
        if at := moment(payload.event.get(name)):
            return at
    metric = mapping(payload.data.get("metric_alert"))
    seen, sent = payload.issue.get("lastSeen"), payload.data.get("timestamp")
    others = (seen, sent, metric.get("date_closed"), metric.get("date_detected"))
    return next((at for value in others if (at := moment(value))), None)


def _culprit(payload: Payload, pen: Pen) -> str | None:
    event, occurrence = payload.event, mapping(payload.event.get("occurrence"))
    given = (event.get("culprit"), payload.issue.get("culprit"), payload.data.get("culprit"), occurrence.get("culprit"))
    return pen.text(first(*given), 300)


def _level(payload: Payload, pen: Pen) -> str | None:
    """Sentry's word; a metric alert has none, so that its action is put into Sentry's words."""
    if payload.resource == "metric_alert":
        return _METRIC_LEVEL.get(payload.action)
    own = payload.data.get("level") if payload.resource == LEGACY else None
    occurrence = mapping(payload.event.get("occurrence"))
    return pen.text(first(payload.event.get("level"), payload.issue.get("level"), own, occurrence.get("level")), 20)


def _environment(payload: Payload, pen: Pen) -> str | None:
    rule = mapping(mapping(payload.data.get("metric_alert")).get("alert_rule"))
    return pen.text(first(payload.event.get("environment"), rule.get("environment")), 100)


def _release(payload: Payload, pen: Pen) -> str | None:
    """The version's name; REST events have an object there, and some events only a tag."""
    release = payload.event.get("release")
    version = mapping(release).get("version") if isinstance(release, dict) else release
    if not string(version):
        version = next((value for name, value in raw_tags(payload) if name == "release"), None)
    return pen.name(version)


def _rule(payload: Payload, pen: Pen) -> str | None:
    """The alert rule that sent it; several (legacy) are joined."""
    data = payload.data
    names = [string(name) for name in sequence(data.get("triggering_rules"))[:5]]
    metric = mapping(mapping(data.get("metric_alert")).get("alert_rule"))
    return pen.text(
        first(
            data.get("triggered_rule"),
            mapping(data.get("issue_alert")).get("title"),
            mapping(data.get("alert")).get("title"),
            metric.get("name"),
            ", ".join(filter(None, names)),
        )
    )
