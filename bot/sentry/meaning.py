"""What a resource and its action mean for an alert: the table that a new resource of Sentry's is added to."""

from bot.alerts.event import IssueStatus, Meaning
from bot.sentry.comment import is_ours
from bot.sentry.envelope import LEGACY, SERVICE_HOOK, Payload
from bot.untrusted.body import mapping, string

_EVENTS = {("error", "created"), ("event_alert", "triggered"), (LEGACY, "triggered"), (SERVICE_HOOK, "triggered")}
_QUIET = {
    ("installation", "created"),
    ("installation", "deleted"),
    ("comment", "deleted"),
    ("preprod_artifact", "size_analysis_completed"),
    ("preprod_artifact", "build_distribution_completed"),
}
"""Known, and about no alert."""
_STATUS = {
    "created": IssueStatus.CREATED,
    "resolved": IssueStatus.RESOLVED,
    "assigned": IssueStatus.ASSIGNED,
    "archived": IssueStatus.ARCHIVED,
    "ignored": IssueStatus.ARCHIVED,
    "unresolved": IssueStatus.UNRESOLVED,
}
_SUBSTATUS = {"regressed": IssueStatus.REGRESSED, "escalating": IssueStatus.ESCALATING}
_ACTIVITY = {
    "set_resolved": IssueStatus.RESOLVED,
    "set_unresolved": IssueStatus.UNRESOLVED,
    "set_regression": IssueStatus.REGRESSED,
    "set_escalating": IssueStatus.ESCALATING,
    "set_ignored": IssueStatus.ARCHIVED,
    "assigned": IssueStatus.ASSIGNED,
}


def meaning(payload: Payload) -> Meaning:
    """What the delivery means, going by its resource, its action and, for an activity, its type."""
    resource, action = payload.resource, payload.action
    if (resource, action) in _EVENTS and payload.event:
        return Meaning.OCCURRENCE
    if resource == "issue" and payload.issue and action in _STATUS:
        return Meaning.CHANGE
    if resource == "metric_alert" and payload.data.get("metric_alert"):
        return _metric(action)
    if resource == "comment" and _our_own(payload):
        return Meaning.OTHER
    if (resource == "comment" and action in ("created", "updated")) or (resource == "seer" and finding(action)):
        return Meaning.REMARK
    if resource == "activity_alert" and payload.issue:
        return _activity(payload)
    return Meaning.OTHER


def understood(payload: Payload, found: Meaning) -> bool:
    """Whether nothing would be gained by keeping the body for a person to look at."""
    if found is not Meaning.OTHER or (payload.resource, payload.action) in _QUIET or _our_own(payload):
        return True
    began = payload.action if payload.resource == "seer" else activity(payload)
    return began.endswith("_started")


def status(payload: Payload) -> IssueStatus | None:
    """What became of the issue, for a delivery that means a change."""
    if payload.resource == "metric_alert":
        return IssueStatus.RESOLVED
    if payload.resource == "activity_alert":
        return _activity_status(payload)
    found = _STATUS.get(payload.action)
    if found is IssueStatus.UNRESOLVED:
        return _SUBSTATUS.get(string(payload.issue.get("substatus")), found)
    return found


def activity(payload: Payload) -> str:
    """The type of an activity alert's activity: `seer_root_cause_completed`, `set_resolved` …; empty for others."""
    return string(mapping(payload.data.get("activity")).get("type")).lower()


def finding(action: str) -> bool:
    """Whether Seer has something to say; that it began says nothing."""
    return action.endswith("_completed") or action == "pr_created"


def _our_own(payload: Payload) -> bool:
    """Whether it is the bot's comment that comes back: no news."""
    return payload.actor.get("type") == "application" and is_ours(string(payload.data.get("comment")))


def _metric(action: str) -> Meaning:
    if action == "resolved":
        return Meaning.CHANGE
    return Meaning.OCCURRENCE if action in ("critical", "warning", "open") else Meaning.OTHER


def _activity(payload: Payload) -> Meaning:
    kind = activity(payload)
    if _activity_status(payload):
        return Meaning.CHANGE
    if kind.endswith("_started"):
        return Meaning.OTHER
    details = mapping(mapping(payload.data.get("activity")).get("details"))
    says = finding(kind) or string(details.get("summary")) or string(details.get("text"))
    return Meaning.REMARK if kind and says else Meaning.OTHER


def _activity_status(payload: Payload) -> IssueStatus | None:
    kind = activity(payload)
    return next((found for known, found in _ACTIVITY.items() if kind == known or kind.startswith(f"{known}_")), None)
