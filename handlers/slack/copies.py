"""Where a person sees something of ours that nobody else does: an answer, its modal, the Home tab.

Such a copy does not change by itself. After a click in it, it is made anew: each carries the command that made it.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any

import structlog

from bot.alerts.alert import Actor
from bot.errors import TargetError
from bot.reception import Reception
from bot.slack.commands import parse
from bot.slack.home import PLACE, home
from bot.slack.replies import Reply, as_modal, looking, offered
from handlers.slack.person import actor

PATIENCE = 1.5
"""Seconds that an answer may take before a modal says that it is on its way; Slack waits 3, and we must open one."""
log = structlog.get_logger(__name__)
Ack = Callable[..., Awaitable[Any]]


class Copies:
    """Answers, modals and Home tabs."""

    def __init__(self, reception: Reception, *, patience: float = PATIENCE) -> None:
        self.enquiries, self.doors, self.tell = reception.enquiries, reception.doors, reception.tell
        self._homes, self.surfaces, self._patience = reception.homes, reception.surfaces, patience

    async def deliver(
        self,
        ack: Ack,
        body: Mapping[str, Any],
        answering: Coroutine[Any, Any, Reply],
        command: str,
        *,
        at_once: bool = False,
    ) -> None:
        """Answer somebody; if that takes longer, a modal says so and then becomes the answer.

        Args:
            ack: Bolt's.
            body: what the person did.
            answering: the answer.
            command: what makes it again.
            at_once: the acknowledgement may carry it, since Slack waits for that.
        """
        task = asyncio.ensure_future(answering)
        await asyncio.wait({task}, timeout=self._patience)
        if at_once and task.done() and task.exception() is None:
            message = offered(task.result())
            await ack(text=message.text, blocks=message.blocks)
            return
        await ack()
        if task.done():
            await self.doors.say(body["response_url"], offered(task.result()))
            return
        metadata = json.dumps({"command": command[:200], "door": body["response_url"]})
        view_id = await self._open(body, looking(metadata))
        await self._finish(view_id, metadata, body, offered(await task))

    async def _open(self, body: Mapping[str, Any], view: Mapping[str, Any]) -> str:
        try:
            return await self.surfaces.open(body["trigger_id"], view)
        except TargetError as error:  # the trigger is too old: then the answer comes as a message
            log.info("modal_not_opened", reason=error.reason)
            return ""

    async def _finish(self, view_id: str, metadata: str, body: Mapping[str, Any], message: Any) -> None:
        try:
            if view_id:
                await self.surfaces.update(view_id, as_modal(message, metadata))
                return
        except TargetError as error:  # closed meanwhile
            log.info("modal_not_updated", reason=error.reason)
        await self.doors.say(body["response_url"], message)

    async def show(self, body: Mapping[str, Any], reply: Reply, *, share: bool = True) -> None:
        """Put an answer where the person clicked."""
        message = offered(reply) if share else reply.message
        view = body.get("view") or {}
        if view.get("type") == "modal":
            metadata = json.dumps({**_metadata(view), "command": reply.command})
            await self.surfaces.update(view["id"], as_modal(message, metadata))
        elif body.get("response_url"):
            await self.doors.replace(body["response_url"], message)

    async def refresh(self, body: Mapping[str, Any], note: str = "") -> bool:
        """Make the copy anew in which the person clicked; False: it was none, and shows the change by itself."""
        view, who = body.get("view") or {}, actor(body)
        if view.get("type") == "home":
            await self.publish(who.id, note)
            return True
        command = self._command(body)
        if not command or note:
            return False
        await self.show(body, await self.enquiries.answer(parse(command), who))
        return True

    async def publish(self, user_id: str, note: str = "") -> None:
        """Make a person's Home tab anew."""
        page = await self._homes.page(user_id)
        await self.surfaces.publish_home(user_id, home(page, self._homes.now(), note))

    def door_of(self, body: Mapping[str, Any]) -> str:
        """The response URL through which the whole channel can be told."""
        return str(body.get("response_url") or _metadata(body.get("view") or {}).get("door") or "")

    def _command(self, body: Mapping[str, Any]) -> str:
        """The command that made a private answer; empty where the click was elsewhere."""
        view, container = body.get("view") or {}, body.get("container") or {}
        if view.get("type") == "modal":
            return str(_metadata(view).get("command") or "")
        if not container.get("is_ephemeral"):
            return ""
        command = str(body["actions"][0].get("block_id", "")).partition("|")[2]
        return "" if command.endswith(PLACE) else command


def _metadata(view: Mapping[str, Any]) -> dict[str, Any]:
    try:
        found = json.loads(view.get("private_metadata") or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def asker(body: Mapping[str, Any]) -> Actor:
    """Who typed a command."""
    return actor({"user": {"id": body.get("user_id", ""), "name": body.get("user_name", "")}})
