"""The card: what a person reads at 3 a.m. on a phone. What broke, how bad, why, what now, who has it.

Pure: a dossier and a time in, a message out. Nothing on a card goes stale by itself (it says "since 14:02", not
"for 7 min"); only the undo button ends with the clock, so a card is rendered again when that window closes.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.alerts.alert import State, undoable
from bot.alerts.asking import AskState
from bot.alerts.classification import Classification
from bot.alerts.dossier import Dossier
from bot.slack import storm_cards, words
from bot.slack.blocks import (
    Block,
    Element,
    button,
    line,
    linked,
    marked,
    named,
    paragraph,
    plain,
    prose,
    rich,
    small,
    span,
)
from bot.slack.facts import (
    TITLE_LIMIT,
    brief_counts,
    counts,
    grounds,
    headline,
    no_answer,
    said_by,
    sentence,
    state_line,
    title,
    troubles,
    where_it_broke,
)
from bot.slack.feedback import VERDICT, thumbs
from bot.slack.ids import ActionId
from bot.slack.paged import incident_line
from bot.slack.text import DOT, Mrkdwn, joined, one_line
from bot.slack.words import NAME_LIMIT
from bot.slack.words_storms import kept_quiet, part_of

_PROSE_LIMIT = 300
_MAX_LATE = 5

_REST = (ActionId.RECLASSIFY, ActionId.SNOOZE, ActionId.ASSIGN, ActionId.DETAILS)
_AWAKE = (ActionId.ACKNOWLEDGE, ActionId.RESOLVE, ActionId.ESCALATE, ActionId.ASK, *_REST)
_CALLED = tuple(action for action in _AWAKE if action is not ActionId.ESCALATE)
_TAKEN = (ActionId.RESOLVE, ActionId.ESCALATE, ActionId.ASK, ActionId.PROMISE, ActionId.UNACKNOWLEDGE, *_REST)
_QUIET = (ActionId.REOPEN, ActionId.ASK, ActionId.DETAILS)
_BUTTONS: Mapping[State, tuple[ActionId, ...]] = {
    State.OPEN: _AWAKE,
    State.REGRESSED: _AWAKE,
    State.ACKNOWLEDGED: _TAKEN,
    State.ESCALATED: _CALLED,
    State.SNOOZED: _QUIET,
    State.RESOLVED: _QUIET,
    State.VERIFIED: _QUIET,
}
"""The next sensible steps; undo comes last, so that no other button moves when it goes."""


@dataclass(frozen=True, slots=True)
class Message:
    """One Slack message: `text` for notifications and screen readers, `blocks` for eyes."""

    text: str
    blocks: list[Block]

    @property
    def digest(self) -> str:
        """The same for the same content; block ids, which carry the version, do not count."""
        seen = [{key: value for key, value in block.items() if key != "block_id"} for block in self.blocks]
        return hashlib.sha256(json.dumps([self.text, seen], sort_keys=True).encode()).hexdigest()[:32]


def card(
    dossier: Dossier,
    now: datetime,
    *,
    ahead: Mrkdwn | None = None,
    behind: Sequence[Mrkdwn] = (),
    escalates: bool = False,
) -> Message:
    """The card of an alert as it stands.

    Args:
        dossier: the alert.
        now: the time.
        ahead: what is planned next.
        behind: what else may not be the truth (see `words.behind`), beside the places whose records say so.
        escalates: whether somebody can be called for it.
    """
    alert = dossier.alert
    parts = _quiet(dossier, ahead) if alert.state.quiet else _loud(dossier, ahead)
    late = joined([*troubles(dossier), *behind][:_MAX_LATE], "\n")
    parts["behind"] = small(marked(late)) if late else None
    parts["actions"] = _actions(dossier, now, escalates=escalates)
    return Message(sentence(dossier), named(f"alert-{alert.id}-v{alert.version}", parts))


def _loud(dossier: Dossier, ahead: Mrkdwn | None) -> dict[str, Block | None]:
    """What broke, how bad, where; why and what to do; how often; who has it."""
    event, verdict = dossier.event, dossier.classification
    where = where_it_broke(event)
    return {
        "what": rich(line(*(_severity(verdict) if verdict else ()), _title(dossier, bold=True))),
        "where": small(plain(where)) if where else None,
        "line": {"type": "divider"} if verdict else None,
        "verdict": _verdict(verdict) if verdict else None,
        "maker": small(plain(_basis(verdict, dossier))) if verdict else None,
        "thumbs": _thumbs(dossier),
        "warning": small(plain(one_line(verdict.note, _PROSE_LIMIT))) if verdict and verdict.suspicious else None,
        "asked": small(marked(unanswered)) if (unanswered := no_answer(dossier.asked)) else None,
        **(storm_cards.on_card(dossier.storm) if dossier.storm else {}),
        "counts": small(marked(joined((counts(dossier.alert), _unposted(dossier))))),
        "member": small(marked(part_of(dossier.member))) if dossier.member else None,
        "state": paragraph(joined((state_line(dossier), ahead))),
        "incident": small(marked(paged)) if (paged := incident_line(dossier)) else None,
    }


def _unposted(dossier: Dossier) -> Mrkdwn | None:
    return kept_quiet(dossier.storm) if dossier.storm else None


def _thumbs(dossier: Dossier) -> Block | None:
    """Whether a machine's verdict is good; a person's needs no thumbs."""
    standing = dossier.alert.standing
    verdict = standing.classification_id if dossier.classification and not standing.corrected else None
    return thumbs(VERDICT, verdict) if verdict else None


def _quiet(dossier: Dossier, ahead: Mrkdwn | None) -> dict[str, Block | None]:
    """White, short and not bold, so that a channel can be read at a glance."""
    alert, verdict = dossier.alert, dossier.classification
    known = (verdict.severity.value, words.category(verdict.category)) if verdict else ()
    project = one_line(dossier.event.project, NAME_LIMIT)
    head = DOT.join(filter(None, (words.STATES[alert.state].capitalize(), *known, project)))
    return {
        "what": rich(line(span(f"{words.QUIET_CIRCLE} {head}\n"), _title(dossier, bold=False))),
        "state": small(marked(joined((state_line(dossier), ahead, brief_counts(alert))))),
    }


def _severity(verdict: Classification) -> Sequence[Element]:
    kind = words.category(verdict.category)
    word = span(verdict.severity.value.upper(), bold=True)
    return span(f"{words.CIRCLES[verdict.severity]} "), word, span(f"{DOT}{kind}\n" if kind else "\n")


def _title(dossier: Dossier, *, bold: bool) -> Element:
    return linked(headline(dossier), dossier.event.web_url, bold=bold)


def _verdict(verdict: Classification) -> Block:
    lines = ((words.SUPPOSED if verdict.supposed else "Why", verdict.root_cause), ("Do", verdict.suggested_action))
    told = [(label, said) for label, text in lines if (said := prose(text, _PROSE_LIMIT))]
    spans = [part for label, said in told for part in (span(f"{label} ", bold=True), *said, span("\n"))]
    return rich(line(*spans, span("Fix ", bold=True), span(f"≈ {words.FIX_TIMES[verdict.estimated_fix_time]}")))


def _basis(verdict: Classification, dossier: Dossier) -> str:
    return DOT.join(filter(None, (said_by(verdict, dossier.transitions), grounds(verdict))))


def _actions(dossier: Dossier, now: datetime, *, escalates: bool) -> Block:
    alert = dossier.alert
    asked = dossier.asked
    anyway = asked is not None and asked.state is AskState.NO_BUDGET and not alert.state.quiet
    undo = undoable(dossier.last_move, now)
    steps = (step for step in _BUTTONS[alert.state] if escalates or step is not ActionId.ESCALATE)
    offered = [*steps, *([ActionId.ANALYSE] if anyway else []), *([ActionId.UNDO] if undo else [])]
    subject = dossier.event.short_id or title(dossier.event, TITLE_LIMIT)
    return {
        "type": "actions",
        "elements": [
            button(
                label := words.button(action, alert.state, asked.estimate_usd if asked else 0.0),
                action,
                str(alert.id),
                spoken=f"{label} {subject}",
                primary=action is ActionId.ACKNOWLEDGE,
            )
            for action in offered
        ],
    }
