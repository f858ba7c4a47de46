"""How good the verdicts were, by what people said of them: agreement, precision and recall, calibration, fix times.

Pure. A person's word is a correction or a confirmation; an alert that somebody resolved without a word about its
verdict counts as accepted, which is weaker, and is kept apart.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import mean, median

from bot.alerts.alert import Source
from bot.alerts.classification import FixTime
from bot.insights.records import Case, History, Opinion
from bot.insights.spells import Spell

CONFIDENCES = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
"""The upper ends of the bands in which certainty is compared with truth."""
FIX_LIMITS: Mapping[FixTime, timedelta] = {
    FixTime.QUARTER_HOUR: timedelta(minutes=15),
    FixTime.HOUR: timedelta(hours=1),
    FixTime.HALF_DAY: timedelta(hours=4),
    FixTime.DAY: timedelta(days=1),
}

Voice = Callable[[Case], Opinion | None]
Heard = Sequence[tuple[Opinion, Opinion]]
"""What was said, and what a person meant."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """How often two said the same of the `count` errors on which both spoke."""

    count: int = 0
    category: int = 0
    severity: int = 0

    @property
    def category_share(self) -> float | None:
        """0 to 1; None: there is nothing to compare."""
        return self.category / self.count if self.count else None

    @property
    def severity_share(self) -> float | None:
        """0 to 1; None: there is nothing to compare."""
        return self.severity / self.count if self.count else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """Of one category or severity: `said` so often, `meant` so often, and both so often."""

    said: int = 0
    meant: int = 0
    right: int = 0

    @property
    def precision(self) -> float | None:
        """Of what was called so, the part that was so; None: nothing was called so."""
        return self.right / self.said if self.said else None

    @property
    def recall(self) -> float | None:
        """Of what was so, the part that was called so; None: nothing was so."""
        return self.right / self.meant if self.meant else None


@dataclass(frozen=True, slots=True)
class Band:
    """Verdicts of about the same certainty: how sure they were on average, and how often the category was right."""

    upto: float
    count: int
    confidence: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class FixTimes:
    """Estimates of one size against what it took: how many, how many came within the estimate, the middle."""

    estimate: FixTime
    count: int
    within: int
    median: timedelta


@dataclass(frozen=True, slots=True)
class Week:
    """How two pairs agreed on what was judged in a week, which begins on a Monday."""

    begins: date
    card_and_people: Agreement
    rules_and_model: Agreement


@dataclass(frozen=True, slots=True, kw_only=True)
class Scoreboard:
    """The score of a period."""

    corrected: int
    """Verdicts that a person changed."""
    confirmed: int
    """Verdicts that a person called right."""
    disputed: int
    """Verdicts that somebody called wrong, and nobody corrected."""
    accepted: int
    """Alerts that a person resolved without a word about the verdict."""
    agreements: Mapping[str, Agreement]
    """`card and people`, `rules and people`, `model and people`, `rules and model`, and of a shadow `card and shadow`,
    `shadow and people`."""
    weeks: tuple[Week, ...]
    """Agreement over time, oldest first: the weeks in which there is anything to compare."""
    categories: Mapping[str, Quality]
    severities: Mapping[str, Quality]
    calibration: tuple[Band, ...]
    fix_times: tuple[FixTimes, ...]

    @property
    def calibration_error(self) -> float | None:
        """How far certainty is from truth on average, weighted by how often, 0 to 1; None: nobody judged."""
        total = sum(band.count for band in self.calibration)
        off = sum(band.count * abs(band.confidence - band.accuracy) for band in self.calibration)
        return off / total if total else None


def scoreboard(history: History, lived: Iterable[Spell]) -> Scoreboard:
    """Keep the score of a period; `lived` are the spells of its alerts."""
    cases, lived = history.cases, list(lived)
    judged = _heard(cases, _shown, _person)
    right = sum(_same(said, meant) for said, meant in judged)
    spoken = {case.alert_id for case in cases if case.person or case.downs}
    by_people = {s.alert_id for s in lived if s.resolved in history.period and s.resolved_by is Source.USER}
    return Scoreboard(
        corrected=len(judged) - right,
        confirmed=right,
        disputed=sum(case.person is None and case.downs > 0 for case in cases),
        accepted=len(by_people - spoken),
        agreements={
            "card and people": agreement(judged),
            "rules and people": agreement(_heard(cases, _rules, _person)),
            "model and people": agreement(_heard(cases, _model, _person)),
            "rules and model": agreement(_heard(cases, _rules, _model)),
            "card and shadow": agreement(_heard(cases, _shown, _shadow)),
            "shadow and people": agreement(_heard(cases, _shadow, _person)),
        },
        weeks=_weeks(history),
        categories=qualities(judged, lambda opinion: opinion.category.value),
        severities=qualities(judged, lambda opinion: opinion.severity.value),
        calibration=calibration(judged),
        fix_times=_fix_times(history, lived),
    )


def _weeks(history: History) -> tuple[Week, ...]:
    by_week: dict[date, list[Case]] = {}
    for case in history.cases:
        day = history.period.day(case.at)
        by_week.setdefault(day - timedelta(days=day.weekday()), []).append(case)
    weeks = (
        Week(begins, agreement(_heard(cases, _shown, _person)), agreement(_heard(cases, _rules, _model)))
        for begins, cases in sorted(by_week.items())
    )
    return tuple(week for week in weeks if week.card_and_people.count or week.rules_and_model.count)


def agreement(heard: Heard) -> Agreement:
    """How often the two of each pair say the same."""
    category = sum(one.category is other.category for one, other in heard)
    return Agreement(len(heard), category, sum(one.severity is other.severity for one, other in heard))


def qualities(heard: Heard, part: Callable[[Opinion], str]) -> dict[str, Quality]:
    """The quality of each `part` (a category, a severity) that was said or meant, by name."""
    said, meant = Counter(part(one) for one, _ in heard), Counter(part(other) for _, other in heard)
    right = Counter(part(one) for one, other in heard if part(one) == part(other))
    return {name: Quality(said=said[name], meant=meant[name], right=right[name]) for name in sorted(said | meant)}


def calibration(heard: Heard) -> tuple[Band, ...]:
    """The bands that have any verdict in them, the least sure first."""
    bands: dict[float, list[tuple[float, bool]]] = {}
    for said, meant in heard:
        sure = min(1.0, max(0.0, said.confidence))
        upto = next(end for end in CONFIDENCES if sure <= end)
        bands.setdefault(upto, []).append((sure, said.category is meant.category))
    return tuple(
        Band(upto, len(found), mean(sure for sure, _ in found), mean(right for _, right in found))
        for upto, found in sorted(bands.items())
    )


def _heard(cases: Iterable[Case], one: Voice, other: Voice) -> Heard:
    return [(said, meant) for case in cases if (said := one(case)) and (meant := other(case))]


def _same(one: Opinion, other: Opinion) -> bool:
    return one.category is other.category and one.severity is other.severity


def _rules(case: Case) -> Opinion | None:
    return case.rules


def _model(case: Case) -> Opinion | None:
    return case.model


def _shown(case: Case) -> Opinion | None:
    return case.shown


def _shadow(case: Case) -> Opinion | None:
    return case.shadow


def _person(case: Case) -> Opinion | None:
    return case.person


def middle(times: Sequence[timedelta]) -> timedelta:
    """The median of at least one time."""
    return timedelta(seconds=median(time.total_seconds() for time in times))


def _fix_times(history: History, lived: Iterable[Spell]) -> tuple[FixTimes, ...]:
    took: dict[FixTime, list[timedelta]] = {}
    for spell in lived:
        estimate = history.lines[spell.alert_id].fix_time
        if estimate and spell.worked is not None and spell.resolved in history.period:
            took.setdefault(estimate, []).append(spell.worked)
    return tuple(
        FixTimes(estimate, len(times), sum(time <= limit for time in times), middle(times))
        for estimate, limit in FIX_LIMITS.items()
        if (times := took.get(estimate))
    )
