"""Events arrive and incidents are found, or the caller learns whether trying again can help."""

from dataclasses import replace
from datetime import timedelta

import jsonschema
import pytest
from pydantic import SecretStr

from bot.alerts.classification import Severity
from bot.alerts.incident import IncidentStatus
from bot.errors import RateLimited, Rejected, Unavailable
from bot.pagerduty.client import PagerDutyEvents
from bot.pagerduty.pages import LARGEST, TOO_LARGE, page
from bot.sandbox.front import Mood
from bot.sandbox.incidents import FIRST, POLICY, SECOND
from tests.loopback import IMPATIENT, KEY, World, schema, serving
from tests.slack import samples

PAGE = page(samples.dossier(), thread_url="https://example.slack.com/archives/C0ALERTS/p1760000000000001")


async def test_a_trigger_opens_one_incident_that_says_what_broke_and_what_to_do(world: World):
    await world.events().trigger(KEY, "SHOP-API-1A2", PAGE)
    await world.events().trigger(KEY, "SHOP-API-1A2", PAGE)

    (incident,) = world.pagerduty.incidents
    assert (incident.key, incident.triggers, incident.severity) == ("SHOP-API-1A2", 2, "critical")
    assert incident.title == f"{samples.DATABASE.title} (shop-api · production)"
    details = incident.payload["custom_details"]
    assert details["category"] == "database"
    assert details["root_cause"] == samples.RULES.root_cause
    assert (details["events"], details["users"]) == (1284, 312)
    sent = world.made("pagerduty.enqueue")[0].args
    assert [link["text"] for link in sent["links"]] == ["Sentry issue", "Slack thread"]
    assert (sent["client"], sent["client_url"]) == ("triage", samples.DATABASE.web_url)
    payload = sent["payload"]
    assert (payload["component"], payload["group"], payload["class"]) == ("shop-api", "production", "database")


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (Severity.CRITICAL, "critical"),
        (Severity.HIGH, "error"),
        (Severity.MEDIUM, "warning"),
        (Severity.LOW, "info"),
        (None, "error"),
    ],
)
async def test_each_severity_has_its_word_at_pagerduty(world: World, ours, theirs):
    verdict = replace(samples.RULES, severity=ours) if ours else None
    await world.events().trigger(KEY, "A-1", page(samples.dossier(verdict=verdict)))
    assert world.pagerduty.incident("A-1").severity == theirs


async def test_acknowledge_and_resolve_move_the_incident_of_their_key_and_no_other(world: World):
    events = world.events()
    for key in ("A-1", "A-2"):
        await events.trigger(KEY, key, PAGE)
    await events.acknowledge(KEY, "A-1")
    assert [incident.status for incident in world.pagerduty.incidents] == ["acknowledged", "triggered"]
    await events.resolve(KEY, "A-1")
    await events.resolve(KEY, "nobody knows this key")
    assert [incident.status for incident in world.pagerduty.incidents] == ["resolved", "triggered"]


async def test_details_that_are_too_large_are_left_out_and_the_page_says_so(world: World):
    big = replace(PAGE, details={"trace": "x" * (LARGEST + 1)})
    await world.events().trigger(KEY, "A-1", big)
    assert world.pagerduty.incident("A-1").payload["custom_details"] == {"note": TOO_LARGE}


async def test_text_with_half_a_surrogate_pair_still_pages(world: World):
    await world.events().trigger(KEY, "A-1", replace(PAGE, summary="broken \ud83d", details={"why": "\udc00"}))
    assert world.pagerduty.incident("A-1").triggers == 1


async def test_a_wrong_integration_key_is_rejected_in_pagerdutys_words_without_the_key(world: World):
    wrong = SecretStr("f" * 32)
    with pytest.raises(Rejected, match="Invalid routing key") as refused:
        await world.events().trigger(wrong, "A-1", PAGE)
    assert wrong.get_secret_value() not in str(refused.value)


async def test_too_many_events_are_sent_again_when_pagerduty_says(world: World):
    world.pagerduty.front.faults.limit("enqueue", retry_after=17)
    with pytest.raises(RateLimited) as limited:
        await world.events().trigger(KEY, "A-1", PAGE)
    assert limited.value.retry_after == 17


async def test_a_limit_that_names_no_time_has_a_wait_of_its_own(world: World):
    world.pagerduty.front.mood = Mood.LIMITED
    with pytest.raises(RateLimited) as limited:
        await world.events().resolve(KEY, "A-1")
    assert limited.value.retry_after


@pytest.mark.parametrize("mood", [Mood.DOWN, Mood.GARBLED, Mood.SLOW])
async def test_a_pagerduty_that_is_down_slow_or_talks_nonsense_is_unavailable(world: World, mood):
    world.pagerduty.front.mood = mood
    with pytest.raises(Unavailable):
        await world.events(patience=IMPATIENT).trigger(KEY, "A-1", PAGE)
    assert world.pagerduty.incidents == []


async def test_an_answer_that_gets_lost_is_unavailable_although_somebody_was_paged(world: World):
    world.pagerduty.front.faults.hang_up("enqueue")
    with pytest.raises(Unavailable):
        await world.events().trigger(KEY, "A-1", PAGE)
    assert len(world.pagerduty.incidents) == 1


async def test_nobody_there_is_unavailable(world: World):
    async with serving([]) as gone:
        pass
    with pytest.raises(Unavailable):
        await PagerDutyEvents(world.http, gone, clock=world.clock).resolve(KEY, "A-1")


@pytest.mark.parametrize("address", ["events.example.com", "ftp://example.com", "http://example.com:x"])
async def test_an_address_that_is_none_is_a_setting_to_mend(world: World, address):
    with pytest.raises(Rejected, match="address"):
        await PagerDutyEvents(world.http, address, clock=world.clock).resolve(KEY, "A-1")


async def test_without_an_incident_nothing_is_found(world: World):
    assert await world.incidents().incident("A-1") is None


async def test_an_incident_is_found_by_its_key_with_who_has_it_and_since_when(world: World):
    await world.events().trigger(KEY, "A-1", PAGE)
    world.clock.pass_(60)
    await world.pagerduty.acknowledge("A-1", by=SECOND)
    await world.pagerduty.set_priority("A-1", "P1")

    found = await world.incidents().incident("A-1")

    assert found is not None
    assert (found.number, found.status, found.dedup_key) == (1, IncidentStatus.ACKNOWLEDGED, "A-1")
    assert (found.assignees, found.acknowledged_by, found.changed_by) == ((FIRST,), (SECOND,), SECOND)
    assert (found.priority, found.urgency, found.changed_at) == ("P1", "high", world.clock())
    assert found.html_url == "https://example-shop.pagerduty.example.com/incidents/PEXINC1"


async def test_the_open_incident_of_a_key_is_found_among_older_ones_else_the_newest(world: World):
    events = world.events()
    for _ in range(2):
        await events.trigger(KEY, "A-1", PAGE)
        await events.resolve(KEY, "A-1")
    assert (found := await world.incidents().incident("A-1")) is not None
    assert (found.number, found.status) == (2, IncidentStatus.RESOLVED)
    await world.pagerduty.reopen("A-1")
    world.pagerduty.incidents.reverse()
    assert (found := await world.incidents().incident("A-1")) is not None
    assert found.status is IncidentStatus.TRIGGERED


async def test_who_is_on_call_is_told_by_level(world: World):
    on_call = await world.incidents().on_call(POLICY)
    assert [(who.level, who.name) for who in on_call] == [(1, FIRST), (2, SECOND)]


async def test_a_revoked_token_is_named_and_not_shown(world: World):
    with pytest.raises(Rejected, match="PAGERDUTY_API_TOKEN is not accepted") as refused:
        await world.incidents("example-old-token").incident("A-1")
    assert "example-old-token" not in str(refused.value)


@pytest.mark.parametrize("mood", [Mood.DOWN, Mood.GARBLED])
async def test_a_rest_api_that_is_down_or_talks_nonsense_is_unavailable(world: World, mood):
    world.pagerduty.front.mood = mood
    with pytest.raises(Unavailable):
        await world.incidents().incident("A-1")


async def test_every_event_is_valid_by_pagerdutys_own_schema_where_it_is_at_hand(world: World):
    events = world.events()
    for number, sample in enumerate(samples.KINDS.values()):
        await events.trigger(KEY, f"A-{number}", page(samples.dossier(event=sample)))
    await events.acknowledge(KEY, "A-0")
    await events.resolve(KEY, "A-0")
    sent = [call.args for call in world.made("pagerduty.enqueue")]
    assert len(sent) == len(samples.KINDS) + 2

    official = schema("pagerduty-events-v2.openapi.json")
    if official:
        wanted = official["paths"]["/enqueue"]["post"]["requestBody"]["content"]["application/json"]["schema"]
        for body in sent:
            jsonschema.validate(body, wanted | {"components": official["components"]})


async def test_an_incident_since_when_is_counted_from_its_last_change(world: World):
    await world.events().trigger(KEY, "A-1", PAGE)
    began = world.clock()
    world.clock.pass_(timedelta(hours=1).total_seconds())
    assert (found := await world.incidents().incident("A-1")) is not None
    assert found.changed_at == began
