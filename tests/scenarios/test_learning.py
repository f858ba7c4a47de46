"""People correct the bot, and it learns: at once, explained, taken back, and as a rule once several agree."""

from itertools import count

import pytest

from bot.sandbox.messages import Message
from bot.sandbox.shelf import compact
from tests.scenarios.conftest import ANA, BO, Stage, Way, said
from tests.scenarios.test_commands import answer

NUMBERS = count(900_001)
LEDGER = "ledger row {n} is out of step with the warehouse"


@pytest.fixture
def way() -> Way:
    """What is learned does not depend on how Slack reaches us."""
    return Way.HTTP


async def report(stage: Stage, value: str, *, kind: str = "LedgerTrouble", where: str = "settle", **fields: object):
    """Sentry tells of an error of an issue of its own, signed; returns the alert's id and its card."""
    body = stage.sandbox.shelf.body("error")
    error, number = body["data"]["error"], next(NUMBERS)
    error |= {"issue_id": str(number), "title": f"{kind}: {value}", "culprit": where, "level": "error", **fields}
    error |= {"issue_url": f"https://sentry.io/api/0/organizations/example/issues/{number}/", "tags": []}
    error |= {"web_url": f"https://example.sentry.io/issues/{number}/", "logger": "", "metadata": {}}
    exception = error["exception"]["values"][0]
    frame = {"function": where, "filename": f"shop/{where}.py", "module": f"shop.{where}", "lineno": 7, "in_app": True}
    exception |= {"type": kind, "value": value, "module": None, "stacktrace": {"frames": [frame]}}
    receipt = await stage.sandbox.shelf.send("error", compact(body))
    assert receipt.status == 202, receipt
    return receipt.json["alert"]


async def card_of(stage: Stage, alert: int, saying: str = "") -> Message:
    def found() -> Message | None:
        mine = (m for m in stage.cards() if (m.metadata or {}).get("event_payload", {}).get("alert") == alert)
        return next((m for m in mine if saying in said(m)), None)

    return await stage.slack.until(found)


async def correct(stage: Stage, who: str, alert: int, category: str, severity: str = "medium") -> Message:
    card = await card_of(stage, alert)
    await stage.click(who, card, "alert_reclassify")
    view = await stage.modal(who)
    values = {"severity": severity, "category": category, "reason": "as we agreed"}
    assert (await stage.sandbox.people.submit(who, view.id, values)).ok
    return await card_of(stage, alert, "corrected by")


async def test_a_correction_counts_at_once_for_the_same_error_and_says_whose_it_is(stage: Stage):
    first = await report(stage, LEDGER.format(n=1))
    assert "database" not in said(await card_of(stage, first))
    await correct(stage, ANA, first, "database")

    again = await report(stage, LEDGER.format(n=2))
    card = await card_of(stage, again, "as corrected by ana on")
    assert "database" in said(card)


async def test_an_open_alert_of_the_same_error_learns_while_it_waits(stage: Stage):
    first = await report(stage, LEDGER.format(n=1))
    waiting = await report(stage, LEDGER.format(n=2))
    await card_of(stage, waiting)
    await correct(stage, ANA, first, "database")
    card = await card_of(stage, waiting, "as corrected by ana on")
    assert "database" in said(card)
    await stage.thread(card, "as corrected by ana on")


async def test_undoing_a_correction_takes_its_weight_back(stage: Stage):
    first = await report(stage, LEDGER.format(n=1))
    other = await report(stage, LEDGER.format(n=2))
    await card_of(stage, other)
    card = await correct(stage, ANA, first, "database")
    await card_of(stage, other, "as corrected by ana")

    await stage.click(ANA, card, "alert_undo")
    await stage.slack.until(lambda: "as corrected by" not in said(next(m for m in stage.cards() if m.ts != card.ts)))


async def offered_rule(stage: Stage) -> Message:
    """Two people correct three errors alike; the rule that could be made of it, as ana is asked about it."""
    words = ("ledger row {n} is out of step with the warehouse", "warehouse says the ledger is out of step by {n}")
    for who, value, where in ((ANA, words[0], "one"), (BO, words[0], "two"), (ANA, words[1], "three")):
        alert = await report(stage, value.format(n=7), where=where, kind="LedgerTrouble")
        await correct(stage, who, alert, "database")

    offer = await answer(stage, "review")
    assert "could be made of" in said(offer)
    return offer


async def test_three_corrections_of_two_people_become_a_rule_that_somebody_accepts(stage: Stage):
    offer = await offered_rule(stage)
    text = said(offer)
    assert "is out of step" in text
    assert "ana on" in text
    assert "bo on" in text
    assert "It would have changed 3 of the last 3 verdicts; 3 of them people had to correct like this" in text

    await stage.click(ANA, offer, "rule_accept")
    await stage.slack.until(lambda: any("It is a rule now" in m.text for m in stage.slack.ephemerals(ANA)))
    fresh = await report(stage, "stock count is out of step with the till", where="four")
    card = await card_of(stage, fresh)
    assert "database" in said(card)
    assert "as corrected by" not in said(card), "it is a rule now, not a person's word"


async def test_one_person_alone_makes_no_rule_however_often_they_correct(stage: Stage):
    for where in ("one", "two", "three", "four"):
        await correct(stage, ANA, await report(stage, LEDGER.format(n=3), where=where), "database")
    assert "could be made of" not in said(await answer(stage, "review"))
