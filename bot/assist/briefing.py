"""What a model is told at the start: the reviewed text of `prompts/answer.md`, the alert, the thread, the question.

All data is fenced. It holds enough for a good answer where an endpoint cannot call tools.
"""

import re
from functools import cache
from pathlib import Path

from bot.alerts.question import Question
from bot.assist.casefile import CaseFile
from bot.assist.fence import fenced
from bot.assist.phrases import at, by, called, ended
from bot.assist.ports import Briefing
from bot.classify.extract import extract

FILE = Path(__file__).parent / "prompts" / "answer.md"
_FRONT = re.compile(r"---\nversion: (\d+)\n---\n")
_EVENT_TOKENS, _REMEMBERED = 1_500, 700


@cache
def reviewed() -> tuple[str, str]:
    """The prompt file's version and text.

    Raises:
        ValueError: its first lines do not name a version; a test holds that they do.
    """
    text = FILE.read_text(encoding="utf-8")
    front = _FRONT.match(text)
    if front is None:
        raise ValueError(f"{FILE.name} must start with its version between two lines of dashes")
    return front[1], text[front.end() :].strip()


def brief(question: Question, case: CaseFile, mark: str) -> Briefing:
    """The first two messages of a conversation."""
    parts = [
        f"It is {at(case.now)}.",
        fenced("the alert", _alert(case), mark),
        fenced("its newest event, shortened", _event(case), mark),
        fenced("other alerts like it", _similar(case), mark),
    ]
    if case.earlier:
        parts.append(fenced("earlier questions in this thread, and your answers", _thread(case), mark))
    asked = question.asked.text.replace(mark, "")
    parts.append(f"A colleague asks about this alert:\n{asked}")
    return Briefing(system=reviewed()[1].replace("{fence}", mark), user="\n\n".join(parts), mark=mark)


def _alert(case: CaseFile) -> str:
    alert, event, verdict = case.dossier.alert, case.dossier.event, case.dossier.classification
    counts = alert.counts
    said = {
        "called": event.short_id or alert.issue_key,
        "title": event.title,
        "project": event.project,
        "state": f"{alert.state.value}{by(alert.standing.by)} since {at(alert.standing.since)}",
        "first seen": at(alert.first_seen),
        "last seen": at(alert.last_seen),
        "counts": f"{counts.total} events, {counts.affected} users",
        "releases": ", ".join(f"{r.release} (from {at(r.first)})" for r in case.releases[:5]),
        "verdict": f"{verdict.severity.value}, {verdict.category.value}, by {verdict.made_by}" if verdict else None,
        "likely cause": verdict.root_cause if verdict else None,
        "suggested": verdict.suggested_action if verdict else None,
        "came back": f"{len(case.returns)} times after it was resolved" if case.returns else None,
    }
    return "\n".join(f"{name}: {value}" for name, value in said.items() if value)


def _event(case: CaseFile) -> str:
    parts = extract(case.dossier.event, case.dossier.alert.counts, _EVENT_TOKENS).parts
    return "\n".join(f"[{part.ref}] {part.text}" for part in parts)


def _similar(case: CaseFile) -> str:
    found = [f"{called(other)} ({other.likeness.value}): {ended(other)}" for other in case.similar[:3]]
    return "\n".join(found) or "none on record"


def _thread(case: CaseFile) -> str:
    told = [
        f"asked: {q.asked.text[:_REMEMBERED]}\nanswered: {q.answer.text[:_REMEMBERED]}"
        for q in case.earlier
        if q.answer
    ]
    return "\n".join(told)
