"""The whole trace of one alert: what was heard, who judged it, what it cost, where it went, who was told and who not.

Pure. Whatever stands in it of the event's own words is inert.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.alerts.alert import Action
from bot.alerts.asking import ModelCall
from bot.alerts.classification import Classification
from bot.alerts.dossier import CARD, Dossier
from bot.alerts.listing import Trail
from bot.alerts.routing import Decision
from bot.slack import story, words
from bot.slack import words_why as said
from bot.slack.blocks import Block, named, packed, plain
from bot.slack.brief import Entry, card_link, facts
from bot.slack.cards import Message
from bot.slack.details import shown_line, subject
from bot.slack.facts import sentence
from bot.slack.text import Mrkdwn, inert

_MAX_VERDICTS, _MAX_CALLS, _MAX_LINES, _MAX_EVIDENCE = 5, 5, 12, 4
_LINE = 250
_RULES = "rules"
_TELLING = (Action.NOTIFIED, Action.REMINDED, Action.ESCALATED, Action.WANTED)
"""The transitions by which somebody was told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """Everything that `why` tells beside the alert itself."""

    trail: Trail
    calls: Sequence[ModelCall] = ()
    """Newest first."""
    decision: Decision | None = None
    """None: there are no routes."""


def why(entry: Entry, grounds: Grounds, now: datetime) -> Message:
    """The trace, in the order in which things happened."""
    dossier = entry.dossier
    groups: dict[str, Sequence[Mrkdwn]] = {
        said.HEARD: _heard(dossier, grounds.trail),
        said.RULES: _rules(grounds.trail) or [said.NO_RULES],
        said.MODEL: _models(dossier, grounds) or [said.NO_MODEL],
        said.BUDGET: _money(grounds.calls),
        said.ROUTE: _route(grounds.decision),
        said.TOLD: _told(entry, now),
        said.NOBODY: _nobody(dossier, grounds.decision, now),
        said.HAPPENED: [story.history(each, dossier) for each in dossier.transitions[-_MAX_LINES:]],
    }
    parts: dict[str, Block | None] = {"subject": subject(dossier), "facts": packed([facts(entry)])[0]}
    for number, (heading, lines) in enumerate(groups.items()):
        if lines:
            parts[f"head-{number}"] = {"type": "header", "text": plain(heading)}
            parts |= {f"lines-{number}-{part}": block for part, block in enumerate(packed(lines))}
    return Message(sentence(dossier), named(f"why-{dossier.alert.id}", parts))


def _heard(dossier: Dossier, trail: Trail) -> list[Mrkdwn]:
    lines = [
        said.heard(inert(f"{h.source} {h.resource} {h.action}", 100), h.count, h.repeats, h.first, h.last)
        for h in trail.heard[:_MAX_LINES]
    ]
    counts = dossier.alert.counts
    return [*(lines or [said.NOTHING_HEARD]), said.counts(counts.events, counts.suppressed)]


def _rules(trail: Trail) -> list[Mrkdwn]:
    by_rules = [(at, v) for at, v in trail.verdicts if v.made_by == _RULES][-_MAX_VERDICTS:]
    lines = [_verdict(at, verdict) for at, verdict in by_rules]
    return [*lines, *(_evidence(by_rules[-1][1]) if by_rules else [])]


def _verdict(at: datetime, verdict: Classification) -> Mrkdwn:
    reason = verdict.reason or verdict.severity_reason
    kind = words.category(verdict.category) or "unknown"
    by = inert(words.maker(verdict.made_by), 60)
    return said.verdict(at, verdict.severity.value, kind, by, words.sureness(verdict.confidence), inert(reason, _LINE))


def _evidence(verdict: Classification) -> Iterable[Mrkdwn]:
    return (Mrkdwn(f"• {inert(words.evidence(each), _LINE)}") for each in verdict.evidence[:_MAX_EVIDENCE])


def _models(dossier: Dossier, grounds: Grounds) -> list[Mrkdwn]:
    asked = dossier.asked
    others = [(at, v) for at, v in grounds.trail.verdicts if v.made_by != _RULES][-_MAX_VERDICTS:]
    lines = [_verdict(at, verdict) for at, verdict in others]
    if asked:
        problem = inert(asked.problem, _LINE)
        lines.insert(0, said.asked(asked.state.value, inert(asked.why, 100), asked.at, asked.attempts, problem))
    trail = grounds.trail
    return [*lines, *([said.thumbs(trail.ups, trail.downs)] if trail.ups or trail.downs else [])]


def _money(calls: Sequence[ModelCall]) -> list[Mrkdwn]:
    lines = [
        said.call(c.at, inert(c.model, 60), c.outcome, words.cost(c.cost_usd), c.seconds) for c in calls[:_MAX_CALLS]
    ]
    return lines or [said.NO_MONEY]


def _route(decision: Decision | None) -> list[Mrkdwn]:
    if decision is None:
        return [said.NO_ROUTE]
    named = len(decision.mention) + len(decision.then_mention)
    line = said.route(
        inert(decision.route, 60), inert(decision.why, _LINE), inert(decision.channel, 80), decision.page.value
    )
    return [line, *([said.mentions(named)] if named else [])]


def _told(entry: Entry, now: datetime) -> list[Mrkdwn]:
    dossier = entry.dossier
    shown = [shown_line(each, now) for each in sorted(dossier.targets.values(), key=lambda each: each.target)]
    people = [story.history(each, dossier) for each in dossier.transitions if each.action in _TELLING][-_MAX_LINES:]
    return [*filter(None, [card_link(entry)]), *shown, *(people or [said.TOLD_NOBODY])]


def _nobody(dossier: Dossier, decision: Decision | None, now: datetime) -> list[Mrkdwn]:
    """Every reason for which there is no card; nothing where there is one."""
    card = dossier.targets.get(CARD)
    if card and card.external_id:
        return []
    reasons = []
    if mute := dossier.muted(now):
        reasons.append(said.muted(str(mute.pattern), words.who(mute.by), mute.until))
    if dossier.opened_quietly and dossier.alert.state.quiet:
        reasons.append(said.QUIET_AT_BIRTH)
    if dossier.private:
        reasons.append(said.LOOKED_UP)
    if decision is not None and not decision.card:
        reasons.append(said.NOT_BY_ROUTE)
    return reasons or [said.WAITING]
