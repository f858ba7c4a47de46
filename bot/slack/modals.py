"""The modals in which a person decides: correct the verdict, snooze. Views for `views.open`, and their readers.

Pure. A reader takes a submitted view's `state` and raises `BadInput` with the words for the person who typed it.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from bot.alerts.classification import Category, Severity
from bot.alerts.dossier import Dossier
from bot.alerts.question import QUESTION_LIMIT
from bot.slack import words
from bot.slack.blocks import Block, Element, plain
from bot.slack.details import details as details  # the modal that only tells: callers find all modals here
from bot.slack.details import subject
from bot.slack.ids import CallbackId, Input

REASON_LIMIT = 500


class SnoozeFor(StrEnum):
    """How long an alert is to be quiet."""

    HALF_HOUR = "30min"
    HALF_DAY = "4h"
    DAY = "1day"
    UNTIL_WORSE = "worse"


class BadInput(ValueError):
    """What a person left out or sent; the message is for them, `field` is the input it belongs to."""

    def __init__(self, field: Input, message: str) -> None:
        super().__init__(message)
        self.field = field


def reclassify(dossier: Dossier, private_metadata: str) -> Block:
    """The modal in which a person corrects the verdict."""
    verdict = dossier.classification
    severities = {each.value: f"{words.CIRCLES[each]} {each.value.capitalize()}" for each in Severity}
    categories = {each.value: each.value.replace("_", " ").capitalize() for each in Category}
    typed = {"type": "plain_text_input", "multiline": True, "max_length": REASON_LIMIT}
    return _form(
        CallbackId.RECLASSIFY,
        private_metadata,
        subject(dossier),
        _input(Input.SEVERITY, _select(severities, verdict.severity if verdict else None)),
        _input(Input.CATEGORY, _select(categories, verdict.category if verdict else None)),
        {**_input(Input.REASON, typed), "optional": True, "hint": plain(words.REASON_HINT)},
    )


def snooze(dossier: Dossier, private_metadata: str) -> Block:
    """The modal in which a person says how long an alert is to be quiet."""
    severity = dossier.classification.severity if dossier.classification else None
    how = words.worse_means(dossier.alert.counts.total, severity)
    options = [
        _option(each.value, label) | {"description": plain(description.format(how=how))}
        for each in SnoozeFor
        for label, description in [words.SNOOZE_CHOICES[each.value]]
    ]
    choice = {"type": "radio_buttons", "options": options, "initial_option": options[0]}
    return _form(CallbackId.SNOOZE, private_metadata, subject(dossier), _input(Input.UNTIL, choice))


def ask(dossier: Dossier, private_metadata: str) -> Block:
    """The modal in which a person asks about an alert."""
    typed = {
        "type": "plain_text_input",
        "multiline": True,
        "min_length": 2,
        "max_length": QUESTION_LIMIT,
        "placeholder": plain(words.QUESTION_EXAMPLE),
    }
    question = {**_input(Input.QUESTION, typed), "hint": plain(words.QUESTION_HINT)}
    return _form(CallbackId.ASK, private_metadata, subject(dossier), question)


def read_reclassify(view_state: Mapping[str, Any]) -> tuple[Severity, Category, str]:
    """What a person chose in `reclassify`.

    Raises:
        BadInput: there is no severity or no category.
    """
    severity, category = _chosen(view_state, Input.SEVERITY), _chosen(view_state, Input.CATEGORY)
    if severity not in {each.value for each in Severity}:
        raise BadInput(Input.SEVERITY, words.NOT_A_SEVERITY)
    if category not in {each.value for each in Category}:
        raise BadInput(Input.CATEGORY, words.NOT_A_CATEGORY)
    reason = _typed(view_state, Input.REASON).get("value")
    return Severity(severity), Category(category), reason.strip()[:REASON_LIMIT] if isinstance(reason, str) else ""


def read_snooze(view_state: Mapping[str, Any]) -> SnoozeFor:
    """What a person chose in `snooze`.

    Raises:
        BadInput: nothing that we offered.
    """
    choice = _chosen(view_state, Input.UNTIL)
    if choice not in {each.value for each in SnoozeFor}:
        raise BadInput(Input.UNTIL, words.NOT_A_CHOICE)
    return SnoozeFor(choice)


def read_ask(view_state: Mapping[str, Any]) -> str:
    """What a person wrote in `ask`.

    Raises:
        BadInput: nothing.
    """
    written = _typed(view_state, Input.QUESTION).get("value")
    if not isinstance(written, str) or not written.strip():
        raise BadInput(Input.QUESTION, words.NOT_A_QUESTION)
    return written.strip()[:QUESTION_LIMIT]


def _typed(view_state: Mapping[str, Any], name: Input) -> Mapping[str, Any]:
    """One input's state; empty where the view has no such input."""
    found: object = view_state
    for key in ("values", name.value, name.value):
        found = found.get(key) if isinstance(found, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _chosen(view_state: Mapping[str, Any], name: Input) -> str:
    option = _typed(view_state, name).get("selected_option")
    return str(option.get("value", "")) if isinstance(option, Mapping) else ""


def _form(callback: CallbackId, private_metadata: str, *blocks: Block) -> Block:
    return {
        "type": "modal",
        "callback_id": callback.value,
        "private_metadata": private_metadata,
        "title": plain(words.FORMS[callback]),
        "submit": plain(words.FORMS[callback]),
        "close": plain(words.CANCEL),
        "blocks": list(blocks),
    }


def _input(name: Input, element: Element) -> Block:
    """An input whose block and element have the same name, by which its state is found."""
    return {
        "type": "input",
        "block_id": name.value,
        "label": plain(words.INPUTS[name]),
        "element": {**element, "action_id": name.value},
    }


def _option(value: str, label: str) -> Element:
    return {"text": plain(label, emoji=True), "value": value}


def _select(labels: Mapping[str, str], current: str | None) -> Element:
    options = [_option(value, label) for value, label in labels.items()]
    chosen = [option for option in options if option["value"] == current]
    return {"type": "static_select", "options": options} | ({"initial_option": chosen[0]} if chosen else {})
