"""What is understood of a delivery at once: what it means, what it counts by, and which other it repeats."""

import json

import pytest
from multidict import CIMultiDict, CIMultiDictProxy

from bot.alerts.event import Meaning
from bot.errors import Malformed
from bot.sentry.payloads import PayloadContext, understand
from tests.sentry.deliveries import CONTEXT, NOW, OWN, deliver, headers, load, wire

E1 = "a1" * 16
MEANINGS = {
    "activity_alert.triggered.resolved": Meaning.CHANGE,
    "activity_alert.triggered.seer": Meaning.REMARK,
    "comment.created": Meaning.REMARK,
    "comment.deleted": Meaning.OTHER,
    "comment.updated": Meaning.REMARK,
    "feedback.created": Meaning.OTHER,
    "installation.created": Meaning.OTHER,
    "issue.merged": Meaning.OTHER,
    "metric_alert.critical": Meaning.OCCURRENCE,
    "metric_alert.resolved": Meaning.CHANGE,
    "metric_alert.warning": Meaning.OCCURRENCE,
    "preprod_artifact.size_analysis_completed": Meaning.OTHER,
    "seer.root_cause_started": Meaning.OTHER,
}
BY_RESOURCE = {
    "error": Meaning.OCCURRENCE,
    "event_alert": Meaning.OCCURRENCE,
    "legacy": Meaning.OCCURRENCE,
    "service_hook": Meaning.OCCURRENCE,
    "issue": Meaning.CHANGE,
    "seer": Meaning.REMARK,
}
NAMES = sorted(path.stem for path in OWN.glob("*.json"))


@pytest.mark.parametrize("name", NAMES)
def test_each_resource_and_action_means_what_sentry_says_with_it(name):
    wanted = MEANINGS.get(name) or BY_RESOURCE[name.split(".")[0]]
    assert deliver(name).meaning is wanted


@pytest.mark.parametrize("name", NAMES)
def test_a_body_without_sentrys_header_is_known_by_its_keys(name):
    delivery = understand(wire(load(name)), {}, received_at=NOW, settings=CONTEXT)
    if name != "feedback.created":
        assert (delivery.resource, delivery.issue_key) == (name.split(".")[0], deliver(name).issue_key)
    else:
        assert (delivery.resource, delivery.meaning) == ("unknown", Meaning.OTHER)


@pytest.mark.parametrize("name", NAMES)
def test_only_what_is_not_understood_is_kept_as_it_came(name):
    delivery = deliver(name)
    kept = name in ("feedback.created", "issue.merged")
    assert delivery.body == (wire(load(name)) if kept else b"")


@pytest.mark.parametrize("name", NAMES)
def test_what_is_about_no_alert_has_no_issue_and_everything_else_has_one(name):
    delivery = deliver(name)
    assert (delivery.issue_key is None) == (delivery.meaning is Meaning.OTHER)


@pytest.mark.parametrize("name", NAMES)
def test_every_attempt_at_a_delivery_has_the_same_id(name):
    first = deliver(name)
    again = deliver(name, more={"Request-ID": "f" * 32, "Sentry-Hook-Timestamp": "1772463900"})
    assert first.id == again.id
    assert first.id.startswith(name.split(".")[0] + ":")


def test_no_two_different_deliveries_share_an_id():
    by_id: dict[str, list[str]] = {}
    for name in NAMES:
        by_id.setdefault(deliver(name).id, []).append(name)
    shared = sorted(names for names in by_id.values() if len(names) > 1)
    one_thing_told_twice = [
        ["issue.archived", "issue.ignored"],
        ["seer.root_cause_completed.2025", "seer.root_cause_completed.2026"],
    ]
    assert shared == one_thing_told_twice


def test_one_event_counts_once_however_many_resources_carry_it():
    keys = {
        deliver(name).event_key for name in ("error.created.chained", "event_alert.triggered.chained", "legacy.modern")
    }
    assert keys == {E1}
    assert (
        len({deliver(name).id for name in ("error.created.chained", "event_alert.triggered.chained", "legacy.modern")})
        == 3
    )


def test_two_rules_that_send_one_event_are_two_deliveries_of_one_event():
    body = load("event_alert.triggered.chained")
    first = deliver("event_alert", body)
    body["data"]["triggered_rule"] = "Another rule"
    second = deliver("event_alert", body)
    assert first.id != second.id
    assert first.event_key == second.event_key


def test_an_event_id_counts_once_with_and_without_dashes():
    body = load("error.created.chained")
    body["data"]["error"]["event_id"] = "A1A1A1A1-a1a1-a1a1-a1a1-a1a1a1a1a1a1"
    assert deliver("error", body).event_key == E1


def test_an_issue_resolved_twice_is_two_deliveries():
    body = load("issue.resolved")
    first = deliver("issue", body)
    body["data"]["issue"]["lastSeen"] = "2026-03-09T10:00:00Z"
    assert deliver("issue", body).id != first.id


def test_an_incident_that_turns_critical_twice_counts_twice():
    body = load("metric_alert.critical")
    first = deliver("metric_alert", body)
    body["data"]["description_text"] = "650 events in the last 10 minutes"
    second = deliver("metric_alert", body)
    assert first.issue_key == second.issue_key == "metric:31"
    assert first.event_key != second.event_key


def test_sentrys_idempotency_key_is_used_where_it_is_sent_and_bounded():
    assert deliver("issue.resolved", more={"Idempotency-Key": "ab" * 16}).id == f"issue:key:{'ab' * 16}"
    for odd in ("x" * 5_000, "a b", "\udcff", "é"):
        assert len(deliver("issue.resolved", more={"Idempotency-Key": odd}).id) <= 200


def test_headers_are_found_whatever_their_case():
    given = CIMultiDictProxy(CIMultiDict({"SENTRY-HOOK-RESOURCE": "issue", "idempotency-key": "k"}))
    delivery = understand(wire(load("issue.created")), given, received_at=NOW, settings=CONTEXT)
    assert (delivery.resource, delivery.id) == ("issue", "issue:key:k")
    lower = understand(
        wire(load("issue.created")), {"sentry-hook-resource": "issue"}, received_at=NOW, settings=CONTEXT
    )
    assert lower.resource == "issue"


def test_on_the_legacy_route_sentrys_headers_say_nothing():
    context = PayloadContext(legacy=True)
    delivery = understand(wire(load("legacy.modern")), headers("issue"), received_at=NOW, settings=context)
    assert (delivery.resource, delivery.issue_key, delivery.event_key) == ("legacy", "sentry:900100", E1)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("error.created.chained", "sentry:900100"),
        ("event_alert.triggered.javascript", "sentry:900200"),
        ("event_alert.triggered.before-2022", "sentry:12345"),
        ("comment.created", "sentry:900100"),
        ("seer.pr_created", "sentry:900100"),
        ("activity_alert.triggered.seer", "sentry:900100"),
        ("service_hook.event", "sentry:900100"),
        ("legacy.raven", "sentry:55"),
        ("metric_alert.warning", "metric:31"),
    ],
)
def test_the_alert_is_found_by_the_issue_wherever_its_id_stands(name, key):
    assert deliver(name).issue_key == key


def test_an_event_that_names_no_issue_is_grouped_by_what_it_is():
    body = load("event_alert.triggered.before-2022")
    del body["data"]["event"]["web_url"]
    first = deliver("event_alert", body)
    body["data"]["event"]["event_id"] = "ff" * 16
    again = deliver("event_alert", body)
    body["data"]["event"]["title"] = "Something else"
    other = deliver("event_alert", body)
    assert str(first.issue_key).startswith("group:")
    assert first.issue_key == again.issue_key != other.issue_key


def test_a_user_is_one_pseudonym_in_every_resource_and_never_an_address():
    users = {deliver(name).user for name in ("error.created.chained", "legacy.modern")}
    assert len(users) == 1
    (user,) = users
    assert user is not None
    assert len(user) == 14
    assert deliver("error.created.chained", context=PayloadContext(pepper=b"another")).user not in users
    assert deliver("event_alert.triggered.message").user is None


def test_a_user_known_only_by_a_tag_is_counted_too():
    body = load("error.created.chained")
    del body["data"]["error"]["user"]
    assert deliver("error", body).user == deliver("error.created.chained").user


def test_a_variant_minds_the_type_and_the_place_but_not_the_line():
    body = load("error.created.chained")
    frames = body["data"]["error"]["exception"]["values"][1]["stacktrace"]["frames"]
    same = deliver("error", body).variant
    frames[2]["lineno"] = 999
    assert deliver("error", body).variant == same
    frames[2]["function"] = "reconnect"
    assert deliver("error", body).variant not in (same, None)
    assert deliver("event_alert.triggered.cron").variant is None


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"[]",
        b'"text"',
        b"null",
        b"3",
        b"\xff\xfe{}",
        '{"a": 1}'.encode("utf-16"),
        b'{"a": 1} x',
        b'{"a":' * 50_000,
        b"[" * 100_000,
        b"{" + b"9" * 9_000,
    ],
    ids=lambda raw: repr(raw[:12]),
)
def test_a_body_that_is_no_json_object_is_malformed_and_nothing_worse(raw):
    with pytest.raises(Malformed):
        understand(raw, headers("error"), received_at=NOW, settings=CONTEXT)


@pytest.mark.parametrize("raw", [b'{"action": "\\ud800"}', b'{"data": NaN}', b'{"data": {"x": Infinity}}', b"{}"])
def test_what_strict_parsers_refuse_but_sentry_may_send_is_read(raw):
    delivery = understand(raw, headers("error"), received_at=NOW, settings=CONTEXT)
    assert delivery.meaning is Meaning.OTHER
    assert delivery.body == raw


def test_an_event_without_an_id_is_counted_by_its_delivery():
    body = load("legacy.raven")
    del body["event"]["event_id"]
    delivery = deliver("legacy", body)
    assert delivery.event_key == delivery.id
    assert delivery.id.startswith("legacy:body:")


def test_a_resource_or_action_that_is_no_word_never_reaches_a_label():
    given = {"Sentry-Hook-Resource": "x" * 500}
    delivery = understand(json.dumps({"action": "a b", "data": {}}).encode(), given, received_at=NOW, settings=CONTEXT)
    assert (delivery.resource, delivery.action) == ("unknown", "unknown")
