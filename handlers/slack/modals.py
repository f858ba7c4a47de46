"""The modals that people submit: correct the verdict, snooze, ask, escalate, assign, promise."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.assist.asking import Questions
from bot.slack import modals as views
from bot.slack import modals_people
from bot.slack.ids import CallbackId
from bot.work.desk import Desk
from handlers.slack.copies import Copies
from handlers.slack.person import actor
from handlers.slack.submissions import opened, settle

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


def register(app: AsyncApp, desk: Desk, questions: Questions, copies: Copies) -> None:
    """Listen to every submission."""

    async def reclassified(body: Mapping[str, Any], view: Mapping[str, Any]) -> None:
        severity, category, reason = views.read_reclassify(view["state"])
        which, who = opened(view).alert, actor(body)
        await desk.reclassify(which, who, severity=severity, category=category, reason=reason)

    async def snoozed(body: Mapping[str, Any], view: Mapping[str, Any]) -> None:
        until = SNOOZES[views.read_snooze(view["state"])]
        await desk.snooze(opened(view).alert, actor(body), **until)

    async def escalated(body: Mapping[str, Any], view: Mapping[str, Any]) -> None:
        await desk.escalate(opened(view).alert, actor(body), views.read_escalate(view["state"]))

    async def asked(body: Mapping[str, Any], view: Mapping[str, Any]) -> None:
        team = str((body.get("user") or {}).get("team_id") or (body.get("team") or {}).get("id") or "")
        question = views.read_ask(view["state"])
        await questions.from_modal(opened(view).alert, actor(body), team, question, str(view["id"]))

    async def assigned(body: Mapping[str, Any], view: Mapping[str, Any]) -> None:
        await desk.assign(opened(view).alert, actor(body), modals_people.read_assign(view["state"]))

    async def promised(body: Mapping[str, Any], view: Mapping[str, Any]) -> None:
        await desk.promise(opened(view).alert, actor(body), modals_people.read_promise(view["state"]))

    doing = {
        CallbackId.RECLASSIFY: reclassified,
        CallbackId.SNOOZE: snoozed,
        CallbackId.ESCALATE: escalated,
        CallbackId.ASK: asked,
        CallbackId.ASSIGN: assigned,
        CallbackId.PROMISE: promised,
    }

    async def submitted(ack: Any, body: dict[str, Any], view: dict[str, Any]) -> None:
        await settle(ack, body, doing[CallbackId(view["callback_id"])](body, view), desk, copies)

    for callback in doing:
        app.view(callback.value)(submitted)
