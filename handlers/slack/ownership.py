"""The modals about who has an alert: give it to somebody, say when one is back."""

from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.alerts.alert import Refused
from bot.errors import UnknownAlert
from bot.slack import modals_people as views
from bot.slack import words
from bot.slack.forms import BadInput
from bot.slack.ids import CallbackId, Input
from bot.work.desk import Desk
from handlers.slack.person import actor, refusal


def register(app: AsyncApp, desk: Desk) -> None:
    """Listen to both submissions. What is wrong is said beside the input, and the modal stays open."""

    @app.view(CallbackId.ASSIGN.value)
    async def assign(ack: Any, body: dict[str, Any], view: dict[str, Any]) -> None:
        try:
            await desk.assign(int(view["private_metadata"]), actor(body), views.read_assign(view["state"]))
        except BadInput as wrong:
            await ack(response_action="errors", errors={wrong.field: str(wrong)})
        except UnknownAlert:
            await ack(response_action="errors", errors={Input.ASSIGNEE: words.UNKNOWN_ALERT})
        else:
            await ack()

    @app.view(CallbackId.PROMISE.value)
    async def promise(ack: Any, body: dict[str, Any], view: dict[str, Any]) -> None:
        try:
            await desk.promise(int(view["private_metadata"]), actor(body), views.read_promise(view["state"]))
        except BadInput as wrong:
            await ack(response_action="errors", errors={wrong.field: str(wrong)})
        except Refused as refused:
            await ack(response_action="errors", errors={Input.PROMISE: refusal(refused, desk.now())})
        except UnknownAlert:
            await ack(response_action="errors", errors={Input.PROMISE: words.UNKNOWN_ALERT})
        else:
            await ack()
