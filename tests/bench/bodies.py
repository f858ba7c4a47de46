"""Made-up webhooks of 4 to 60 kB, as Sentry sends them for an error: signed, and ready to be written to a socket.

Everything that differs between two deliveries stands at the end of the body. So the digest of the long part before it
is taken once, and signing a delivery costs the load generator a few microseconds, whatever its size.
"""

import hashlib
import hmac
import json
import random
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

SECRET = "bench-sentry-secret"
SMALLEST, LARGEST = 4_000, 60_000
"""Bytes of a body. Sizes are spread evenly over the logarithm: half are below 15.5 kB, the mean is 21 kB."""
SHAPES = 64
_NOUNS = """account basket cache cart catalogue checkout client currency customer delivery discount handler invoice
 ledger limit order parcel payment price product queue refund request retry session shipment stock store total
 transaction upstream voucher warehouse worker"""
_WORDS = _NOUNS.split()
_MODULES = (
    "shop.checkout",
    "shop.orders",
    "shop.pricing",
    "shop.payments",
    "django.core.handlers.base",
    "requests.api",
)
_UUID = "11111111-2222-4333-8444-555555555555"


@dataclass(frozen=True, slots=True)
class _Shape:
    """The long, constant part of a body, and the HMAC over it."""

    start: bytes
    digest: "hmac.HMAC"


class Bodies:
    """Makes requests; the same seed makes the same shapes."""

    def __init__(self, seed: int = 20_260_302) -> None:
        made = random.Random(seed)  # noqa: S311  made-up text, no secret
        even = [(number + 0.5) / SHAPES for number in range(SHAPES)]
        sizes = [int(SMALLEST * (LARGEST / SMALLEST) ** share) for share in even]
        made.shuffle(sizes)
        self._shapes = [_shape(made, size) for size in sizes]
        self._now = datetime.now(UTC).isoformat()

    def request(self, number: int, issue: int) -> bytes:
        """The whole HTTP request for event `number` of `issue`: no two numbers are duplicates."""
        shape = self._shapes[number % SHAPES]
        tail = (
            f'"event_id":"{number:032x}","issue_id":"{issue:012d}","datetime":"{self._now}",'
            f'"title":"PaymentDeclined: the upstream refused voucher {issue:012d}",'
            f'"user":{{"id":"customer-{number % 997:06d}"}}}}}},'
            f'"actor":{{"type":"application","id":"sentry","name":"Sentry"}}}}'
        ).encode()
        digest = shape.digest.copy()
        digest.update(tail)
        head = (
            "POST /webhooks/sentry HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"Request-ID: {number:032x}\r\nSentry-Hook-Resource: error\r\nSentry-Hook-Timestamp: 1772446531\r\n"
            f"Sentry-Hook-Signature: {digest.hexdigest()}\r\nContent-Length: {len(shape.start) + len(tail)}\r\n\r\n"
        )
        return b"".join((head.encode(), shape.start, tail))


def _shape(made: random.Random, size: int) -> _Shape:
    """A body's constant part, filled up with frames, breadcrumbs and modules until it has about `size` bytes."""
    error = _error(made)
    frames = error["exception"]["values"][0]["stacktrace"]["frames"]
    crumbs = error["breadcrumbs"]["values"]
    length = len(_start(error)) + 350  # what `request` adds
    while length < size:
        share = made.random()
        if share < 0.6 and len(frames) < 60:
            frames.insert(0, _frame(made))
            length += len(json.dumps(frames[0])) + 2
        elif share < 0.9 and len(crumbs) < 100:
            crumbs.append(_crumb(made))
            length += len(json.dumps(crumbs[-1])) + 2
        else:
            name, value = f"{_two(made, '-')}-{len(error['modules'])}", f"{made.randrange(9)}.{made.randrange(30)}.1"
            error["modules"][name] = value
            length += len(name) + len(value) + 8
    start = _start(error)
    return _Shape(start, hmac.new(SECRET.encode(), start, hashlib.sha256))


def _start(error: dict[str, Any]) -> bytes:
    envelope = {"action": "created", "installation": {"uuid": _UUID}, "data": {"error": error}}
    return json.dumps(envelope).encode().removesuffix(b"}}}") + b","


def _error(made: random.Random) -> dict[str, Any]:
    crash = _frame(made) | {"module": "shop.checkout", "function": "settle", "filename": "shop/checkout.py"}
    raised = {
        "type": "PaymentDeclined",
        "value": f"the upstream refused: {_prose(made, 12)}",
        "module": "shop.payments",
        "mechanism": {"type": "django", "handled": False},
        "stacktrace": {"frames": [crash | {"in_app": True}]},
    }
    headers = [["Accept", "application/json"], ["User-Agent", "ShopApp/4.2 (made up)"], ["X-Request", "r-1"]]
    names = ("environment", "level", "handled", "server_name", "release", "runtime", "transaction", "browser")
    values = ("production", "error", "no", "web-3", "shop@4.2.0", "CPython 3.11.7", "/checkout/settle", "Firefox 128")
    return {
        "project": 4001,
        "release": "shop@4.2.0",
        "platform": "python",
        "message": "",
        "culprit": "shop.checkout in settle",
        "environment": "production",
        "level": "error",
        "logger": "shop.checkout",
        "transaction": "/checkout/settle",
        "metadata": {"type": "PaymentDeclined", "value": "the upstream refused", "function": "settle"},
        "exception": {"values": [raised]},
        "request": {"method": "POST", "url": "https://shop.example.com/checkout/settle", "headers": headers},
        "tags": [list(pair) for pair in zip(names, values, strict=True)],
        "contexts": {"runtime": {"name": "CPython", "version": "3.11.7"}, "trace": {"op": "http.server"}},
        "sdk": {"name": "sentry.python.django", "version": "2.40.0"},
        "web_url": "https://sentry.example.com/organizations/example-shop/issues/1/events/1/",
        "breadcrumbs": {"values": []},
        "modules": {},
    }


def _frame(made: random.Random) -> dict[str, Any]:
    module, function = made.choice(_MODULES), _two(made, "_")
    return {
        "function": function,
        "module": module,
        "filename": module.replace(".", "/") + ".py",
        "abs_path": f"/srv/app/{module.replace('.', '/')}.py",
        "lineno": made.randrange(10, 900),
        "in_app": module.startswith("shop"),
        "pre_context": [_code(made) for _ in range(5)],
        "context_line": f"        return self.{function}({_two(made, '_')})",
        "post_context": [_code(made) for _ in range(5)],
        "vars": {_two(made, "_"): f"'{_prose(made, 3)}'" for _ in range(5)},
    }


def _crumb(made: random.Random) -> dict[str, Any]:
    if made.random() < 0.4:
        data = {"url": f"https://{made.choice(_WORDS)}.example.com/v1/{made.choice(_WORDS)}", "method": "GET"}
        return {"type": "http", "category": "httplib", "timestamp": 1772446530.25, "level": "info", "data": data}
    category, message = f"shop.{made.choice(_WORDS)}", _prose(made, made.randrange(4, 16))
    return {"type": "log", "category": category, "timestamp": 1772446530.5, "level": "info", "message": message}


def _code(made: random.Random) -> str:
    return f"        {_two(made, '_')} = self.{_two(made, '_')}({made.choice(_WORDS)}, limit={made.randrange(90)})"


def _two(made: random.Random, between: str) -> str:
    return between.join(made.choices(_WORDS, k=2))


def _prose(made: random.Random, words: int) -> str:
    return " ".join(made.choices(_WORDS, k=words))
