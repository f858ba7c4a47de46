"""Health, readiness, metrics, and a stop that does not hang."""

import asyncio

from tests.patience import PATIENCE
from tests.scenarios.conftest import Stage


async def test_health_is_200_while_the_process_lives(stage: Stage):
    assert (await stage.http.get(stage.bot.url + "/health")).json() == {"status": "ok"}


async def test_ready_names_each_part_and_its_state(stage: Stage):
    answer = await stage.http.get(stage.bot.url + "/ready")
    assert answer.status_code == 200
    assert set(answer.json()["parts"]) == {"database", "slack", "wake-ups", "triage.yml"}


async def test_ready_is_503_with_the_reason_when_slack_revokes_the_token(stage: Stage):
    stage.slack.faults.refuse("auth.test", "token_revoked")
    answer = await stage.http.get(stage.bot.url + "/ready")
    assert answer.status_code == 503
    assert "token_revoked" in answer.json()["parts"]["slack"]["state"]


async def test_metrics_count_what_happened(stage: Stage):
    await stage.sandbox.shelf.fire("error")
    await stage.card()
    await stage.sandbox.shelf.fire("error")
    text = (await stage.http.get(stage.bot.url + "/metrics")).text
    assert 'webhook_deliveries_total{outcome="accepted",resource="error",source="sentry"} 2.0' in text
    assert 'alerts_suppressed_total{reason="duplicate_window"} 1.0' in text
    assert 'pending_alerts_count{severity="critical"} 1.0' in text
    assert 'reconcile_total{outcome="ok",target="slack_card"}' in text
    assert "time_to_card_seconds_count 1.0" in text


async def test_an_unknown_path_and_a_wrong_method_are_one_line_of_json(stage: Stage):
    for answer in (
        await stage.http.get(stage.bot.url + "/nowhere"),
        await stage.http.get(stage.bot.url + "/slack/events"),
    ):
        assert answer.status_code in (404, 405)
        assert set(answer.json()) == {"error"}


async def test_a_stop_in_the_middle_of_work_waits_for_no_answer_and_loses_nothing(stage: Stage):
    hold = stage.slack.faults.hold("chat.postMessage")
    await stage.sandbox.shelf.fire("error")
    await stage.slack.until(lambda: "ok")
    await asyncio.wait_for(stage.bot.stop(), PATIENCE)
    assert stage.cards() == []
    hold.set()
    stage.clock.advance(120)
    await stage.start_bot()
    await stage.card()
    assert len(stage.cards()) == 1
