"""The stand-in takes what PagerDuty takes, refuses what it refuses, and its webhooks are what the bot can verify."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import jsonschema
import pytest
from pydantic import SecretStr

from bot.alerts.incident import IncidentStatus
from bot.errors import BadSignature
from bot.pagerduty.payloads import Happening, understand
from bot.pagerduty.signature import HEADER, verify
from bot.sandbox.courier import Courier
from bot.sandbox.front import Mood
from bot.sandbox.incidents import FIRST, LARGEST, SECOND
from bot.sandbox.pagerduty import EXAMPLE_KEY, EXAMPLE_SECRET, EXAMPLE_TOKEN, PagerDutyStandIn
from bot.sandbox.payloads import Impossible
from bot.sandbox.standin import SlackStandIn
from tests.loopback import SHARED, schema, serving

PAYLOAD = {"summary": "it broke", "source": "shop-api", "severity": "critical"}
EVENT: dict[str, Any] = {"routing_key": EXAMPLE_KEY, "event_action": "trigger", "dedup_key": "A-1", "payload": PAYLOAD}
SECRETS = [SecretStr(EXAMPLE_SECRET)]


class Account:
    """The stand-in on loopback, and an impatient client of it."""

    def __init__(self, standin: PagerDutyStandIn, http: httpx.AsyncClient) -> None:
        self.standin, self.http = standin, http

    async def sent(self, **fields: object) -> httpx.Response:
        return await self.http.post("/v2/enqueue", json={**EVENT, **fields})

    async def did(self, action: str) -> None:
        response = await self.sent(event_action=action)
        assert response.status_code == 202, response.text
        await self.standin.settled()


@pytest.fixture
async def account(clock, bot) -> AsyncIterator[Account]:
    courier = Courier(SlackStandIn(clock=clock), signing_secret="example", bot_url=bot.url)
    standin = PagerDutyStandIn(courier)
    async with serving(standin.routes()) as url, httpx.AsyncClient(base_url=url, trust_env=False) as http:
        yield Account(standin, http)
        standin.front.open_all()
        await standin.settled()
        await courier.close()


async def test_events_with_one_key_make_one_incident_until_it_is_resolved(account, bot):
    for action in ("trigger", "trigger", "acknowledge", "acknowledge", "resolve", "resolve", "acknowledge", "trigger"):
        await account.did(action)
    assert [(i.status, i.triggers) for i in account.standin.incidents] == [("resolved", 2), ("triggered", 1)]
    heard = [understand(received.raw).happening for received in bot.got]
    assert heard == [Happening.TRIGGERED, Happening.ACKNOWLEDGED, Happening.RESOLVED, Happening.TRIGGERED]


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"routing_key": None}, "'routing_key' is missing"),
        ({"routing_key": "short"}, "Length of 'routing_key'"),
        ({"routing_key": "f" * 32}, "Invalid routing key"),
        ({"event_action": "page"}, "'event_action' is invalid"),
        ({"event_action": "resolve", "dedup_key": ""}, "'dedup_key' is missing"),
        ({"dedup_key": "k" * 256}, "longer than 255"),
        ({"payload": None}, "'payload' is missing"),
        ({"payload": {**PAYLOAD, "summary": ""}}, "'summary' is missing"),
        ({"payload": {**PAYLOAD, "summary": "s" * 1025}}, "longer than 1024"),
        ({"payload": {**PAYLOAD, "source": None}}, "'source' is missing"),
        ({"payload": {**PAYLOAD, "severity": "high"}}, "'payload.severity' is invalid"),
        ({"payload": {**PAYLOAD, "custom_details": "text"}}, "must be an object"),
        ({"links": [{"text": "no address"}]}, "'links'"),
        ({"client": 5}, "'client' must be a string"),
    ],
)
async def test_an_event_that_pagerduty_refuses_is_refused_in_words(account, fields, problem):
    response = await account.sent(**fields)
    assert response.status_code == 400
    assert problem in " ".join(response.json()["errors"])
    assert account.standin.incidents == []


async def test_an_event_over_512_kb_is_refused(account):
    assert (await account.sent(padding="x" * LARGEST)).status_code == 413


async def test_no_json_is_refused(account):
    assert (await account.http.post("/v2/enqueue", content=b"{")).status_code == 400


async def test_what_people_do_is_told_with_their_names_and_a_signature(account, bot, clock):
    await account.did("trigger")
    deeds = [
        (account.standin.acknowledge("A-1", by=SECOND), Happening.ACKNOWLEDGED, IncidentStatus.ACKNOWLEDGED),
        (account.standin.unacknowledge("A-1"), Happening.UNACKNOWLEDGED, IncidentStatus.TRIGGERED),
        (account.standin.reassign("A-1", SECOND), Happening.REASSIGNED, IncidentStatus.TRIGGERED),
        (account.standin.escalate("A-1"), Happening.ESCALATED, IncidentStatus.TRIGGERED),
        (account.standin.set_priority("A-1", "P1"), Happening.PRIORITY_UPDATED, IncidentStatus.TRIGGERED),
        (account.standin.resolve("A-1"), Happening.RESOLVED, IncidentStatus.RESOLVED),
        (account.standin.reopen("A-1"), Happening.REOPENED, IncidentStatus.TRIGGERED),
    ]
    for deed, happening, status in deeds:
        clock.forward(1)
        assert (await deed).ok
        got = bot.got[-1]
        assert got.path == "/webhooks/pagerduty"
        verify(got.raw, got.headers[HEADER], SECRETS)
        event = understand(got.raw)
        assert (event.happening, event.status, event.dedup_key, event.by_person) == (happening, status, "A-1", True)
        assert event.occurred_at is not None
        assert event.occurred_at.timestamp() == clock()
    assert (event.assignees, event.priority, event.number) == ((SECOND,), "P1", 1)
    assert understand(bot.got[1].raw).agent == SECOND
    assert len({understand(got.raw).id for got in bot.got}) == len(bot.got)


async def test_what_our_own_event_did_is_told_too_but_by_no_person(account, bot):
    await account.did("trigger")
    event = understand(bot.got[0].raw)
    assert (event.agent, event.by_person) == ("Events API V2", False)


async def test_while_a_secret_is_rotated_each_delivery_has_a_signature_of_both(account, bot):
    account.standin.secrets = ("example-new-secret", EXAMPLE_SECRET)
    await account.did("trigger")
    for secret in account.standin.secrets:
        verify(bot.got[0].raw, bot.got[0].headers[HEADER], [SecretStr(secret)])


async def test_deliveries_can_come_twice_late_and_forged(account, bot):
    await account.did("trigger")
    await account.standin.acknowledge("A-1")
    await account.standin.send(account.standin.webhooks[0])
    assert bot.got[-1].raw == bot.got[0].raw
    await account.standin.send_raw(b"{}", signature="v1=0")
    with pytest.raises(BadSignature):
        verify(bot.got[-1].raw, bot.got[-1].headers[HEADER], SECRETS)


async def test_nobody_can_do_what_the_incident_does_not_allow(account):
    with pytest.raises(Impossible, match="no incident"):
        await account.standin.acknowledge("A-1")
    await account.did("trigger")
    with pytest.raises(Impossible, match="cannot be reopened"):
        await account.standin.reopen("A-1")


async def test_the_rest_api_wants_its_token(account):
    for path in ("/incidents", "/oncalls"):
        assert (await account.http.get(path)).status_code == 401
        answer = await account.http.get(path, headers={"Authorization": f"Token token={EXAMPLE_TOKEN}"})
        assert answer.status_code == 200


@pytest.mark.parametrize(
    ("mood", "status"), [(Mood.DOWN, 503), (Mood.GARBLED, 200), (Mood.LIMITED, 429), (Mood.REVOKED, 401)]
)
async def test_it_can_be_in_a_bad_mood_and_then_nothing_happens(account, mood, status):
    account.standin.front.mood = mood
    assert (await account.sent()).status_code == status
    assert account.standin.incidents == []
    (call,) = account.standin.courier.standin.journal.calls("pagerduty.enqueue")
    assert (call.fault, call.outcome) == (mood.value, f"status {status}")
    account.standin.front.mood = Mood.UP
    assert (await account.sent()).status_code == 202


async def test_a_slow_account_answers_when_it_is_up_again(account):
    account.standin.front.mood = Mood.SLOW
    with pytest.raises(httpx.ReadTimeout):
        await account.http.post("/v2/enqueue", json=EVENT, timeout=0.1)
    account.standin.front.mood = Mood.UP
    assert (await account.sent()).status_code == 202


async def test_a_webhook_has_the_shape_of_the_official_ones_where_they_are_at_hand(account):
    await account.did("trigger")
    await account.standin.acknowledge("A-1", by=FIRST)
    ours = account.standin.webhooks[-1]["event"]
    path = SHARED / "fixtures" / "pagerduty" / "incident_acknowledged.json"
    theirs = json.loads(path.read_text(encoding="utf-8"))["event"] if path.exists() else ours
    assert set(ours) == set(theirs)
    assert set(ours["data"]) >= set(theirs["data"]) - {"incident_type", "reopened_at"}


def test_the_event_that_it_takes_is_one_that_the_official_schema_takes_where_it_is_at_hand():
    official = schema("pagerduty-events-v2.openapi.json")
    if official:
        wanted = official["paths"]["/enqueue"]["post"]["requestBody"]["content"]["application/json"]["schema"]
        jsonschema.validate(EVENT, wanted | {"components": official["components"]})
