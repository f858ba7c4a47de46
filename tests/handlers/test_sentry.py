"""The Sentry routes over real HTTP: what is refused, how it is said, and what is kept."""

import asyncio
import hashlib
import hmac
import json
import sqlite3
from contextlib import closing

import pytest

from tests.scenarios.conftest import Stage

EVENT = {
    "action": "triggered",
    "installation": {"uuid": "00000000-0000-0000-0000-000000000000"},
    "data": {
        "event": {
            "event_id": "0" * 32,
            "issue_id": "4242",
            "title": "ValueError: no such coupon",
            "url": "https://sentry.example.com/api/0/projects/example-shop/shop-api/events/1/",
            "exception": {"values": [{"type": "ValueError", "value": "no such coupon"}]},
        },
        "triggered_rule": "Anything new",
    },
    "actor": {"type": "application", "id": "sentry", "name": "Sentry"},
}


def signed(raw: bytes, secret: str) -> str:
    return hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()


async def post(stage: Stage, raw: bytes, *, path: str = "/webhooks/sentry", **headers: str):
    named = {"Content-Type": "application/json", "Sentry-Hook-Resource": "event_alert"}
    named |= {name.replace("_", "-"): value for name, value in headers.items()}
    return await stage.http.post(stage.bot.url + path, content=raw, headers=named)


async def test_a_signed_delivery_is_answered_202_with_its_id_and_its_alert(stage: Stage):
    raw = json.dumps(EVENT).encode()
    answer = await post(stage, raw, Sentry_Hook_Signature=signed(raw, stage.sandbox.shelf.secret))
    assert answer.status_code == 202
    assert answer.json() | {"delivery": "…"} == {"delivery": "…", "alert": 1, "duplicate": False}

    again = await post(stage, raw, Sentry_Hook_Signature="sha256=" + signed(raw, stage.sandbox.shelf.secret))
    assert again.json() == answer.json() | {"duplicate": True}


@pytest.mark.parametrize("signature", ["", "0" * 64, "sha256=", "not hex", "é" * 64, "0" * 5000])
async def test_a_bad_signature_is_401_with_one_line_of_json(stage: Stage, signature):
    headers = [(b"Sentry-Hook-Resource", b"error"), (b"Sentry-Hook-Signature", signature.encode())]
    answer = await stage.http.post(stage.bot.url + "/webhooks/sentry", content=b"{}", headers=headers)
    assert answer.status_code == 401
    assert set(answer.json()) == {"error"}
    assert "\n" not in answer.text


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"[]", b'"text"', b"null", b"\xff\xfe", b"[" * 100_000, b'{"a":' * 5_000, "ä".encode("latin-1")]
)
async def test_a_body_that_is_not_a_json_object_is_400_and_never_500(stage: Stage, raw):
    answer = await post(stage, raw, Sentry_Hook_Signature=signed(raw, stage.sandbox.shelf.secret))
    assert answer.status_code == 400
    assert set(answer.json()) == {"error"}


async def test_a_body_over_five_megabytes_is_413(stage: Stage):
    raw = b'{"a":"' + b"x" * (5 * 1024 * 1024) + b'"}'
    answer = await post(stage, raw, Sentry_Hook_Signature=signed(raw, stage.sandbox.shelf.secret))
    assert answer.status_code == 413
    assert set(answer.json()) == {"error"}


async def test_a_resource_nobody_knows_yet_is_kept_and_answered_202(stage: Stage):
    raw = b'{"action":"dreamed","data":{"dream":1,"password":"not-to-be-kept"}}'
    answer = await post(
        stage, raw, Sentry_Hook_Resource="dreams", Sentry_Hook_Signature=signed(raw, stage.sandbox.shelf.secret)
    )
    assert answer.status_code == 202
    assert answer.json()["alert"] is None
    metrics = (await stage.http.get(stage.bot.url + "/metrics")).text
    assert 'outcome="kept"' in metrics
    with closing(sqlite3.connect(stage.folder / "triage.db")) as db:
        [(kept,)] = db.execute("SELECT body FROM deliveries").fetchall()
    assert b'"dream":1' in kept
    assert b"not-to-be-kept" not in kept, "secrets are removed before anything is stored"


async def test_the_legacy_plugin_comes_in_only_by_the_secret_in_its_path(stage: Stage):
    raw = json.dumps(
        {"id": "77", "project_slug": "shop-web", "event": {"event_id": "1" * 32, "title": "boom"}}
    ).encode()
    secret = stage.sandbox.shelf.secret
    assert (await post(stage, raw, path=f"/webhooks/sentry/legacy/{secret}")).status_code == 202
    assert (await post(stage, raw, path=f"/webhooks/sentry/legacy/{secret}x")).status_code == 401
    assert (await post(stage, raw, path="/webhooks/sentry/legacy/%C3%A9")).status_code == 401
    assert (await post(stage, raw)).status_code == 401


async def test_a_secret_that_is_being_rotated_is_good_in_both_forms(staging):
    async with staging(extra={"SENTRY_WEBHOOK_SECRET": "old-example,new-example"}) as stage:
        raw = json.dumps(EVENT).encode()
        for secret in ("old-example", "new-example"):
            answer = await post(stage, raw, Sentry_Hook_Signature=signed(raw, secret))
            assert answer.status_code == 202


async def test_five_hundred_concurrent_deliveries_of_one_issue_are_counted_exactly(stage: Stage):
    at_once = asyncio.Semaphore(40)

    async def one(number: int) -> int:
        body = json.loads(json.dumps(EVENT))
        body["data"]["event"] |= {"event_id": f"{number:032x}", "user": {"id": str(number % 7)}}
        raw = json.dumps(body).encode()
        async with at_once:
            answer = await post(stage, raw, Sentry_Hook_Signature=signed(raw, stage.sandbox.shelf.secret))
        return int(answer.status_code)

    assert set(await asyncio.gather(*(one(n) for n in range(500)))) == {202}
    card = await stage.card("500 events")
    assert "7 users" in card.text
