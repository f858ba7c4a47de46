"""Whatever a body says, understanding it ends in a delivery or in `Malformed`, and reading it ends in an event."""

import copy
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.alerts.event import Delivery
from bot.errors import Malformed
from bot.sentry.payloads import understand
from tests.sentry.deliveries import CONTEXT, EVERY_BODY, NOW, deliver, headers, load, strings, wire

RESOURCES = """installation issue event_alert metric_alert error comment seer activity_alert preprod_artifact
 legacy service_hook feedback"""
ACTIONS = [
    "created",
    "resolved",
    "triggered",
    "critical",
    "unresolved",
    "root_cause_completed",
    "pr_created",
    "archived",
]
KEYS = """action data event error issue metric_alert comment comment_id issue_id run_id group_id id title metadata
 type value exception values stacktrace frames threads tags request url user breadcrumbs entries logentry
 message timestamp datetime occurrence evidenceDisplay level project activity details alert alert_rule
 projects count lastSeen statusDetails actor name root_cause solution steps code_changes pull_requests
 pull_request pr_url pr_number extra ai_metadata release context pre_context context_line lineno in_app
 mechanism main_exception_id exception_id group sentry.interfaces.User"""
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["\ud800", "\x00", "1" * 30, "2026-01-01"])
)
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(KEYS.split()) | st.text(max_size=8), inner, max_size=6)
    ),
    max_leaves=40,
)
QUIET = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def check(delivery: Delivery) -> None:
    """What holds for every delivery, whoever wrote it."""
    event = delivery.read()
    assert event.title.strip()
    assert 0 < len(delivery.id) <= 200
    assert (event.resource, event.action, event.meaning) == (delivery.resource, delivery.action, delivery.meaning)
    for text in strings(event):
        assert len(text) <= 4_000
        assert not set(text) & set("\x00\x1b\r"), f"control characters in {text!r}"
        text.encode()
    assert event.web_url is None or event.web_url.startswith(("http://", "https://"))
    assert event.main is None or 0 <= event.main < len(event.exceptions)


@QUIET
@given(resource=st.sampled_from(RESOURCES.split()), action=st.sampled_from(ACTIONS), data=JSON, extra=JSON)
def test_any_json_under_any_resource_is_understood_and_read(resource, action, data, extra):
    body = {"action": action, "data": data, "actor": extra, "installation": extra}
    if resource in ("legacy", "service_hook"):
        body = {"event": data, "group": extra, "id": extra, "project": extra, "triggering_rules": extra}
    check(understand(wire(body), headers(resource), received_at=NOW, settings=CONTEXT))


@QUIET
@given(
    raw=st.binary(max_size=200),
    given_headers=st.dictionaries(st.sampled_from(["Sentry-Hook-Resource", "Idempotency-Key"]), st.text()),
)
def test_any_bytes_are_understood_or_malformed(raw, given_headers):
    try:
        delivery = understand(raw, given_headers, received_at=NOW, settings=CONTEXT)
    except Malformed:
        return
    check(delivery)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path to every value inside a body."""
    found = [path] if path else []
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            found += places(inner, (*path, key))
    return found


OWN_NAMES = [
    "error.created.chained",
    "event_alert.triggered.cron",
    "issue.assigned",
    "metric_alert.critical",
    "legacy.raven",
    "service_hook.event",
    "seer.pr_created",
]


@QUIET
@given(name=st.sampled_from(OWN_NAMES), data=st.data())
def test_a_real_body_with_anything_put_anywhere_is_still_read(name, data):
    body = copy.deepcopy(load(name))
    for _ in range(data.draw(st.integers(1, 4))):
        *parents, last = data.draw(st.sampled_from(places(body) or [("data",)]))
        target: Any = body
        for key in parents:
            target = target[key]
        if data.draw(st.booleans()):
            target[last] = data.draw(JSON)
        elif isinstance(target, dict):
            target.pop(last, None)
    check(deliver(name, body))


@pytest.mark.parametrize("path", EVERY_BODY, ids=lambda path: path.stem)
def test_every_body_at_hand_is_understood_and_read(path):
    raw = wire(json.loads(path.read_text(encoding="utf-8")))
    resource = path.name.split(".")[0].replace("legacy_plugin", "legacy")
    check(understand(raw, headers(resource), received_at=NOW, settings=CONTEXT))


def test_a_body_nested_as_deep_as_a_parser_takes_it_is_read_without_recursion():
    for depth in (150, 190, 210, 600):
        raw = b'{"data":{"error":{"exception":' + b"[" * depth + b"]" * depth + b"}}}"
        try:
            check(understand(raw, headers("error"), received_at=NOW, settings=CONTEXT))
        except Malformed:
            assert depth > 200, "nested no deeper than a body may be"
