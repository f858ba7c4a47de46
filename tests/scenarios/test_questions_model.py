"""Questions answered by a model that looks things up: streamed or updated, failing, hostile, killed."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from itertools import pairwise
from typing import Any

import pytest
from aiohttp import web

from bot.sandbox.messages import Message
from bot.sandbox.pings import pings
from bot.sandbox.server import SandboxServer
from tests.assist.scripted import (
    Step,
    Talk,
    calls,
    chunk,
    closed,
    fails,
    gated,
    hangs,
    opened,
    resets,
    talking,
    told,
    writes,
)
from tests.scenarios.conftest import ANA, BO, CHANNEL, Stage, said
from tests.scenarios.test_kill import Killable, accepted
from tests.scenarios.test_questions import answer, answers, ask, card_of

Staging = Callable[..., AbstractAsyncContextManager[Stage]]


@asynccontextmanager
async def modelled(staging: Staging, **extra: str) -> AsyncIterator[tuple[Stage, Talk]]:
    async with talking() as talk:
        environment = {"LLM_BASE_URL": talk.url, "LLM_MODEL": "m", "LLM_API_KEY": "k", **extra}
        async with staging(extra=environment) as stage:
            yield stage, talk


@pytest.fixture(params=["streamed", "updated"])
async def both(request, staging) -> AsyncIterator[tuple[Stage, Talk]]:
    async with modelled(staging) as (stage, talk):
        if request.param == "updated":
            stage.slack.faults.refuse("chat.startStream", "unknown_method", times=1_000)
        yield stage, talk


async def test_the_same_message_first_says_that_it_is_being_looked_into_then_what_was_found(both):
    stage, talk = both
    gate = asyncio.Event()
    talk.steps = [calls(("similar_alerts", {}), ("breadcrumbs", {})), gated("The pool is ", gate, "**exhausted**.")]
    card = await card_of(stage)
    await ask(stage, ANA, card, "Why?")
    first = await stage.thread(card, "Looking into it… (asked by ana)")
    await stage.thread(card, "The pool is")
    gate.set()
    told = await answer(stage, card, "exhausted")
    assert told.ts == first.ts
    assert told.streaming_until is None
    assert "Looking into it" not in said(told)
    assert "ana asked: Why?" in said(told)
    assert "similar alerts, breadcrumbs" in said(told)
    assert "m, " in said(told), "the model and its price"
    assert told.metadata == {"event_type": "triage_answer", "event_payload": {"alert": 1, "question": 1}}
    assert len(answers(stage, card)) == 1
    journal = stage.slack.journal
    streamed = journal.calls("chat.startStream", ok=True)
    assert len(journal.calls("chat.stopStream", ok=True)) == len(streamed)
    assert bool(streamed) is bool(journal.calls("chat.appendStream", ok=True))
    assert bool(streamed) is not bool(journal.calls("chat.startStream", ok=False))


async def test_what_the_tools_found_reaches_the_model_fenced_and_marked(both):
    stage, talk = both
    talk.steps = [calls(("history", {})), writes("Nothing yet.")]
    card = await card_of(stage)
    await ask(stage, ANA, card, "What happened so far?")
    await answer(stage, card, "Nothing yet")
    asked, after = talk.requests
    assert {tool["function"]["name"] for tool in asked["tools"]} >= {"event", "similar_alerts", "counts_over_time"}
    result = next(m for m in after["messages"] if m["role"] == "tool")["content"]
    mark = result.split("untrusted data ")[1].split()[0]
    assert mark in asked["messages"][0]["content"], "the instructions name the mark"
    assert all(line.startswith(("|", "---")) for line in result.splitlines())


async def test_hostile_text_and_an_obedient_model_can_neither_ping_nor_link(both):
    stage, talk = both
    evil = "<!channel> @here <@U0BO> <https://evil.example/x|click> [click](https://evil.example) www.evil.example "
    gate = asyncio.Event()
    talk.steps = [gated(evil, gate, evil)]
    await stage.sandbox.shelf.fire("hostile")
    card = await stage.card("nobody has it yet")
    await ask(stage, ANA, card, "<!channel> what is <https://evil.example|this>?")
    draft = await stage.thread(card, "click")
    assert_tame(draft)
    gate.set()
    assert_tame(await answer(stage, card, "click"))


async def test_it_remembers_the_thread(both):
    stage, talk = both
    talk.steps = [writes("It is the pool of db-1.")]
    card = await card_of(stage)
    await ask(stage, ANA, card, "Which part is broken?")
    await answer(stage, card, "db-1")
    talk.steps = [writes("Yes, since today.")]
    await ask(stage, BO, card, "Since when?")
    await answer(stage, card, "since today")
    assert "Which part is broken?" in told(talk.requests[-1])
    assert "It is the pool of db-1." in told(talk.requests[-1])


@pytest.mark.parametrize("failure", [fails(500), resets, fails(401, "bad key")])
async def test_a_model_that_fails_leaves_the_records_answer_and_says_so(both, failure):
    stage, talk = both
    talk.steps = [failure]
    card = await card_of(stage)
    await ask(stage, ANA, card, "Why?")
    told = await answer(stage, card, "Likely cause")
    assert "The model " in said(told)
    assert "from my own records" in said(told)
    assert len(answers(stage, card)) == 1


async def test_a_restart_in_the_middle_of_an_answer_finishes_it_in_the_same_message(both):
    stage, talk = both
    talk.steps = [hangs]
    card = await card_of(stage)
    await ask(stage, ANA, card, "Why?")
    first = await stage.thread(card, "Looking into it")
    await stage.slack.until(lambda: talk.requests)
    await stage.stop_bot()
    talk.steps = [writes("It is the pool.")]
    await stage.start_bot()
    told = await answer(stage, card, "It is the pool.")
    assert told.ts == first.ts
    assert len(answers(stage, card)) == 1


async def test_the_budget_says_no_and_the_records_answer(staging):
    async with modelled(staging, DAILY_BUDGET_USD="0") as (stage, talk):
        card = await card_of(stage)
        await ask(stage, ANA, card, "Why?")
        told = await answer(stage, card, "Likely cause")
        assert "budget" in said(told)
        assert not talk.requests


async def test_a_stream_whose_beginning_was_not_written_down_is_found_again(staging):
    async with modelled(staging) as (stage, _talk):
        card = await card_of(stage)
        stage.slack.faults.hang_up("chat.startStream", performed=True)
        await ask(stage, ANA, card, "Why?")
        await stage.slack.until(lambda: answers(stage, card))
        stage.clock.advance(10)
        await answer(stage, card, "It is the pool.")
        assert len(answers(stage, card)) == 1


async def test_a_stream_that_slack_has_ended_is_finished_all_the_same(staging):
    async with modelled(staging) as (stage, talk):
        gate = asyncio.Event()
        talk.steps = [gated("It is ", gate, "the pool.")]
        card = await card_of(stage)
        await ask(stage, ANA, card, "Why?")
        await stage.thread(card, "It is")
        stage.clock.advance(301)
        gate.set()
        await answer(stage, card, "the pool.")
        assert len(answers(stage, card)) == 1


async def test_a_draft_changes_at_most_once_a_second(staging):
    async with modelled(staging) as (stage, talk):
        stage.slack.faults.refuse("chat.startStream", "unknown_method", times=1_000)
        gates = [asyncio.Event() for _ in range(3)]
        talk.steps = [drip(gates)]
        card = await card_of(stage)
        await ask(stage, ANA, card, "Why?")
        for number, gate in enumerate(gates):
            await stage.thread(card, f"part {number}")
            gate.set()
        told = await answer(stage, card, "the end")
        times = [call.at for call in stage.slack.journal.calls("chat.update", ok=True) if call.ts == told.ts]
        assert len(times) >= 3
        assert min(b - a for a, b in pairwise(times)) >= 0.98


async def test_a_rate_limit_while_it_is_written_does_not_cost_the_answer(staging):
    async with modelled(staging) as (stage, talk):
        stage.slack.faults.limit("chat.appendStream", retry_after=1, times=2)
        stage.slack.faults.limit("chat.stopStream", retry_after=1)
        card = await card_of(stage)
        await ask(stage, ANA, card, "Why?")
        await answer(stage, card, "It is the pool.")
        assert len(answers(stage, card)) == 1
        assert len(talk.requests) == 1, "the model is not asked again for what it has answered"


@pytest.mark.parametrize("moment", ["right after the click", "while the model thinks", "in the middle of a stream"])
async def test_killed_at_any_moment_a_question_is_answered_once(moment, tmp_path):
    async with SandboxServer() as sandbox, talking() as talk:
        sandbox.standin.limits.enabled = False
        bot = Killable(sandbox, tmp_path)
        bot.environment |= {"LLM_BASE_URL": talk.url, "LLM_MODEL": "m"}
        talk.steps = [gated("half an answer ", asyncio.Event()) if "stream" in moment else hangs]
        slack = sandbox.standin
        async with bot:
            await accepted(sandbox, 1, 1)
            card = await slack.until(lambda: next(iter(slack.messages(CHANNEL)), None))
            await sandbox.people.click(ANA, CHANNEL, card.ts, "alert_ask")
            view = await slack.until(lambda: slack.workspace.views.top(ANA))
            assert (await sandbox.people.submit(ANA, view.id, {"question": "Why?"})).ok
            if "thinks" in moment:
                await slack.until(lambda: talk.requests or None)
            if "stream" in moment:
                await slack.until(lambda: any("half" in m.text for m in slack.replies(CHANNEL, card.ts)))
        talk.steps = [writes("It is the pool.")]
        async with bot:
            await slack.until(lambda: any("the pool." in said(m) for m in slack.replies(CHANNEL, card.ts)))
        shown = [m for m in slack.replies(CHANNEL, card.ts) if "Why?" in said(m) or "Looking into" in said(m)]
        assert len(shown) == 1


def drip(gates: list[asyncio.Event]) -> Step:
    """Streams a numbered part, waits for the test, and goes on."""

    async def step(request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        response = await opened(request)
        for number, gate in enumerate(gates):
            for word in (f"part {number} ", "and ", "so ", "on "):
                await response.write(chunk({"content": word}))
            await gate.wait()
        await response.write(chunk({"content": "the end"}))
        return await closed(response, "stop", None)

    return step


def assert_tame(message: Message) -> None:
    """Nothing in the message notifies anybody or leads anywhere, whoever renders it."""
    assert pings(message) == set()
    for kind, text in live_texts(message):
        assert "<http" not in text, (kind, text)
        if kind == "markdown":
            assert "://" not in text, text
            assert "](" not in text, text
            assert "<" not in text, text
            assert "www." not in text, text
    assert '"type": "link"' not in json.dumps(message.blocks)


def live_texts(message: Message) -> list[tuple[str, str]]:
    """Every text that Slack parses."""
    found = [("text", message.text)] if not any(b["type"] == "markdown" for b in message.blocks) else []
    queue: list[Any] = list(message.blocks)
    while queue:
        value = queue.pop()
        if isinstance(value, dict):
            if value.get("type") in ("mrkdwn", "markdown"):
                found.append((value["type"], value["text"]))
            queue += value.values()
        elif isinstance(value, list):
            queue += value
    return found
