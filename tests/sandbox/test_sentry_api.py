"""The stand-in answers as Sentry's API does, and what changes there is told to the bot as Sentry tells it."""

from collections.abc import AsyncIterator

import httpx
import jsonschema
import pytest
from pydantic import SecretStr

from bot.alerts.event import IssueStatus, Meaning
from bot.sandbox.courier import Courier
from bot.sandbox.payloads import Impossible
from bot.sandbox.sentry_api import EXAMPLE_TOKEN, SentryStandIn
from bot.sandbox.sentry_calls import SentryCalls
from bot.sandbox.sentry_issues import ORG
from bot.sandbox.shelf import Shelf
from bot.sandbox.standin import SlackStandIn
from bot.sentry.payloads import PayloadContext, understand
from bot.sentry.signature import verify
from tests.loopback import lenient, schema, serving
from tests.sentry.deliveries import NOW

SECRET = "example-sentry-secret"
ISSUE = "4256774711"
PATH = f"/api/0/organizations/{ORG}/issues/{ISSUE}/"
BEARER = {"Authorization": f"Bearer {EXAMPLE_TOKEN}"}


class Organization:
    """The stand-in on loopback, with one issue, and a client with its token."""

    def __init__(self, standin: SentryStandIn, calls: SentryCalls, http: httpx.AsyncClient) -> None:
        self.standin, self.calls, self.http = standin, calls, http
        self.issue = standin.add(ISSUE)


@pytest.fixture
async def org(clock, bot) -> AsyncIterator[Organization]:
    courier = Courier(SlackStandIn(clock=clock), signing_secret="example", bot_url=bot.url)
    standin = SentryStandIn(Shelf(courier, secret=SECRET))
    calls = SentryCalls(standin)
    async with serving(calls.routes()) as url:
        async with httpx.AsyncClient(base_url=url, headers=BEARER, trust_env=False) as http:
            yield Organization(standin, calls, http)
            standin.front.open_all()
            await standin.settled()
        await courier.close()


def heard(bot) -> list[tuple[str, IssueStatus | None, bool]]:
    """What the bot understands of the signed webhooks that it got: action, status, whether a machine did it."""
    found = []
    for got in bot.got:
        verify(got.raw, got.headers, [SecretStr(SECRET)])
        event = understand(got.raw, got.headers, received_at=NOW, settings=PayloadContext(org=ORG)).read()
        status = event.change.status if event.change else None
        found.append((event.action, status, bool(event.change and event.change.by_machine)))
    return found


async def test_what_people_do_on_sentrys_page_is_told_as_sentry_tells_it(org, bot):
    standin = org.standin
    for receipts in (
        await standin.resolve(ISSUE),
        await standin.regress(ISSUE),
        await standin.archive(ISSUE),
        await standin.escalating(ISSUE),
        await standin.assign(ISSUE, "user:2"),
        await standin.unresolve(ISSUE),
    ):
        assert all(receipt.ok for receipt in receipts)
    assert heard(bot) == [
        ("resolved", IssueStatus.RESOLVED, False),
        ("unresolved", IssueStatus.REGRESSED, True),
        ("archived", IssueStatus.ARCHIVED, False),
        ("ignored", IssueStatus.ARCHIVED, False),
        ("unresolved", IssueStatus.ESCALATING, True),
        ("assigned", IssueStatus.ASSIGNED, False),
        ("unresolved", IssueStatus.UNRESOLVED, False),
    ]


async def test_what_the_token_changes_comes_back_as_the_applications_doing(org, bot):
    answer = await org.http.put(PATH, json={"status": "resolved", "assignedTo": "user:1"})
    await org.standin.settled()
    assert answer.json()["status"] == "resolved"
    assert sorted(heard(bot)) == [("assigned", IssueStatus.ASSIGNED, True), ("resolved", IssueStatus.RESOLVED, True)]
    bot.got.clear()
    await org.http.put(PATH, json={"status": "resolved", "assignedTo": "user:2"})
    await org.standin.settled()
    assert heard(bot) == [], "nothing changed, and Sentry tells only the first assignment"


async def test_comments_are_told_whoever_writes_them(org, bot):
    await org.standin.comment(ISSUE, "look here")
    await org.http.post(f"{PATH}notes/", json={"text": "a verdict"})
    await org.standin.settled()
    events = [understand(g.raw, g.headers, received_at=NOW, settings=PayloadContext()).read() for g in bot.got]
    assert [event.meaning for event in events] == [Meaning.REMARK, Meaning.REMARK]
    assert [(e.remark.author, e.remark.text) for e in events if e.remark] == [
        ("Ana Example", "look here"),
        ("triage", "a verdict"),
    ]


async def test_a_path_without_the_slash_at_its_end_does_not_exist(org):
    assert (await org.http.get(PATH)).status_code == 200
    assert (await org.http.get(PATH.rstrip("/"))).status_code == 404


@pytest.mark.parametrize(
    ("headers", "status"),
    [({"Authorization": ""}, 401), ({"Authorization": "Bearer wrong"}, 401), ({"Authorization": "Token x"}, 401)],
)
async def test_a_call_without_the_token_is_refused(org, headers, status):
    assert (await org.http.get(PATH, headers=headers)).status_code == status


async def test_a_call_beyond_the_tokens_scopes_is_refused(org):
    org.standin.scopes = frozenset({"event:read"})
    assert (await org.http.get(PATH)).status_code == 200
    assert (await org.http.put(PATH, json={"status": "resolved"})).status_code == 403
    assert org.issue.status == "unresolved"


@pytest.mark.parametrize(
    "path",
    [
        f"/api/0/organizations/other/issues/{ISSUE}/",
        f"/api/0/organizations/{ORG}/issues/5/",
        f"/api/0/organizations/{ORG}/shortids/NO-1/",
        f"/api/0/organizations/{ORG}/eventids/{'0' * 32}/",
        f"{PATH}events/{'0' * 32}/",
        f"{PATH}tags/nothing/",
    ],
)
async def test_what_is_not_there_is_404(org, path):
    assert (await org.http.get(path)).status_code == 404


@pytest.mark.parametrize(
    "body",
    [{"status": "done"}, {"priority": "urgent"}, {"assignedTo": "nobody"}, {"status": "ignored", "substatus": "x"}],
)
async def test_an_update_that_sentry_refuses_is_refused_by_field(org, body):
    answer = await org.http.put(PATH, json=body)
    assert answer.status_code == 400
    assert set(answer.json()) <= set(body)
    assert org.issue.status == "unresolved"


async def test_the_same_comment_within_an_hour_is_refused(org, clock):
    body = {"text": "again"}
    assert (await org.http.post(f"{PATH}notes/", json=body)).status_code == 201
    assert "already posted" in (await org.http.post(f"{PATH}notes/", json=body)).json()["detail"]
    clock.forward(3601)
    assert (await org.http.post(f"{PATH}notes/", json=body)).status_code == 201
    assert (await org.http.post(f"{PATH}notes/", json={"text": " "})).status_code == 400


async def test_another_persons_comment_cannot_be_edited(org):
    await org.standin.comment(ISSUE, "mine")
    answer = await org.http.put(f"{PATH}notes/{org.issue.notes[0].id}/", json={"text": "yours"})
    assert answer.status_code == 404


async def test_the_limit_counts_each_endpoint_by_itself_and_says_how_much_is_left(org, clock):
    org.calls.allowed = 2
    left = [(await org.http.get(PATH)).headers["X-Sentry-Rate-Limit-Remaining"] for _ in range(2)]
    over = await org.http.get(PATH)
    assert (left, over.status_code) == (["1", "0"], 429)
    assert isinstance(over.json(), str)
    assert "Retry-After" not in over.headers
    assert int(over.headers["X-Sentry-Rate-Limit-Reset"]) > clock()
    assert (await org.http.get(f"{PATH}notes/")).status_code == 200
    clock.forward(1)
    assert (await org.http.get(PATH)).status_code == 200


async def test_a_list_says_where_its_next_page_begins(org):
    org.calls.page = 1
    org.standin.add("2", "SHOP-2")
    first = await org.http.get(f"/api/0/organizations/{ORG}/issues/?query=")
    assert first.headers["Link"].endswith('rel="next"; results="true"; cursor="0:1:0"')
    last = await org.http.get(f"/api/0/organizations/{ORG}/issues/?query=&cursor=0:1:0")
    assert 'rel="next"; results="false"' in last.headers["Link"]
    assert {entry["id"] for entry in first.json() + last.json()} == {ISSUE, "2"}


async def test_nobody_can_act_on_an_issue_that_is_not_there(org):
    with pytest.raises(Impossible):
        await org.standin.resolve("5")


async def test_what_it_answers_is_valid_by_sentrys_own_schema_where_it_is_at_hand(org):
    official = schema("sentry.openapi.json")
    if not official:
        return
    org.issue.assignee, org.issue.tags = "1", {"release": {"shop@4.2.0": 3}}
    prefix, event = "/api/0/organizations/{organization_id_or_slug}", org.issue.event["eventID"]
    asked = {
        f"{prefix}/issues/{{issue_id}}/": PATH,
        f"{prefix}/issues/": f"/api/0/organizations/{ORG}/issues/?query=",
        f"{prefix}/issues/{{issue_id}}/events/{{event_id}}/": f"{PATH}events/latest/",
        f"{prefix}/issues/{{issue_id}}/tags/{{key}}/": f"{PATH}tags/release/",
        f"{prefix}/shortids/{{issue_id}}/": f"/api/0/organizations/{ORG}/shortids/SHOP-API-1A2/",
        f"{prefix}/eventids/{{event_id}}/": f"/api/0/organizations/{ORG}/eventids/{event}/",
    }
    for path, real in asked.items():
        wanted = official["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        jsonschema.validate((await org.http.get(real)).json(), lenient(wanted))


async def test_an_issue_that_applications_cause_counts_its_events_and_whom_they_met(org):
    for name in ("error", "error", "event_alert", "event_alert"):
        await org.standin.shelf.fire(name)

    heard_of = {issue.title.partition(":")[0]: (issue.count, issue.users) for issue in org.standin.issues.values()}
    assert heard_of["OperationalError"] == (2, 2)
    assert (2, 1) in heard_of.values()
