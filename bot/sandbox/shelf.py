"""Sentry's side: a shelf of ready-made deliveries, signed and sent as Sentry does it.

The bodies in `shelf/*.json` are made up. In them, `$NOW`, `$AGO_12` (minutes), `$TIMESTAMP`, `$EVENT_ID` and `$ID`
are filled in at each firing; issue ids stay the same, so that repetitions fold into one card.
"""

import asyncio
import hashlib
import hmac
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import uuid4

from bot.sandbox.courier import Courier, Receipt
from bot.sandbox.values import Json

FOLDER = Path(__file__).with_name("shelf")
PATH, LEGACY_PATH = "/webhooks/sentry", "/webhooks/sentry/legacy/{secret}"
STORM, AT_ONCE = 120, 20
RESOURCES = ("error", "event_alert", "issue", "metric_alert", "comment", "seer", "activity_alert", "installation",
             "preprod_artifact", "legacy")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Item:
    """One delivery on the shelf."""

    name: str
    title: str
    note: str
    resource: str
    body: Mapping[str, Any]
    order: int = 100


def load_shelf(folder: Path = FOLDER) -> dict[str, Item]:
    """All deliveries, by name, in the order in which the page shows them."""
    items = []
    for path in sorted(folder.glob("*.json")):
        raw = json.loads(path.read_text("utf-8"))
        items.append(Item(path.stem, raw["title"], raw["note"], raw["resource"], raw["body"], raw["order"]))
    return {item.name: item for item in sorted(items, key=lambda item: item.order)}


def fill_in(value: Any, words: Mapping[str, Callable[[str], object]]) -> Any:
    """`value` with each `$WORD` replaced; a string that is nothing but one word takes the word's own type."""
    if isinstance(value, dict):
        return {name: fill_in(inner, words) for name, inner in value.items()}
    if isinstance(value, list):
        return [fill_in(inner, words) for inner in value]
    if not isinstance(value, str) or "$" not in value:
        return value
    whole = _WORD.fullmatch(value)
    if whole and whole[1] in words:
        return words[whole[1]](whole[2] or "")
    return _WORD.sub(lambda hit: str(words[hit[1]](hit[2] or "")) if hit[1] in words else hit[0], value)


_WORD = re.compile(r"\$([A-Z]+(?:_ID)?)(?:_(\d+))?")


def fresh_words(now: float) -> dict[str, Callable[[str], object]]:
    """What the words of a body mean at this firing; a word means the same wherever it stands in one body."""
    at = datetime.fromtimestamp(now, UTC)
    event_id, number = uuid4().hex, uuid4().int % 10_000_000

    def ago(minutes: str) -> str:
        return (at - timedelta(minutes=int(minutes or 0))).strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    return {
        "NOW": lambda _: ago("0"),
        "AGO": ago,
        "TIMESTAMP": lambda _: round(now, 6),
        "EVENT_ID": lambda _: event_id,
        "ID": lambda _: number,
    }


def compact(body: object) -> bytes:
    """The bytes as Sentry's serialiser writes them: no spaces, everything beyond ASCII escaped."""
    return json.dumps(body, separators=(",", ":")).encode()


class Shelf:
    """Fires deliveries at the bot, signed with the integration's client secret."""

    def __init__(self, courier: Courier, *, secret: str) -> None:
        self.courier, self.secret = courier, secret
        self.learn: Callable[[str, Json], None] = lambda _resource, _body: None
        """Told of each delivery that somebody makes up, before it is sent: Sentry itself knows of it first."""

    @cached_property
    def items(self) -> dict[str, Item]:
        """What is on the shelf; read when first asked for."""
        return load_shelf()

    def body(self, name: str) -> Json:
        """The body of a delivery, filled in as it would be sent now."""
        filled: Json = fill_in(self.items[name].body, fresh_words(self.courier.standin.clock()))
        return filled

    async def fire(self, name: str) -> Receipt:
        """Send one delivery from the shelf."""
        return await self.send(self.items[name].resource, compact(self.body(name)), about=name)

    async def storm(self, name: str = "error", times: int = STORM) -> list[Receipt]:
        """Send many events of the same issue, each with its own event id, some at once."""
        turn = asyncio.Semaphore(AT_ONCE)

        async def one() -> Receipt:
            async with turn:
                return await self.fire(name)

        return await asyncio.gather(*(one() for _ in range(times)))

    def signature(self, body: bytes) -> str:
        """What Sentry puts on these bytes."""
        return hmac.new(self.secret.encode(), body, hashlib.sha256).hexdigest()

    async def send(self, resource: str, body: bytes, *, about: str = "pasted", signature: str = "") -> Receipt:
        """Send these bytes as this resource; with a `signature` of your own, to see it refused."""
        self.learn(resource, _readable(body))
        return await self.deliver(resource, body, about=about, signature=signature)

    async def deliver(self, resource: str, body: bytes, *, about: str, signature: str = "") -> Receipt:
        """Send what is known in Sentry already."""
        if resource == "legacy":
            path, headers = LEGACY_PATH.format(secret=self.secret), {"Content-Type": "application/json"}
        else:
            path, headers = (
                PATH,
                {
                    "Content-Type": "application/json",
                    "Request-ID": uuid4().hex,
                    "Sentry-Hook-Resource": resource,
                    "Sentry-Hook-Timestamp": str(int(self.courier.standin.clock())),
                    "Sentry-Hook-Signature": signature or self.signature(body),
                },
            )
        headers["User-Agent"] = "sentry/26.1.0 (https://sentry.io)"
        payload = _readable(body)
        kind = f"sentry {resource}"
        patience = self.courier.webhook_patience
        return await self.courier.post(path, body, headers, kind=kind, payload=payload, about=about, patience=patience)


def _readable(body: bytes) -> Json:
    try:
        parsed = json.loads(body)
    except ValueError:
        return {"unreadable": body.decode(errors="replace")}
    return parsed if isinstance(parsed, dict) else {"value": parsed}
