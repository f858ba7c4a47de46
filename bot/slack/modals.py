"""The modals in which a person decides: correct the verdict, snooze, ask, escalate. Views, and their readers.

Pure. A reader takes a submitted view's `state` and raises `BadInput` with the words for the person who typed it.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from bot.alerts.alternatives import likely
from bot.alerts.classification import Category, Severity
from bot.alerts.dossier import Dossier
from bot.alerts.question import QUESTION_LIMIT
from bot.slack import words, words_pagerduty
from bot.slack.blocks import Block, paragraph, plain
from bot.slack.details import details as details  # the modal that only tells: callers find all modals here
from bot.slack.details import subject
from bot.slack.forms import BadInput as BadInput  # callers find what they need here
from bot.slack.forms import chosen, form, grouped, input_block, option, select, typed
from bot.slack.ids import CallbackId, Input
from bot.slack.paged import incident_line

REASON_LIMIT = NOTE_LIMIT = 500


class SnoozeFor(StrEnum):
    """How long an alert is to be quiet."""

    HALF_HOUR = "30min"
    HALF_DAY = "4h"
    DAY = "1day"
    UNTIL_WORSE = "worse"
    MORE_EVENTS = "count"
    MORE_USERS = "users"
    NEW_PLACE = "variant"


def reclassify(dossier: Dossier, private_metadata: str) -> Block:
    """The modal in which a person corrects the verdict."""
    verdict = dossier.classification
    severities = {each.value: f"{words.CIRCLES[each]} {each.value.capitalize()}" for each in Severity}
    categories = {each.value: each.value.replace("_", " ").capitalize() for each in Category}
    alternatives = [each.value for each in likely(verdict, dossier.transitions)]
    box = {"type": "plain_text_input", "multiline": True, "max_length": REASON_LIMIT}
    return form(
        CallbackId.RECLASSIFY,
        private_metadata,
        subject(dossier),
        input_block(Input.SEVERITY, select(severities, verdict.severity if verdict else None)),
        input_block(Input.CATEGORY, grouped(categories, alternatives, verdict.category if verdict else None)),
        {**input_block(Input.REASON, box), "optional": True, "hint": plain(words.REASON_HINT)},
    )


def snooze(dossier: Dossier, private_metadata: str) -> Block:
    """The modal in which a person says how long an alert is to be quiet."""
    severity = dossier.classification.severity if dossier.classification else None
    how = words.worse_means(dossier.alert.counts.total, severity)
    options = [
        option(each.value, label) | {"description": plain(description.format(how=how))}
        for each in SnoozeFor
        for label, description in [words.SNOOZE_CHOICES[each.value]]
    ]
    choice = {"type": "radio_buttons", "options": options, "initial_option": options[0]}
    return form(CallbackId.SNOOZE, private_metadata, subject(dossier), input_block(Input.UNTIL, choice))


def ask(dossier: Dossier, private_metadata: str) -> Block:
    """The modal in which a person asks about an alert."""
    box = {
        "type": "plain_text_input",
        "multiline": True,
        "min_length": 2,
        "max_length": QUESTION_LIMIT,
        "placeholder": plain(words.QUESTION_EXAMPLE),
    }
    question = {**input_block(Input.QUESTION, box), "hint": plain(words.QUESTION_HINT)}
    return form(CallbackId.ASK, private_metadata, subject(dossier), question)


def escalate(dossier: Dossier, private_metadata: str) -> Block:
    """The modal in which a person confirms that somebody is to be called, and says why."""
    known = incident_line(dossier)
    box = {
        "type": "plain_text_input",
        "multiline": True,
        "max_length": NOTE_LIMIT,
        "placeholder": plain(words_pagerduty.NOTE_EXAMPLE),
    }
    return form(
        CallbackId.ESCALATE,
        private_metadata,
        subject(dossier),
        paragraph(words_pagerduty.already_paged(known) if known else words_pagerduty.CALLS_SOMEBODY),
        {**input_block(Input.NOTE, box), "optional": True, "hint": plain(words_pagerduty.NOTE_HINT)},
    )


def read_reclassify(view_state: Mapping[str, Any]) -> tuple[Severity, Category, str]:
    """What a person chose in `reclassify`.

    Raises:
        BadInput: there is no severity or no category.
    """
    severity, category = chosen(view_state, Input.SEVERITY), chosen(view_state, Input.CATEGORY)
    if severity not in {each.value for each in Severity}:
        raise BadInput(Input.SEVERITY, words.NOT_A_SEVERITY)
    if category not in {each.value for each in Category}:
        raise BadInput(Input.CATEGORY, words.NOT_A_CATEGORY)
    reason = typed(view_state, Input.REASON).get("value")
    return Severity(severity), Category(category), reason.strip()[:REASON_LIMIT] if isinstance(reason, str) else ""


def read_snooze(view_state: Mapping[str, Any]) -> SnoozeFor:
    """What a person chose in `snooze`.

    Raises:
        BadInput: nothing that we offered.
    """
    choice = chosen(view_state, Input.UNTIL)
    if choice not in {each.value for each in SnoozeFor}:
        raise BadInput(Input.UNTIL, words.NOT_A_CHOICE)
    return SnoozeFor(choice)


def read_ask(view_state: Mapping[str, Any]) -> str:
    """What a person wrote in `ask`.

    Raises:
        BadInput: nothing.
    """
    written = typed(view_state, Input.QUESTION).get("value")
    if not isinstance(written, str) or not written.strip():
        raise BadInput(Input.QUESTION, words.NOT_A_QUESTION)
    return written.strip()[:QUESTION_LIMIT]


def read_escalate(view_state: Mapping[str, Any]) -> str:
    """What a person wrote for whoever is called; empty: nothing."""
    written = typed(view_state, Input.NOTE).get("value")
    return written.strip()[:NOTE_LIMIT] if isinstance(written, str) else ""
