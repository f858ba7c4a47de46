"""One alert on three sides through its whole life, with a restart between every two steps: each tells the truth."""

from collections import Counter
from collections.abc import Awaitable, Callable

import pytest

from bot.sandbox.incidents import FIRST
from tests.scenarios.conftest import ANA, CHANNEL, Stage, Way, said

ISSUE = "4100001"
DAY = 24 * 3600


@pytest.fixture
def way() -> Way:
    """Nothing here depends on how Slack's deliveries come."""
    return Way.HTTP


def incidents(stage: Stage) -> list[str]:
    return [incident.status for incident in stage.sandbox.pagerduty.incidents]


def in_sentry(stage: Stage) -> str:
    return stage.sandbox.sentry.issues[ISSUE].status


async def quiet(stage: Stage) -> None:
    """Wait until every webhook that the bot's own calls caused was delivered."""
    await stage.sandbox.pagerduty.settled()
    await stage.sandbox.sentry.settled()


async def restarted(stage: Stage) -> None:
    await quiet(stage)
    await stage.stop_bot()
    await stage.start_bot()


async def breaks(stage: Stage) -> None:
    await stage.sandbox.shelf.fire("error")
    await stage.card("Escalated")
    await stage.slack.until(lambda: incidents(stage) == ["triggered"])
    await stage.card("PagerDuty #1")


async def is_acknowledged_in_pagerduty(stage: Stage) -> None:
    await stage.sandbox.pagerduty.acknowledge(f"sentry-issue-{ISSUE}")
    await stage.card(f"{FIRST} in PagerDuty has it")


async def is_resolved_in_sentry(stage: Stage) -> None:
    await stage.sandbox.sentry.resolve(ISSUE)
    await stage.card("resolved in Sentry by Ana Example")
    await stage.slack.until(lambda: incidents(stage) == ["resolved"])


async def happens_again(stage: Stage) -> None:
    stage.clock.advance(3600)
    await stage.sandbox.sentry.regress(ISSUE)
    await stage.card("back after it was resolved")
    await stage.slack.until(lambda: incidents(stage) == ["resolved", "triggered"])


async def is_resolved_in_slack(stage: Stage) -> None:
    await stage.click(ANA, await stage.card(), "alert_resolve")
    await stage.card("resolved by ana")
    await stage.slack.until(lambda: in_sentry(stage) == "resolved")
    await stage.slack.until(lambda: incidents(stage) == ["resolved", "resolved"])


async def stays_away(stage: Stage) -> None:
    stage.clock.advance(DAY + 60)
    await stage.card("Verified")


STEPS: tuple[Callable[[Stage], Awaitable[None]], ...] = (
    breaks,
    is_acknowledged_in_pagerduty,
    is_resolved_in_sentry,
    happens_again,
    is_resolved_in_slack,
    stays_away,
)


async def test_through_a_whole_life_with_restarts_all_three_sides_agree_and_nothing_is_sent_twice(stage: Stage):
    for step in STEPS:
        await step(stage)
        await restarted(stage)
    await quiet(stage)

    (card,) = stage.cards()
    assert "Verified" in said(card)
    assert incidents(stage) == ["resolved", "resolved"]
    assert [incident.triggers for incident in stage.sandbox.pagerduty.incidents] == [1, 1]
    assert in_sentry(stage) == "resolved"
    assert len(stage.sandbox.sentry.issues[ISSUE].notes) == 1

    journal = stage.slack.journal
    sent = [call.args["event_action"] for call in journal.calls("pagerduty.enqueue")]
    assert sent == ["trigger", "resolve", "trigger", "resolve"]
    assert [call.args["status"] for call in journal.calls("sentry.update")] == ["resolved"]
    assert len(journal.calls("sentry.comment")) == 1
    told = Counter(line for m in stage.slack.replies(CHANNEL, card.ts) for line in m.text.splitlines())
    assert told.pop("Escalated to PagerDuty: it is critical") == 2, "once when it broke, once when it came back"
    assert [line for line, times in told.items() if times > 1] == []
