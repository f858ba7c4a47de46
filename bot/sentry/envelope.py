"""Which resource a body is, and where in it the event and the issue stand.

Sentry names the resource in a header only. Four shapes are known: the Integration Platform's envelope, the legacy
plugin's flat object, its Raven-era form, and service hooks with REST-style events. Nothing here looks at what happened.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.untrusted.body import Object, mapping, sequence, string

LEGACY, SERVICE_HOOK = "legacy", "service_hook"
UNKNOWN = "unknown"
_WORD = re.compile(r"[a-z0-9_.-]{1,40}")
_BY_KEY = {
    "metric_alert": "metric_alert",
    "activity": "activity_alert",
    "error": "error",
    "event": "event_alert",
    "comment_id": "comment",
    "issue": "issue",
    "run_id": "seer",
    "pull_requests": "seer",
    "buildId": "preprod_artifact",
    "installation": "installation",
}
"""A key of `data` → the resource, for a body without the header; the first that is there decides."""
_DEFAULT_ACTION = {"error": "created", "event_alert": "triggered", LEGACY: "triggered", SERVICE_HOOK: "triggered"}
_EVENT_KEY = {"error": "error", "event_alert": "event"}
_RAVEN = {
    "exception": "sentry.interfaces.Exception",
    "stacktrace": "sentry.interfaces.Stacktrace",
    "request": "sentry.interfaces.Http",
    "user": "sentry.interfaces.User",
    "logentry": "sentry.interfaces.Message",
    "breadcrumbs": "sentry.interfaces.Breadcrumbs",
    "csp": "sentry.interfaces.Csp",
    "threads": "threads",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """A parsed body, taken apart but not interpreted; what a resource does not have is empty."""

    resource: str
    action: str
    data: Object
    """The envelope's `data`; of a body without an envelope, all of it."""
    event: Object = field(default_factory=dict)
    issue: Object = field(default_factory=dict)
    actor: Object = field(default_factory=dict)
    installation: object = None

    def interface(self, name: str) -> object:
        """Part `name` of the event (exception, request …) wherever its sender keeps it; None where there is none."""
        modern = self.event.get(name)
        if modern is not None and not (name == "user" and not modern):
            return modern
        raven = self.event.get(_RAVEN.get(name, name))
        return raven if raven is not None else self._entry("message" if name == "logentry" else name)

    def _entry(self, kind: str) -> object:
        for entry in map(mapping, sequence(self.event.get("entries"))):
            if entry.get("type") == kind:
                return entry.get("data")
        return None


def take_apart(body: Object, named: str) -> Payload:
    """Find out which resource `body` is; `named`: what its header calls it."""
    if not named and (bare := _without_envelope(body)):
        return bare
    data = mapping(body.get("data"))
    resource = named if _WORD.fullmatch(named) else _guessed(data)
    action = string(body.get("action")).lower()
    if not _WORD.fullmatch(action):
        action = _DEFAULT_ACTION.get(resource, UNKNOWN) if not action else UNKNOWN
    return Payload(
        resource=resource,
        action=action,
        data=data,
        event=mapping(data.get(_EVENT_KEY.get(resource, ""))),
        issue=mapping(data.get("issue")) if resource in ("issue", "activity_alert") else {},
        actor=mapping(body.get("actor")),
        installation=mapping(body.get("installation")).get("uuid"),
    )


def named_resource(headers: Mapping[str, str], *, legacy: bool) -> str:
    """What Sentry's header calls the body; empty without one, and on the legacy route: the plugin sends none."""
    return "" if legacy else header(headers, "Sentry-Hook-Resource").lower()


def _guessed(data: Object) -> str:
    return next((resource for key, resource in _BY_KEY.items() if key in data), UNKNOWN)


def _without_envelope(body: Object) -> Payload | None:
    event, group = mapping(body.get("event")), mapping(body.get("group"))
    if not event or "data" in body:
        return None
    if group:
        return Payload(resource=SERVICE_HOOK, action="triggered", data=body, event=event, issue=group)
    return Payload(resource=LEGACY, action="triggered", data=body, event=event)


def header(headers: Mapping[str, str], name: str) -> str:
    """A header's value, whether or not the mapping minds the case; empty where it is missing."""
    return (headers.get(name) or headers.get(name.lower()) or "").strip()
