"""Storms, as people in Slack live them: one card for what belongs together, and nothing lost of it."""

import re

import pytest

from bot.alerts.classification import Severity
from bot.sandbox.messages import Message
from bot.sandbox.outbreaks import DEPLOY, FIRST_ISSUE, HOST, RELEASE, UPSTREAM, Case, Outbreaks
from tests.classify.endpoint import answers, serving, verdict
from tests.scenarios.conftest import ANA, BO, CHANNEL, Stage, Way, said

CALM = 10 * 60
EVERY_CARD = "severities:\n  low: {card: true}\n"


@pytest.fixture
def way() -> Way:
    """Nothing here depends on how Slack's deliveries come."""
    return Way.HTTP


@pytest.fixture
def outbreaks(stage: Stage) -> Outbreaks:
    return Outbreaks(stage.sandbox.shelf)


def storms(stage: Stage) -> list[Message]:
    return [card for card in stage.cards() if "Storm: " in said(card)]


async def storm(stage: Stage, saying: str) -> Message:
    """The storm's card once it says `saying`."""
    return await stage.slack.until(lambda: next((card for card in storms(stage) if saying in said(card)), None))


def alert_of(card: Message) -> int:
    return int((card.metadata or {})["event_payload"]["alert"])


async def test_a_bad_deploy_is_one_card_with_what_its_issues_share_and_how_often_each_came(stage, outbreaks):
    receipts = await outbreaks.deploy()
    assert {receipt.status for receipt in receipts} == {202}
    card = await storm(stage, f"{len(DEPLOY)} issues share release {RELEASE}")
    card = await storm(stage, f"{sum(case.events for case in DEPLOY)} events")
    text = said(card)
    assert f"release {RELEASE} (12 of 12)" in text
    assert "14 × " in text
    assert "more issues: all of them are under Details" in text
    assert "Roll back" in text
    assert len(storms(stage)) == 1
    alone = [each for each in stage.cards() if each not in storms(stage)]
    assert len(alone) <= 4, "those that came before it was a storm"
    unposted = int(re.search(r"(\d+) issues of these got no card", text)[1])  # type: ignore[index]
    assert unposted == len(DEPLOY) - len(alone)


async def test_all_that_was_not_posted_is_on_the_list(stage, outbreaks):
    await outbreaks.deploy()
    card = await storm(stage, "12 issues share")
    await stage.click(ANA, card, "alert_details")
    listed = str((await stage.modal(ANA)).body)
    for case in DEPLOY:
        assert case.says.split("'")[0][:20] in listed, case
    assert listed.count("has its own card") == len(stage.cards()) - 1


async def test_one_acknowledge_takes_the_storm_and_every_issue_of_it_and_undo_gives_them_back(stage, outbreaks):
    await outbreaks.deploy()
    card = await storm(stage, "12 issues share")
    await stage.click(ANA, card, "alert_acknowledge")
    await storm(stage, "ana has it")
    await stage.slack.until(lambda: all("ana has it" in said(each) for each in stage.cards()))
    pending = await stage.bot.machinery.store.pending()
    assert sum(pending.values()) == 0, "those without a card are acknowledged, too"

    await stage.click(ANA, await storm(stage, "Undo"), "alert_undo")
    await storm(stage, "nobody has it yet")
    await stage.slack.until(lambda: not any("ana has it" in said(each) for each in stage.cards()))


async def test_a_dead_upstream_is_a_storm_of_services_and_an_unrelated_error_among_it_stands_alone(stage, outbreaks):
    await outbreaks.upstream()
    await stage.sandbox.shelf.fire("event_alert")
    card = await storm(stage, f"{len(UPSTREAM)} issues share upstream {HOST}")
    alone = await stage.card("TypeError")
    assert alert_of(alone) != alert_of(card)
    assert "Part of STORM" not in said(alone)
    assert "all of them wait for it" in said(card)


async def test_few_issues_are_no_storm(staging):
    async with staging(triage=EVERY_CARD) as stage:
        outbreaks = Outbreaks(stage.sandbox.shelf)
        bodies = [outbreaks.body(case, number, release=RELEASE, server="a") for number, case in enumerate(DEPLOY[:4])]
        await outbreaks.fire(bodies)
        await stage.slack.until(lambda: len(stage.cards()) == 4)
        assert storms(stage) == []


async def test_issues_an_hour_apart_are_no_storm(staging):
    async with staging(triage=EVERY_CARD) as stage:
        outbreaks = Outbreaks(stage.sandbox.shelf)
        for number, case in enumerate(DEPLOY[:6]):
            await outbreaks.fire([outbreaks.body(case, number, release=RELEASE, server="a")])
            await stage.slack.until(lambda wanted=number + 1: len(stage.cards()) == wanted)
            stage.clock.advance(3600)
        assert storms(stage) == []


async def test_a_storm_that_goes_on_takes_in_what_comes_later_and_posts_no_card_of_it(stage, outbreaks):
    await outbreaks.deploy()
    await storm(stage, "12 issues share")
    before = len(stage.cards())
    late = Case(project="shop-api", kind="LateError", says="still the same release", file="shop/late.py", function="f")
    stage.clock.advance(300)
    await outbreaks.fire([outbreaks.body(late, 99, release=RELEASE, server="b")])
    await storm(stage, "13 issues share")
    assert len(stage.cards()) == before
    assert not any("LateError" in said(card) for card in stage.cards() if card not in storms(stage))


async def test_it_is_over_by_itself_and_what_comes_back_afterwards_speaks_for_itself(stage, outbreaks):
    await outbreaks.deploy()
    await storm(stage, f"{sum(case.events for case in DEPLOY)} events")
    stage.clock.advance(CALM + 60)
    card = await storm(stage, "Blown over")
    assert "12 issues still open, listed under Details" in said(card)
    assert len(stage.cards()) <= 5, "its end posts nothing"

    stage.clock.advance(CALM)
    known = await stage.bot.machinery.store.recent(1000)
    posted = {alert_of(each) for each in stage.cards()}
    worth_a_card = (Severity.MEDIUM, Severity.HIGH, Severity.CRITICAL)
    silent = next(each for each in known if each.id not in posted and each.severity in worth_a_card)
    issue = int(silent.issue_key.removeprefix("sentry:"))
    await outbreaks.fire([outbreaks.body(DEPLOY[issue - FIRST_ISSUE], issue, release=RELEASE, server="a")])
    await stage.slack.until(lambda: next((each for each in stage.cards() if alert_of(each) == silent.id), None))


async def test_a_later_outbreak_of_the_same_kind_is_a_storm_of_its_own(stage, outbreaks):
    await outbreaks.deploy()
    await storm(stage, f"{sum(case.events for case in DEPLOY)} events")
    stage.clock.advance(CALM + 60)
    await storm(stage, "Blown over")
    stage.clock.advance(3600)
    again = [outbreaks.body(case, number, release=RELEASE, server="z") for number, case in enumerate(DEPLOY[:6])]
    await outbreaks.fire(again)
    await stage.slack.until(lambda: len(storms(stage)) == 2)
    await storm(stage, "6 issues share")


async def test_an_issue_whose_evidence_diverges_leaves_and_gets_its_card(stage, outbreaks):
    await outbreaks.deploy()
    await storm(stage, "12 issues share")
    wanderer = DEPLOY[-2]
    elsewhere = Case(project=wanderer.project, kind=wanderer.kind, says=wanderer.says, file="x.py", function="other")
    issue = FIRST_ISSUE + len(DEPLOY) - 2
    await outbreaks.fire([outbreaks.body(elsewhere, issue, release="shop@4.2.0", server="a")])
    card = await stage.slack.until(
        lambda: next((c for c in stage.cards() if wanderer.says in said(c) and c not in storms(stage)), None),
    )
    assert "Part of STORM" not in said(card)
    await storm(stage, "11 issues share")
    await stage.thread(card, "it happens without release")


async def test_a_restart_in_the_middle_loses_nobody_and_posts_nothing_twice(stage, outbreaks):
    bodies = [outbreaks.body(case, number, release=RELEASE, server="a") for number, case in enumerate(DEPLOY)]
    hold = stage.slack.faults.hold("chat.postMessage")
    await outbreaks.fire(bodies[:7])
    await stage.stop_bot()
    hold.set()
    await stage.start_bot()
    await outbreaks.fire(bodies[7:])
    card = await storm(stage, "12 issues share")
    await stage.stop_bot()
    await stage.start_bot()
    await stage.click(BO, card, "alert_resolve")
    await storm(stage, "resolved by bo")
    assert len(storms(stage)) == 1
    alerts = [alert_of(each) for each in stage.cards()]
    assert len(alerts) == len(set(alerts)), "one card for each alert"


async def test_hundreds_of_issues_are_a_handful_of_messages_and_all_of_them_are_counted(stage, outbreaks):
    case = DEPLOY[0]
    many = [
        outbreaks.body(
            Case(project="shop-api", kind=f"Error{number}", says=case.says, file=f"f{number}.py", function="f"),
            number,
            release=RELEASE,
            server=f"pod-{number}",
        )
        for number in range(300)
    ]
    receipts = await outbreaks.fire(many)
    assert {receipt.status for receipt in receipts} == {202}
    card = await storm(stage, "300 issues share")
    assert len(stage.cards()) <= 20, "whatever was on its way before it was a storm"
    await stage.click(ANA, card, "alert_details")
    listed = str((await stage.modal(ANA)).body)
    assert all(f"Error{number}:" in listed for number in range(300))
    assert "invalid_blocks" not in str(stage.slack.journal.calls("views.open"))


async def test_storms_can_be_switched_off(staging):
    async with staging(triage=EVERY_CARD + "storms:\n  enabled: false\n") as stage:
        await Outbreaks(stage.sandbox.shelf).deploy()
        await stage.slack.until(lambda: len(stage.cards()) == len(DEPLOY))
        assert storms(stage) == []


async def test_a_storm_is_found_by_its_name(stage, outbreaks):
    await outbreaks.deploy()
    card = await storm(stage, "12 issues share")
    assert await stage.bot.machinery.store.find(f"storm-{alert_of(card)}") == alert_of(card)
    assert stage.slack.messages(CHANNEL)


async def test_people_are_called_once_and_whoever_takes_it_in_pagerduty_takes_all_of_it(staging):
    waking = "severities:\n  medium: {page: unacknowledged, page_after: 5 min}\n"
    async with staging(triage=waking) as stage:
        await Outbreaks(stage.sandbox.shelf).deploy()
        card = await storm(stage, f"{sum(case.events for case in DEPLOY)} events")
        stage.clock.advance(5 * 60 + 1)
        await storm(stage, "PagerDuty #1")
        stage.clock.advance(60)
        await stage.sandbox.pagerduty.acknowledge(f"STORM-{alert_of(card)}")
        await stage.slack.until(lambda: all("in PagerDuty has it" in said(each) for each in stage.cards()))
        assert len(stage.sandbox.pagerduty.incidents) == 1


AT_ONCE = "severities:\n" + "".join(f"  {each}: {{page: at_once, card: true}}\n" for each in ("low", "medium", "high"))


def called(stage: Stage) -> list[tuple[str, str]]:
    """Every incident's key, and how it stands."""
    return [(incident.key, incident.status) for incident in stage.sandbox.pagerduty.incidents]


async def test_who_was_called_before_it_was_a_storm_is_called_for_all_of_it_and_the_other_pages_end(staging):
    async with staging(triage=AT_ONCE) as stage:
        outbreaks = Outbreaks(stage.sandbox.shelf)
        bodies = [outbreaks.body(case, FIRST_ISSUE + n, release=RELEASE, server="a") for n, case in enumerate(DEPLOY)]
        await outbreaks.fire(bodies[:4])
        await stage.slack.until(lambda: [status for _, status in called(stage)] == ["triggered"] * 4)
        await outbreaks.fire(bodies[4:])
        await stage.slack.until(lambda: [status for _, status in called(stage)].count("resolved") == 3)
        assert len(called(stage)) == 4, "nobody is called anew"
        (key,) = [key for key, status in called(stage) if status == "triggered"]
        card = await storm(stage, "12 issues share")
        card = await storm(stage, "PagerDuty #")
        alone = [each for each in stage.cards() if each.ts != card.ts]
        await stage.slack.until(lambda: all("Part of STORM" in said(each) for each in alone))
        assert not any("resolved" in each.text.lower() for each in alone), "their pages ended, they did not"

        await stage.sandbox.pagerduty.acknowledge(key)
        await stage.slack.until(lambda: all("in PagerDuty has it" in said(each) for each in stage.cards()))
        await stage.click(ANA, await storm(stage, "in PagerDuty has it"), "alert_resolve")
        await stage.slack.until(lambda: {status for _, status in called(stage)} == {"resolved"})
        await stage.sandbox.pagerduty.settled()
        assert len(called(stage)) == 4


async def test_of_many_that_break_at_once_one_page_is_left(staging):
    async with staging(triage=AT_ONCE) as stage:
        await Outbreaks(stage.sandbox.shelf).deploy()
        await storm(stage, "PagerDuty #")
        await stage.slack.until(lambda: [status for _, status in called(stage)].count("triggered") == 1)
        assert len(called(stage)) <= 5


async def test_a_member_that_a_person_escalates_calls_people_for_itself(staging):
    async with staging(triage=AT_ONCE) as stage:
        await Outbreaks(stage.sandbox.shelf).deploy()
        card = await storm(stage, "PagerDuty #")
        own = next(each for each in stage.cards() if each.ts != card.ts)
        await stage.click(ANA, await storm(stage, "PagerDuty #"), "alert_acknowledge")
        await stage.slack.until(lambda: all("ana has it" in said(each) for each in stage.cards()))
        await stage.click(BO, own, "alert_escalate")
        view = await stage.modal(BO)
        assert (await stage.sandbox.people.submit(BO, view.id, {"note": "this one is another matter"})).ok
        await stage.slack.until(lambda: [status for _, status in called(stage)].count("triggered") == 1)


async def test_a_model_is_asked_about_the_storm_once_and_about_none_that_it_speaks_for(staging):
    async with serving() as endpoint:
        endpoint.scripts = [answers(verdict(severity="high", category="logic"))]
        environment = {"LLM_BASE_URL": endpoint.url, "LLM_MODEL": "example-model", "LLM_API_KEY": "example-key"}
        prices = "models:\n  prices: {example-model: 10}\n"
        async with staging(extra=environment, triage=prices) as stage:
            await Outbreaks(stage.sandbox.shelf).deploy()
            await storm(stage, f"{sum(case.events for case in DEPLOY)} events")
            await storm(stage, "example-model")
            asked = [str(request) for request in endpoint.requests]
            assert sum(f"share release {RELEASE}:" in each for each in asked) == 1
            alone = [each for each in stage.cards() if each not in storms(stage)]
            assert len(asked) <= 1 + len(alone), "those that came before it was a storm"
