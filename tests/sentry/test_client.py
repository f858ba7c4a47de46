"""Issues are found, changed and commented on, or the caller learns what is wrong and who can mend it."""

import json
from dataclasses import replace
from datetime import timedelta

import jsonschema
import pytest
from aiohttp import web

from bot.alerts.event import IssueStatus, Meaning
from bot.errors import Gone, Rejected, Unavailable
from bot.sandbox.front import Mood
from bot.sandbox.sentry_issues import ORG
from bot.sentry.addresses import PayloadContext
from bot.sentry.api import PAGES
from bot.sentry.issues import IssueUpdate, Priority, Status, read_committers, read_issue, read_rest_event, read_tag
from tests.loopback import IMPATIENT, SHARED, World, lenient, schema, serving

ISSUE, SHORT = "4256774711", "SHOP-API-1A2"
REST = SHARED / "fixtures" / "sentry" / "rest"
CONTEXT = PayloadContext(org=ORG)


async def test_an_issue_is_read_like_a_webhooks(world: World):
    world.sentry.add(ISSUE, SHORT, assignee="2", count=1284, users=312, title="ValueError: mail ana@example.com")

    found = await world.client().issue(ISSUE)

    event = found.event
    assert (found.id, found.short_id, found.became, found.priority) == (ISSUE, SHORT, IssueStatus.CREATED, "high")
    assert found.assignee is not None
    assert (found.assignee.kind, found.assignee.id, found.assignee.name) == ("user", "2", "Bo Example")
    assert event.title == "ValueError: mail [email]"
    assert (event.project, event.event_count, event.user_count) == ("shop-api", 1284, 312)
    assert (event.first_seen, event.last_seen) == (world.clock(), world.clock())
    assert event.web_url == f"https://{ORG}.sentry.example.com/issues/{ISSUE}/"


@pytest.mark.parametrize(
    ("status", "substatus", "became"),
    [
        ("resolved", None, IssueStatus.RESOLVED),
        ("ignored", "archived_until_escalating", IssueStatus.ARCHIVED),
        ("unresolved", "ongoing", IssueStatus.UNRESOLVED),
        ("unresolved", "regressed", IssueStatus.REGRESSED),
        ("unresolved", "escalating", IssueStatus.ESCALATING),
        ("unresolved", "new", IssueStatus.CREATED),
        ("reprocessing", None, IssueStatus.UNRESOLVED),
    ],
)
async def test_how_an_issue_stands_is_said_in_the_words_of_the_webhooks(world: World, status, substatus, became):
    world.sentry.add(ISSUE, SHORT, status=status, substatus=substatus)
    assert (await world.client().issue(ISSUE)).became is became


async def test_an_issue_is_found_by_whatever_a_person_has_at_hand(world: World):
    event_id = world.sentry.add(ISSUE, SHORT).event["eventID"]
    hyphened = f"{event_id[:8]}-{event_id[8:12]}-{event_id[12:16]}-{event_id[16:20]}-{event_id[20:]}"
    address = f"<https://{ORG}.sentry.io/issues/{ISSUE}/events/{event_id}/?project=2|open>"
    for word in (ISSUE, SHORT, SHORT.lower(), f" {SHORT} ", event_id, hyphened, address):
        assert (await world.client().find(word)).id == ISSUE, word


@pytest.mark.parametrize("word", ["", "..", "../../organizations/", "what is this?", "-", "' or 1=1", "x" * 500])
async def test_what_is_no_issue_is_refused_without_a_call(world: World, word):
    with pytest.raises(Rejected, match="no issue"):
        await world.client().find(word)
    assert list(world.journal.entries) == []


@pytest.mark.parametrize("value", ["", ".", ".."])
async def test_no_value_leads_to_another_path(world: World, value):
    with pytest.raises(Rejected):
        await world.client().issue(value)
    with pytest.raises(Rejected):
        await world.client().tag(ISSUE, value)


async def test_odd_characters_stay_in_their_part_of_the_path(world: World):
    world.sentry.add(ISSUE, SHORT, tags={"a/b ?c": {"x": 1}})
    assert (await world.client().tag(ISSUE, "a/b ?c")) is not None


async def test_the_latest_event_comes_with_its_crash(world: World):
    world.sentry.add(ISSUE, SHORT)
    event = await world.client().event(ISSUE)
    assert event.meaning is Meaning.OCCURRENCE
    assert event.crash is not None
    assert (event.crash.type, event.crash_frame and event.crash_frame.lineno) == ("OperationalError", 42)
    assert event.crash_frame is not None
    assert event.crash_frame.context_line == "    conn = pool.get()"
    assert (event.issue_id, event.environment, event.release) == (ISSUE, "production", "shop@4.2.0")


async def test_a_list_is_read_page_by_page_to_its_end(world: World):
    world.calls.page = 2
    for number in range(5):
        world.sentry.add(str(number), f"SHOP-{number}")
        world.clock.pass_(60)
    found = [issue.id async for issue in world.client().issues()]
    assert found == ["4", "3", "2", "1", "0"]
    assert len(world.made("sentry.issues")) == 3


async def test_a_list_can_be_narrowed_by_a_search_and_a_time(world: World):
    world.sentry.add("1", "SHOP-1")
    world.sentry.add("2", "SHOP-2", status="resolved")
    later = world.clock.pass_(3600)
    world.sentry.add("3", "SHOP-3")
    client = world.client()
    assert [issue.id async for issue in client.issues("is:resolved")] == ["2"]
    assert [issue.id async for issue in client.issues(sort="new", since=later - timedelta(minutes=1))] == ["3"]


async def test_a_list_that_never_ends_is_read_so_far_and_no_further(world: World):
    world.calls.page = 1
    for number in range(PAGES + 5):
        world.sentry.add(str(number), f"SHOP-{number}")
    assert len([issue async for issue in world.client().issues()]) == PAGES


async def test_an_issue_is_resolved_opened_archived_assigned_and_given_a_priority(world: World):
    issue, client = world.sentry.add(ISSUE, SHORT), world.client()
    await client.update(ISSUE, IssueUpdate(status=Status.RESOLVED))
    assert issue.status == "resolved"
    await client.update(ISSUE, IssueUpdate(status=Status.UNRESOLVED, priority=Priority.LOW, assigned_to="user:2"))
    assert (issue.status, issue.priority, issue.assignee) == ("unresolved", "low", "2")
    await client.update(ISSUE, IssueUpdate(status=Status.ARCHIVED, assigned_to=""))
    assert (issue.status, issue.substatus, issue.assignee) == ("ignored", "archived_until_escalating", None)


async def test_an_assignee_whom_sentry_refuses_is_said_in_its_words(world: World):
    world.sentry.add(ISSUE, SHORT)
    with pytest.raises(Rejected, match="assignedTo: Unknown actor"):
        await world.client().update(ISSUE, IssueUpdate(assigned_to="nobody@example.com"))


async def test_a_comment_is_written_found_and_edited_in_place(world: World):
    world.calls.page = 2
    issue, client = world.sentry.add(ISSUE, SHORT), world.client()
    mine = await client.create_comment(ISSUE, "first words")
    for number in range(4):
        world.sentry.write(issue, f"note {number}", "Bo Example")
    await client.edit_comment(ISSUE, mine.id, "better words")
    found = await client.comments(ISSUE)
    assert [comment.text for comment in found] == ["note 3", "note 2", "note 1", "note 0", "better words"]
    assert (found[-1].id, found[-1].author, found[0].author) == (mine.id, "triage", "Bo Example")


async def test_a_comment_that_somebody_deleted_is_gone(world: World):
    world.sentry.add(ISSUE, SHORT)
    with pytest.raises(Gone):
        await world.client().edit_comment(ISSUE, "999", "words")


async def test_suspects_come_with_their_commits_and_no_suspects_are_none(world: World):
    author = {"name": "Ana Example", "email": "ana@example.com"}
    commit = {"id": "1f2e3d", "message": "Use the pool\n\nLong story"}
    suspected = world.sentry.add("1", "SHOP-1", committers=[{"author": author, "commits": [commit]}])
    innocent = world.sentry.add("2", "SHOP-2")
    (suspect,) = await world.client().committers("shop-api", suspected.event["eventID"])
    assert (suspect.name, suspect.email) == ("Ana Example", "ana@example.com")
    assert suspect.commits == (("1f2e3d", "Use the pool"),)
    assert "ana@" not in repr(suspect)
    assert await world.client().committers("shop-api", innocent.event["eventID"]) == ()


async def test_a_tags_values_are_counted(world: World):
    world.sentry.add(ISSUE, SHORT, tags={"release": {"shop@4.1.0": 3, "shop@4.2.0": 97}, "browser": {}})
    tag = await world.client().tag(ISSUE, "release")
    assert tag is not None
    assert (tag.total, tag.unique, tag.top) == (100, 2, (("shop@4.2.0", 97), ("shop@4.1.0", 3)))
    assert [tag.key for tag in await world.client().tags(ISSUE)] == ["release", "browser"]


@pytest.mark.parametrize(
    ("scope", "call"),
    [
        ("event:read", lambda client: client.issue(ISSUE)),
        ("event:read", lambda client: client.comments(ISSUE)),
        ("event:write", lambda client: client.update(ISSUE, IssueUpdate(status=Status.RESOLVED))),
        ("event:write", lambda client: client.create_comment(ISSUE, "words")),
        ("project:read", lambda client: client.committers("shop-api", "a" * 32)),
        ("org:read", lambda client: client.organization()),
        ("org:read", lambda client: client.find("a" * 32)),
    ],
)
async def test_a_missing_scope_is_named(world: World, scope, call):
    world.sentry.add(ISSUE, SHORT)
    world.sentry.scopes -= {scope}
    with pytest.raises(Rejected, match=scope):
        await call(world.client())


async def test_an_issue_that_is_not_there_is_said_with_the_scope_it_takes(world: World):
    with pytest.raises(Rejected, match=f"issues/404.*{'event:read'}"):
        await world.client().issue("404")


async def test_a_revoked_token_is_named_and_not_shown(world: World):
    with pytest.raises(Rejected, match="SENTRY_AUTH_TOKEN is not accepted") as refused:
        await world.client("example-old-token").issue(ISSUE)
    assert "example-old-token" not in str(refused.value)


@pytest.mark.parametrize("mood", [Mood.DOWN, Mood.GARBLED, Mood.SLOW])
async def test_a_sentry_that_is_down_slow_or_talks_nonsense_is_unavailable(world: World, mood):
    issue = world.sentry.add(ISSUE, SHORT)
    world.sentry.front.mood = mood
    client = world.client(patience=IMPATIENT)
    calls = [
        lambda: client.issue(ISSUE),
        lambda: client.update(ISSUE, IssueUpdate(status=Status.RESOLVED)),
        lambda: client.comments(ISSUE),
    ]
    for call in calls:
        with pytest.raises(Unavailable):
            await call()
    assert issue.status == "unresolved"


@pytest.mark.parametrize("body", ["{}", "[]", "5", '{"id": "1"}', '{"id": null, "status": "resolved"}', '[{"id": 1}]'])
async def test_json_of_another_shape_is_not_sentrys(world: World, body):
    async def handle(_: web.Request) -> web.StreamResponse:
        return web.Response(text=body)

    async with serving([web.route("*", "/{path:.*}", handle)]) as url:
        client = world.client(base=url)
        for call in (client.issue, client.issue_by_short_id, client.event, client.issue_by_event_id):
            with pytest.raises(Unavailable):
                await call("A-1")


async def test_what_is_sent_has_the_types_of_sentrys_own_schema_where_it_is_at_hand(world: World):
    world.sentry.add(ISSUE, SHORT)
    changes = [
        IssueUpdate(status=status, priority=priority, assigned_to=assignee)
        for status in (None, *Status)
        for priority in (None, *Priority)
        for assignee in (None, "", "user:1")
    ]
    for change in changes:
        await world.client().update(ISSUE, change)
    official = schema("sentry.openapi.json")
    if not official:
        return
    path = "/api/0/organizations/{organization_id_or_slug}/issues/{issue_id}/"
    wanted = lenient(official["paths"][path]["put"]["requestBody"]["content"]["application/json"]["schema"])
    known = set(official["paths"][path]["put"]["requestBody"]["content"]["application/json"]["schema"]["properties"])
    for call in world.made("sentry.update"):
        body = {name: value for name, value in call.args.items() if name not in ("org", "issue")}
        jsonschema.validate(body, wanted)
        assert set(body) <= known


def test_every_issue_and_event_of_sentrys_own_examples_at_hand_is_read():
    for path in sorted(REST.glob("*issue*.json")):
        body = json.loads(path.read_text(encoding="utf-8"))
        for entry in body if isinstance(body, list) else [body]:
            found = read_issue(entry, CONTEXT)
            assert found is None or found.event.title, path.name
            assert found is not None or "status" not in entry or "id" not in entry, path.name
    for path in sorted(REST.glob("*event.json")):
        found_event = read_rest_event(json.loads(path.read_text(encoding="utf-8")), CONTEXT)
        assert found_event is None or found_event.title, path.name
    for path in sorted(REST.glob("*tag*.json")):
        body = json.loads(path.read_text(encoding="utf-8"))
        for entry in body if isinstance(body, list) else [body]:
            assert isinstance(entry, dict)
            read_tag(entry)


@pytest.mark.parametrize("value", [None, 5, "x", [], {}, {"committers": [5, {"author": 5, "commits": [None, {}]}]}])
def test_suspects_of_another_shape_are_no_exception(value):
    for committer in read_committers(value):
        assert committer.name is None


def test_an_update_of_nothing_says_nothing():
    assert IssueUpdate().body() == {}
    assert replace(IssueUpdate(), assigned_to="").body() == {"assignedTo": ""}
