"""What the database has to teach: corrections in force, fixes, decisions; on both databases."""

from datetime import timedelta

import pytest

from bot.alerts.alert import Action, Command, Counts
from bot.alerts.classification import Category, Classification, FixTime, Severity
from bot.classify.classifier import Classifier
from bot.classify.rules import Rules
from bot.store.intake import Intake
from bot.store.lessons import Decided, Decision, LessonStore
from bot.store.shadows import Shadowed, ShadowStore
from bot.work.teaching import Teacher
from tests.store.making import ALICE, BOB, VERDICT, event, occurrence

JUDGE = Rules.load().classify


@pytest.fixture
def lessons(db):
    return LessonStore(db)


@pytest.fixture
async def alert(db, store, clock):
    """An alert with the machine's verdict."""
    intake = Intake(db, clock, lambda _: None)
    await intake.start()
    receipt = await intake.submit(occurrence())
    await intake.stop()
    await store.act(receipt.alert, Command(action=Action.CLASSIFIED, actor=ALICE, at=clock()), verdict=VERDICT)
    return receipt.alert


def corrected(by, category=Category.TIMEOUT):
    return Classification(
        severity=Severity.LOW,
        category=category,
        root_cause="",
        suggested_action="",
        estimated_fix_time=FixTime.HOUR,
        confidence=1.0,
        made_by=f"user:{by.id}",
    )


async def test_a_correction_is_a_lesson_until_it_is_taken_back(store, lessons, alert, clock):
    before = await lessons.mark()
    command = Command(action=Action.RECLASSIFIED, actor=ALICE, at=clock())
    await store.act(alert, command, verdict=corrected(ALICE))
    (lesson,) = await lessons.lessons(clock(), JUDGE)
    assert (lesson.by.name, lesson.category, lesson.was_severity) == ("Alice", Category.TIMEOUT, VERDICT.severity)
    assert await lessons.mark() != before

    await store.act(alert, Command(action=Action.UNDONE, actor=ALICE, at=clock()))
    assert await lessons.lessons(clock(), JUDGE) == []


async def test_of_two_corrections_the_newer_is_the_lesson(store, lessons, alert, clock):
    for who, category in ((ALICE, Category.TIMEOUT), (BOB, Category.NETWORK)):
        command = Command(action=Action.RECLASSIFIED, actor=who, at=clock.pass_(10))
        await store.act(alert, command, verdict=corrected(who, category))
    (lesson,) = await lessons.lessons(clock(), JUDGE)
    assert (lesson.by.name, lesson.category) == ("Bob", Category.NETWORK)


async def test_what_is_half_a_year_old_teaches_nothing(store, lessons, alert, clock):
    await store.act(alert, Command(action=Action.RECLASSIFIED, actor=ALICE, at=clock()), verdict=corrected(ALICE))
    clock.pass_(181 * 86_400)
    assert await lessons.lessons(clock(), JUDGE) == []


async def test_a_fix_took_as_long_as_somebody_had_it(store, lessons, alert, clock):
    await store.act(alert, Command(action=Action.ACKNOWLEDGED, actor=ALICE, at=clock.pass_(600)))
    await store.act(alert, Command(action=Action.RESOLVED, actor=BOB, at=clock.pass_(1_800)))
    (fix,) = await lessons.fixes(clock())
    assert (fix.kind, fix.category, fix.worked) == ("ValueError", VERDICT.category, timedelta(minutes=30))


async def test_alerts_of_a_kind_are_due_again_and_others_are_not(store, lessons, alert, clock):
    version = (await store.dossier(alert)).alert.version
    assert await lessons.look_again(["KeyError"], clock()) == []
    assert await lessons.look_again(["ValueError"], clock()) == [alert]
    assert (await store.dossier(alert)).alert.version == version + 1
    assert await lessons.look_again([], clock()) == []


async def test_a_decision_about_a_rule_is_kept_and_the_newest_counts(lessons, clock):
    rule = "- {id: taught-1, category: timeout, weight: 0.95, types: ValueError, like: general-timeout}"
    await lessons.decide(Decided("taught-1", Decision.ACCEPTED, rule, ALICE, clock()))
    classifier = Classifier(Rules.load())
    woken: list[int] = []
    teacher = Teacher(lessons, classifier, woken.append, clock=clock)
    await teacher.learn()
    said = classifier.classify(event(), Counts(events=1))
    assert said.category is Category.TIMEOUT

    clock.pass_(5)
    await teacher.retire("taught-1", BOB)
    assert classifier.classify(event(), Counts(events=1)).category is not Category.TIMEOUT
    (kept,) = await lessons.decided()
    assert (kept.decision, kept.by.name) == (Decision.RETIRED, "Bob")


async def test_history_tells_what_people_said_of_each_alert(store, lessons, alert, clock):
    (known,) = await lessons.history(10)
    assert (known.corrected, known.counts.total) == (None, 1)
    await store.act(alert, Command(action=Action.RECLASSIFIED, actor=ALICE, at=clock()), verdict=corrected(ALICE))
    (known,) = await lessons.history(10)
    assert known.corrected is Category.TIMEOUT


async def test_a_shadows_word_is_kept_beside_and_the_newest_counts(db, alert, clock):
    shadows = ShadowStore(db)
    assert await shadows.known(alert, "tried") is None
    for card in (True, False):
        await shadows.keep(alert, "tried", Shadowed(VERDICT, card, True, 0.25), clock())
    assert await shadows.known(alert, "tried") == Shadowed(VERDICT, False, True, 0.25)
    assert await shadows.known(alert, "another") is None
