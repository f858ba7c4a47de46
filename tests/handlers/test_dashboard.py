"""The dashboard over real HTTP: who may see it, and what stands there."""

import re
from html import unescape

import httpx
import pytest

from handlers.session import COOKIE, LASTS
from tests.scenarios.conftest import ANA, Stage

TOKEN = "example-admin-token"


@pytest.fixture
async def guarded(staging):
    async with staging(extra={"ADMIN_TOKEN": TOKEN}) as stage:
        yield stage


async def seen(stage: Stage, path: str = "/", **options) -> httpx.Response:
    return await stage.http.get(stage.bot.url + path, **options)


async def logged_in(stage: Stage) -> httpx.Response:
    return await stage.http.post(stage.bot.url + "/login", data={"token": TOKEN})


def bearer(token: str = TOKEN) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def broken(stage: Stage) -> None:
    await stage.sandbox.shelf.fire("error")
    await stage.card("nobody has it yet")


async def test_without_a_token_anybody_sees_numbers_and_nobody_an_events_words(stage: Stage):
    await broken(stage)
    answer = await seen(stage)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "Set <code>ADMIN_TOKEN</code>" in answer.text
    assert "OperationalError" not in answer.text
    assert "shop-api" not in answer.text


async def test_with_a_token_a_stranger_gets_the_form_and_nothing_else(guarded: Stage):
    await broken(guarded)
    wrong = (bearer("wrong"), {"Authorization": "Bearer"})
    forged = tuple({"Cookie": f"{COOKIE}={cookie}"} for cookie in ("9999999999.abc", "ä", "."))
    for headers in ({}, *wrong, *forged):
        answer = await seen(guarded, headers={name: value.encode() for name, value in headers.items()})
        assert answer.status_code == 401
        assert 'action="/login"' in answer.text
        assert "Open alerts" not in answer.text


async def test_the_bearer_sees_the_alerts_figures_connections_and_scoreboard(guarded: Stage):
    await broken(guarded)
    await guarded.click(ANA, await guarded.card(), "alert_acknowledge")
    await guarded.card("ana has it")
    page = unescape((await seen(guarded, headers=bearer())).text)
    for said in ("OperationalError", "acknowledged", "ana", "Scoreboard", "Nothing to compare yet", "works"):
        assert said in page
    assert "Log out" not in page, "there is no cookie to take away"


async def test_the_form_gives_a_cookie_that_scripts_and_other_sites_cannot_use(guarded: Stage):
    wrong = await guarded.http.post(guarded.bot.url + "/login", data={"token": "guess"})
    assert (wrong.status_code, "set-cookie" in wrong.headers) == (401, False)
    right = await logged_in(guarded)
    assert (right.status_code, right.headers["Location"]) == (303, "/")
    cookie = right.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert TOKEN not in cookie
    assert "Secure" not in cookie, "this was plain HTTP on loopback"
    assert "Log out" in (await seen(guarded)).text


async def test_behind_https_the_cookie_never_travels_without(guarded: Stage):
    headers = {"X-Forwarded-Proto": "https"}
    answer = await guarded.http.post(guarded.bot.url + "/login", data={"token": TOKEN}, headers=headers)
    assert "Secure" in answer.headers["Set-Cookie"]


async def test_logging_out_takes_the_cookie_away(guarded: Stage):
    await logged_in(guarded)
    await guarded.http.post(guarded.bot.url + "/logout")
    assert (await seen(guarded)).status_code == 401


async def test_a_cookie_ends_by_itself_and_a_longer_life_cannot_be_forged(guarded: Stage):
    cookie = (await logged_in(guarded)).cookies[COOKIE]
    assert (await seen(guarded)).status_code == 200
    until, _, signature = cookie.partition(".")
    guarded.http.cookies.clear()
    forged = f"{int(until) + 1}.{signature}"
    assert (await seen(guarded, headers={"Cookie": f"{COOKIE}={forged}"})).status_code == 401
    guarded.clock.advance(LASTS.total_seconds() + 1)
    assert (await seen(guarded, headers={"Cookie": f"{COOKIE}={cookie}"})).status_code == 401


async def test_the_cookie_is_no_bearer(guarded: Stage):
    cookie = (await logged_in(guarded)).cookies[COOKIE]
    guarded.http.cookies.clear()
    assert (await seen(guarded, headers=bearer(cookie))).status_code == 401
    answer = await guarded.http.post(guarded.bot.url + "/classify-error", json={}, headers=bearer(cookie))
    assert answer.status_code == 401


async def test_every_page_forbids_scripts_frames_and_keeping(guarded: Stage):
    for answer in (await seen(guarded), await seen(guarded, headers=bearer())):
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"


async def test_the_period_is_one_of_three_whatever_is_asked(guarded: Stage):
    for asked, days in (("1", 1), ("30", 30), ("9999999", 7), ("x", 7), ("", 7)):
        page = (await seen(guarded, f"/?days={asked}", headers=bearer())).text
        assert f"The last {days} days" in page
        assert len(re.findall(r"<b>\d+ d</b>", page)) == 1


async def test_a_connection_that_fails_is_said(guarded: Stage):
    guarded.slack.faults.refuse("auth.test", "token_revoked")
    page = (await seen(guarded, headers=bearer())).text
    assert re.search(r'slack</th>.*?<span class="state bad">fails</span> <span class="soft">[^<]*token_revoked', page)


async def test_the_score_is_in_prometheus(guarded: Stage):
    await broken(guarded)
    text = (await seen(guarded, "/metrics")).text
    assert 'verdicts_judged{outcome="corrected"} 0.0' in text
    assert "verdict_calibration_error NaN" in text
