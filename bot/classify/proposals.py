"""From corrections that agree to a rule that somebody may accept: what it looks for, and what it would change. Pure.

A proposal needs three corrections and two people, however often one of them speaks. Its rule is text in the rulebook's
own language, so what was accepted can be read, edited and moved into a file.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

import yaml

from bot.alerts.alert import Counts
from bot.alerts.classification import Category
from bot.alerts.event import ErrorEvent
from bot.classify.lessons import Lesson, Lessons
from bot.classify.rulebook import Taught
from bot.classify.rules import Rules

NEEDED, OF_ONE, PEOPLE = 3, 2, 2
"""Corrections that must agree, how many of one person count, and by how many people they must be."""
_CONTRADICTED = 3
"""So many times as many must agree as disagree."""
_WEIGHT = 0.95
_SHORTEST, _LONGEST, _TELLING = 10, 100, 18
"""Characters of a phrase that is worth looking for; and without a type of its own beside it."""
_COMPARED = 20
_GENERIC_TYPES = "Error Exception RuntimeError RuntimeException StandardError Throwable panic TypeError ValueError"
_GENERIC = frozenset(_GENERIC_TYPES.split())
_RELATED = 0.4
"""From so many words in common two errors of one type may be about the same."""
_TYPE = re.compile(r"[\w.:$\\]{3,160}")
_VARIES = re.compile(r"[#{}…`\"']+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A rule that corrections suggest."""

    key: str
    """The same corrections, the same key: what was rejected is not proposed again."""
    category: Category
    phrase: str
    """What the messages have in common; may be empty."""
    kind: str
    """The type that the errors share; may be empty."""
    lessons: tuple[Lesson, ...]
    """Whose corrections it is made of, newest first."""

    @property
    def text(self) -> str:
        """The rule in the rulebook's language."""
        rule: dict[str, object] = {"id": self.key, "category": self.category.value, "weight": _WEIGHT}
        if self.phrase:
            rule["says"] = self.phrase
            if self.kind:
                rule["only"] = {"types": self.kind}
        else:
            rule["types"] = self.kind
        rule["like"] = f"general-{self.category}"
        return yaml.safe_dump([rule], sort_keys=False, allow_unicode=True)

    @property
    def taught(self) -> Taught:
        """It as a layer of the rulebook."""
        return Taught(f"taught rule {self.key}", self.text)


@dataclass(frozen=True, slots=True)
class Known:
    """An alert of the past, as a preview looks at it."""

    alert_id: int
    title: str
    event: ErrorEvent
    counts: Counts
    corrected: Category | None
    """What a person said of it, if anybody did."""


@dataclass(frozen=True, slots=True)
class Change:
    """An alert whose verdict a rule would change."""

    alert_id: int
    title: str
    before: Category
    after: Category


@dataclass(frozen=True, slots=True)
class Preview:
    """What a rule would change in history."""

    looked_at: int
    changes: tuple[Change, ...]
    mended: int
    """Verdicts that people had to correct and that would now be right."""
    spoiled: int
    """Verdicts that people said something else of."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A proposed rule, and what it would change."""

    proposal: Proposal
    preview: Preview


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """A rule that somebody made of corrections, and that counts now."""

    key: str
    category: Category
    phrase: str
    kind: str
    by: str
    """Who made it one."""
    at: datetime

    @classmethod
    def read(cls, key: str, text: str, by: str, at: datetime) -> "InForce":
        """From what `Proposal.text` wrote."""
        (rule,) = yaml.safe_load(text)
        kind = rule.get("types") or rule.get("only", {}).get("types", "")
        return cls(key=key, category=Category(rule["category"]), phrase=rule.get("says", ""), kind=kind, by=by, at=at)


def proposals(lessons: Lessons) -> list[Proposal]:
    """The rules that corrections in force suggest, those with most people behind them first."""
    kinds: dict[str, list[list[Lesson]]] = defaultdict(list)
    for lesson in lessons.all:
        if lesson.category is lesson.was_category:
            continue
        groups = kinds[lesson.traits.kind]
        related = (group for group in groups if lesson.traits.alike(group[0].traits) >= _RELATED)
        group = next(related, None)
        if group is None:
            groups.append([lesson])
        else:
            group.append(lesson)
    found = [made for kind, groups in kinds.items() for group in groups if (made := _proposal(kind, group))]
    return sorted(found, key=lambda one: (-len({lesson.by.id for lesson in one.lessons}), one.key))


def preview(before: Rules, after: Rules, history: Iterable[Known]) -> Preview:
    """Judge the past anew, by the rules without and with a proposal."""
    looked_at, mended, spoiled, changes = 0, 0, 0, []
    for one in history:
        looked_at += 1
        old = before.classify(one.event, one.counts).category
        new = after.classify(one.event, one.counts).category
        if new is old:
            continue
        changes.append(Change(one.alert_id, one.title, old, new))
        mended += one.corrected is new
        spoiled += one.corrected is not None and one.corrected is not new
    return Preview(looked_at, tuple(changes), mended, spoiled)


def _proposal(kind: str, group: Sequence[Lesson]) -> Proposal | None:
    category, _ = Counter(lesson.category for lesson in group).most_common(1)[0]
    agreeing = [lesson for lesson in group if lesson.category is category]
    votes = Counter(lesson.by.id for lesson in agreeing)
    enough = sum(min(OF_ONE, count) for count in votes.values()) >= NEEDED and len(votes) >= PEOPLE
    if not enough or len(agreeing) < _CONTRADICTED * (len(group) - len(agreeing)):
        return None
    own = kind if _TYPE.fullmatch(kind) and kind not in _GENERIC else ""
    phrase = common_phrase([lesson.message for lesson in agreeing[:_COMPARED]])
    if not own and len(phrase) < _TELLING:  # a few common words alone would catch half of everything
        return None
    key = f"taught-{sha256(f'{category} {kind} {phrase}'.encode()).hexdigest()[:10]}"
    return Proposal(key=key, category=category, phrase=phrase, kind=own, lessons=tuple(agreeing))


def common_phrase(messages: Sequence[str]) -> str:
    """The longest run of at least two words that stands in all messages, which are normalised; empty: there is none."""
    runs = [_runs(message) for message in messages]
    shared = set.intersection(*runs) if runs else set()
    return max(shared, key=lambda phrase: (len(phrase), phrase), default="")


def _runs(message: str) -> set[str]:
    found: set[str] = set()
    for part in _VARIES.split(message[:400]):
        words = part.split()[:40]
        for at in range(len(words)):
            for until in range(at + 2, len(words) + 1):
                phrase = " ".join(words[at:until])
                if len(phrase) > _LONGEST:
                    break
                if len(phrase) >= _SHORTEST:
                    found.add(phrase)
    return found
