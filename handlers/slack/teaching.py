"""The two buttons of a proposed rule: a permitted person makes it one, or does not."""

from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.alerts.permissions import Right
from bot.errors import UnknownProposal
from bot.slack import words_learning as words
from bot.slack.gateway import SlackGateway
from bot.slack.ids import RuleAction
from bot.work.desk import Desk
from bot.work.teaching import Teacher
from handlers.slack.person import actor, tell, written_then_acknowledged


def register(app: AsyncApp, teacher: Teacher, desk: Desk, gateway: SlackGateway) -> None:
    """Listen to both."""

    async def decide(ack: Any, body: dict[str, Any], action: dict[str, Any]) -> None:
        who, key = actor(body), str(action["value"])
        accepts = action["action_id"] == RuleAction.ACCEPT
        await desk.admit(None, who, Right.TEACH)
        try:
            write = teacher.accept(key, who) if accepts else teacher.reject(key, who)
            offer = await written_then_acknowledged(ack, write)
        except UnknownProposal:
            await tell(gateway, body, words.GONE)
        else:
            said = words.accepted(offer.proposal.category.value) if accepts else words.rejected()
            await tell(gateway, body, said)

    for action_id in RuleAction:
        app.action(action_id.value)(decide)
