"""Where a person sees something of ours that nobody else does: an answer, its modal, the Home tab.

Such a copy does not change by itself. After a click in it, it is made anew: each carries the command that made it.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
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
WATCHED = timedelta(minutes=5)
"""Somebody who has seen their Home tab within so long may still have it before them."""
log = structlog.get_logger(__name__)
Ack = Callable[..., Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Origin:
    """The copy in which somebody opened a modal, and how it is made anew. All empty: it was no copy."""

    home: bool = False
    command: str = ""
    door: str = ""
    view: str = ""
    """The modal that the answer is in, where it is in one."""


class Copies:
    """Answers, modals and Home tabs."""

    def __init__(self, reception: Reception, *, patience: float = PATIENCE) -> None:
        self.enquiries, self.doors, self.tell = reception.enquiries, reception.doors, reception.tell
        self._homes, self.surfaces, self._patience = reception.homes, reception.surfaces, patience
        self._looked: dict[str, datetime] = {}

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
        origin, who = self.origin(body), actor(body)
        if origin.home:
            await self.publish(who.id, note)
            return True
        await self._follow(who)
        if not origin.command or note:
            return False
        await self._answer_again(origin, who)
        return True

    def origin(self, body: Mapping[str, Any]) -> Origin:
        """Where a click that opens a modal was."""
        view = body.get("view") or {}
        if view.get("type") == "home":
            return Origin(home=True)
        command = self._command(body)
        return Origin(command=command, door=self.door_of(body), view=str(view.get("id", ""))) if command else Origin()

    async def again(self, origin: Origin, who: Actor) -> None:
        """Make the copy anew from which somebody opened the modal that they submitted."""
        try:
            if origin.home:
                await self.publish(who.id)
                return
            await self._follow(who)
            if origin.command:
                await self._answer_again(origin, who)
        except TargetError as error:  # closed meanwhile, or too old: it was private, and what was done is done
            log.info("copy_not_made_anew", reason=error.reason)

    async def _answer_again(self, origin: Origin, who: Actor) -> None:
        message = offered(await self.enquiries.answer(parse(origin.command), who))
        if origin.view:
            metadata = json.dumps({"command": origin.command, "door": origin.door})
            await self.surfaces.update(origin.view, as_modal(message, metadata))
        else:
            await self.doors.replace(origin.door, message)

    async def publish(self, user_id: str, note: str = "") -> None:
        """Make a person's Home tab anew."""
        now = self._homes.now()
        self._looked = {user: at for user, at in self._looked.items() if now - at < WATCHED} | {user_id: now}
        page = await self._homes.page(user_id)
        await self.surfaces.publish_home(user_id, home(page, now, note))

    async def _follow(self, who: Actor) -> None:
        """Let a Home tab that its reader may have beside the card show what they did there."""
        seen = self._looked.get(who.id)
        if seen is None or self._homes.now() - seen >= WATCHED:
            return
        try:
            await self.publish(who.id)
        except TargetError as error:  # it is made anew when they look at it
            log.info("home_not_published", reason=error.reason)

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
