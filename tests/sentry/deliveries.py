"""Bodies of our own, and the way to hand one in as Sentry would.

Where the shared fixtures lie beside the repository, they are used too.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.alerts.event import Delivery, ErrorEvent
from bot.sentry.payloads import PayloadContext, understand

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
OWN = Path(__file__).parent / "bodies"
SHARED = Path(__file__).parents[2].parent / "shared" / "fixtures" / "sentry" / "webhooks"
EVERY_BODY = sorted([*OWN.glob("*.json"), *SHARED.glob("*.json")])
CONTEXT = PayloadContext(org="example-shop")
BARE = ("legacy", "service_hook")


def load(name: str) -> dict[str, Any]:
    """One of our own bodies, parsed."""
    body: dict[str, Any] = json.loads((OWN / f"{name}.json").read_text(encoding="utf-8"))
    return body


def wire(body: object) -> bytes:
    """As Sentry serialises it: compact, ASCII only."""
    return json.dumps(body, separators=(",", ":")).encode()


def headers(resource: str) -> dict[str, str]:
    """Sentry's headers; the legacy plugin and service hooks name no resource."""
    if resource.startswith(BARE):
        return {}
    return {"Sentry-Hook-Resource": resource, "Request-ID": "0" * 32, "Sentry-Hook-Timestamp": "1772463600"}


def deliver(
    name: str, body: object = None, *, context: PayloadContext = CONTEXT, more: Mapping[str, str] | None = None
) -> Delivery:
    """What is understood of the body called `name`, or of `body` sent under its resource."""
    raw = wire(load(name) if body is None else body)
    return understand(raw, headers(name.split(".")[0]) | dict(more or {}), received_at=NOW, settings=context)


def read(name: str, body: object = None, *, context: PayloadContext = CONTEXT) -> ErrorEvent:
    """The whole event of it."""
    return deliver(name, body, context=context).read()


def strings(value: object) -> Iterator[str]:
    """Every string anywhere inside a value of `bot.alerts.event`."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple | list):
        for part in value:
            yield from strings(part)
    elif hasattr(value, "__dataclass_fields__"):
        for name in value.__dataclass_fields__:
            yield from strings(getattr(value, name))
