"""PagerDuty's events, over both databases: each once, in order, at the right alert, with what is known of it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.alerts.alert import Action, State
from bot.alerts.dossier import PAGERDUTY, Shown
from bot.alerts.incident import Incident, IncidentStatus
from bot.pagerduty.payloads import Happening, PagerDutyEvent
from bot.store.catchup import CatchUpStore
from bot.store.incidents import IncidentStore
from bot.store.intake import Intake
from tests.store.making import START, command, event, occurrence

LATER = START + timedelta(minutes=1)


@pytest.fixture
async def alert(db, clock):
    """An alert for which somebody was called under its short id."""
    intake = Intake(db, clock, lambda _alert: None)
    await intake.start()
    receipt = await intake.submit(occurrence(1))
    await intake.submit(occurrence(2, issue="sentry:2", read=lambda: event(short_id=None)))
    await intake.stop()
    assert receipt.alert is not None
    return receipt.alert


@pytest.fixture
def incidents(db):
    return IncidentStore(db)


def heard(happening: Happening = Happening.ACKNOWLEDGED, **said: object) -> PagerDutyEvent:
    plain = PagerDutyEvent(
        id="01EXAMPLE",
        event_type=f"incident.{happening.value}",
        happening=happening,
        occurred_at=START,
        incident_id="PEXINC1",
        dedup_key="SHOP-1",
        status=IncidentStatus.ACKNOWLEDGED,
        number=1,
        agent="Bo",
        by_person=True,
    )
    return replace(plain, **said)  # type: ignore[arg-type]


async def test_an_event_changes_its_alert_once(incidents, store, clock, alert):
    first = await incidents.hear(heard(), b"{}", clock())
    assert (first.alert, first.outcome) == (alert, "accepted")
    assert await store.due(clock(), 10) == [alert, alert + 1]
    again = await incidents.hear(heard(), b"{}", clock())
    assert (again.outcome, again.delivery) == ("duplicate", first.delivery)
    dossier = await store.dossier(alert)
    assert dossier.alert.state is State.ACKNOWLEDGED
    assert [made.action for made in dossier.transitions][-1:] == [Action.ACKNOWLEDGED]
    assert dossier.incident is not None
    assert (dossier.incident.number, dossier.incident.acknowledged_by) == (1, ("Bo",))


async def test_what_happened_before_the_last_news_is_no_news(incidents, store, clock, alert):
    await incidents.hear(heard(id="2", occurred_at=LATER), b"{}", clock())
    old = heard(Happening.RESOLVED, id="1", occurred_at=START, status=IncidentStatus.RESOLVED)
    assert (await incidents.hear(old, b"{}", clock())).outcome == "old"
    dossier = await store.dossier(alert)
    assert dossier.alert.state is State.ACKNOWLEDGED
    assert dossier.incident.status is IncidentStatus.ACKNOWLEDGED


@pytest.mark.parametrize("key", ["SHOP-1", "sentry-issue-1", "shop-key-of-old"])
async def test_the_alert_is_found_by_the_key_that_was_used_or_that_would_be(incidents, store, clock, alert, key):
    if key == "shop-key-of-old":
        await store.save_shown(alert, Shown(target=PAGERDUTY, external_id=key))
    assert (await incidents.hear(heard(dedup_key=key), b"{}", clock())).alert == alert


@pytest.mark.parametrize("key", ["NOBODY-7", None, "sentry-issue-999"])
async def test_an_event_about_nothing_of_ours_is_kept(incidents, clock, alert, key):
    taken = await incidents.hear(heard(dedup_key=key), b"{}", clock())
    assert (taken.alert, taken.outcome) == (None, "kept")


async def test_our_own_echo_updates_what_is_known_and_moves_nothing(incidents, store, clock, alert):
    await store.save_shown(alert, Shown(target=PAGERDUTY, external_id="SHOP-1", shown_at=START))
    before = await store.dossier(alert)
    echo = heard(Happening.RESOLVED, agent="Events API V2", by_person=False, by_integration=True)
    assert (await incidents.hear(echo, b"{}", clock())).outcome == "accepted"
    after = await store.dossier(alert)
    assert (after.alert.state, after.transitions) == (before.alert.state, before.transitions)
    assert after.alert.version == before.alert.version + 1, "the card shows the incident's number now"
    assert after.incident is not None


async def test_what_a_look_finds_is_kept_and_only_news_makes_work(incidents, store, clock, alert):
    found = Incident(id="PEXINC1", number=1, status=IncidentStatus.TRIGGERED, assignees=("Ana",))
    await incidents.hear(heard(Happening.REASSIGNED, status=IncidentStatus.TRIGGERED), b"{}", clock())
    assert await incidents.note(alert, found, clock()) is True
    version = (await store.dossier(alert)).alert.version
    assert await incidents.note(alert, found, clock()) is False
    dossier = await store.dossier(alert)
    assert dossier.alert.version == version
    assert dossier.incident == replace(found, heard_at=START), "the order of events outlives a look"


async def test_a_hostile_key_or_body_breaks_nothing(incidents, clock, alert):
    nasty = heard(Happening.OTHER, id="x" * 5_000 + "\x00\ud800", dedup_key="\x00' OR 1=1 --")
    assert (await incidents.hear(nasty, b"\xff\x00" * 200_000, clock())).outcome == "kept"


async def test_the_catch_up_knows_what_goes_on_and_when_it_last_looked(db, store, clock, alert):
    known = CatchUpStore(db)
    assert await known.checked_at() is None
    for at in (START, LATER):
        await known.checked(at)
        assert await known.checked_at() == at
    assert (await store.dossier(alert)).sentry_checked_at == LATER
    assert await known.known(["sentry:1", "sentry:77"]) == {"sentry:1": (alert, State.OPEN)}
    assert set(await known.going_on(10)) == {"sentry:1", "sentry:2"}
    await store.act(alert, command(Action.RESOLVED))
    assert set(await known.going_on(10)) == {"sentry:2"}
