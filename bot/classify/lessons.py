"""What people's corrections teach: a verdict for the same error at once, for similar ones when it is safe. Pure.

    a correction in force ─▶ Lesson ─▶ who says what of this event, and how alike it is ─▶ Ruling ─▶ the verdict

Nobody poisons it alone. One person's word carries over a category only to the very same error, or where the rules are
unsure; it raises a severity, and lowers one by a single step, never from critical. Two people who agree may do more.
Only a person's newest lessons count, and every ruling names who is behind it.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.alerts.alert import Actor
from bot.alerts.classification import Category, Classification, Evidence, Severity
from bot.alerts.event import ErrorEvent
from bot.classify.fingerprint import fingerprint, normalised
from bot.classify.hunch import stems_of

SIMILAR = 0.6
"""The share of common words from which two errors of one type are similar."""
UNSURE = 0.9
"""Below this confidence of the rules, one person's word on a similar error counts."""
PER_PERSON, COMPARED = 30, 200
"""A person's lessons that count, the newest; lessons of one kind that an event is compared with."""
_TAUGHT, _AGREED = 0.9, 0.95
_SEVERITIES = tuple(Severity)


@dataclass(frozen=True, slots=True)
class Traits:
    """By what two errors are compared."""

    fingerprint: str
    kind: str
    """The type of the crash; empty where there is none."""
    words: frozenset[str]
    """Stems of the message's words, without what differs from case to case."""

    @classmethod
    def of(cls, event: ErrorEvent) -> "Traits":
        """The traits of an event."""
        crash = event.crash
        message = (crash.value if crash else None) or event.message or event.title
        stems = frozenset(stems_of(normalised(message)))
        return cls(fingerprint(event), (crash.type or "")[:200] if crash else "", stems)

    def alike(self, other: "Traits") -> float:
        """1 for the same error, the share of common words for the same type, else 0."""
        if self.fingerprint == other.fingerprint:
            return 1.0
        if self.kind != other.kind or not self.words or not other.words:
            return 0.0
        return min(0.95, len(self.words & other.words) / len(self.words | other.words))


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """A correction that is in force: who changed a verdict from what to what, about which kind of error."""

    alert_id: int
    by: Actor
    at: datetime
    was_severity: Severity
    was_category: Category
    severity: Severity
    category: Category
    traits: Traits
    title: str = ""
    """The alert's, for people (untrusted)."""
    message: str = ""
    """The error's own words, without what differs from case to case (untrusted)."""

    @property
    def steps(self) -> int:
        """How many steps the severity was lowered; raised: negative."""
        return self.severity.rank - self.was_severity.rank


@dataclass(frozen=True, slots=True)
class Ruling:
    """What people's word comes to for one event."""

    category: Category | None
    """None: nobody says anything about it, or they disagree."""
    steps: int
    """How many steps the severity goes down; up: negative."""
    behind: tuple[Lesson, ...]
    """Whose word it is, the newest first, one lesson for each person."""
    same: bool
    """It is about the very same error."""


class Lessons:
    """All lessons in force, ready to be applied."""

    def __init__(self, lessons: Iterable[Lesson] = ()) -> None:
        self.all = tuple(_newest(lessons))
        self._same: Mapping[str, list[Lesson]] = _grouped(self.all, lambda lesson: lesson.traits.fingerprint)
        self._kinds: Mapping[str, list[Lesson]] = _grouped(self.all, lambda lesson: lesson.traits.kind)

    def __bool__(self) -> bool:
        return bool(self.all)

    def ruling(self, event: ErrorEvent, verdict: Classification) -> Ruling | None:
        """What people's word comes to; None where there is none, or none that may count."""
        traits = Traits.of(event)
        same = self._same.get(traits.fingerprint, [])
        if same:
            return _agreed(same, verdict, same=True)
        alike = [one for one in self._kinds.get(traits.kind, [])[:COMPARED] if traits.alike(one.traits) >= SIMILAR]
        return _agreed(alike, verdict, same=False) if alike else None


def taught(verdict: Classification, ruling: Ruling | None) -> Classification:
    """The machine's verdict with people's word over it, explained; the very same object where nothing changes."""
    if ruling is None:
        return verdict
    category = ruling.category or verdict.category
    rank = min(len(_SEVERITIES) - 1, max(0, verdict.severity.rank + ruling.steps))
    severity = _SEVERITIES[rank]
    if (category, severity) == (verdict.category, verdict.severity):
        return verdict
    who = named(ruling.behind)
    facts = [] if category is verdict.category else [_fact(f"{category} as corrected by {who}", category)]
    reason = verdict.severity_reason
    if severity is not verdict.severity:
        reason = f"{verdict.severity.value.capitalize()} by the rules, {severity.value} as corrected by {who}."
        facts.append(_fact(f"{severity} as corrected by {who}", severity))
    return replace(
        verdict,
        category=category,
        severity=severity,
        severity_reason=reason,
        confidence=max(verdict.confidence, _AGREED if len(ruling.behind) > 1 else _TAUGHT),
        evidence=(*facts, *verdict.evidence),
        taught_by=who,
    )


def named(behind: Sequence[Lesson]) -> str:
    """`Ana on 2 Mar 2026 and Bo on 1 Mar 2026`, three at most."""
    said = [f"{one.by.name[:40] or 'somebody'} on {one.at.day} {one.at:%b %Y}" for one in behind[:3]]
    more = [f"{len(behind) - 3} more"] if len(behind) > 3 else []
    return " and ".join([*said, *more])


def _fact(text: str, speaks_for: str) -> Evidence:
    return Evidence(source="correction", text=text, speaks_for=speaks_for)


def _newest(lessons: Iterable[Lesson]) -> Iterable[Lesson]:
    """Newest first, and of each person no more than may count."""
    seen: Counter[str] = Counter()
    for lesson in sorted(lessons, key=lambda one: (one.at, one.alert_id), reverse=True):
        seen[lesson.by.id] += 1
        if seen[lesson.by.id] <= PER_PERSON:
            yield lesson


def _grouped(lessons: Iterable[Lesson], key: Callable[[Lesson], str]) -> Mapping[str, list[Lesson]]:
    groups: dict[str, list[Lesson]] = defaultdict(list)
    for lesson in lessons:
        groups[key(lesson)].append(lesson)
    return groups


def _agreed(lessons: Sequence[Lesson], verdict: Classification, *, same: bool) -> Ruling | None:
    """One voice for each person, their newest; a category needs more voices than any other."""
    voices = list({lesson.by.id: lesson for lesson in reversed(lessons)}.values())
    votes = Counter(lesson.category for lesson in voices).most_common(2)
    if len(votes) > 1 and votes[0][1] == votes[1][1]:
        return None
    winner = votes[0][0]
    behind = sorted((one for one in voices if one.category is winner), key=lambda one: one.at, reverse=True)
    if not same and len(behind) < 2 and verdict.confidence >= UNSURE:
        return None
    steps = _steps(behind, verdict) if same or len(behind) > 1 else 0
    return Ruling(winner, steps, tuple(behind), same)


def _steps(behind: Sequence[Lesson], verdict: Classification) -> int:
    """The smallest change that all agree on; what one person says alone lowers by one step, and never from critical."""
    said = [lesson.steps for lesson in behind]
    if all(step < 0 for step in said):
        return max(said)
    if not all(step > 0 for step in said):
        return 0
    if len(behind) > 1:
        return min(said)
    return 0 if verdict.severity is Severity.CRITICAL else 1
