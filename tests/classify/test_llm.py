"""A model is asked in whatever way its endpoint takes, again where that helps, and every failure has its name."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from bot.alerts.classification import Category, Severity
from bot.classify.breaker import BreakerState
from bot.classify.failures import (
    ModelError,
    ModelNonsense,
    ModelPaused,
    ModelRateLimited,
    ModelRefused,
    ModelUnavailable,
)
from bot.classify.llm import MAX_TOKENS
from bot.classify.models import Choice
from bot.classify.wire import Mode
from tests.classify.asking import FENCE, KEY, asking, prompt_for
from tests.classify.endpoint import answers, drips, fails, hangs, refuses, resets, says, sends, verdict


async def test_a_good_answer_comes_through_a_tool_call_with_all_that_is_kept_of_it():
    async with asking() as ours:
        got = await ours.ask()
    said = got.classification
    assert (said.severity, said.category, said.made_by) == (Severity.HIGH, Category.DATABASE, "m")
    assert said.evidence[0].source == "message"
    assert got.hypotheses == {"severity", "category"}, "only the root cause has a checked reference"
    assert (got.mode, got.parsing_method, got.attempts, got.prompt_version) == (Mode.TOOL, "json", 1, "1")
    assert (got.tokens_in, got.tokens_out, got.usage_estimated) == (1_000, 100, False)
    assert got.cost_usd == pytest.approx(0.002)
    assert "pool" in got.raw_reply


async def test_the_request_carries_the_key_the_bounds_and_the_fenced_event():
    async with asking() as ours:
        await ours.ask()
        body = ours.endpoint.requests[0]
        assert ours.endpoint.keys == [f"Bearer {KEY}"]
    assert body["model"] == "m"
    assert (body["max_tokens"], body["temperature"]) == (MAX_TOKENS, 0)
    assert [message["role"] for message in body["messages"]] == ["system", "user"]
    assert body["messages"][1]["content"].count(FENCE) == 2


@pytest.mark.parametrize("model", ["o3", "gpt-5", "qwen3:8b", "deepseek/deepseek-r1", "anthropic/claude-sonnet-4.5"])
async def test_models_of_every_family_are_asked_without_a_warning(model):
    async with asking() as ours:
        await ours.ask(model=model)
        body = ours.endpoint.requests[0]
    assert MAX_TOKENS in (body.get("max_tokens"), body.get("max_completion_tokens"))
    assert ("temperature" in body) == ("reasoning_effort" not in body), "a model that reasons takes no temperature"


@pytest.mark.parametrize(
    ("refused", "status", "message", "mode"),
    [
        (("tools",), 400, "this model does not support tools", Mode.SCHEMA),
        (("tools", "response_format"), 400, "unknown field", Mode.PROMPTED),
        (("tools",), 500, "tools param requires --jinja flag", Mode.SCHEMA),
        (
            ("tools", "response_format"),
            404,
            "No endpoints found that support tool use or structured outputs",
            "prompted",
        ),
        (("tools", "response_format"), 422, "extra fields not permitted", Mode.PROMPTED),
    ],
)
async def test_an_endpoint_without_tools_or_schemas_is_asked_in_prose_and_that_is_remembered(
    refused, status, message, mode
):
    async with asking() as ours:
        ours.endpoint.scripts = [refuses(*refused, then=answers(verdict()), status=status, message=message)]
        first = await ours.ask()
        asked = len(ours.endpoint.requests)
        second = await ours.ask()
        assert ours.endpoint.modes()[-1] == mode
        assert len(ours.endpoint.requests) == asked + 1, "the second question went straight to the mode that works"
    assert first.mode == second.mode == mode
    assert ours.slept == []


@pytest.mark.parametrize(
    "reply", ["Severity: High\nCategory: Database", '```json\n{"severity": "P2", "category": "db",}\n```']
)
async def test_an_answer_that_is_not_clean_json_is_read_all_the_same(reply):
    async with asking() as ours:
        ours.endpoint.scripts = [says(reply)]
        got = await ours.ask()
    assert (got.classification.severity, got.classification.category) == (Severity.HIGH, Category.DATABASE)
    assert got.parsing_method in ("lines", "repaired_json")
    assert got.classification.root_cause == "The rules' cause.", "what the model left out, the rules say"


async def test_an_answer_that_says_nothing_is_asked_for_once_more_with_the_error():
    async with asking() as ours:
        ours.endpoint.scripts = [says("I am not sure."), says('{"severity": "low", "category": "logic"}')]
        got = await ours.ask()
        assert "could not be read" in ours.endpoint.requests[1]["messages"][1]["content"]
    assert (got.classification.severity, got.attempts, got.tokens_in) == (Severity.LOW, 2, 2_000)


async def test_two_answers_that_say_nothing_are_given_up_and_still_cost():
    async with asking() as ours:
        ours.endpoint.scripts = [says("No idea."), says('{"severity": "low|medium|high|critical", "category": "..."}')]
        with pytest.raises(ModelNonsense) as failed:
            await ours.ask()
        assert len(ours.endpoint.requests) == 2
        assert ours.breaker.state is BreakerState.CLOSED, "an endpoint that answers is not down"
    assert failed.value.cost_usd == pytest.approx(0.004)
    assert "low|medium" in failed.value.raw


async def test_missing_usage_is_estimated_and_marked():
    async with asking() as ours:
        ours.endpoint.scripts = [answers(verdict(), usage=None)]
        got = await ours.ask()
    assert got.usage_estimated
    assert 500 < got.tokens_in < 4_000
    assert got.cost_usd > 0


async def test_the_first_waits_double_and_the_third_try_wins():
    async with asking() as ours:
        ours.endpoint.scripts = [fails(500), resets, answers(verdict())]
        got = await ours.ask()
    assert (ours.slept, got.attempts) == ([0.5, 1.0], 3)


async def test_three_failures_are_enough():
    async with asking() as ours:
        ours.endpoint.scripts = [fails(503)]
        with pytest.raises(ModelUnavailable) as failed:
            await ours.ask()
        assert len(ours.endpoint.requests) == 3
    assert failed.value.retry
    assert failed.value.cost_usd == 0


def _in(seconds: int) -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


@pytest.mark.parametrize(
    ("retry_after", "least", "most"), [(lambda: "3", 3, 3), (lambda: _in(5), 3, 5), (lambda: "0", 0, 0)]
)
async def test_retry_after_is_obeyed_in_seconds_and_as_a_date(retry_after, least, most):
    async with asking() as ours:
        ours.endpoint.scripts = [fails(429, headers={"Retry-After": retry_after()}), answers(verdict())]
        await ours.ask()
    assert least <= ours.slept[0] <= most


async def test_a_retry_after_that_is_too_long_to_wait_for_is_told_to_the_caller():
    async with asking() as ours:
        ours.endpoint.scripts = [fails(429, headers={"Retry-After": "120"})]
        with pytest.raises(ModelRateLimited) as failed:
            await ours.ask()
        assert len(ours.endpoint.requests) == 1
    assert (ours.slept, failed.value.retry_after) == ([], 120)


@pytest.mark.parametrize(
    ("script", "says_so"), [(hangs, "no answer within"), (drips, "no answer within"), (resets, "connection failed")]
)
async def test_an_endpoint_that_hangs_drips_or_resets_is_left_in_time(script, says_so):
    async with asking(limit=0.05) as ours:
        ours.endpoint.scripts = [script]
        with pytest.raises(ModelUnavailable, match=says_so) as failed:
            await ours.ask()
    assert failed.value.cost_usd > 0, "it may have been billed: the safe side of a budget"


BODIES = ["", "null", "[]", "{}", '"text"', "<html>", '{"choices": []}', '{"choices": null}', '{"choices": [{}]}',
          '{"choices": [{"message": null}]}', '{"choices": [{"message": {"content": 5}}]}', "[" * 5_000,
          '{"error": {"message": "inside 200"}}']  # fmt: skip


@pytest.mark.parametrize("body", BODIES, ids=lambda body: body[:30])
@pytest.mark.parametrize("content_type", ["application/json", "text/html"])
async def test_whatever_body_comes_is_a_failure_with_a_name(body, content_type):
    async with asking() as ours:
        ours.endpoint.scripts = [sends(body, content_type)]
        with pytest.raises(ModelError) as failed:
            await ours.ask()
    assert failed.value.reason in ("unavailable", "nonsense", "refused")


async def test_a_huge_answer_is_not_read_to_its_end():
    async with asking() as ours:
        ours.endpoint.scripts = [sends('{"id": "' + "x" * 3_000_000)]
        with pytest.raises(ModelUnavailable, match="too large"):
            await ours.ask()


@pytest.mark.parametrize("status", [401, 403, 402, 404])
async def test_a_wrong_key_or_model_is_not_tried_again_and_never_shows_the_key(status):
    async with asking() as ours:
        ours.endpoint.scripts = [fails(status, "no such thing")]
        with pytest.raises(ModelRefused) as failed:
            await ours.ask()
        assert len(ours.endpoint.requests) == 1
    assert not failed.value.retry
    assert failed.value.__cause__ is None
    assert KEY not in repr(failed.value) + repr(ours.wire) + repr(ours.client)


async def test_after_five_failures_nothing_is_sent_until_the_pause_is_over():
    async with asking() as ours:
        ours.endpoint.scripts = [fails(500)]
        for _ in range(2):
            with pytest.raises(ModelUnavailable):
                await ours.ask()
        sent = len(ours.endpoint.requests)
        with pytest.raises(ModelPaused) as paused:
            await ours.ask()
        assert (sent, len(ours.endpoint.requests)) == (5, 5)
        assert paused.value.retry_after == 30
        ours.now = 31
        ours.endpoint.scripts = [answers(verdict())]
        await ours.ask()
        assert ours.breaker.state is BreakerState.CLOSED


async def test_what_is_reserved_covers_the_worst_case():
    async with asking(limit=0.05) as ours:
        prompt = prompt_for()
        ours.endpoint.scripts = [hangs]
        with pytest.raises(ModelUnavailable) as failed:
            await ours.ask(prompt)
    assert failed.value.cost_usd <= ours.client.at_most(prompt, Choice("m", ""))
    assert ours.client.about(prompt, Choice("m", "")) < ours.client.at_most(prompt, Choice("m", ""))


def test_a_bot_without_a_model_never_loads_the_library():
    code = "import bot.classify.llm, sys; sys.exit('pydantic_ai' in sys.modules or 'genai_prices' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0  # noqa: S603
