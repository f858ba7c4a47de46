"""`/triage`, and the buttons of its answers: do you mean, share, mute, unmute."""

from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.alerts.permissions import Right
from bot.slack.commands import Verb, parse
from bot.slack.ids import COMMAND, ReplyAction
from bot.slack.replies import shared
from bot.work.desk import Desk
from handlers.slack.copies import Copies, asker
from handlers.slack.person import actor


def register(app: AsyncApp, copies: Copies, desk: Desk) -> None:
    """Listen to the command and to the buttons below its answers."""

    @app.command(COMMAND)
    async def triage(ack: Any, body: dict[str, Any], request: Any) -> None:
        command = parse(str(body.get("text") or ""))
        again = bool(request.headers.get("x-slack-retry-num"))
        answering = copies.enquiries.answer(command, asker(body))
        await copies.deliver(ack, body, answering, str(command), at_once=not again)

    @app.action(ReplyAction.RUN.value)
    async def run(ack: Any, body: dict[str, Any], action: dict[str, Any]) -> None:
        await ack()
        await copies.show(body, await copies.enquiries.answer(parse(action["value"]), actor(body)))

    @app.action(ReplyAction.SHARE.value)
    async def share(ack: Any, body: dict[str, Any], action: dict[str, Any]) -> None:
        await ack()
        command, who = parse(action["value"]), actor(body)
        if command.verb is Verb.SHOW and command.issue:
            alert_id = await copies.enquiries.known(command.issue)
            if alert_id is not None:  # what everybody is told of gets its card
                await desk.want(alert_id, who)
        reply = await copies.enquiries.answer(command, who)
        channel = str((body.get("channel") or {}).get("id") or "")
        told = command.verb is Verb.STATS and await copies.tell(channel, who.name, body["trigger_id"])
        if not told:  # figures come with their chart, which takes a moment; all else at once
            await copies.doors.say(copies.door_of(body), shared(reply, who), public=True)
        if body.get("response_url"):
            await copies.doors.remove(body["response_url"])
        else:
            await copies.show(body, reply, share=False)

    _register_mutes(app, copies, desk)


def _register_mutes(app: AsyncApp, copies: Copies, desk: Desk) -> None:
    @app.action(ReplyAction.MUTE.value)
    async def mute(ack: Any, body: dict[str, Any], action: dict[str, Any]) -> None:
        await ack()
        await desk.admit(None, actor(body), Right.MUTE)
        reply = await copies.enquiries.muting.begin(action["value"], actor(body))
        await copies.show(body, reply)

    @app.action(ReplyAction.UNMUTE.value)
    async def unmute(ack: Any, body: dict[str, Any], action: dict[str, Any]) -> None:
        await ack()
        await desk.admit(None, actor(body), Right.MUTE)
        reply = await copies.enquiries.muting.end(action["value"])
        await copies.show(body, reply)
