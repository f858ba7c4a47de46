"""A webhook request → a `Delivery`: its ids and what it means at once, the whole event when somebody asks.

In a storm thousands come in a second and most are only counted, so `understand` looks at a dozen fields and leaves the
rest to `Delivery.read`. The signature was checked before (see `bot.sentry.signature`); the text stays untrusted.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import partial

from bot.alerts.event import Delivery, ErrorEvent, Meaning
from bot.classify.redact import Redactor
from bot.sentry.addresses import PayloadContext
from bot.sentry.envelope import named_resource, take_apart
from bot.sentry.glance import GLANCED, glance
from bot.sentry.identity import delivery_id, event_key, issue_key, user, variant
from bot.sentry.meaning import meaning, understood
from bot.sentry.reading import occurred_at, read_event
from bot.untrusted.body import parse

__all__ = ["PayloadContext", "understand"]

KEPT_BYTES = 64 * 1024


def understand(raw: bytes, headers: Mapping[str, str], *, received_at: datetime, settings: PayloadContext) -> Delivery:
    """What a request's raw body says, whatever Sentry resource it is; one that is not understood means OTHER.

    Raises:
        Malformed: the body is no JSON object in UTF-8, or nested beyond reason.
    """
    named = named_resource(headers, legacy=settings.legacy)
    body = glance(raw) if named in GLANCED else None
    payload = take_apart(parse(raw) if body is None else body, named)
    found = meaning(payload)
    about = issue_key(payload, found)
    if about is None:
        found = Meaning.OTHER
    key = delivery_id(payload, raw, headers)
    return Delivery(
        id=key,
        source="sentry",
        resource=payload.resource,
        action=payload.action,
        meaning=found,
        received_at=received_at,
        read=partial(_read, raw, named, settings, found),
        issue_key=about,
        event_key=(event_key(payload) or key) if found is Meaning.OCCURRENCE else None,
        occurred_at=occurred_at(payload),
        user=user(payload, settings.pepper) if found is Meaning.OCCURRENCE else None,
        variant=variant(payload) if found is Meaning.OCCURRENCE else None,
        body=b"" if understood(payload, found) else _kept(raw),
    )


def _read(raw: bytes, named: str, settings: PayloadContext, found: Meaning) -> ErrorEvent:
    """Parse in full, for the few that somebody wants to look at."""
    return read_event(take_apart(parse(raw), named), settings, found)


def _kept(raw: bytes) -> bytes:
    """What is kept of a body that nobody understands yet, for whoever teaches us to: its beginning, without secrets."""
    return Redactor().text(raw[:KEPT_BYTES].decode(errors="replace")).encode()
