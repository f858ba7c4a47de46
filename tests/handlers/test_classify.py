"""`/classify-error` over real HTTP: bearer, schema, verdict."""

import pytest

from bot.alerts.classification import Category, Severity
from tests.scenarios.conftest import Stage

TOKEN = "example-admin-token"
ERROR = {
    "platform": "python",
    "level": "error",
    "environment": "production",
    "handled": False,
    "type": "OperationalError",
    "value": "FATAL: remaining connection slots are reserved for roles with the SUPERUSER attribute",
    "frames": [{"filename": "shop/db.py", "function": "connect", "lineno": 42, "in_app": True}],
    "tags": {"release": "shop@4.2.0"},
    "event_count": 1284,
    "user_count": 312,
}


@pytest.fixture
async def admitted(staging):
    async with staging(extra={"ADMIN_TOKEN": TOKEN}) as stage:
        yield stage


async def classify(stage: Stage, body: object):
    headers = {"Authorization": f"Bearer {TOKEN}"}
    return await stage.http.post(stage.bot.url + "/classify-error", json=body, headers=headers)


async def test_an_error_gets_a_verdict_with_its_evidence_and_what_it_took(admitted: Stage):
    answer = await classify(admitted, ERROR)
    assert answer.status_code == 200
    verdict, usage = answer.json()["classification"], answer.json()["usage"]
    assert (verdict["category"], verdict["severity"]) == (Category.DATABASE, Severity.CRITICAL)
    assert verdict["evidence"]
    assert verdict["estimated_fix_time"] in ("15min", "1h", "4h", "1day")
    assert usage["model"] == "rules"
    assert usage["cost_usd"] == 0


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({**ERROR, "event_count": "many"}, "event_count"),
        ({**ERROR, "frames": [{"lineno": "x"}]}, "frames.0.lineno"),
        ({**ERROR, "tags": [1]}, "tags"),
    ],
)
async def test_a_field_that_does_not_fit_is_named(admitted: Stage, body, field):
    answer = await classify(admitted, body)
    assert answer.status_code == 422
    assert answer.json()["field"] == field


async def test_a_body_that_is_no_object_is_400(admitted: Stage):
    assert (await classify(admitted, [1])).status_code == 400


@pytest.mark.parametrize("given", ["Bearer", "Bearer wrong", "Bearer é", f"Basic {TOKEN}"])
async def test_without_the_token_there_is_no_way_in(admitted: Stage, given):
    headers = [(b"Authorization", given.encode())]
    answer = await admitted.http.post(admitted.bot.url + "/classify-error", json=ERROR, headers=headers)
    assert answer.status_code == 401


async def test_a_bot_without_an_admin_token_lets_nobody_in(stage: Stage):
    assert (await classify(stage, ERROR)).status_code == 401
