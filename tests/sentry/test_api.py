"""The way to Sentry: its pace is kept, its region is found, and the token goes nowhere else."""

import httpx
import pytest
from aiohttp import web

from bot.errors import Paced, RateLimited
from bot.sentry.api import region
from bot.sentry.issues import IssueUpdate, Status
from tests.loopback import World, serving

ISSUE, SHORT = "4256774711", "SHOP-API-1A2"


async def test_calls_that_sentry_counts_down_are_not_made_before_its_window_ends(world: World):
    world.calls.allowed = 2
    world.sentry.add(ISSUE, SHORT)
    client = world.client()
    for _ in range(2):
        await client.issue(ISSUE)
    with pytest.raises(Paced) as paced:
        await client.issue(ISSUE)
    assert paced.value.retry_after == 1
    await client.update(ISSUE, IssueUpdate(status=Status.RESOLVED))
    assert len(world.made("sentry.issue")) == 2, "the third call must not reach Sentry"
    world.clock.pass_(1)
    await client.issue(ISSUE)


async def test_a_limit_that_others_used_up_is_waited_for_until_its_reset(world: World):
    world.calls.allowed = 1
    world.sentry.add(ISSUE, SHORT)
    await world.client().issue(ISSUE)
    client = world.client()
    with pytest.raises(RateLimited) as limited:
        await client.issue(ISSUE)
    assert limited.value.retry_after == 1
    with pytest.raises(Paced):
        await client.issue(ISSUE)
    world.clock.pass_(1)
    await client.issue(ISSUE)


async def test_a_reset_that_a_wrong_clock_puts_far_away_is_not_waited_for_that_long(world: World):
    async def handle(_: web.Request) -> web.StreamResponse:
        reset = world.clock().timestamp() + 7200
        return web.Response(status=429, headers={"X-Sentry-Rate-Limit-Reset": f"{reset:.0f}"})

    async with serving([web.route("*", "/{path:.*}", handle)]) as url:
        with pytest.raises(RateLimited) as limited:
            await world.client(base=url).issue(ISSUE)
    assert limited.value.retry_after == 60


async def test_a_self_hosted_sentry_may_live_under_a_path_and_is_asked_for_no_region(world: World):
    world.sentry.add(ISSUE, SHORT)
    await world.client(base=f"{world.url}/sentry/").issue(ISSUE)
    assert world.made("sentry.organization") == []


async def test_on_sentry_io_the_organisations_region_is_asked_once_and_called_from_then_on(world: World):
    hosts: list[str] = []

    @web.middleware
    async def seen(request: web.Request, handler):
        hosts.append(request.headers["Host"])
        return await handler(request)

    world.sentry.add(ISSUE, SHORT)
    world.sentry.region_url = "http://de.sentry.io"
    app = web.Application(middlewares=[seen])
    app.add_routes(world.calls.routes())
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    proxy = f"http://127.0.0.1:{runner.addresses[0][1]}"  # so that names like sentry.io lead here
    async with httpx.AsyncClient(proxy=proxy, trust_env=False) as http:
        client = world.client(base="http://sentry.io", http=http)
        for _ in range(2):
            await client.issue(ISSUE)
    await runner.cleanup()
    assert hosts == ["sentry.io", "de.sentry.io", "de.sentry.io"]


@pytest.mark.parametrize(
    "elsewhere",
    [
        "",
        "https://evil.example.com",
        "https://sentry.io.evil.example.com",
        "https://evilsentry.io",
        "https://x@us.sentry.io",
        "http://us.sentry.io",
        "ftp://us.sentry.io",
        "http://[",
        "//us.sentry.io",
    ],
)
def test_a_region_that_is_not_sentrys_own_never_gets_the_token(elsewhere):
    assert region("https://sentry.io", elsewhere) == "https://sentry.io"


def test_a_region_of_sentrys_own_is_taken():
    assert region("https://sentry.io", "https://us.sentry.io/") == "https://us.sentry.io"
