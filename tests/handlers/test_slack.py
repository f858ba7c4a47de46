"""The Slack route over real HTTP: whatever comes, it is a 2xx or a 4xx, never a 500."""

import time

import pytest
from slack_sdk.signature import SignatureVerifier

from tests.scenarios.conftest import Stage


def headers(stage: Stage, body: str, **changed: str) -> dict[str, str]:
    stamp = str(int(time.time()))
    signature = SignatureVerifier(stage.sandbox.courier.signing_secret).generate_signature(timestamp=stamp, body=body)
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signature or "", **changed}


@pytest.mark.parametrize(
    "changed",
    [
        {"X-Slack-Request-Timestamp": "abc"},
        {"X-Slack-Request-Timestamp": "1"},
        {"X-Slack-Signature": "v0=" + "0" * 64},
        {"X-Slack-Signature": ""},
    ],
)
async def test_a_bad_signature_is_401(stage: Stage, changed):
    body = '{"type":"event_callback"}'
    answer = await stage.http.post(
        stage.bot.url + "/slack/events",
        content=body,
        headers={"Content-Type": "application/json", **headers(stage, body, **changed)},
    )
    assert answer.status_code == 401


@pytest.mark.parametrize("body", ["{", "payload={", "payload=%7B%22type%22%3A", "payload=[]", "null", '"text"', "[]"])
async def test_a_body_that_cannot_be_read_is_a_4xx(stage: Stage, body):
    answer = await stage.http.post(
        stage.bot.url + "/slack/events",
        content=body,
        headers={"Content-Type": "application/json" if body[0] != "p" else "application/x-www-form-urlencoded"}
        | headers(stage, body),
    )
    assert 400 <= answer.status_code < 500


async def test_an_event_that_we_do_not_handle_is_answered_200(stage: Stage):
    body = (
        '{"type":"event_callback","team_id":"T0EXAMPLE","event_id":"Ev1","event":{"type":"star_added","user":"U0ANA"}}'
    )
    answer = await stage.http.post(
        stage.bot.url + "/slack/events",
        content=body,
        headers={"Content-Type": "application/json", **headers(stage, body)},
    )
    assert answer.status_code == 200


async def test_slacks_url_verification_is_answered(stage: Stage):
    body = '{"type":"url_verification","challenge":"example-challenge","token":"x"}'
    answer = await stage.http.post(
        stage.bot.url + "/slack/events",
        content=body,
        headers={"Content-Type": "application/json", **headers(stage, body)},
    )
    assert answer.status_code == 200
    assert "example-challenge" in answer.text


async def test_bolt_does_not_explain_our_own_choices_to_us(stage: Stage, caplog: pytest.LogCaptureFixture):
    assert stage.bot.url
    assert [record.getMessage() for record in caplog.get_records("setup") if "bolt" in record.name] == []
