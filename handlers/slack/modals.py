"""The modals that people submit: correct the verdict, snooze, ask, escalate."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.alerts.alert import Refused
from bot.assist.asking import NoCard, Questions
from bot.errors import NobodyToCall, UnknownAlert
from bot.slack import modals as views
from bot.slack import words, words_pagerduty
from bot.slack.ids import CallbackId, Input
from bot.work.desk import Desk
from handlers.slack.person import actor, refusal

SNOOZES: Mapping[views.SnoozeFor, Mapping[str, Any]] = {
    views.SnoozeFor.HALF_HOUR: {"duration": timedelta(minutes=30)},
    views.SnoozeFor.HALF_DAY: {"duration": timedelta(hours=4)},
    views.SnoozeFor.DAY: {"duration": timedelta(days=1)},
    views.SnoozeFor.UNTIL_WORSE: {},
    views.SnoozeFor.MORE_EVENTS: {"more_events": 100},
    views.SnoozeFor.MORE_USERS: {"more_users": 10},
    views.SnoozeFor.NEW_PLACE: {"new_place": True},
}
"""What each choice means for `Desk.snooze`; the words stand in `words.SNOOZE_CHOICES`."""


def register(app: AsyncApp, desk: Desk, questions: Questions) -> None:
    """Listen to every submission. What is wrong is said beside the input, and the modal stays open."""

    @app.view(CallbackId.RECLASSIFY.value)
    async def reclassify(ack: Any, body: dict[str, Any], view: dict[str, Any]) -> None:
        try:
            severity, category, reason = views.read_reclassify(view["state"])
            alert_id = int(view["private_metadata"])
            await desk.reclassify(alert_id, actor(body), severity=severity, category=category, reason=reason)
        except views.BadInput as wrong:
            await ack(response_action="errors", errors={wrong.field: str(wrong)})
        except UnknownAlert:
            await ack(response_action="errors", errors={Input.SEVERITY: words.UNKNOWN_ALERT})
        else:
            await ack()

    @app.view(CallbackId.SNOOZE.value)
    async def snooze(ack: Any, body: dict[str, Any], view: dict[str, Any]) -> None:
        try:
            until = SNOOZES[views.read_snooze(view["state"])]
            await desk.snooze(int(view["private_metadata"]), actor(body), **until)
        except views.BadInput as wrong:
            await ack(response_action="errors", errors={wrong.field: str(wrong)})
        except Refused as refused:
            await ack(response_action="errors", errors={Input.UNTIL: refusal(refused, desk.now())})
        except UnknownAlert:
            await ack(response_action="errors", errors={Input.UNTIL: words.UNKNOWN_ALERT})
        else:
            await ack()

    _register_ask(app, questions)
    _register_escalate(app, desk)


def _register_escalate(app: AsyncApp, desk: Desk) -> None:
    @app.view(CallbackId.ESCALATE.value)
    async def escalate(ack: Any, body: dict[str, Any], view: dict[str, Any]) -> None:
        try:
            await desk.escalate(int(view["private_metadata"]), actor(body), views.read_escalate(view["state"]))
        except Refused as refused:
            await ack(response_action="errors", errors={Input.NOTE: refusal(refused, desk.now())})
        except NobodyToCall:
            await ack(response_action="errors", errors={Input.NOTE: words_pagerduty.NO_PAGERDUTY})
        except UnknownAlert:
            await ack(response_action="errors", errors={Input.NOTE: words.UNKNOWN_ALERT})
        else:
            await ack()


def _register_ask(app: AsyncApp, questions: Questions) -> None:
    @app.view(CallbackId.ASK.value)
    async def ask(ack: Any, body: dict[str, Any], view: dict[str, Any]) -> None:
        team = str((body.get("user") or {}).get("team_id") or (body.get("team") or {}).get("id") or "")
        try:
            question = views.read_ask(view["state"])
            await questions.from_modal(int(view["private_metadata"]), actor(body), team, question, str(view["id"]))
        except views.BadInput as wrong:
            await ack(response_action="errors", errors={wrong.field: str(wrong)})
        except UnknownAlert:
            await ack(response_action="errors", errors={Input.QUESTION: words.UNKNOWN_ALERT})
        except NoCard:
            await ack(response_action="errors", errors={Input.QUESTION: words.NO_CARD})
        else:
            await ack()
