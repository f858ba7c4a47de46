"""What happens to a modal when it is sent off: what the client asks for first, and what the bot's answer does to it."""

from collections.abc import Sequence
from typing import Any

from bot.sandbox.courier import Receipt
from bot.sandbox.payloads import is_empty
from bot.sandbox.values import Json, Refusal
from bot.sandbox.view_methods import checked
from bot.sandbox.views import View
from bot.sandbox.workspace import Workspace

TROUBLE = "We had some trouble connecting. Try again?"


def incomplete(blocks: Sequence[Json], state: Json) -> dict[str, str]:
    """What the client complains about before anything is sent, by block_id."""
    errors: dict[str, str] = {}
    for block in blocks:
        if block["type"] != "input":
            continue
        element = block["element"]
        filled = state[block["block_id"]][element["action_id"]]
        length = len(str(filled.get("value") or ""))
        if is_empty(filled):
            if not block.get("optional"):
                errors[block["block_id"]] = "Please complete this required field."
        elif length and length < element.get("min_length", 0):
            errors[block["block_id"]] = f"Please enter at least {element['min_length']} characters."
        elif length > element.get("max_length", 3000):
            errors[block["block_id"]] = f"Please enter at most {element.get('max_length', 3000)} characters."
    return errors


def answer_submission(workspace: Workspace, view: View, receipt: Receipt) -> str:
    """Do what the bot answered: close, show errors, change the view or push another. Its problem, if it has one."""
    view.errors, view.problem = {}, ""
    if receipt.problem:
        view.problem = TROUBLE
        return receipt.problem
    try:
        answer = receipt.json
        _apply(workspace, view, answer)
    except (Refusal, ValueError) as error:
        # Slack shows one sentence for whatever is wrong with the answer; the journal has the details.
        view.problem = TROUBLE
        details = f": {'; '.join(error.problems)}" if isinstance(error, Refusal) and error.problems else ""
        return f"the answer cannot be used: {error}{details}"
    return ""


def _apply(workspace: Workspace, view: View, answer: Json) -> None:
    what: Any = answer.get("response_action")
    if what is None:
        if answer:
            raise Refusal("invalid_response")
        workspace.views.close(view)
    elif what == "clear":
        workspace.views.close(view, everything=True)
    elif what == "errors":
        view.errors = _errors(view, answer.get("errors"))
    elif what == "update":
        workspace.views.update(view, *checked(workspace, answer.get("view"), "modal"))
    elif what == "push":
        workspace.views.push(view.user, *checked(workspace, answer.get("view"), "modal"))
    else:
        raise Refusal("invalid_response_action")


def _errors(view: View, errors: object) -> dict[str, str]:
    """Errors may only stand under input blocks: anything else makes Slack drop the whole answer."""
    inputs = {block["block_id"] for block in view.blocks if block["type"] == "input"}
    if not isinstance(errors, dict) or not errors or not set(errors) <= inputs:
        raise Refusal("invalid_errors", "`errors` must name input blocks of the view")
    return {str(block_id): str(text) for block_id, text in errors.items()}
