"""The dozen fields of an event's body by which it is counted, without making objects of all the others.

A storm's bodies are some 20 kB each, nearly all of it frames and breadcrumbs that nobody looks at once the issue is
known: reading only what `bot.sentry.identity` asks for takes a third of the time of reading everything. The types
below say what that is, and a test holds that a glance and the whole body lead to the same delivery. What does not fit
them, a body of another shape or a broken one, is for `bot.untrusted.body.parse` to read or to refuse.
"""

from typing import Any, TypedDict, cast

from msgspec import DecodeError
from msgspec.json import Decoder

from bot.untrusted.body import Object

GLANCED = frozenset({"error", "event_alert"})
"""The resources that come in storms."""


class _Frame(TypedDict, total=False):
    function: Any
    module: Any
    filename: Any
    in_app: Any
    inApp: Any


class _Stacktrace(TypedDict, total=False):
    frames: list[_Frame] | None


class _Exception(TypedDict, total=False):
    type: Any
    value: Any
    stacktrace: _Stacktrace | None


class _Exceptions(TypedDict, total=False):
    values: list[_Exception] | None


Event = TypedDict(
    "Event",
    {
        # which event
        "event_id": Any,
        "eventID": Any,
        "eventId": Any,
        "id": Any,
        # of which issue
        "issue_id": Any,
        "groupID": Any,
        "group_id": Any,
        "issue_url": Any,
        "web_url": Any,
        "project": Any,
        "projectID": Any,
        "title": Any,
        "message": Any,
        "culprit": Any,
        "metadata": Any,
        # when
        "datetime": Any,
        "dateCreated": Any,
        "timestamp": Any,
        "received": Any,
        "dateReceived": Any,
        # whom, and where
        "user": Any,
        "tags": Any,
        "exception": _Exceptions | None,
        "stacktrace": _Stacktrace | None,
        # all of that as older senders have it
        "entries": Any,
        "sentry.interfaces.Exception": Any,
        "sentry.interfaces.Stacktrace": Any,
        "sentry.interfaces.User": Any,
    },
    total=False,
)


class _Data(TypedDict, total=False):
    error: Event
    event: Event
    triggered_rule: Any
    timestamp: Any
    project: Any
    project_slug: Any
    message: Any
    culprit: Any


class _Body(TypedDict, total=False):
    action: Any
    data: _Data


_decoder = Decoder(_Body)


def glance(raw: bytes) -> Object | None:
    """The body of an error or of an event alert with only the fields above; None where it has to be read in full."""
    try:
        if not raw.isascii():
            raw.decode()  # what is passed over is not looked at, and a body in another encoding is to be refused
        body = _decoder.decode(raw)
    except (DecodeError, UnicodeDecodeError, RecursionError):
        return None
    data = body.get("data", {})
    event = data.get("error") or data.get("event")
    return cast(Object, body) if event and _usual(event) else None


def _usual(event: Event) -> bool:
    """Whether the exception is where Sentry puts it today: older senders have it in forms that are not glanced at."""
    exception = event.get("exception")
    if exception is None:
        return True
    values = exception.get("values")
    return bool(values and values[-1])
