"""Thumbs on verdicts and answers: one click, written down, answered with one sentence."""

from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.slack import words_commands as words
from bot.slack.feedback import read_thumb
from bot.slack.gateway import SlackGateway
from bot.slack.ids import Thumb
from bot.store.feedback import FeedbackStore, Subject
from bot.work.desk import Desk
from handlers.slack.person import actor, tell, written_then_acknowledged


def register(app: AsyncApp, thumbs: FeedbackStore, desk: Desk, gateway: SlackGateway) -> None:
    """Listen to both kinds of thumbs: Slack's own, and plain buttons."""

    async def thumb(ack: Any, body: dict[str, Any], action: dict[str, Any]) -> None:
        good, subject, subject_id = read_thumb(str(action["value"]))
        write = thumbs.give(Subject(subject), subject_id, actor(body), good=good, at=desk.now())
        known = await written_then_acknowledged(ack, write)
        said = words.NO_VERDICT if known is None else words.GLAD if good else words.SORRY
        await tell(gateway, body, said)

    for action_id in Thumb:
        app.action(action_id.value)(thumb)
