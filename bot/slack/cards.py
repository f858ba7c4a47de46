"""The card: what a person reads at 3 a.m. on a phone. What broke, how bad, why, what now, who has it.

Pure: a dossier and a time in, a message out. Nothing on a card goes stale by itself (it says "since 14:02", not
"for 7 min"); only the undo button ends with the clock, so a card is rendered again when that window closes.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.alerts.alert import State, undoable
from bot.alerts.classification import Classification
from bot.alerts.dossier import Dossier
from bot.slack import words
from bot.slack.blocks import Block, button, line, linked, marked, named, paragraph, plain, prose, rich, small, span
from bot.slack.facts import TITLE_LIMIT, counts, said_by, sentence, state_line, title, where_it_broke
from bot.slack.ids import ActionId
from bot.slack.text import DOT, Mrkdwn, joined, one_line
from bot.slack.words import NAME_LIMIT

_PROSE_LIMIT = 300
_MAX_LATE = 5

_BUTTONS: dict[State, tuple[ActionId, ...]] = {
    State.OPEN: (
        ActionId.ACKNOWLEDGE,
        ActionId.RESOLVE,
        ActionId.RECLASSIFY,
        ActionId.SNOOZE,
        ActionId.DETAILS,
    ),
    State.ACKNOWLEDGED: (
        ActionId.RESOLVE,
        ActionId.UNACKNOWLEDGE,
        ActionId.RECLASSIFY,
        ActionId.SNOOZE,
        ActionId.DETAILS,
    ),
    State.SNOOZED: (ActionId.REOPEN, ActionId.DETAILS),
    State.RESOLVED: (ActionId.REOPEN, ActionId.DETAILS),
}
_BUTTONS[State.REGRESSED] = _BUTTONS[State.OPEN]


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


def card(dossier: Dossier, now: datetime, *, behind: Sequence[Mrkdwn] = ()) -> Message:
    """The card of an alert as it stands; `behind` says which parts may not be the truth (see `words.behind`)."""
    alert = dossier.alert
    verdict = dossier.classification
    parts: dict[str, Block | None]
    if alert.state.quiet:
        line_of_context = joined((state_line(dossier), *counts(alert, first=False)))
        parts = {"what": _what(dossier), "state": small(marked(line_of_context))}
    else:
        where = where_it_broke(dossier.event)
        tally = joined(counts(alert))
        parts = {
            "what": _what(dossier),
            "where": small(plain(where)) if where else None,
            "line": {"type": "divider"} if verdict else None,
            "verdict": _verdict(verdict) if verdict else None,
            "maker": small(plain(said_by(verdict, dossier.transitions))) if verdict else None,
            "counts": small(marked(tally)) if tally else None,
            "state": paragraph(state_line(dossier)),
        }
    late = joined(behind[:_MAX_LATE], "\n")
    parts["behind"] = small(marked(late)) if late else None
    parts["actions"] = _actions(dossier, now)
    return Message(sentence(dossier), named(f"alert-{alert.id}-v{alert.version}", parts))


def _what(dossier: Dossier) -> Block:
    event, verdict, quiet = dossier.event, dossier.classification, dossier.alert.state.quiet
    head = []
    if quiet:
        known = (verdict.severity.value, words.category(verdict.category)) if verdict else ()
        project = one_line(event.project, NAME_LIMIT)
        facts = DOT.join(filter(None, (words.STATES[dossier.alert.state].capitalize(), *known, project)))
        head = [span(f"{words.QUIET_CIRCLE} {facts}\n")]
    elif verdict:
        kind = words.category(verdict.category)
        severity = span(verdict.severity.value.upper(), bold=True)
        head = [span(f"{words.CIRCLES[verdict.severity]} "), severity, span(f"{DOT}{kind}\n" if kind else "\n")]
    return rich(line(*head, linked(title(event, TITLE_LIMIT), event.web_url, bold=not quiet)))


def _verdict(verdict: Classification) -> Block:
    lines = [(label, prose(text, _PROSE_LIMIT)) for label, text in _reasoning(verdict)]
    spans = [part for label, said in lines if said for part in (span(f"{label} ", bold=True), *said, span("\n"))]
    return rich(line(*spans, span("Fix ", bold=True), span(f"≈ {words.FIX_TIMES[verdict.estimated_fix_time]}")))


def _reasoning(verdict: Classification) -> tuple[tuple[str, str], ...]:
    return (("Why", verdict.root_cause), ("Do", verdict.suggested_action))


def _actions(dossier: Dossier, now: datetime) -> Block:
    alert = dossier.alert
    offered = [*_BUTTONS[alert.state], *([ActionId.UNDO] if undoable(dossier.last_move, now) else [])]
    subject = dossier.event.short_id or title(dossier.event, TITLE_LIMIT)
    return {
        "type": "actions",
        "elements": [
            button(
                label := words.button(action, alert.state),
                action,
                str(alert.id),
                spoken=f"{label} {subject}",
                primary=action is ActionId.ACKNOWLEDGE,
            )
            for action in offered
        ],
    }
