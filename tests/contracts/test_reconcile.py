"""Reconcile and the sweeper, over both databases: level-triggered, leased, retried, never twice at once."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from bot.alerts.alert import Action, Command, Counts, State
from bot.alerts.classification import Classification, Severity
from bot.alerts.dossier import Dossier, Shown
from bot.alerts.event import ErrorEvent
from bot.errors import Paced, RateLimited, Rejected, TargetError, Unavailable
from bot.metrics import Metrics
from bot.store.alerts import AlertStore
from bot.store.intake import Intake
from bot.store.watch import WatchStore
from bot.triage_file import TriageFile
from bot.work.chaser import Chaser
from bot.work.concerned import Concerned
from bot.work.guide import Guide
from bot.work.reconcile import Reconciler
from bot.work.timers import Sweeper
from tests.fakes import NOBODY
from tests.store.making import ALICE, START, VERDICT, occurrence


@dataclass
class Verdicts:
    """A classifier that says what it is told to."""

    says: Classification = VERDICT
    broken: bool = False

    def classify(self, event: ErrorEvent, counts: Counts) -> Classification:
        if self.broken:
            raise RuntimeError("a bug in the rules")
        return self.says


@dataclass
class Screen:
    """A target that shows the state, and fails as it is told to."""

    name: str = "screen"
    shown: list[tuple[int, State]] = field(default_factory=list)
    fails: TargetError | None = None
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    entered: asyncio.Event = field(default_factory=asyncio.Event)
    inside: int = 0
    most_inside: int = 0

    async def show(self, dossier: Dossier, shown: Shown, save: Callable[[Shown], Awaitable[None]]) -> Shown:
        self.inside += 1
        self.entered.set()
        self.most_inside = max(self.most_inside, self.inside)
        await self.gate.wait()
        self.inside -= 1
        if self.fails:
            raise self.fails
        self.shown.append((dossier.alert.version, dossier.alert.state))
        return replace(
            shown, external_id="1", version=dossier.alert.version, attempts=0, next_try_at=None, last_error=""
        )


@pytest.fixture
def screen():
    screen = Screen()
    screen.gate.set()
    return screen


@pytest.fixture
def verdicts():
    return Verdicts()


@pytest.fixture
def reconciler(db, store, verdicts, screen, clock):
    guide = Guide(TriageFile, {})
    chaser = Chaser(guide, NOBODY, Concerned(dict, NOBODY, None, lambda _alert: None), WatchStore(db), clock)
    return Reconciler(store, verdicts, [screen], chaser, clock=clock, metrics=Metrics(), owner="w", jitter=lambda: 1.0)


@pytest.fixture
async def alert(db, clock):
    """An alert that nobody has looked at yet."""
    intake = Intake(db, clock, lambda _alert: None)
    await intake.start()
    receipt = await intake.submit(occurrence(1))
    await intake.stop()
    assert receipt.alert is not None
    return receipt.alert


async def shown(store: AlertStore, alert: int) -> Shown:
    return (await store.dossier(alert)).targets["screen"]


async def test_a_new_alert_is_classified_and_shown_and_then_nothing_is_due(reconciler, store, screen, clock, alert):
    assert await store.due(clock(), 10) == [alert]
    await reconciler.reconcile(alert)
    assert [state for _, state in screen.shown] == [State.OPEN]
    assert (await store.dossier(alert)).classification == VERDICT
    assert await store.due(clock() + timedelta(days=1), 10) == []


async def test_many_wake_ups_at_once_are_one_round(reconciler, screen, alert):
    screen.gate.clear()
    rounds = [asyncio.create_task(reconciler.reconcile(alert)) for _ in range(10)]
    screen.gate.set()
    await asyncio.gather(*rounds)
    assert screen.most_inside == 1, "two workers never act on one alert at once"


async def test_a_change_in_the_middle_of_a_round_is_shown_by_another(reconciler, store, screen, clock, alert):
    screen.gate.clear()
    running = asyncio.create_task(reconciler.reconcile(alert))
    await screen.entered.wait()
    await store.act(alert, Command(action=Action.ACKNOWLEDGED, actor=ALICE, at=clock()))
    screen.gate.set()
    await running
    assert [state for _, state in screen.shown] == [State.OPEN, State.ACKNOWLEDGED]


async def test_a_target_that_does_not_answer_is_tried_again_later_and_later(reconciler, store, screen, clock, alert):
    screen.fails = Unavailable("no answer")
    waits = []
    for attempt in (1, 2, 3):
        await reconciler.reconcile(alert)
        record = await shown(store, alert)
        assert (record.attempts, record.last_error, record.failing_since) == (attempt, "no answer", START)
        assert record.next_try_at is not None
        waits.append((record.next_try_at - clock()).total_seconds())
        assert await store.due(record.next_try_at, 10) == [alert], "the sweeper finds it when it is time"
        clock.now = record.next_try_at
    assert waits == sorted(waits)
    assert waits[0] < waits[-1]
    screen.fails = None
    await reconciler.reconcile(alert)
    assert screen.shown


async def test_a_failing_target_keeps_its_back_off_whoever_wakes_us(reconciler, store, screen, clock, alert):
    screen.fails = Unavailable("no answer")
    await reconciler.reconcile(alert)
    screen.fails = None
    await store.act(alert, Command(action=Action.ACKNOWLEDGED, actor=ALICE, at=clock()))
    await reconciler.reconcile(alert)
    assert screen.shown == []


@pytest.mark.parametrize("slow", [RateLimited("slow down", retry_after=7), Paced("busy", retry_after=7)])
async def test_being_slowed_down_is_no_failure_and_waits_as_long_as_it_was_told(
    reconciler, store, screen, clock, alert, slow
):
    screen.fails = slow
    await reconciler.reconcile(alert)
    record = await shown(store, alert)
    assert record.attempts == 0
    assert record.failing_since == (None if isinstance(slow, Paced) else START), "the card may say who is behind"
    assert record.next_try_at == clock() + timedelta(seconds=7)


async def test_what_is_critical_waits_in_no_long_line(reconciler, store, screen, verdicts, clock, alert):
    screen.fails = Paced("busy", retry_after=300)
    await reconciler.reconcile(alert)
    assert (await shown(store, alert)).next_try_at == clock() + timedelta(seconds=300)
    verdicts.says = replace(VERDICT, severity=Severity.CRITICAL)
    await reconciler.reconcile(alert)
    assert (await shown(store, alert)).next_try_at == clock() + timedelta(seconds=10)
    screen.fails = None
    await reconciler.reconcile(alert)
    assert screen.shown, "whoever wakes it finds it ready to go"


async def test_a_refusal_that_will_not_change_is_tried_again_only_after_most_of_a_minute(
    reconciler, store, screen, clock, alert
):
    screen.fails = Rejected("channel_not_found")
    await reconciler.reconcile(alert)
    record = await shown(store, alert)
    assert record.next_try_at is not None
    assert timedelta(seconds=45) < record.next_try_at - clock() < timedelta(minutes=1)


async def test_a_bug_in_the_rules_does_not_cost_the_card(reconciler, verdicts, screen, alert):
    verdicts.broken = True
    await reconciler.reconcile(alert)
    assert screen.shown


async def test_a_persons_correction_is_left_alone(reconciler, store, verdicts, clock, alert):
    await reconciler.reconcile(alert)
    corrected = replace(VERDICT, made_by="user:U1", root_cause="as Alice says")
    await store.act(alert, Command(action=Action.RECLASSIFIED, actor=ALICE, at=clock()), verdict=corrected)
    verdicts.says = replace(VERDICT, root_cause="something else")
    await reconciler.reconcile(alert)
    assert (await store.dossier(alert)).classification == corrected


async def test_the_sweeper_wakes_what_is_due_once_and_again_after_a_while(store, clock, alert):
    woken: list[int] = []
    sweeper = Sweeper(store, woken.append, clock=clock, retention=timedelta(days=90))
    await sweeper.sweep()
    await sweeper.sweep()
    assert woken == [alert]
    clock.pass_(3)
    await sweeper.sweep()
    assert woken == [alert, alert], "whoever was woken may have died"


async def test_a_dead_workers_alert_is_found_again_when_its_lease_ends(store, clock, alert):
    assert await store.lease(alert, "dead", clock(), 60)
    assert await store.due(clock.pass_(30), 10) == []
    assert await store.due(clock.pass_(31), 10) == [alert]
