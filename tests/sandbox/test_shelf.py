"""Deliveries leave the shelf as Sentry would send them."""

import hashlib
import hmac
import json

import pytest

from bot.sandbox.shelf import STORM, compact, load_shelf

SECRET = b"example-sentry-secret"
NAMES = list(load_shelf())


@pytest.mark.parametrize("name", NAMES)
async def test_every_delivery_is_signed_over_the_exact_bytes_and_names_its_resource(sandbox, bot, name):
    bot.says({"delivery": "d"}, status=202)

    receipt = await sandbox.shelf.fire(name)

    got, item = bot.got[0], sandbox.shelf.items[name]
    assert (receipt.status, receipt.json) == (202, {"delivery": "d"})
    assert b'"$' not in got.raw
    if item.resource == "legacy":
        assert got.path == f"/webhooks/sentry/legacy/{SECRET.decode()}"
        assert not [header for header in got.headers if header.startswith("Sentry-Hook")]
        return
    signature = hmac.new(SECRET, got.raw, hashlib.sha256).hexdigest()
    assert (got.path, got.headers["Sentry-Hook-Signature"]) == ("/webhooks/sentry", signature)
    assert got.headers["Sentry-Hook-Resource"] == item.resource
    assert list(got.body) == ["action", "installation", "data", "actor"]


async def test_firing_again_makes_a_new_event_of_the_same_issue(sandbox, bot):
    await sandbox.shelf.fire("error")
    await sandbox.shelf.fire("error")

    first, second = (got.body["data"]["error"] for got in bot.got)
    assert first["issue_id"] == second["issue_id"]
    assert first["event_id"] != second["event_id"]
    assert first["event_id"] in first["web_url"]
    assert first["timestamp"] == sandbox.standin.clock()


async def test_a_storm_is_many_events_of_one_issue(sandbox, bot):
    receipts = await sandbox.shelf.storm()

    events = [got.body["data"]["error"] for got in bot.got]
    assert len(receipts) == len({event["event_id"] for event in events}) == STORM
    assert len({event["issue_id"] for event in events}) == 1


async def test_a_forged_signature_can_be_sent_to_see_it_refused(sandbox, bot):
    await sandbox.shelf.send("error", compact({"action": "created"}), signature="0" * 64)

    assert bot.got[0].headers["Sentry-Hook-Signature"] == "0" * 64


async def test_bytes_are_written_as_sentrys_serialiser_writes_them(sandbox, bot):
    await sandbox.shelf.send("error", compact({"title": "Größe 🙂"}))

    assert bot.got[0].raw == b'{"title":"Gr\\u00f6\\u00dfe \\ud83d\\ude42"}'


async def test_a_bot_that_is_not_there_is_said_not_to_be_there(sandbox):
    sandbox.bot_url = ""

    receipt = await sandbox.shelf.fire("error")

    assert (receipt.status, receipt.problem) == (None, "no bot address is set")


def test_the_shelf_covers_the_resources_and_the_awkward_cases():
    items = load_shelf()

    assert {item.resource for item in items.values()} == {
        "error", "event_alert", "issue", "metric_alert", "comment", "seer", "activity_alert", "installation",
        "preprod_artifact", "legacy",
    }  # fmt: skip
    assert {"hostile", "csp", "cron", "message", "issue_regressed"} <= set(items)
    assert "<!channel>" in json.dumps(items["hostile"].body)
