"""Whatever PagerDuty sends is understood, counted as something else, or malformed; never anything worse."""

import copy
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.alerts.incident import IncidentStatus
from bot.errors import Malformed
from bot.pagerduty.payloads import Happening, PagerDutyEvent, understand
from tests.loopback import SHARED
from tests.sentry.deliveries import strings
from tests.sentry.test_hostile import JSON, places

BODY: dict[str, Any] = {
    "event": {
        "id": "01EXAMPLEACKNOWLEDGED00000",
        "event_type": "incident.acknowledged",
        "resource_type": "incident",
        "occurred_at": "2026-03-02T15:00:00.169Z",
        "agent": {"id": "PEXANA", "summary": "Ana Example", "type": "user_reference", "html_url": None},
        "client": None,
        "data": {
            "id": "PEXINC1",
            "type": "incident",
            "html_url": "https://example-shop.pagerduty.example.com/incidents/PEXINC1",
            "number": 123,
            "status": "acknowledged",
            "incident_key": "SHOP-API-1A2",
            "title": "OperationalError: no slots left for ana@example.com",
            "assignees": [{"summary": "Ana Example"}, {"summary": "Bo Example"}],
            "priority": {"id": "PEXP1", "summary": "P1", "type": "priority_reference"},
            "urgency": "high",
        },
    }
}
QUIET = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
OFFICIAL = sorted((SHARED / "fixtures" / "pagerduty").glob("*.json"))


def heard(body: object = BODY, **event: object) -> PagerDutyEvent:
    if isinstance(body, dict) and event:
        body = {"event": body["event"] | event}
    return understand(json.dumps(body).encode())


def check(event: PagerDutyEvent) -> None:
    """What holds for every delivery, whoever wrote it."""
    assert event.id
    assert event.event_type
    for text in strings(event):
        assert len(text) <= 500
        text.encode()
    assert event.html_url is None or event.html_url.startswith(("http://", "https://"))
    assert event.occurred_at is None or event.occurred_at.tzinfo is UTC


def test_all_that_a_card_shows_is_read():
    assert heard() == PagerDutyEvent(
        id="01EXAMPLEACKNOWLEDGED00000",
        event_type="incident.acknowledged",
        happening=Happening.ACKNOWLEDGED,
        occurred_at=datetime(2026, 3, 2, 15, 0, 0, 169_000, tzinfo=UTC),
        incident_id="PEXINC1",
        dedup_key="SHOP-API-1A2",
        status=IncidentStatus.ACKNOWLEDGED,
        number=123,
        html_url="https://example-shop.pagerduty.example.com/incidents/PEXINC1",
        title="OperationalError: no slots left for [email]",
        assignees=("Ana Example", "Bo Example"),
        agent="Ana Example",
        by_person=True,
        priority="P1",
        urgency="high",
    )


@pytest.mark.parametrize("happening", [h for h in Happening if h is not Happening.OTHER])
def test_each_type_of_event_that_changes_an_alert_has_a_name(happening):
    assert heard(event_type=f"incident.{happening.value}").happening is happening


def test_a_delegated_incident_is_one_that_was_reassigned():
    assert heard(event_type="incident.delegated").happening is Happening.REASSIGNED


@pytest.mark.parametrize("kind", ["incident.annotated", "pagey.ping", "service.updated", "incident.sang", "", None, 7])
def test_what_changes_no_alert_is_something_else_and_no_error(kind):
    assert heard(event_type=kind).happening is Happening.OTHER


def test_a_note_about_an_incident_is_not_taken_for_the_incident():
    note = {"id": "PEXNOTE", "type": "incident_note", "incident": BODY["event"]["data"]}
    event = heard(data=note, event_type="incident.acknowledged")
    assert (event.happening, event.dedup_key) == (Happening.OTHER, None)


@pytest.mark.parametrize("agent", [None, {"type": "inbound_integration_reference", "summary": "Events API V2"}])
def test_what_an_integration_did_is_told_from_what_a_person_did(agent):
    event = heard(agent=agent)
    assert not event.by_person
    assert event.agent == (agent and "Events API V2")


def test_two_deliveries_without_an_id_differ_by_their_bodies():
    assert heard(id=None).id == heard(id=None).id != heard(id=None, event_type="incident.resolved").id


@pytest.mark.parametrize("key", [None, "", "k" * 256, "a\nb", 5, {"a": 1}])
def test_a_key_that_could_be_none_of_ours_is_no_key(key):
    assert heard(data=BODY["event"]["data"] | {"incident_key": key}).dedup_key is None


@pytest.mark.parametrize("raw", [b"", b"[]", b"5", b'"event"', b"{", b"\xff\xfe", b"[" * 100_000])
def test_a_body_that_is_no_object_is_malformed(raw):
    with pytest.raises(Malformed):
        understand(raw)


@pytest.mark.parametrize("body", [{}, {"event": None}, {"event": []}, {"event": {"data": "incident"}}])
def test_an_object_of_another_shape_is_something_else(body):
    assert heard(body).happening is Happening.OTHER


@QUIET
@given(st.data())
def test_a_body_with_anything_put_anywhere_is_understood(data):
    body = copy.deepcopy(BODY)
    for _ in range(data.draw(st.integers(1, 4))):
        *parents, last = data.draw(st.sampled_from(places(body)))
        target: Any = body
        for key in parents:
            target = target[key]
        target[last] = data.draw(JSON)
    check(heard(body))


@QUIET
@given(st.binary(max_size=200))
def test_any_bytes_are_understood_or_malformed(raw):
    try:
        check(understand(raw))
    except Malformed:
        return


@pytest.mark.parametrize("path", OFFICIAL, ids=lambda path: path.stem)
def test_every_official_body_at_hand_is_understood(path):
    event = understand(path.read_bytes())
    check(event)
    known = path.stem.removeprefix("incident_")
    assert event.happening is (Happening.OTHER if path.stem.startswith("service") else Happening(known))
