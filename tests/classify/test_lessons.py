from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.alerts.alert import Actor, Counts, Source
from bot.alerts.classification import Category, FixTime, Severity
from bot.classify.classifier import Classifier, Knowledge
from bot.classify.fix_times import FixTimes, Took
from bot.classify.lessons import PER_PERSON, Lesson, Lessons, Traits, taught
from bot.classify.proposals import Known, common_phrase, preview, proposals
from bot.classify.rules import Rules
from tests.classify.making import event

RULES = Rules.load()
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
ANA, BO, CLEO = (Actor(source=Source.USER, id=f"U0{name.upper()}", name=name) for name in ("Ana", "Bo", "Cleo"))
TEXT = "ledger row {n} is out of step with the warehouse"
DB, INFRA = Category.DATABASE, Category.INFRASTRUCTURE


def trouble(value="ledger row 1 is out of step with the warehouse", kind="LedgerTrouble", where="settle", **fields):
    return event(kind, value, frames=[(f"shop/{where}.py", where, 7, True)], **({"level": "error"} | fields))


def lesson(by=ANA, about=None, category=DB, severity=Severity.MEDIUM, at=NOON, alert=1, **more):
    about = about or trouble()
    said = RULES.classify(about, Counts(events=1))
    plain = Lesson(
        alert_id=alert,
        by=by,
        at=at,
        was_severity=said.severity,
        was_category=said.category,
        severity=severity,
        category=category,
        traits=Traits.of(about),
        title=about.title,
        message=about.crash.value.lower(),
    )
    return replace(plain, **more)


def judged(*lessons, about=None, counts=None):
    classifier = Classifier(RULES)
    classifier.knowledge = Knowledge(rules=RULES, lessons=Lessons(lessons))
    return classifier.classify(about or trouble(), counts or Counts(events=1))


def test_one_correction_counts_for_the_same_error_and_is_explained():
    said = judged(lesson(), about=trouble(TEXT.format(n=99)))
    assert said.category is DB
    assert said.taught_by == "Ana on 2 Mar 2026"
    assert said.made_by == "rules"
    assert said.evidence[0].text == "database as corrected by Ana on 2 Mar 2026"
    assert "data store" in said.root_cause, "the cause is one of the category on the card"


def test_without_lessons_nothing_is_different():
    assert judged() == RULES.classify(trouble(), Counts(events=1))


def test_a_similar_error_learns_from_one_person_where_the_rules_are_unsure():
    similar = trouble("ledger row 7 is out of step with the old warehouse", where="reconcile")
    assert RULES.classify(similar, Counts(events=1)).confidence < 0.9
    assert judged(lesson(), about=similar).category is DB


def test_one_person_alone_does_not_overrule_sure_rules_on_a_similar_error_but_two_do():
    sure = event("PG::UndefinedTable", 'ERROR: relation "orders" does not exist', frames=[("a.rb", "a", 1, True)])
    other = event("PG::UndefinedTable", 'ERROR: relation "lines" does not exist', frames=[("b.rb", "b", 1, True)])
    assert RULES.classify(other, Counts(events=1)).confidence >= 0.9
    alone = lesson(about=sure, category=INFRA)
    assert judged(alone, about=other).category is DB
    assert judged(alone, lesson(BO, about=sure, category=INFRA), about=other).category is INFRA


def test_another_error_learns_nothing():
    assert judged(lesson(), about=trouble("no such tariff", kind="TariffTrouble")).taught_by == ""
    assert judged(lesson(), about=trouble("the till is shut at night")).taught_by == ""


def test_people_who_disagree_cancel_each_other_until_a_third_speaks():
    one, other = lesson(), lesson(BO, category=INFRA)
    assert judged(one, other).taught_by == ""
    assert judged(one, other, lesson(CLEO, category=INFRA)).category is INFRA


def test_of_one_person_only_the_newest_word_counts():
    first, later = lesson(), lesson(category=INFRA, at=NOON + timedelta(days=1))
    assert judged(first, later).category is INFRA
    assert judged(*(lesson(alert=n) for n in range(9)), lesson(BO, category=INFRA)).taught_by == "", "one voice each"


def test_one_persons_lessons_beyond_the_limit_are_forgotten_oldest_first():
    later = [
        lesson(about=trouble(f"thing number {n} broke", kind=f"T{chr(97 + n)}"), at=NOON + timedelta(minutes=n + 1))
        for n in range(PER_PERSON)
    ]
    assert judged(lesson(), *later).taught_by == ""
    assert judged(lesson(BO), *later).category is DB


@pytest.mark.parametrize(
    ("people", "to", "environment", "counts", "expected"),
    [
        ((ANA,), Severity.CRITICAL, "production", Counts(events=1), Severity.CRITICAL),
        ((ANA,), Severity.LOW, "production", Counts(events=1), Severity.LOW),
        ((ANA,), Severity.LOW, "production", Counts(events=90), Severity.MEDIUM),
        ((ANA,), Severity.LOW, "production", Counts(users=1_500), Severity.CRITICAL),
        ((ANA, BO), Severity.LOW, "production", Counts(users=1_500), Severity.HIGH),
    ],
)
def test_a_severity_is_raised_freely_and_lowered_by_one_step_never_from_critical_by_one_person(
    people, to, environment, counts, expected
):
    lessons = [lesson(who, severity=to) for who in people]
    said = judged(*lessons, about=trouble(environment=environment), counts=counts)
    assert said.severity is expected


def test_the_reason_of_a_changed_severity_says_whose_word_it_is():
    assert judged(lesson(severity=Severity.HIGH)).severity_reason == (
        "Medium by the rules, high as corrected by Ana on 2 Mar 2026."
    )


def test_a_ruling_that_changes_nothing_leaves_the_verdict_as_it_is():
    verdict = RULES.classify(trouble(), Counts(events=1))
    same = lesson(category=verdict.category, severity=verdict.severity)
    assert taught(verdict, Lessons([same]).ruling(trouble(), verdict)) is verdict


class TestProposals:
    def lessons(self, *who, category=DB):
        places = ("one", "two", "three", "four")
        return [
            lesson(each, about=trouble(TEXT.format(n=n), where=places[n]), category=category, alert=n)
            for n, each in enumerate(who)
        ]

    def test_three_corrections_of_two_people_make_a_rule(self):
        (found,) = proposals(Lessons(self.lessons(ANA, BO, ANA)))
        assert (found.category, found.kind) == (DB, "LedgerTrouble")
        assert "is out of step with the warehouse" in found.phrase
        after = Rules.load(None, found.taught)
        assert after.classify(trouble("step: it is out of step with the warehouse again"), Counts()).category is DB

    @pytest.mark.parametrize("who", [(ANA, BO), (ANA, ANA, ANA, ANA)])
    def test_two_corrections_or_one_person_make_none(self, who):
        assert proposals(Lessons(self.lessons(*who))) == []

    def test_who_is_contradicted_too_often_makes_none(self):
        against = lesson(CLEO, category=INFRA, about=trouble(TEXT.format(n=8), where="eight"), alert=8)
        assert proposals(Lessons([*self.lessons(ANA, BO, ANA), against])) != []
        other = replace(against, alert_id=9, by=Actor(source=Source.USER, id="U0DEE", name="Dee"))
        assert proposals(Lessons([*self.lessons(ANA, BO, ANA), against, other])) == []

    def test_a_few_common_words_of_errors_without_a_type_of_their_own_make_none(self):
        texts = ("the shop is shut now", "the till is shut now", "a door is shut now")
        about = [trouble(text, kind="RuntimeError", where=f"w{n}") for n, text in enumerate(texts)]
        people = zip((ANA, BO, CLEO), about, strict=True)
        lessons = [lesson(who, about=each, category=Category.TIMEOUT, alert=n) for n, (who, each) in enumerate(people)]
        assert common_phrase(texts) == "is shut now"
        assert proposals(Lessons(lessons)) == []

    def test_the_same_corrections_have_the_same_key(self):
        one, again = (proposals(Lessons(self.lessons(ANA, BO, ANA)))[0].key for _ in range(2))
        assert one == again

    def test_hostile_words_stay_words(self):
        evil = 'boom: "}\n- id: own-all\n  category: unknown\n  {x} … the vault door stays open'
        about = [trouble(evil, where=place) for place in ("one", "two", "three")]
        people = zip((ANA, BO, CLEO), about, strict=True)
        lessons = [lesson(who, about=each, category=Category.TIMEOUT, alert=n) for n, (who, each) in enumerate(people)]
        (found,) = proposals(Lessons(lessons))
        Rules.load(None, found.taught)
        assert "own-all" not in {rule for rule in found.text.splitlines() if rule.startswith("- id")}

    def test_a_preview_counts_what_changes_what_is_mended_and_what_is_spoiled(self):
        (found,) = proposals(Lessons(self.lessons(ANA, BO, ANA)))
        before = RULES.classify(trouble(), Counts()).category
        history = [
            Known(1, "a", trouble(TEXT.format(n=3)), Counts(), DB),
            Known(2, "b", trouble(TEXT.format(n=4)), Counts(), INFRA),
            Known(3, "c", trouble(TEXT.format(n=5)), Counts(), None),
            Known(4, "d", trouble("something else", kind="Other"), Counts(), None),
        ]
        seen = preview(RULES, Rules.load(None, found.taught), history)
        assert (seen.looked_at, seen.mended, seen.spoiled) == (4, 1, 1)
        assert [(change.alert_id, change.before, change.after) for change in seen.changes] == [
            (1, before, DB), (2, before, DB), (3, before, DB),
        ]  # fmt: skip

    def test_the_longest_run_of_words_that_all_share(self):
        assert common_phrase(["the red door is open", "a red door is shut"]) == "red door is"
        assert common_phrase(["one", "two"]) == common_phrase([]) == ""


class TestFixTimes:
    def test_an_estimate_is_what_such_alerts_took(self):
        took = [Took("LedgerTrouble", Category.LOGIC, timedelta(minutes=m)) for m in (20, 30, 50)]
        verdict = replace(RULES.classify(trouble(), Counts()), category=Category.LOGIC)
        said = FixTimes(took).learned(trouble(), verdict)
        assert said.estimated_fix_time is FixTime.HOUR
        assert said.evidence[-1].text == "3 such alerts took 30 min to fix (median)"

    def test_too_little_experience_changes_nothing(self):
        verdict = RULES.classify(trouble(), Counts())
        few = [Took("LedgerTrouble", verdict.category, timedelta(minutes=m)) for m in (20, 30)]
        assert FixTimes(few).learned(trouble(), verdict) is verdict
        seconds = [Took("LedgerTrouble", verdict.category, timedelta(seconds=5))] * 9
        assert FixTimes(seconds).learned(trouble(), verdict) is verdict, "closing is not fixing"

    def test_a_category_needs_more_experience_than_a_type(self):
        verdict = RULES.classify(trouble(), Counts())
        others = [Took(f"T{n}", verdict.category, timedelta(hours=3)) for n in range(12)]
        assert FixTimes(others).learned(trouble(), verdict).estimated_fix_time is FixTime.HALF_DAY
        assert FixTimes(others[:11]).learned(trouble(), verdict) is verdict
