"""All that the deliveries of one issue said, as one event. Pure."""

from dataclasses import fields, replace
from typing import Any

from bot.alerts.event import ErrorEvent, Meaning, Origin

_TOGETHER = {"resource", "action", "meaning", "change", "remark", "exceptions", "main", "origin", "sample"}
_SINGLE = tuple(field.name for field in fields(ErrorEvent) if field.name not in _TOGETHER)
_SILENCE: tuple[Any, ...] = (None, "", ())


def merge(old: ErrorEvent | None, new: ErrorEvent) -> ErrorEvent:
    """Merge what a delivery says into what is known: the newest word wins, silence keeps the older.

    What a change or a remark says about itself is told by its transition and not kept here.
    """
    plain = replace(new, change=None, remark=None)
    if old is None:
        return plain
    if new.meaning is Meaning.REMARK:
        return old
    crash = new if new.exceptions else old
    teller = max(old, plain, key=_tells)
    said = {name: value for name in _SINGLE if (value := getattr(new, name)) not in _SILENCE}
    return replace(
        old,
        **said
        | {
            "resource": teller.resource,
            "action": teller.action,
            "meaning": teller.meaning,
            "exceptions": crash.exceptions,
            "main": crash.main,
            "sample": old.sample or new.sample,
            "origin": _merge_origins(old.origin, new.origin),
            "event_count": _best(max, old.event_count, new.event_count),
            "user_count": _best(max, old.user_count, new.user_count),
            "first_seen": _best(min, old.first_seen, new.first_seen),
            "last_seen": _best(max, old.last_seen, new.last_seen),
        },
    )


def _tells(event: ErrorEvent) -> tuple[bool, int]:
    return bool(event.exceptions), sum(getattr(event, name) not in _SILENCE for name in _SINGLE)


def _merge_origins(old: Origin, new: Origin) -> Origin:
    return Origin(
        service=new.service or old.service,
        region=new.region or old.region,
        version=new.version or old.version,
    )


def _best(choose: Any, *values: Any) -> Any:
    return choose((value for value in values if value is not None), default=None)
