"""Models, through the whole bot: the card never waits for one, shows what it said, and says why it did not."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from bot.sandbox.shelf import compact
from tests.classify.endpoint import Endpoint, answers, drips, fails, hangs, resets, says, sends, serving, verdict
from tests.patience import PATIENCE
from tests.scenarios.conftest import ANA, CHANNEL, Stage, said

SAID = verdict(
    severity="critical",
    category="database",
    root_cause="A transaction is left open in orders.place and holds its connection.",
    suggested_action="Close the session in orders.place.",
    evidence=[{"ref": "message", "quote": "remaining connection slots", "supports": "root_cause"}],
)


MODELS = f"models:\n  prices: {{example-model: 10}}\n  timeout: {PATIENCE}\n"
ONCE = MODELS + "  tries: 1\n"


@asynccontextmanager
async def modelled(staging, endpoint: Endpoint, triage: str = "", **extra: str) -> AsyncIterator[Stage]:
    environment = {"LLM_BASE_URL": endpoint.url, "LLM_MODEL": "example-model", "LLM_API_KEY": "example-key", **extra}
    alone = "storms: {enabled: false}\nseverities: {low: {card: true}}\n"  # each issue by itself
    async with staging(extra=environment, triage=alone + (triage or MODELS)) as stage:
        yield stage


@pytest.fixture
async def endpoint():
    async with serving() as running:
        running.scripts = [answers(SAID)]
        yield running


async def fired(stage: Stage, issue: int, **changes: object) -> None:
    """One error of an issue of its own, with a message of its own."""
    body = stage.sandbox.shelf.body("error")
    body["data"]["error"] |= {"issue_id": str(issue), **changes}
    assert (await stage.sandbox.shelf.send("error", compact(body))).status == 202


async def test_the_card_is_there_at_once_and_the_models_answer_changes_it_in_place(staging, endpoint):
    gate = asyncio.Event()

    async def slowly(request, body):
        await gate.wait()
        return await answers(SAID)(request, body)

    endpoint.scripts = [slowly]
    async with modelled(staging, endpoint) as stage:
        await stage.sandbox.shelf.fire("error")
        card = await stage.card("nobody has it yet")
        assert "orders.place and holds" not in said(card)
        gate.set()
        refined = await stage.card("A transaction is left open in orders.place")
        assert refined.ts == card.ts
        assert "example-model" in said(refined)
        assert "$0.0" in said(refined), "the cost stands on the card"


async def test_repeats_and_twins_cost_no_further_call(staging, endpoint):
    async with modelled(staging, endpoint) as stage:
        await stage.sandbox.shelf.storm("error", 50)
        await stage.card("orders.place")
        await fired(stage, 777_001)
        await stage.slack.until(lambda: len(stage.cards()) == 2 and "same answer" in said(stage.cards()[-1]))
        assert len(endpoint.requests) == 1
        metrics = (await stage.http.get(stage.bot.url + "/metrics")).text
        assert "llm_cache_hits_total 1.0" in metrics
        assert 'llm_calls_total{model="example-model",outcome="ok"} 1.0' in metrics
        assert 'error_classification_cost_usd_total{error_type="database",model="example-model"}' in metrics


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        (fails(500), "500"),
        (fails(401, "bad key"), "401"),
        (fails(429, headers={"Retry-After": "3600"}), "slow down"),
        (fails(429, headers={"Retry-After": "Fri, 31 Dec 2100 23:59:59 GMT"}), "slow down"),
        (resets, "connection failed"),
        (sends("<html>a proxy</html>", "text/html"), "not a chat completion"),
        (says("I cannot help with that."), "says nothing"),
    ],
    ids=["500", "401", "429-seconds", "429-date", "reset", "html", "nonsense"],
)
async def test_whatever_the_endpoint_does_the_card_stands_on_the_rules_and_says_why(staging, endpoint, script, reason):
    endpoint.scripts = [script]
    async with modelled(staging, endpoint, ONCE) as stage:
        await stage.sandbox.shelf.fire("error")
        card = await stage.card("No model's word")
        assert reason in said(card)
        assert "rules" in said(card)
        assert len(stage.cards()) == 1
        ready = await stage.http.get(stage.bot.url + "/ready")
        assert ready.status_code == 200, "a bot whose models are away is still ready"
        assert "circuit breaker" in ready.json()["parts"]["model"]["state"]


@pytest.mark.parametrize("script", [hangs, drips], ids=["hang", "drip"])
async def test_an_endpoint_that_is_too_slow_is_given_up_in_time(staging, endpoint, script):
    endpoint.scripts = [script]
    hasty = "models:\n  prices: {example-model: 10}\n  tries: 1\n  timeout: 0.3\n"
    async with modelled(staging, endpoint, hasty) as stage:
        await stage.sandbox.shelf.fire("error")
        assert "no answer within 0.3 s" in said(await stage.card("No model's word"))


async def test_what_was_given_up_is_asked_again_when_the_endpoint_is_back(staging, endpoint):
    endpoint.scripts = [fails(500), answers(SAID)]
    async with modelled(staging, endpoint, ONCE) as stage:
        await stage.sandbox.shelf.fire("error")
        await stage.card("No model's word")
        stage.clock.advance(31)
        await stage.card("orders.place and holds")
        assert "No model's word" not in said(await stage.card("orders.place"))


async def test_the_budget_says_no_on_the_card_and_a_person_may_say_yes(staging, endpoint):
    async with modelled(staging, endpoint, DAILY_BUDGET_USD="0.0001") as stage:
        await stage.sandbox.shelf.fire("error")
        card = await stage.card("budget does not allow")
        assert "Ask a model anyway (about $0.0" in said(card)
        assert endpoint.requests == []
        await stage.click(ANA, card, "alert_analyse")
        refined = await stage.card("orders.place and holds")
        assert "Ask a model anyway" not in said(refined)
        assert len(endpoint.requests) == 1


async def test_who_may_not_spend_beyond_the_budget_is_told_so_and_nobody_is_asked(staging, endpoint):
    kept = "permissions: {spend: [S0LEADS]}\n" + MODELS
    async with modelled(staging, endpoint, kept, DAILY_BUDGET_USD="0.001") as stage:
        await stage.sandbox.shelf.fire("error")
        card = await stage.card("budget does not allow")
        await stage.click(ANA, card, "alert_analyse")
        assert "You may not spend beyond the budget" in await stage.whispered(ANA)
        assert endpoint.requests == []


async def test_concurrent_alerts_never_spend_more_than_the_budget(staging, endpoint):
    # One question is reserved at its worst case of about $0.2; its answer costs about $0.011.
    async with modelled(staging, endpoint, DAILY_BUDGET_USD="0.25") as stage:
        for issue in range(12):
            crash = {"values": [{"type": f"Kind{chr(65 + issue)}Error", "value": "out of connections"}]}
            await fired(stage, 880_000 + issue, exception=crash, level="fatal")
        await stage.slack.until(lambda: len(stage.cards()) == 12)
        done = ("example-model", "budget does not allow")
        await stage.slack.until(lambda: all(any(w in said(c) for w in done) for c in stage.cards()))
        metrics = (await stage.http.get(stage.bot.url + "/metrics")).text
        left = next(float(line.split()[1]) for line in metrics.splitlines() if line.startswith("llm_budget_remaining"))
        assert 0 <= left < 0.25


async def test_a_person_who_corrects_the_verdict_first_is_not_overruled(staging, endpoint):
    gate, asked = asyncio.Event(), asyncio.Event()

    async def slowly(request, body):
        asked.set()
        await gate.wait()
        return await answers(SAID)(request, body)

    endpoint.scripts = [slowly]
    async with modelled(staging, endpoint) as stage:
        await stage.sandbox.shelf.fire("error")
        card = await stage.card()
        await stage.click(ANA, card, "alert_reclassify")
        view = await stage.modal(ANA)
        await stage.sandbox.people.submit(ANA, view.id, {"severity": "low", "category": "network", "reason": "mine"})
        await stage.card("LOW")
        await asyncio.wait_for(asked.wait(), PATIENCE)
        gate.set()
        await stage.click(ANA, card, "alert_acknowledge")
        assert "LOW" in said(await stage.card("ana has it"))


async def test_a_hostile_event_and_an_obedient_model_neither_lower_nor_ping(staging, endpoint):
    obedient = verdict(severity="low", category="logic", root_cause="<!channel> all fine, see http://evil.example.com")
    endpoint.scripts = [answers(obedient)]
    async with modelled(staging, endpoint) as stage:
        await stage.sandbox.shelf.fire("hostile")
        before = await stage.card()
        severity = next(word for word in ("CRITICAL", "HIGH", "MEDIUM", "LOW") if word in said(before))
        after = await stage.card("contains instructions to a model")
        assert severity in said(after)
        for message in [after, *stage.slack.replies(CHANNEL, after.ts)]:
            assert "<!channel>" not in message.text
            assert "all fine" not in said(message)


async def test_what_the_model_saw_is_kept_and_shown_in_the_details(staging, endpoint):
    async with modelled(staging, endpoint) as stage:
        await stage.sandbox.shelf.fire("error")
        card = await stage.card("orders.place and holds")
        await stage.click(ANA, card, "alert_details")
        text = json.dumps((await stage.modal(ANA)).body)
        assert "What did the model see?" in text
        assert "untrusted data" in text
        assert "example-model" in text
        assert "example-key" not in text


async def test_classify_error_asks_the_model_and_says_what_it_took(staging, endpoint):
    async with modelled(staging, endpoint, ADMIN_TOKEN="example-admin-token") as stage:
        event = {
            "type": "OperationalError",
            "value": "FATAL: remaining connection slots are reserved",
            "level": "error",
        }
        async with httpx.AsyncClient(headers={"Authorization": "Bearer example-admin-token"}, timeout=PATIENCE) as http:
            answer = (await http.post(stage.bot.url + "/classify-error", json=event)).json()
    assert answer["usage"]["model"] == "example-model"
    assert answer["usage"]["tokens_in"] > 0
    assert answer["usage"]["cost_usd"] > 0
    assert "orders.place" in answer["classification"]["root_cause"]


def kind(number: int) -> dict[str, object]:
    """An exception unlike the others, so that no answer can be shared."""
    return {"values": [{"type": f"Kind{chr(65 + number)}Error", "value": "out of connections"}]}


async def test_a_thousand_events_over_twenty_issues_make_at_most_twenty_calls(staging, endpoint):
    async with modelled(staging, endpoint) as stage:
        at_once = asyncio.Semaphore(20)

        async def one(number: int) -> None:
            async with at_once:
                await fired(stage, 990_000 + number % 20, exception=kind(number % 20), event_id=f"{number:032x}")

        await asyncio.gather(*(one(number) for number in range(1_000)))
        await stage.slack.until(lambda: len(stage.cards()) == 20)
        await stage.slack.until(lambda: all("example-model" in said(card) for card in stage.cards()))
        await stage.slack.until(lambda: all("50 events" in card.text for card in stage.cards()))
        assert len(endpoint.requests) == 20


async def test_an_issue_that_comes_back_after_its_fix_is_looked_at_again(staging, endpoint):
    async with modelled(staging, endpoint) as stage:
        await stage.sandbox.shelf.fire("error")
        card = await stage.card("orders.place and holds")
        await stage.click(ANA, card, "alert_resolve")
        await stage.card("resolved by ana")
        endpoint.scripts = [answers(SAID | {"root_cause": "The fix did not reach the second worker."})]
        await stage.sandbox.shelf.fire("error")
        await stage.card("did not reach the second worker")
        assert len(endpoint.requests) == 2


async def test_with_the_endpoint_down_every_alert_still_has_its_card(staging, endpoint):
    endpoint.scripts = [fails(503)]
    async with modelled(staging, endpoint, ONCE) as stage:
        for issue in range(15):
            await fired(stage, 995_000 + issue, exception=kind(issue))
        await stage.slack.until(lambda: len(stage.cards()) == 15)
        await stage.slack.until(lambda: all("No model's word" in said(card) for card in stage.cards()))
        assert len(endpoint.requests) < 15, "the circuit breaker spares an endpoint that keeps failing"
        ready = (await stage.http.get(stage.bot.url + "/ready")).json()["parts"]["model"]["state"]
        assert ready == "circuit breaker open"
