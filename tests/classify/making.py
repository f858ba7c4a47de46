"""Events for the tests of classification, made from the few fields that matter."""

from typing import Any

from bot.alerts.event import ErrorEvent, ExceptionInfo, Frame, HttpRequest, Meaning


def event(type: str | None = None, value: str | None = None, **fields: Any) -> ErrorEvent:  # noqa: A002
    """An unhandled error in production; `frames` are (filename, function, lineno, in_app), the crash last."""
    frames = tuple(
        Frame(filename=filename, function=function, lineno=line, in_app=own)
        for filename, function, line, own in fields.pop("frames", ())
    )
    url = fields.pop("url", None)
    crash = ExceptionInfo(type=type, value=value, frames=frames)
    given: dict[str, Any] = {
        "resource": "error",
        "action": "created",
        "meaning": Meaning.OCCURRENCE,
        "title": f"{type}: {value}",
        "platform": "python",
        "level": "error",
        "environment": "production",
        "handled": False,
        "exceptions": (crash,) if type or value else (),
        "request": HttpRequest(url=url) if url else None,
    }
    return ErrorEvent(**(given | fields))
