"""Routes and rights, as people in Slack meet them: which channel, who may click, and a file that changes meanwhile."""

import asyncio
import json

import pytest

from bot.alerts.alert import Actor, Source
from bot.sandbox.demo import RULES
from bot.sandbox.messages import Message
from bot.sandbox.pings import pings
from tests.scenarios.conftest import ANA, BO, CHANNEL, Stage, said

CHIDI, SHOP = "U0CHIDI", "C0SHOP"
RIGHTS = """
permissions: {resolve: [S0LEADS], mute: [ana@example.com], escalate: [U0CHIDI], spend: [S0LEADS]}
severities: {critical: {page: never}}
"""


async def in_channel(stage: Stage, channel: str, saying: str) -> Message:
    return await stage.slack.until(
        lambda: next((m for m in reversed(stage.slack.messages(channel)) if saying in said(m)), None)
    )


async def test_a_route_decides_the_channel_and_follow_ups_are_shown_there_too(staging):
    routes = """
routes:
  - {name: database, when: {category: database, environment: prod*}, channel: "#shop-oncall", follow_ups: channel}
"""
    async with staging(triage=routes) as stage:
        await stage.sandbox.shelf.fire("error")
        card = await in_channel(stage, SHOP, "Escalated")
        await stage.sandbox.people.click(ANA, SHOP, card.ts, "alert_acknowledge")
        told = await stage.slack.until(
            lambda: next((m for m in stage.slack.replies(SHOP, card.ts) if "Acknowledged by ana" in said(m)), None)
        )
        assert told.broadcast
        assert stage.cards() == []

        await stage.sandbox.shelf.fire("event_alert")
        await stage.card("Cannot read properties")


async def test_what_is_low_is_counted_and_has_no_card_until_somebody_asks_for_one(staging):
    async with staging(triage="severities: {critical: {card: false, page: never}}\n") as stage:
        alert = json.loads((await stage.sandbox.shelf.fire("error")).text)["alert"]
        await stage.sandbox.shelf.fire("event_alert")
        await stage.card("Cannot read properties")  # it came later, and is shown
        dossier = await stage.bot.machinery.store.dossier(alert)
        assert dossier.classification is not None
        assert [m for m in stage.cards() if "remaining connection slots" in said(m)] == []

        await stage.bot.machinery.desk.want(alert, who(BO))
        card = await stage.card("remaining connection slots")
        await stage.thread(card, "Its card was asked for by bo")


def who(user: str) -> Actor:
    return Actor(source=Source.USER, id=user, name=user[2:].lower())


@pytest.mark.parametrize(("action", "word"), [("alert_resolve", "resolve it"), ("alert_snooze", "snooze it")])
async def test_who_may_not_click_is_told_why_in_private_and_the_audit_log_keeps_it(staging, action, word):
    async with staging(triage=RIGHTS) as stage:
        await stage.sandbox.shelf.fire("error")
        card = await stage.card("nobody has it yet")
        await stage.click(BO, card, action)
        told = await stage.whispered(BO)
        assert f"You may not {word}" in told
        assert "<@" not in told
        assert stage.slack.workspace.views.top(BO) is None
        await stage.click(BO, card, "alert_details")
        assert f"bo wanted to {word} and may not" in str((await stage.modal(BO)).body)
        assert "may not" not in "".join(said(m) for m in stage.slack.replies(CHANNEL, card.ts))
        await stage.card("nobody has it yet")


async def test_who_may_does_by_group_by_address_and_by_id(staging):
    async with staging(triage=RIGHTS) as stage:
        await stage.sandbox.shelf.fire("error")
        card = await stage.card("nobody has it yet")
        await stage.click(ANA, card, "alert_snooze")
        view = await stage.modal(ANA)
        assert (await stage.sandbox.people.submit(ANA, view.id, {"until": "30min"})).ok
        await stage.card("Snoozed by ana")
        await stage.click(ANA, await stage.card(), "alert_reopen")
        await stage.card("nobody has it yet")
        await stage.click(CHIDI, await stage.card(), "alert_escalate")
        view = await stage.modal(CHIDI)
        assert (await stage.sandbox.people.submit(CHIDI, view.id, {"note": "now"})).ok
        await stage.card("Escalated by chidi")
        await stage.click(CHIDI, await stage.card(), "alert_resolve")
        await stage.card("resolved by chidi")


async def test_a_modal_that_was_open_before_the_right_was_taken_away_is_refused_too(staging):
    async with staging(triage="severities: {critical: {page: never}}\n") as stage:
        await stage.sandbox.shelf.fire("error")
        card = await stage.card("nobody has it yet")
        await stage.click(BO, card, "alert_snooze")
        view = await stage.modal(BO)
        (stage.folder / "triage.yml").write_text(RIGHTS, encoding="utf-8")
        assert await stage.bot.machinery.team.rules.look()
        outcome = await stage.sandbox.people.submit(BO, view.id, {"until": "30min"})
        assert "You may not snooze it" in str(outcome)


async def test_the_demo_shows_every_delivery_and_calls_its_people(staging):
    async with staging(triage=RULES) as stage:
        await stage.sandbox.shelf.fire("message")
        assert "LOW" in said(await stage.card("answered slowly"))
        await stage.sandbox.shelf.fire("error")
        card = await stage.card("Escalated")
        assert pings(await stage.thread(card, "nobody has it yet")) == {"S0SHOP"}


async def test_assigning_tells_whoever_gets_it_and_nobody_else(stage: Stage):
    await stage.sandbox.shelf.fire("error")
    card = await stage.card("Escalated")
    await stage.click(ANA, card, "alert_assign")
    view = await stage.modal(ANA)
    assert (await stage.sandbox.people.submit(ANA, view.id, {"assignee": BO})).ok
    await stage.card("assigned to bo")
    line = await stage.thread(card, "Assigned to <@U0BO> by ana")
    assert pings(line) == {BO}


async def test_a_file_that_changes_counts_within_seconds_and_a_mistake_changes_nothing(staging):
    async with staging(triage="severities: {critical: {page: never}}\n") as stage:
        await stage.sandbox.shelf.fire("error")
        await stage.card("nobody has it yet")
        path = stage.folder / "triage.yml"
        path.write_text("routes:\n  - {mention: [ana]}\n", encoding="utf-8")
        rules = stage.bot.machinery.team.rules
        await rules.look()
        assert "line 2" in rules.problem
        assert not rules().routes
        ready = await stage.http.get(stage.bot.url + "/ready")
        assert ready.status_code == 200, "the rules from before do their work"
        assert "line 2" in ready.json()["parts"]["triage.yml"]["state"]

        path.write_text("routes:\n  - {then_mention: [U0BO], page: never}\n", encoding="utf-8")
        await stage.card("calls bo within 5 min")
        assert rules.problem == ""
        ready = await stage.http.get(stage.bot.url + "/ready")
        assert ready.json()["parts"]["triage.yml"]["state"] == "in force"


async def test_double_clicks_of_two_people_meet_one_answer_each(staging):
    async with staging(triage=RIGHTS) as stage:
        await stage.sandbox.shelf.fire("error")
        card = await stage.card("nobody has it yet")
        await asyncio.gather(stage.click(BO, card, "alert_resolve"), stage.click(CHIDI, card, "alert_resolve"))
        await stage.card("resolved by chidi")
        assert "You may not" in await stage.whispered(BO)
