"""What other rules, routes or models would have done with the past, against what was done. Pure; nothing is sent.

Each time that an alert was open is lived through again: at its beginning, at its 10th, 50th, 100th and 1,000th event
and at its end the verdict is given anew, and the same rules as in production say whether it gets a card and when
somebody is called. What people did, and when, stays as it was.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from bot.alerts.alert import Counts, State
from bot.alerts.classification import Classification
from bot.alerts.dossier import Dossier
from bot.alerts.event import ErrorEvent
from bot.alerts.routing import Decision
from bot.alerts.timing import Planned, Step
from bot.insights.records import Period
from bot.insights.spells import Spell

MARKS = (1, 10, 50, 100, 1_000)
"""The events at which an alert is judged again: where counts can change a verdict or a route."""
_SHOWN = 20

Judge = Callable[[ErrorEvent, Counts], Classification]
Price = Callable[[Dossier, Classification], float]
"""About what asking a model about an alert would have cost, in US dollars; 0: none would have been asked."""


class Plans(Protocol):
    """What a triage.yml says about an alert: `bot.work.guide.Guide`."""

    def decide(self, dossier: Dossier) -> Decision: ...  # noqa: D102
    def plan(self, dossier: Dossier) -> Sequence[Planned]: ...  # noqa: D102


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one alert, or would have."""

    posted: bool
    paged: bool
    muted: bool
    severity: str
    category: str
    usd: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """An alert as the database remembers it."""

    dossier: Dossier
    spells: tuple[Spell, ...]
    """The times that it was open and that began in the period."""
    marks: tuple[tuple[datetime, int], ...]
    """When its event number n came, for the numbers of `MARKS`."""
    was: Outcome


@dataclass(frozen=True, slots=True)
class Change:
    """An alert that would have gone another way."""

    alert_id: int
    title: str
    was: Outcome
    would: Outcome


@dataclass(frozen=True, slots=True)
class Totals:
    """How many alerts got a card, called somebody or were hidden by a mute, and what the models cost."""

    alerts: int
    posted: int
    paged: int
    muted: int
    spent_usd: float
    severities: dict[str, int]
    categories: dict[str, int]

    @classmethod
    def of(cls, outcomes: Sequence[Outcome]) -> "Totals":
        """Added up."""
        return cls(
            len(outcomes),
            sum(one.posted for one in outcomes),
            sum(one.paged for one in outcomes),
            sum(one.muted for one in outcomes),
            round(sum(one.usd for one in outcomes), 4),
            dict(sorted(Counter(one.severity for one in outcomes).items())),
            dict(sorted(Counter(one.category for one in outcomes).items())),
        )


@dataclass(frozen=True, slots=True)
class Replay:
    """The two sides by side."""

    period: Period
    was: Totals
    would: Totals
    changes: tuple[Change, ...]

    def as_json(self) -> dict[str, Any]:
        """`{"since", "until", "was": {…}, "would": {…}, "changes": […]}`; times in ISO 8601, money in US dollars."""
        return {
            "since": self.period.since.isoformat(),
            "until": self.period.until.isoformat(),
            "was": asdict(self.was),
            "would": asdict(self.would),
            "changes": [asdict(change) for change in self.changes],
        }

    def as_text(self) -> str:
        """The same for people."""
        rows = [
            ("alerts", self.was.alerts, self.would.alerts),
            ("posted", self.was.posted, self.would.posted),
            ("paged", self.was.paged, self.would.paged),
            ("muted", self.was.muted, self.would.muted),
            ("spent", f"${self.was.spent_usd:.2f}", f"${self.would.spent_usd:.2f}"),
        ]
        for part in ("severities", "categories"):
            was, would = getattr(self.was, part), getattr(self.would, part)
            rows += [(name, was.get(name, 0), would.get(name, 0)) for name in sorted({*was, *would})]
        lines = [f"{self.period.since:%Y-%m-%d %H:%M} to {self.period.until:%Y-%m-%d %H:%M}; nothing was sent", ""]
        lines += [f"{'':<18}{'was':>10}{'would be':>12}"]
        lines += [f"{name:<18}{was:>10}{would:>12}" for name, was, would in rows]
        if self.changes:
            lines += ["", f"{len(self.changes)} alerts would have gone another way:"]
            lines += [f"  {one.alert_id:>6}  {_difference(one)}  {one.title[:80]}" for one in self.changes[:_SHOWN]]
        return "\n".join(lines)


def replay(pasts: Iterable[Past], period: Period, judge: Judge, plans: Plans, price: Price) -> Replay:
    """Live through the period again with another judge, other plans, other prices."""
    pairs = [(past, _again(past, period.until, judge, plans, price)) for past in pasts]
    changes = [
        Change(past.dossier.alert.id, past.dossier.event.title, past.was, would)
        for past, would in pairs
        if _acts(past.was) != _acts(would)
    ]
    return Replay(
        period, Totals.of([past.was for past, _ in pairs]), Totals.of([would for _, would in pairs]), tuple(changes)
    )


def _acts(one: Outcome) -> tuple[object, ...]:
    """All but the money, which is an estimate."""
    return (one.posted, one.paged, one.muted, one.severity, one.category)


def _again(past: Past, until: datetime, judge: Judge, plans: Plans, price: Price) -> Outcome:
    posted = paged = muted = False
    verdict = judge(past.dossier.event, past.dossier.alert.counts)
    for spell in past.spells:
        over = min(spell.resolved or until, until)
        taken = min(spell.acknowledged or over, over)
        for at, counts in _moments(past, spell.began, over):
            verdict = judge(past.dossier.event, counts)
            then = _as_then(past.dossier, spell.began, counts, verdict)
            wanted = plans.decide(then).card and not (then.private or then.hushed)
            hidden = then.muted(at) is not None
            posted |= wanted and not hidden
            muted |= wanted and hidden
            page = next((step.at for step in plans.plan(then) if step.step is Step.PAGE), None)
            paged |= page is not None and max(page, at) <= taken
    usd = price(past.dossier, verdict)
    final = past.dossier.classification if past.dossier.alert.standing.corrected else None
    said = final or verdict
    return Outcome(posted=posted, paged=paged, muted=muted, severity=said.severity, category=said.category, usd=usd)


def _moments(past: Past, began: datetime, over: datetime) -> list[tuple[datetime, Counts]]:
    """When the counts stood how, from the spell's beginning to its end; the last are today's, users and all."""
    last = past.dossier.alert.counts
    earlier = [(at, n) for at, n in past.marks if at <= over]
    moments = [
        (max(at, began), Counts(events=n, users=min(n, last.affected)))
        for at, n in earlier
        if at >= began or (at, n) == max((mark for mark in earlier if mark[0] < began), default=None)
    ]
    return [*(moments or [(began, Counts(events=1))]), (over, last)]


def _as_then(dossier: Dossier, began: datetime, counts: Counts, verdict: Classification) -> Dossier:
    """The alert as it stood while nobody had it."""
    standing = replace(
        dossier.alert.standing, state=State.OPEN, since=began, owner=None, snooze=None, promise=None, steps=()
    )
    alert = replace(dossier.alert, standing=standing, counts=counts)
    return replace(dossier, alert=alert, classification=verdict)


def _difference(change: Change) -> str:
    """`card, page → no card`: what would be different."""
    told = []
    for name, was, would in (
        ("card", change.was.posted, change.would.posted),
        ("page", change.was.paged, change.would.paged),
        ("muted", change.was.muted, change.would.muted),
    ):
        if was is not would:
            told.append(f"{'+' if would else '−'}{name}")
    for part in ("severity", "category"):
        was_said, would_say = getattr(change.was, part), getattr(change.would, part)
        if was_said != would_say:
            told.append(f"{was_said or 'none'} → {would_say}")
    return ", ".join(told)
