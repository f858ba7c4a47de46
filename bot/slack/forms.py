"""What all modals are made of, and how what a person typed into one is found again. Pure; knows no alert."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.slack import words
from bot.slack.blocks import Block, Element, plain
from bot.slack.ids import CallbackId, Input


class BadInput(ValueError):
    """What a person left out or sent; the message is for them, `field` is the input it belongs to."""

    def __init__(self, field: Input, message: str) -> None:
        super().__init__(message)
        self.field = field


def typed(view_state: Mapping[str, Any], name: Input) -> Mapping[str, Any]:
    """One input's state; empty where the view has no such input."""
    found: object = view_state
    for key in ("values", name.value, name.value):
        found = found.get(key) if isinstance(found, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def chosen(view_state: Mapping[str, Any], name: Input) -> str:
    """The value of the option that a person chose; empty: none."""
    picked = typed(view_state, name).get("selected_option")
    return str(picked.get("value", "")) if isinstance(picked, Mapping) else ""


def form(callback: CallbackId, private_metadata: str, *blocks: Block) -> Block:
    """A modal that is submitted."""
    return {
        "type": "modal",
        "callback_id": callback.value,
        "private_metadata": private_metadata,
        "title": plain(words.FORMS[callback]),
        "submit": plain(words.FORMS[callback]),
        "close": plain(words.CANCEL),
        "blocks": list(blocks),
    }


def input_block(name: Input, element: Element) -> Block:
    """An input whose block and element have the same name, by which its state is found."""
    return {
        "type": "input",
        "block_id": name.value,
        "label": plain(words.INPUTS[name]),
        "element": {**element, "action_id": name.value},
    }


def option(value: str, label: str) -> Element:
    """One thing to choose."""
    return {"text": plain(label, emoji=True), "value": value}


def select(labels: Mapping[str, str], current: str | None) -> Element:
    """A menu of value → label, with the current value chosen."""
    options = [option(value, label) for value, label in labels.items()]
    now = [each for each in options if each["value"] == current]
    return {"type": "static_select", "options": options} | ({"initial_option": now[0]} if now else {})


def grouped(labels: Mapping[str, str], first: Sequence[str], current: str | None) -> Element:
    """The same, with the values `first` apart from the others, and before them."""
    if not first:
        return select(labels, current)
    groups = (
        (words.LIKELY, list(first)),
        (words.THE_OTHERS, [value for value in labels if value not in first]),
    )
    options = {label: [option(value, labels[value]) for value in values] for label, values in groups if values}
    made = [{"label": plain(label), "options": choices} for label, choices in options.items()]
    now = [each for choices in options.values() for each in choices if each["value"] == current]
    return {"type": "static_select", "option_groups": made} | ({"initial_option": now[0]} if now else {})
