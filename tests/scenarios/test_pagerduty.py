"""PagerDuty and the card, over the wire: who is called, what people there do, and what is refused."""

import pytest

from bot.sandbox.incidents import FIRST, SECOND, person
from bot.sandbox.pagerduty import PATH
from bot.sandbox.shelf import compact
from tests.scenarios.conftest import ANA, BO, Stage, Way, said

KEY = "sentry-issue-4100001"
OFF = {"PAGERDUTY_ROUTING_KEY": "", "PAGERDUTY_API_TOKEN": "", "PAGERDUTY_WEBHOOK_SECRET": ""}


@pytest.fixture
def way() -> Way:
    """Nothing here depends on how Slack's deliveries come."""
    return Way.HTTP


async def called(stage: Stage) -> None:
    """A critical error, for which somebody is called."""
    await stage.sandbox.shelf.fire("error")
    await stage.card("PagerDuty #1")


async def test_what_people_do_in_pagerduty_is_on_the_card_and_in_the_thread(stage: Stage):
    await called(stage)
    pagerduty, card = stage.sandbox.pagerduty, await stage.card()
    steps = (
        (lambda: pagerduty.acknowledge(KEY), f"{FIRST} in PagerDuty has it", "Acknowledged in PagerDuty by Ana"),
        (lambda: pagerduty.set_priority(KEY, "P1"), "priority P1", "PagerDuty #1 has the priority P1"),
        (lambda: pagerduty.unacknowledge(KEY), "Escalated in PagerDuty", "Un-acknowledged in PagerDuty by Ana"),
        (lambda: pagerduty.reassign(KEY, SECOND), f"assigned to {SECOND}", f"PagerDuty #1 reassigned to {SECOND}"),
        (lambda: pagerduty.resolve(KEY, by=SECOND), "esolved in PagerDuty by Bo", "Resolved in PagerDuty by Bo"),
        (lambda: pagerduty.reopen(KEY), "Escalated in PagerDuty", "Reopened in PagerDuty by Ana"),
        (lambda: pagerduty.escalate(KEY), f"assigned to {SECOND}", f"PagerDuty #1 escalated to {SECOND}"),
    )
    for do, on_card, in_thread in steps:
        assert (await do()).status == 202
        await stage.card(on_card)
        await stage.thread(card, in_thread)
    assert [call.args["event_action"] for call in stage.slack.journal.calls("pagerduty.enqueue")] == ["trigger"]


async def test_a_duplicate_or_an_older_event_changes_nothing(stage: Stage):
    await called(stage)
    pagerduty = stage.sandbox.pagerduty
    stale = pagerduty.webhook("acknowledged", pagerduty.incident(KEY), agent=person(SECOND))
    await pagerduty.acknowledge(KEY)
    await stage.card(f"{FIRST} in PagerDuty has it")
    await pagerduty.unacknowledge(KEY)
    await stage.card("Escalated in PagerDuty")
    again = await pagerduty.send(pagerduty.webhooks[-2])
    assert again.json["duplicate"] is True
    late = await pagerduty.send(stale)
    assert late.json["duplicate"] is False
    await stage.click(BO, await stage.card(), "alert_acknowledge")
    await stage.card("bo has it")
    assert "Bo in PagerDuty" not in said(await stage.card())


async def test_events_about_nothing_of_ours_are_taken_and_change_nothing(stage: Stage):
    pagerduty = stage.sandbox.pagerduty
    unknown = {"id": "PX", "type": "incident", "status": "triggered", "incident_key": "nobody-knows"}
    for event in (
        {"event_type": "incident.acknowledged", "resource_type": "incident", "data": unknown},
        {"event_type": "service.updated", "resource_type": "service", "data": {"type": "service"}},
        {"event_type": "incident.imagined", "resource_type": "incident", "data": unknown},
    ):
        receipt = await pagerduty.send({"event": event})
        assert (receipt.status, receipt.json["alert"]) == (202, None)


async def test_a_wrong_signature_or_body_is_refused_in_words(stage: Stage):
    pagerduty = stage.sandbox.pagerduty
    unsigned = await pagerduty.send_raw(b"{}", signature="v1=" + "0" * 64)
    assert (unsigned.status, "signature" in unsigned.json["error"]) == (401, True)
    nonsense = await pagerduty.send_raw(b"[not json")
    assert (nonsense.status, list(nonsense.json)) == (400, ["error"])


async def test_while_a_secret_is_rotated_one_good_signature_of_several_is_enough(staging):
    async with staging(extra={"PAGERDUTY_WEBHOOK_SECRET": "example-newer-secret, example-pagerduty-secret"}) as stage:
        stage.sandbox.pagerduty.secrets = ("example-someone-elses", "example-newer-secret")
        assert (await stage.sandbox.pagerduty.send({"event": {"event_type": "pagey.ping"}})).status == 202


async def test_a_person_escalates_with_a_note_that_whoever_is_called_reads(stage: Stage):
    await stage.sandbox.shelf.fire("event_alert")
    card = await stage.card("nobody has it yet")
    assert stage.sandbox.pagerduty.incidents == []
    await stage.click(ANA, card, "alert_escalate")
    view = await stage.modal(ANA)
    assert "Whoever is on call" in str(view.body)
    outcome = await stage.sandbox.people.submit(ANA, view.id, {"note": "The <!channel> checkout is down"})
    assert outcome.ok, outcome
    await stage.card("Escalated by ana")
    await stage.card(f"on call: {FIRST}, then {SECOND}")
    line = await stage.thread(card, "Escalated to PagerDuty by ana")
    assert "<!channel>" not in said(line)
    (incident,) = stage.sandbox.pagerduty.incidents
    assert incident.payload["custom_details"]["note"] == "The <!channel> checkout is down"
    assert incident.payload["custom_details"]["escalated_by"] == "ana"
    links = stage.slack.journal.calls("pagerduty.enqueue")[0].args["links"]
    assert any(link["href"] == f"{stage.sandbox.url}/archives/C0ALERTS/p{card.ts.replace('.', '')}" for link in links)


async def test_escalating_what_somebody_has_in_pagerduty_says_so_first_and_calls_nobody_anew(stage: Stage):
    await called(stage)
    await stage.sandbox.pagerduty.acknowledge(KEY)
    card = await stage.card(f"{FIRST} in PagerDuty has it")
    await stage.click(BO, card, "alert_escalate")
    view = await stage.modal(BO)
    assert "Already paged" in str(view.body)
    assert f"acknowledged by {FIRST}" in str(view.body)
    assert (await stage.sandbox.people.submit(BO, view.id, {"note": "Customers are calling"})).ok
    await stage.card("Escalated by bo")
    await stage.slack.until(lambda: stage.sandbox.pagerduty.incidents[0].triggers == 2)
    assert len(stage.sandbox.pagerduty.incidents) == 1


async def test_of_two_people_who_escalate_the_second_is_told_beside_the_note(stage: Stage):
    await stage.sandbox.shelf.fire("event_alert")
    card = await stage.card("nobody has it yet")
    for who in (ANA, BO):
        await stage.click(who, card, "alert_escalate")
    first, second = await stage.modal(ANA), await stage.modal(BO)
    assert (await stage.sandbox.people.submit(ANA, first.id, {})).ok
    outcome = await stage.sandbox.people.submit(BO, second.id, {})
    assert "Already escalated by ana" in outcome.errors["note"]


async def test_what_is_taken_in_slack_stops_the_calls_and_what_is_given_back_calls_again(stage: Stage):
    await called(stage)
    await stage.click(ANA, await stage.card(), "alert_acknowledge")
    pagerduty = stage.sandbox.pagerduty
    await stage.slack.until(lambda: pagerduty.incidents[0].status == "acknowledged")
    await stage.click(ANA, await stage.card("ana has it"), "alert_unacknowledge")
    await stage.slack.until(lambda: [i.status for i in pagerduty.incidents] == ["resolved", "triggered"])
    await stage.card("PagerDuty #2")


async def test_our_own_events_come_back_and_undo_nothing(stage: Stage):
    await called(stage)
    pagerduty = stage.sandbox.pagerduty
    await stage.click(ANA, await stage.card(), "alert_resolve")
    await stage.slack.until(lambda: pagerduty.incidents[0].status == "resolved")
    await pagerduty.settled()
    await stage.click(BO, await stage.card("resolved by ana"), "alert_reopen")
    await stage.slack.until(lambda: len(pagerduty.incidents) == 2)
    await pagerduty.settled()
    echo = pagerduty.webhook("resolved", pagerduty.incidents[1], agent={"type": "inbound_integration_reference"})
    assert (await pagerduty.send(echo)).status == 202
    await stage.click(BO, await stage.card("Escalated"), "alert_acknowledge")
    await stage.card("bo has it")


async def test_without_pagerduty_nothing_speaks_of_it(staging):
    async with staging(extra=OFF) as stage:
        await stage.sandbox.shelf.fire("error")
        card = await stage.card("nobody has it yet")
        assert "Escalate" not in said(card)
        assert "PagerDuty" not in said(card)
        answer = await stage.http.post(f"{stage.bot.url}{PATH}", content=compact({}))
        assert answer.status_code == 404


async def test_sentrys_own_test_notification_calls_nobody(stage: Stage):
    body = stage.sandbox.shelf.body("error")
    body["data"]["error"]["tags"].append(["sample_event", "yes"])
    await stage.sandbox.shelf.send("error", compact(body))
    card = await stage.card("test notification from Sentry")
    await stage.thread(card, "What Sentry knows")
    await stage.click(ANA, card, "alert_acknowledge")
    await stage.card("ana has it")
    assert stage.sandbox.pagerduty.incidents == []
    assert stage.sandbox.sentry.issues["4100001"].notes == []
