"""The buttons of rules: a permitted person makes a proposed one count, or does not, or takes one back."""

from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.alerts.permissions import Right
from bot.errors import UnknownProposal
from bot.slack import words_learning as words
from bot.slack.gateway import SlackGateway
from bot.slack.ids import RuleAction
from bot.slack.text import Mrkdwn
from bot.work.desk import Desk
from bot.work.teaching import Teacher
from handlers.slack.copies import Copies
from handlers.slack.person import actor, tell, written_then_acknowledged


def register(app: AsyncApp, teacher: Teacher, desk: Desk, gateway: SlackGateway, copies: Copies) -> None:
    """Listen to all three; what the person clicked in is made anew."""

    async def decided(what: RuleAction, key: str, body: dict[str, Any]) -> Mrkdwn:
        who = actor(body)
        if what is RuleAction.RETIRE:
            await teacher.retire(key, who)
            return words.retired()
        if what is RuleAction.REJECT:
            await teacher.reject(key, who)
            return words.rejected()
        return words.accepted((await teacher.accept(key, who)).proposal.category.value)

    async def decide(ack: Any, body: dict[str, Any], action: dict[str, Any]) -> None:
        what = RuleAction(action["action_id"])
        await desk.admit(None, actor(body), Right.TEACH)
        try:
            said = await written_then_acknowledged(ack, decided(what, str(action["value"]), body))
        except UnknownProposal:
            said = words.NO_RULE if what is RuleAction.RETIRE else words.GONE
        await tell(gateway, body, said)
        await copies.refresh(body)

    for action_id in RuleAction:
        app.action(action_id.value)(decide)
