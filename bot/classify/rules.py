"""Classification by rules: no model, no network, no clock; the same event always gets the same verdict.

    event ─▶ clues ─▶ hits (which rules apply) ─▶ verdict (category) ─▶ severity ─▶ advice (sentences)

What the rules know stands in `rulebook.d/*.yml`. Where they know nothing, single words may still give a hunch.
"""

import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypedDict

from bot.alerts.alert import Counts
from bot.alerts.classification import Category, Classification, Evidence, FixTime, Severity
from bot.alerts.event import ErrorEvent
from bot.alerts.standing import SOME_EVENTS, SOME_USERS
from bot.classify import advice, clues, rulebook, severity
from bot.classify.hunch import Hunches
from bot.classify.matching import Hit, Index, applies
from bot.classify.rulebook import Rule
from bot.classify.verdict import Verdict, weigh

_EVIDENCE, _EVIDENCE_LENGTH = 4, 160
_SURE_OF_IMPACT = 0.6
"""A rule must be at least this sure before its impact counts for the severity, unless it goes by what words mean."""
_NEXT_TO_NOTHING, _A_HUNCH, _BETTER_THAN_THIN = 0.29, 0.45, 0.85
"""Up to which confidence words are asked; how sure they make at most; how sure they must be to overrule a thin rule."""

_TELLS_NO_FAILURE = ("info", "debug")
"""A message of such a level reports what went well as often as what did not: single words would be a blind guess."""


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Make many objects that all stay without having the garbage collector look at them again and again."""
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


class Advised(TypedDict):
    """The part of a classification that tells people what to do."""

    root_cause: str
    suggested_action: str
    estimated_fix_time: FixTime


class Rules:
    """The rulebook, ready to judge events."""

    def __init__(self, rules: Iterable[Rule], hunches: Hunches | None = None) -> None:
        rules = tuple(rules)
        self._hunches = hunches
        self._index = Index(rules)
        self._adding = tuple(rule for rule in rules if rule.given)
        self._general = {rule.category: rule for rule in rules if rule.id == f"general-{rule.category}"}

    @classmethod
    def load(cls, path: Path | None = None, *own: Path | rulebook.Taught) -> "Rules":
        """Read the rules from a file or a folder of files (those that ship with the bot, without one), then `own`.

        Raises:
            BadSettings: a mistake in them, with its file, line and rule.
        """
        with _undisturbed():
            return cls(rulebook.load(path or rulebook.SHIPPED, *own), Hunches.load())

    def classify(self, event: ErrorEvent, counts: Counts) -> Classification:
        """The rules' verdict on an event, whatever it is: exception, message, CSP report, alert, cron."""
        seen = clues.read(event)
        hits = self._index.hits(seen)
        verdict = weigh(hits)
        if event.crash is not None or (event.level or "error").lower() not in _TELLS_NO_FAILURE:
            verdict = self._or_hunch(verdict, seen)
        added = [_added(rule, hits) for rule in self._adding if self._joins(rule, verdict, hits, seen)]
        impacts = _impacts([*hits, *added], verdict) - (severity.OF_A_SERVER if seen.device else frozenset())
        judged = severity.case_of(event, counts, impacts, request=seen.request, starting=seen.starting)
        how_bad, reason = severity.judge(judged)
        said, facts = self._advice(verdict, added, event)
        return Classification(
            severity=how_bad,
            category=verdict.category,
            root_cause=advice.write(said.cause, facts),
            suggested_action=advice.write(said.action, facts),
            estimated_fix_time=said.fix,
            confidence=verdict.confidence,
            made_by="rules",
            evidence=(*_evidence(verdict), *_severity_evidence(judged, how_bad)),
            severity_reason=reason,
        )

    def general_advice(self, category: Category, event: ErrorEvent) -> Advised:
        """What to say of an event where only the category is known."""
        said, facts = self._general[category].advice or _NOTHING_TO_SAY, advice.facts_of(event)
        return {
            "root_cause": advice.write(said.cause, facts),
            "suggested_action": advice.write(said.action, facts),
            "estimated_fix_time": said.fix,
        }

    def _or_hunch(self, verdict: Verdict, seen: clues.Clues) -> Verdict:
        """Where the rules know next to nothing, what single words lean towards, shown as evidence; never sure."""
        if self._hunches is None or verdict.confidence > _NEXT_TO_NOTHING:
            return verdict
        least = {"least": _BETTER_THAN_THIN} if verdict.hits else {}
        guess = self._hunches.guess(seen.text.low, (name.full for name in seen.names), **least)
        if guess is None or guess.category not in self._general:
            return verdict
        hit = Hit(self._general[guess.category], "words", ", ".join(guess.words), _A_HUNCH * guess.share)
        return Verdict(guess.category, round(hit.weight, 2), (hit,))

    @staticmethod
    def _joins(rule: Rule, verdict: Verdict, hits: list[Hit], seen: clues.Clues) -> bool:
        return (
            rule.category is verdict.category and any(hit.rule.id in rule.given for hit in hits) and applies(rule, seen)
        )

    def _advice(self, verdict: Verdict, added: list[Hit], event: ErrorEvent) -> tuple[advice.Advice, dict[str, str]]:
        """The sentences of the surest rule that has any, and all the facts that they may need."""
        ranked = sorted([*added, *verdict.hits], key=lambda hit: -hit.weight - 0.03 * min(3, len(hit.facts)))
        speaking = next((hit for hit in ranked if hit.rule.advice), None)
        facts = advice.facts_of(event)
        for hit in (*reversed(ranked), *((speaking,) if speaking else ())):
            facts |= advice.known(hit.facts)
        said = speaking.rule.advice if speaking else self._general[verdict.category].advice
        return said or _NOTHING_TO_SAY, facts


_NOTHING_TO_SAY = advice.Advice(
    ("The event does not say what caused it.",), ("Open it in Sentry.",), FixTime.HOUR
)  # only a rulebook of one's own can be this silent: the shipped one has general advice for each category


def _added(rule: Rule, hits: list[Hit]) -> Hit:
    cause = next(hit for hit in hits if hit.rule.id in rule.given)
    return Hit(rule, cause.source, cause.text, rule.weight, cause.facts)


def _impacts(hits: list[Hit], verdict: Verdict) -> set[severity.Impact]:
    """A client's bad input counts only where the verdict agrees that it is about the input."""
    return {
        impact
        for hit in hits
        if (impact := hit.rule.impact) is not None
        and (hit.weight >= _SURE_OF_IMPACT or hit.rule.looks.means)
        and (hit.rule.category is verdict.category or impact not in severity.ONLY_OF_THE_VERDICT)
    }


def _evidence(verdict: Verdict) -> list[Evidence]:
    facts = dict.fromkeys((hit.source, hit.text[:_EVIDENCE_LENGTH]) for hit in verdict.hits if hit.text)
    return [Evidence(source=source, text=text, speaks_for=verdict.category) for source, text in list(facts)[:_EVIDENCE]]


def _severity_evidence(case: severity.Case, how_bad: Severity) -> list[Evidence]:
    said = [("environment", case.environment)] if not case.production else [("level", case.level)]
    if case.production and not case.handled:
        said.append(("handled", "no"))
    if case.production and (case.users >= SOME_USERS or case.events >= SOME_EVENTS):
        said.append(("counts", f"{case.events:,} events, {case.users:,} users"))
    return [Evidence(source=source, text=text, speaks_for=how_bad) for source, text in said]
