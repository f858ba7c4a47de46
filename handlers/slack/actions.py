"""The buttons of a card. A click acts on the alert as it stands now, however old the card is."""

from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.alerts.alert import Action, Actor, Refused
from bot.alerts.dossier import Dossier
from bot.alerts.permissions import Forbidden, Right
from bot.errors import UnknownAlert
from bot.slack import modals as views
from bot.slack import modals_people, words, words_plan
from bot.slack.gateway import SlackGateway
from bot.slack.ids import ActionId
from bot.work.desk import Desk
from handlers.slack.copies import Copies
from handlers.slack.person import actor, refusal, tell, written_then_acknowledged
from handlers.slack.submissions import Opened

MOVES: Mapping[ActionId, Action] = {
    ActionId.ACKNOWLEDGE: Action.ACKNOWLEDGED,
    ActionId.UNACKNOWLEDGE: Action.UNACKNOWLEDGED,
    ActionId.RESOLVE: Action.RESOLVED,
    ActionId.REOPEN: Action.REOPENED,
    ActionId.UNDO: Action.UNDONE,
}
"""The buttons that need no more words."""

VIEWS: Mapping[ActionId, Callable[[Dossier, str], Mapping[str, Any]]] = {
    ActionId.RECLASSIFY: views.reclassify,
    ActionId.SNOOZE: views.snooze,
    ActionId.ASK: views.ask,
    ActionId.ESCALATE: views.escalate,
    ActionId.ASSIGN: modals_people.assign,
    ActionId.PROMISE: modals_people.promise,
}
"""The buttons that open a modal which is submitted."""
KEPT: Mapping[ActionId, Right] = {ActionId.ESCALATE: Right.ESCALATE, ActionId.SNOOZE: Right.MUTE}
"""Whoever may not submit a modal is told before filling it in."""


Demand = Callable[[int, Actor], Coroutine[Any, Any, None]]


def register(app: AsyncApp, desk: Desk, gateway: SlackGateway, demand: Demand | None, copies: Copies) -> None:
    """Listen to every button; `demand` asks a model about an alert, where there is one.

    A button stands on the card, or on a copy that only one person sees, which is then made anew.
    """
    _register_moves(app, desk, gateway, copies)
    _register_modals(app, desk, gateway, copies)
    _register_analyse(app, gateway, demand)


def _register_moves(app: AsyncApp, desk: Desk, gateway: SlackGateway, copies: Copies) -> None:
    async def move(ack: Any, body: dict[str, Any], action: dict[str, Any]) -> None:
        what, who, said = MOVES[ActionId(action["action_id"])], actor(body), ""
        try:
            await written_then_acknowledged(ack, desk.act(int(action["value"]), what, who))
        except Refused as refused:
            if refused.now.state != what.value or refused.now.by != who:  # else it is the same person's double click
                said = refusal(refused, desk.now())
        except Forbidden as kept:
            said = words_plan.forbidden(kept)
        except UnknownAlert:
            said = words.UNKNOWN_ALERT
        if not await copies.refresh(body, note=said) and said:
            await tell(gateway, body, said)

    for move_id in MOVES:
        app.action(move_id.value)(move)


def _register_modals(app: AsyncApp, desk: Desk, gateway: SlackGateway, copies: Copies) -> None:
    async def open_modal(ack: Any, body: dict[str, Any], action: dict[str, Any]) -> None:
        await ack()
        try:
            dossier = await desk.look(int(action["value"]))
            if right := KEPT.get(ActionId(action["action_id"])):
                await desk.admit(dossier.alert.id, actor(body), right)
            view = await shown(dossier, ActionId(action["action_id"]), body)
        except UnknownAlert:
            await tell(gateway, body, words.UNKNOWN_ALERT)
            return
        in_modal = (body.get("view") or {}).get("type") == "modal"
        await (copies.surfaces.push if in_modal else copies.surfaces.open)(body["trigger_id"], view)

    async def shown(dossier: Dossier, wanted: ActionId, body: dict[str, Any]) -> Mapping[str, Any]:
        if wanted is ActionId.DETAILS:
            return views.details(dossier, desk.now(), await desk.calls(dossier.alert.id))
        return VIEWS[wanted](dossier, str(Opened(dossier.alert.id, copies.origin(body))))

    for view_id in (ActionId.DETAILS, *VIEWS):
        app.action(view_id.value)(open_modal)


def _register_analyse(app: AsyncApp, gateway: SlackGateway, demand: Demand | None) -> None:
    @app.action(ActionId.ANALYSE.value)
    async def analyse(ack: Any, body: dict[str, Any], action: dict[str, Any]) -> None:
        if demand is None:  # a card from a time when there was a model
            await ack()
            return
        try:
            await written_then_acknowledged(ack, demand(int(action["value"]), actor(body)))
        except Forbidden as kept:
            await tell(gateway, body, words_plan.forbidden(kept))
        except UnknownAlert:
            await tell(gateway, body, words.UNKNOWN_ALERT)
