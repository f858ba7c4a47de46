"""The modals about who has an alert: give it to somebody, say when one is back. Views, and their readers.

Pure, as `bot.slack.modals`; a reader raises `BadInput` with the words for the person who typed it.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from bot.alerts.dossier import Dossier
from bot.alerts.people import is_email, is_group, person
from bot.slack import words_plan
from bot.slack.blocks import Block, plain
from bot.slack.details import subject
from bot.slack.forms import BadInput, chosen, form, input_block, option, typed
from bot.slack.ids import CallbackId, Input


def assign(dossier: Dossier, private_metadata: str) -> Block:
    """The modal in which a person gives an alert to somebody."""
    choice: Block = {"type": "users_select"}
    owner = dossier.alert.standing.owner
    if owner is not None and owner.id:
        choice["initial_user"] = owner.id
    somebody = {**input_block(Input.ASSIGNEE, choice), "hint": plain(words_plan.ASSIGN_HINT)}
    return form(CallbackId.ASSIGN, private_metadata, subject(dossier), somebody)


def promise(dossier: Dossier, private_metadata: str) -> Block:
    """The modal in which an owner says when they are back."""
    options = [option(value, label) for value, (label, _) in words_plan.PROMISES.items()]
    choice = {"type": "radio_buttons", "options": options, "initial_option": options[1]}
    when = {**input_block(Input.PROMISE, choice), "hint": plain(words_plan.PROMISE_HINT)}
    return form(CallbackId.PROMISE, private_metadata, subject(dossier), when)


def read_assign(view_state: Mapping[str, Any]) -> str:
    """The Slack id of whom a person chose.

    Raises:
        BadInput: nobody was chosen.
    """
    try:
        user = person(str(typed(view_state, Input.ASSIGNEE).get("selected_user") or ""))
    except ValueError:
        raise BadInput(Input.ASSIGNEE, words_plan.NOT_A_PERSON) from None
    if is_group(user) or is_email(user):
        raise BadInput(Input.ASSIGNEE, words_plan.NOT_A_PERSON)
    return user


def read_promise(view_state: Mapping[str, Any]) -> timedelta:
    """How long its owner will be away.

    Raises:
        BadInput: nothing was chosen.
    """
    value = chosen(view_state, Input.PROMISE)
    if value not in words_plan.PROMISES:
        raise BadInput(Input.PROMISE, words_plan.NOT_A_TIME)
    return words_plan.PROMISES[value][1]
