"""Other people's messages: a Sentry link or a stack trace in one becomes an alert, and links to known issues unfold."""

from pathlib import Path

import pytest

from bot.sandbox.messages import Message
from tests.scenarios.conftest import ANA, BO, CHANNEL, Stage, said, words

SAMPLES = Path(__file__).parents[1] / "traces" / "samples"
KNOWN = "https://example-shop.sentry.io/issues/4100001/"
TRACES = {
    "python": "CartError",
    "javascript_node": "Cannot read properties of undefined",
    "java": "cart 7: no database",
    "go": "index out of range",
    "ruby": "undefined method",
    "php": "must be of type int",
    "dotnet": "No cart 7",
}


async def written(stage: Stage, text: str, who: str = BO) -> Message:
    outcome = await stage.sandbox.people.write(who, CHANNEL, text)  # it stands there, whatever the bot makes of it
    return next(m for m in stage.cards() if m.ts == outcome.ts)


async def triage(stage: Stage, message: Message, who: str = ANA) -> Message:
    """Choose "Triage this"; the private answer."""
    before = len(stage.slack.ephemerals(who))
    assert (await stage.sandbox.people.shortcut(who, CHANNEL, message.ts)).ok
    found, view = await stage.until(lambda: stage.answered(who, before))
    return found[-1] if found else Message(ts="", channel=CHANNEL, user=who, blocks=view.blocks if view else [])


@pytest.mark.parametrize("language", TRACES)
async def test_a_pasted_stack_trace_becomes_an_alert_with_a_card(stage: Stage, language: str):
    trace = (SAMPLES / f"{language}.txt").read_text(encoding="utf-8")
    told = await triage(stage, await written(stage, f"Does anybody know this?\n```{trace}```"))
    assert "I made an alert of this" in said(told)
    assert TRACES[language] in said(told)
    card = await stage.until(lambda: _card(stage, TRACES[language]))
    assert "by rules" in said(card) or "rules, " in said(card), "classified like any other"


def _card(stage: Stage, saying: str) -> Message | None:
    return next((m for m in stage.cards() if m.metadata and saying in said(m)), None)


async def test_the_same_trace_twice_or_what_sentry_told_before_opens_the_alert_that_exists(stage: Stage):
    trace = (SAMPLES / "python.txt").read_text(encoding="utf-8")
    first = await written(stage, trace)
    await triage(stage, first)
    await stage.until(lambda: _card(stage, "CartError"))
    assert "There is an alert of this already" in said(await triage(stage, first))
    assert "There is an alert of this already" in said(await triage(stage, await written(stage, f"again!\n{trace}")))
    assert len([m for m in stage.cards() if m.metadata]) == 1


async def test_a_link_to_an_issue_brings_it_into_the_channel(stage: Stage):
    stage.sandbox.sentry.add("77", "SHOP-API-9Z", title="TimeoutError: payment provider did not answer in 30 s")
    link = "https://example-shop.sentry.io/issues/77/?project=11"
    told = await triage(stage, await written(stage, f"look at <{link}>, please"))
    assert "payment provider did not answer" in said(told)
    await stage.until(lambda: _card(stage, "payment provider did not answer"))


async def test_a_message_without_either_is_told_what_would_help(stage: Stage):
    assert "no stack trace" in said(await triage(stage, await written(stage, "lunch?")))


async def test_a_link_to_a_known_issue_unfolds_into_a_short_card_that_stays_true(stage: Stage):
    await stage.sandbox.shelf.fire("error")
    card = await stage.card("nobody has it yet")
    message = await written(stage, f"this one again: {KNOWN}")
    await stage.until(lambda: "remaining connection slots" in unfolded(message))
    assert "nobody has it yet" in unfolded(message)

    await stage.click(ANA, card, "alert_acknowledge")
    await stage.until(lambda: "ana has it since" in unfolded(message))

    outcome = await stage.sandbox.people.click(BO, CHANNEL, message.ts, "alert_resolve")
    assert outcome.ok, "its buttons are the card's own"
    await stage.card("resolved by bo")
    await stage.until(lambda: "resolved by bo" in unfolded(message).lower())


def unfolded(message: Message) -> str:
    return "\n".join(word for blocks in message.unfurls.values() for word in words(blocks))


async def test_a_link_to_an_unknown_issue_or_elsewhere_unfolds_to_nothing(stage: Stage):
    message = await written(stage, "https://example-shop.sentry.io/issues/999/ and https://example.com/issues/1/")
    await stage.sandbox.shelf.fire("error")
    await stage.card("nobody has it yet")
    assert message.unfurls == {}
    assert not stage.slack.journal.calls("chat.unfurl")
