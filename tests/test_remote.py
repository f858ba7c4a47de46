"""However a service outside answers, the caller gets an answer or a reason, and the token goes nowhere else."""

from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import partial

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import RateLimited, Rejected, Unavailable
from bot.remote import DEFAULT_WAIT, LONGEST_WAIT, Remote, asked_wait, http_client
from tests.loopback import serving
from tests.store.making import START, Clock

TOKEN = "example-token"
NAMES = ("Retry-After", "ratelimit-reset", "X-Sentry-Rate-Limit-Reset")


def answering(respond: Callable[[], web.Response]) -> list[web.RouteDef]:
    async def handle(_: web.Request) -> web.StreamResponse:
        return respond()

    return [web.route("*", "/{path:.*}", handle)]


async def asked(respond: Callable[[], web.Response], token: str = TOKEN):
    """The answer of a service that responds like this, and the service."""
    async with serving(answering(respond)) as url, http_client() as http:
        headers = {"Authorization": f"Bearer {token}"}
        remote = Remote(http, url, name="Example", clock=Clock(), headers=lambda: headers)
        return remote, await remote.send("GET", "/thing")


async def test_a_redirect_is_not_followed_and_names_the_host():
    arrived: list[web.Request] = []

    async def handle(request: web.Request) -> web.StreamResponse:
        arrived.append(request)
        return web.Response()

    async with serving([web.route("*", "/{path:.*}", handle)]) as elsewhere:
        other = elsewhere.replace("127.0.0.1", "localhost")
        for status in (301, 302, 307, 308):
            with pytest.raises(Rejected, match="to localhost"):
                await asked(partial(web.Response, status=status, headers={"Location": other}))
    assert arrived == []


@pytest.mark.parametrize("location", ["", "/login", "http://["])
async def test_a_redirect_to_nowhere_in_particular_is_refused_too(location):
    with pytest.raises(Rejected, match="redirects"):
        await asked(lambda: web.Response(status=302, headers={"Location": location}))


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504, 599])
async def test_a_server_in_trouble_is_unavailable(status):
    with pytest.raises(Unavailable, match=str(status)):
        await asked(lambda: web.Response(status=status))


async def test_a_limit_without_a_time_waits_a_little():
    with pytest.raises(RateLimited) as limited:
        await asked(lambda: web.Response(status=429))
    assert limited.value.retry_after == DEFAULT_WAIT


async def test_a_token_with_odd_characters_is_sent_and_never_an_exception():
    _, response = await asked(web.Response, token="tökén-\u2603")
    assert response.status_code == 200


async def test_a_token_that_no_header_can_carry_is_not_shown_in_the_error():
    with pytest.raises(Unavailable) as refused:
        await asked(web.Response, token="secret\nword")
    assert "secret" not in str(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__


@pytest.mark.parametrize("body", [b"", b"<html>", b"\xff", b"[" * 100_000, b"null"])
async def test_an_answer_that_is_no_json_is_not_the_services(body):
    remote, response = await asked(lambda: web.Response(body=body))
    with pytest.raises(Unavailable, match="not Example's"):
        remote.parsed(response)


async def test_json_with_half_a_surrogate_pair_is_read():
    remote, response = await asked(lambda: web.Response(body=b'{"title": "\\ud83d"}'))
    assert remote.parsed(response) == {"title": "\ud83d"}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ('{"detail": "Not yours."}', "Not yours."),
        ('{"detail": {"message": "Not yours.", "code": 7}}', "Not yours."),
        ('{"error": {"message": "Bad", "errors": ["no key"]}}', "Bad no key"),
        ('{"message": "Bad", "errors": ["no key", 5]}', "Bad no key"),
        ('{"assignedTo": ["Unknown actor"], "status": ["Nonsense"]}', "assignedTo: Unknown actor status: Nonsense"),
        ('"Slow down"', "Slow down"),
        ('{"detail": "write to ana@example.com"}', "write to [email]"),
        ("<html>", "status 400"),
        ("[]", "status 400"),
    ],
)
async def test_a_refusals_own_words_are_found_wherever_the_service_puts_them(body, words):
    remote, response = await asked(lambda: web.Response(status=400, text=body))
    assert remote.words(response) == words


async def test_endless_words_are_cut():
    remote, response = await asked(lambda: web.json_response({"detail": "very " * 10_000}, status=400))
    assert len(remote.words(response)) <= 300


def test_each_spelling_of_a_wait_is_understood():
    in_a_minute = format_datetime(datetime.fromtimestamp(START.timestamp() + 60, UTC), usegmt=True)
    reset = str(START.timestamp() + 3)
    assert asked_wait({"Retry-After": "7"}, START) == 7
    assert asked_wait({"Retry-After": in_a_minute}, START) == 60
    assert asked_wait({"ratelimit-reset": "4"}, START) == 4
    assert asked_wait({"X-Sentry-Rate-Limit-Reset": reset}, START) == 3
    assert asked_wait({"X-Sentry-Rate-Limit-Reset": "1"}, START) == 1, "a reset in the past still waits a moment"
    assert asked_wait({"Retry-After": "99999999"}, START) == LONGEST_WAIT
    assert asked_wait({}, START) is None


@given(st.dictionaries(st.sampled_from(NAMES), st.text() | st.from_regex(r"\d+(\.\d+)?( GMT)?")))
def test_no_header_makes_the_wait_anything_but_a_sane_number_or_none(headers):
    wait = asked_wait(headers, START)
    assert wait is None or 0 <= wait <= LONGEST_WAIT
