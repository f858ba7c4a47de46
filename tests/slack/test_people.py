"""Who is who in Slack: asked over real HTTP, once, and again when the answer has grown old."""

from datetime import timedelta

import aiohttp
import pytest

from bot.errors import Rejected, Unavailable
from bot.sandbox.server import SandboxServer
from bot.slack.calls import Calls
from bot.slack.gateway import web_client
from bot.slack.pacing import Pacer
from bot.slack.people import FOR_LONG, FOR_NOW, Directory
from tests.store.making import Clock


@pytest.fixture
async def sandbox():
    async with SandboxServer() as running:
        running.standin.limits.enabled = False
        yield running


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def people(sandbox, clock):
    async with aiohttp.ClientSession() as session:
        yield Directory(web_client("xoxb-example", sandbox.api_url, session), Calls(Pacer(lambda: 0.0)), clock)


def asked(sandbox, method: str) -> int:
    return len(sandbox.standin.journal.calls(method))


async def test_an_id_needs_no_question_and_an_address_one(people, sandbox):
    assert await people.slack_id("U0ANYBODY") == "U0ANYBODY"
    assert await people.slack_id("S0SHOP") == "S0SHOP"
    assert [await people.slack_id(name) for name in ("ana@example.com", "Ana@Example.com")] == ["U0ANA", "U0ANA"]
    assert asked(sandbox, "users.lookupByEmail") == 1


async def test_who_is_not_here_is_nobody_and_is_looked_for_again_after_a_while(people, sandbox, clock):
    assert await people.slack_id("new@example.com") == ""
    assert await people.slack_id("new@example.com") == ""
    assert asked(sandbox, "users.lookupByEmail") == 1
    clock.now += FOR_NOW + timedelta(seconds=1)
    await people.slack_id("new@example.com")
    assert asked(sandbox, "users.lookupByEmail") == 2


async def test_who_was_found_is_remembered_for_long_and_not_for_ever(people, sandbox, clock):
    await people.slack_id("bo@example.com")
    clock.now += FOR_LONG - timedelta(minutes=1)
    await people.slack_id("bo@example.com")
    assert asked(sandbox, "users.lookupByEmail") == 1
    clock.now += timedelta(minutes=2)
    await people.slack_id("bo@example.com")
    assert asked(sandbox, "users.lookupByEmail") == 2


async def test_a_group_has_members_and_one_that_is_gone_has_none(people, sandbox):
    assert await people.belongs("S0SHOP", "U0ANA")
    assert not await people.belongs("S0SHOP", "U0CHIDI")
    assert not await people.belongs("S0GONE", "U0ANA")
    assert asked(sandbox, "usergroups.users.list") == 2


async def test_what_slack_does_not_tell_is_said_and_not_remembered(people, sandbox):
    sandbox.standin.scopes -= {"usergroups:read"}
    with pytest.raises(Rejected, match="missing_scope"):
        await people.belongs("S0SHOP", "U0ANA")
    sandbox.standin.scopes |= {"usergroups:read"}
    assert await people.belongs("S0SHOP", "U0ANA")


async def test_names_are_for_reading_and_their_lack_is_no_failure(people, sandbox):
    assert await people.label("U0ANA") == "ana"
    assert await people.label("bo@example.com") == "bo"
    assert await people.label("S0SHOP") == "@shop-oncall"
    assert await people.label("U0NOBODY") == ""
    sandbox.standin.scopes -= {"users:read"}
    assert await people.label("U0CHIDI") == ""


async def test_the_address_of_a_user_is_known_for_sentry(people):
    assert await people.email("U0ANA") == "ana@example.com"
    assert await people.email("U0NOBODY") == ""


async def test_a_slack_that_does_not_answer_is_no_answer(clock):
    async with aiohttp.ClientSession() as session:
        nowhere = Directory(
            web_client("xoxb-example", "http://127.0.0.1:9/", session), Calls(Pacer(lambda: 0.0)), clock
        )
        with pytest.raises(Unavailable):
            await nowhere.slack_id("ana@example.com")
        assert await nowhere.label("U0ANA") == ""
