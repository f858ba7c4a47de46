"""What happens by itself, told over signed HTTP with a clock that jumps and a restart before every jump."""

from bot.sandbox.messages import Message
from bot.sandbox.pings import pings
from bot.sandbox.shelf import compact
from tests.scenarios.conftest import ANA, BO, CHANNEL, Stage, said

CHIDI = "U0CHIDI"
ISSUE = "4100001"
MINUTE, HOUR, DAY = 60, 3600, 24 * 3600
CALLS = """
severities:
  critical: {page: unacknowledged}
routes:
  - {name: shop, mention: [S0SHOP], then_mention: [chidi@example.com]}
"""
"""The error on the shelf is critical: with this, PagerDuty is called only when nobody takes it."""


async def later(stage: Stage, seconds: float) -> None:
    """Time passes while the bot is down; whatever was planned must be found in the database."""
    await stage.stop_bot()
    stage.clock.advance(seconds)
    await stage.start_bot()


async def broken(stage: Stage) -> Message:
    await stage.sandbox.shelf.fire("error")
    return await stage.card("nobody has it yet")


def mentioned(stage: Stage, card: Message) -> list[set[str]]:
    """Whom each message of the thread notifies, those that notify nobody left out."""
    return [found for message in stage.slack.replies(CHANNEL, card.ts) if (found := pings(message))]


def incidents(stage: Stage) -> list[str]:
    return [incident.status for incident in stage.sandbox.pagerduty.incidents]


async def test_whoever_should_come_is_called_then_the_next_and_then_pagerduty_each_once(staging):
    async with staging(triage=CALLS) as stage:
        card = await broken(stage)
        await stage.card("calls chidi within 5 min")
        first = await stage.thread(card, "nobody has it yet")
        assert "<!subteam^S0SHOP>" in said(first)
        assert "next: more people" in said(first)

        await later(stage, 5 * MINUTE)
        await stage.thread(card, "Nobody has taken it for 5 min: <@U0CHIDI>")
        await stage.card("pages whoever is on call within 15 min")
        assert incidents(stage) == []

        await later(stage, 10 * MINUTE)
        await stage.card("Escalated")
        await stage.slack.until(lambda: incidents(stage) == ["triggered"])

        await later(stage, 2 * HOUR)
        assert mentioned(stage, card) == [{"S0SHOP"}, {CHIDI}]
        assert incidents(stage) == ["triggered"]


async def test_the_card_counts_down_without_being_changed_every_minute(staging):
    async with staging(triage=CALLS) as stage:
        await broken(stage)
        await stage.card("within 5 min")
        stage.clock.advance(3 * MINUTE + 1)
        await stage.card("within 2 min")


async def test_whoever_takes_it_stops_what_was_planned_and_undo_brings_it_back(staging):
    async with staging(triage=CALLS) as stage:
        card = await broken(stage)
        await stage.thread(card, "<!subteam^S0SHOP>")
        await stage.click(ANA, card, "alert_acknowledge")
        assert "chidi" not in said(await stage.card("ana has it"))
        stage.clock.advance(4 * MINUTE)
        await stage.click(ANA, await stage.card("Undo"), "alert_undo")
        await stage.card("calls chidi within 2 min")
        await later(stage, MINUTE + 1)
        await stage.thread(card, "Nobody has taken it for 5 min")
        assert mentioned(stage, card) == [{"S0SHOP"}, {CHIDI}], "nobody is called a second time by an undo"


async def test_an_owner_is_reminded_while_it_goes_on_and_then_it_is_open_again(stage: Stage):
    card = await broken_and_taken(stage)
    await later(stage, 4 * HOUR - 5 * MINUTE)
    await stage.sandbox.shelf.fire("error")
    await later(stage, 5 * MINUTE + 1)
    reminder = await stage.thread(card, "it still happens")
    assert pings(reminder) == {ANA}
    assert "1 event since you took it" in said(reminder)

    await later(stage, 10 * MINUTE)
    await stage.sandbox.shelf.fire("error")
    stage.clock.advance(MINUTE + 1)  # mere counts may wait for so long
    await stage.card("open again within 30 min")
    await later(stage, 19 * MINUTE)
    await stage.thread(card, "Open again: it still happens")
    await stage.slack.until(lambda: any("ana has it" not in said(m) for m in stage.cards()))


async def broken_and_taken(stage: Stage) -> Message:
    await stage.sandbox.shelf.fire("error")
    card = await stage.card("Escalated")
    await stage.click(ANA, card, "alert_acknowledge")
    await stage.card("ana has it")
    return card


async def test_an_owner_hears_nothing_of_what_does_not_happen_any_more(stage: Stage):
    card = await broken_and_taken(stage)
    await later(stage, 3 * DAY)
    await stage.click(BO, card, "alert_details")
    await stage.modal(BO)
    assert mentioned(stage, card) == []
    await stage.card("ana has it")


async def test_a_promise_is_counted_down_on_the_card_and_reminded_of(stage: Stage):
    card = await broken_and_taken(stage)
    await stage.click(ANA, card, "alert_promise")
    view = await stage.modal(ANA)
    assert (await stage.sandbox.people.submit(ANA, view.id, {"promise": "30min"})).ok
    await stage.card("back within 30 min")
    await stage.thread(card, "ana will be back")
    await later(stage, 16 * MINUTE)
    await stage.card("back within 15 min")
    await later(stage, 14 * MINUTE + 1)
    assert pings(await stage.thread(card, "the time that you promised has come")) == {ANA}
    await stage.card("promised to be back")


async def test_a_snooze_until_more_users_tells_what_happened_meanwhile(stage: Stage):
    card = await broken_and_taken(stage)
    await stage.click(ANA, card, "alert_snooze")
    view = await stage.modal(ANA)
    assert (await stage.sandbox.people.submit(ANA, view.id, {"until": "users"})).ok
    await stage.card("at 11 users")
    for _ in range(10):
        await stage.sandbox.shelf.fire("error")
    line = await stage.thread(card, "Awake again: more users met it")
    assert "10 events meanwhile, 10 more users" in said(line)


async def elsewhere(stage: Stage, *, release: str) -> None:
    """Another issue of the same project, in another release."""
    shelf = stage.sandbox.shelf
    text = compact(shelf.body("error")).decode().replace(ISSUE, "4100777").replace("shop@4.2.0", release)
    assert (await shelf.send("error", text.encode())).status == 202


async def test_a_fix_that_holds_for_a_day_is_verified_with_what_it_was_before(stage: Stage):
    await stage.sandbox.shelf.storm("error", 40)
    card = await stage.card("Escalated")
    await stage.click(ANA, card, "alert_resolve")
    await stage.card("watched until")
    await later(stage, 12 * HOUR)
    await elsewhere(stage, release="shop@4.2.1")
    await later(stage, 12 * HOUR + 1)
    held = await stage.card("No events for 24 h (was 40/h)")
    assert "in release shop@4.2.1" in said(held)
    assert "resolved by ana" in said(held)
    await stage.thread(card, "No events for 24 h")


async def test_a_fix_that_does_not_hold_reopens_the_card_and_everything_starts_again(staging):
    async with staging(triage=CALLS) as stage:
        card = await broken(stage)
        await stage.thread(card, "<!subteam^S0SHOP>")
        await stage.click(ANA, card, "alert_resolve")
        await stage.card("resolved by ana")
        await later(stage, 23 * HOUR)
        await stage.sandbox.shelf.fire("error")
        back = await stage.card("back after")
        assert back.ts == card.ts
        await stage.thread(card, "resolved before by <@U0ANA>")
        await stage.slack.until(lambda: mentioned(stage, card).count({"S0SHOP"}) == 1)
        await later(stage, 5 * MINUTE + 1)
        await stage.slack.until(lambda: {CHIDI} in mentioned(stage, card))


async def test_whom_sentry_names_is_mentioned_where_slack_knows_them(stage: Stage):
    shelf, sentry = stage.sandbox.shelf, stage.sandbox.sentry
    body = shelf.body("error")
    shelf.learn("error", body)  # Sentry knows of it before it tells us
    issue = sentry.issues[ISSUE]
    issue.event["eventID"] = body["data"]["error"]["event_id"]
    author = {"name": "Chidi Example", "email": "chidi@example.com"}
    issue.committers.append({"author": author, "commits": [{"id": "abc123", "message": "Fix the pool"}]})
    await shelf.send("error", compact(body))
    card = await stage.card("Escalated")
    line = await stage.thread(card, "Sentry names <@U0CHIDI> (wrote the suspect commit)")
    assert pings(line) == {CHIDI}


async def test_whoever_gets_it_in_sentry_later_is_mentioned_then(staging):
    people = "people: {Bo Example: U0BO}\nroutes: [{page: never}]\n"
    async with staging(triage=people, extra={"SENTRY_AUTH_TOKEN": ""}) as stage:
        card = await broken(stage)
        await stage.sandbox.shelf.fire("issue_assigned")
        line = await stage.thread(card, "Sentry names <@U0BO> (assigned in Sentry)")
        assert pings(line) == {BO}
