"""What people do: click, choose, fill in, close, type commands, write messages. Each becomes Slack's own delivery.

The page and the tests call the same functions. A person who tries what their screen does not offer gets `Impossible`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.sandbox import payloads
from bot.sandbox.courier import Courier, Receipt
from bot.sandbox.messages import Message
from bot.sandbox.payloads import Impossible
from bot.sandbox.people import BOT_NAME, BOT_USER, Channel, User
from bot.sandbox.responses import say
from bot.sandbox.standin import SlackStandIn
from bot.sandbox.submissions import answer_submission, incomplete
from bot.sandbox.unfurls import links_in, shared_event
from bot.sandbox.values import Args, Json, Refusal
from bot.sandbox.views import View
from bot.sandbox.workspace import ResponseUrl

LATER_RETRIES = (60.0, 300.0)
"""Slack repeats a failed event at once, after a minute and after five."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the person saw happen."""

    ok: bool
    problem: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)
    """What stands under a modal's fields, by block_id."""
    status: int | None = None
    ms: float = 0.0
    ts: str | None = None
    """The message that the person wrote."""


@dataclass(frozen=True, slots=True)
class Due:
    """An event that Slack will repeat."""

    at: float
    payload: Json
    number: int
    reason: str


class Interactions:
    """The people's hands. `base_url` is where response_urls point to."""

    def __init__(self, standin: SlackStandIn, courier: Courier, *, base_url: str = "") -> None:
        self.standin, self.courier, self.base_url = standin, courier, base_url
        self.workspace = standin.workspace
        self.due: list[Due] = []

    async def click(
        self,
        user: str,
        channel: str,
        ts: str,
        action_id: str,
        *,
        choice: str | None = None,
        block_id: str | None = None,
    ) -> Outcome:
        """Press a button of a message, or pick `choice` (an option's value, a person's id) from its menu."""
        person, message = self._person(user), self._on_screen(user, channel, ts)
        block, element = payloads.find_element(message.everything, action_id, block_id)
        place = self.workspace.channels[channel]
        shown = self.workspace.messages.shown(message) if message.viewer is None else {}
        door = ResponseUrl(
            user=user, channel=channel, at=self.standin.clock(), message_ts=ts, thread_ts=message.thread_ts
        )
        payload = {
            **payloads.envelope("block_actions", person, self.workspace.views.new_trigger(user)),
            **payloads.about_message(message, place, shown),
            "state": {"values": payloads.view_state(message.everything, {})},
            "response_url": self._response_url(door),
            "actions": [payloads.action(block, element, choice, self.standin.clock())],
        }
        return self._told(user, await self.courier.interaction("block_actions", payload, action_id))

    async def click_in_view(
        self,
        user: str,
        view_id: str,
        action_id: str,
        *,
        choice: str | None = None,
        block_id: str | None = None,
        values: Mapping[str, object] | None = None,
    ) -> Outcome:
        """The same in a modal or on the Home tab; `values` is what the person has filled in so far."""
        person, view = self._person(user), self._view(user, view_id)
        block, element = payloads.find_element(view.blocks, action_id, block_id)
        filled = {**(values or {}), **({action_id: choice} if choice and element["type"] not in _UNKEPT else {})}
        payload = {
            **payloads.envelope("block_actions", person, self.workspace.views.new_trigger(user)),
            "container": {"type": "view", "view_id": view.id},
            "view": view.json(payloads.view_state(view.blocks, filled)),
            "actions": [payloads.action(block, element, choice, self.standin.clock())],
        }
        return self._told(user, await self.courier.interaction("block_actions", payload, action_id))

    async def submit(self, user: str, view_id: str, values: Mapping[str, object] | None = None) -> Outcome:
        """Send a modal off, with `values` by action_id; what is left out keeps its initial value."""
        person, view = self._person(user), self._view(user, view_id)
        state = payloads.view_state(view.blocks, values or {})
        missing = incomplete(view.blocks, state)
        if missing:
            # The client itself refuses this: the bot never hears of it.
            view.errors = missing
            self.standin.changed()
            return Outcome(ok=False, problem="incomplete", errors=missing)
        payload = {
            **payloads.envelope("view_submission", person, self.workspace.views.new_trigger(user)),
            "view": view.json(state),
            "response_urls": [],
        }
        receipt = await self.courier.interaction("view_submission", payload, str(view.body.get("callback_id", "")))
        problem = answer_submission(self.workspace, view, receipt)
        self.standin.changed()
        ok = not problem and not view.errors
        return Outcome(ok=ok, problem=problem, errors=dict(view.errors), status=receipt.status, ms=receipt.ms)

    async def close(self, user: str, view_id: str) -> Outcome:
        """Dismiss a modal; the bot hears of it only if the view asked to be told."""
        person, view = self._person(user), self._view(user, view_id)
        self.workspace.views.close(view)
        self.standin.changed()
        if not view.body.get("notify_on_close"):
            return Outcome(ok=True)
        envelope = payloads.envelope("view_closed", person, "")
        del envelope["trigger_id"]
        payload = {**envelope, "view": view.json(), "is_cleared": False}
        receipt = await self.courier.interaction("view_closed", payload, str(view.body.get("callback_id", "")))
        return Outcome(ok=receipt.ok, problem=receipt.problem, status=receipt.status, ms=receipt.ms)

    async def command(self, user: str, channel: str, text: str) -> Outcome:
        """Type a slash command, such as `/triage SHOP-API-1A`."""
        person, place = self._person(user), self._place(user, channel)
        door = ResponseUrl(user=user, channel=channel, at=self.standin.clock())
        trigger = self.workspace.views.new_trigger(user)
        form = payloads.command_form(person, place, self._escaped(text), trigger, self._response_url(door))
        receipt = await self.courier.command(form, text)
        if not receipt.ok:
            return self._told(user, receipt, f"{form['command']} failed: ")
        try:
            words: Json = receipt.json if receipt.text.lstrip().startswith("{") else {"text": receipt.text}
            if words.get("text") or words.get("blocks"):
                say(self.workspace, door, Args(words))
                self.standin.changed()
        except (Refusal, ValueError) as error:
            return Outcome(ok=False, problem=f"the answer cannot be shown: {error}", status=receipt.status)
        return Outcome(ok=True, status=receipt.status, ms=receipt.ms)

    async def write(self, user: str, channel: str, text: str, *, thread_ts: str | None = None) -> Outcome:
        """Write a message; `@triage` in it mentions the bot, which then gets two events, as with Slack."""
        self._person(user)
        place = self._place(user, channel)
        message = Message(
            ts=self.workspace.messages.new_ts(),
            channel=channel,
            user=user,
            text=self._escaped(text),
            thread_ts=thread_ts,
        )
        if thread_ts:
            self.workspace.messages.thread(channel, thread_ts)
        self.workspace.messages.add(message)
        self.standin.changed()
        if BOT_USER not in place.members:
            return Outcome(ok=True, ts=message.ts)
        events = [payloads.message_event(message, place)]
        if f"<@{BOT_USER}>" in message.text and place.kind != "im":
            events.append(payloads.mention_event(message, place))
        if found := links_in(message.text):
            events.append(shared_event(message, found))
        receipts = [await self._event(event) for event in events]
        failed = next((receipt for receipt in receipts if not receipt.ok), receipts[0])
        return Outcome(ok=failed.ok, problem=failed.problem, status=failed.status, ms=failed.ms, ts=message.ts)

    async def shortcut(self, user: str, channel: str, ts: str, callback_id: str = "triage_this") -> Outcome:
        """Choose a shortcut from a message's menu."""
        person, message = self._person(user), self._on_screen(user, channel, ts)
        door = ResponseUrl(user=user, channel=channel, at=self.standin.clock())
        payload = {
            **payloads.envelope("message_action", person, self.workspace.views.new_trigger(user)),
            "callback_id": callback_id,
            "channel": {"id": channel, "name": self.workspace.channels[channel].name or "directmessage"},
            "message_ts": ts,
            "message": self.workspace.messages.shown(message),
            "action_ts": f"{self.standin.clock():.6f}",
            "response_url": self._response_url(door),
        }
        return self._told(user, await self.courier.interaction("message_action", payload, callback_id), "Triage this ")

    async def mention(self, user: str, channel: str, text: str, *, thread_ts: str | None = None) -> Outcome:
        """Write a message that begins with the bot's name."""
        return await self.write(user, channel, f"@{BOT_NAME} {text}", thread_ts=thread_ts)

    async def open_home(self, user: str) -> Outcome:
        """Look at the bot's Home tab."""
        self._person(user)
        event: Json = {"type": "app_home_opened", "user": user, "channel": f"D0{user[2:]}", "tab": "home"}
        event["event_ts"] = self.workspace.messages.new_ts()
        home = self.workspace.views.homes.get(user)
        receipt = await self._event({**event, **({"view": home.json()} if home else {})})
        return Outcome(ok=receipt.ok, problem=receipt.problem, status=receipt.status, ms=receipt.ms)

    async def redeliver(self) -> int:
        """Send the repetitions that are due by now; how many there were."""
        now = self.standin.clock()
        ready = [due for due in self.due if due.at <= now]
        self.due = [due for due in self.due if due.at > now]
        for due in ready:
            await self.courier.event(due.payload, "retry", retry=due.number, reason=due.reason)
        return len(ready)

    async def _event(self, event: Json) -> Receipt:
        payload = payloads.event_callback(event, self.standin.clock())
        first = await self.courier.event(payload, str(event.get("channel", "")))
        if first.ok or "x-slack-no-retry" in first.headers:
            return first
        reason = (
            "http_timeout" if first.problem == "timeout" else "connection_failed" if not first.status else "http_error"
        )
        again = await self.courier.event(payload, "retry", retry=1, reason=reason)
        if not again.ok and "x-slack-no-retry" not in again.headers:
            now = self.standin.clock()
            self.due += [Due(now + wait, payload, n, reason) for n, wait in enumerate(LATER_RETRIES, start=2)]
        return again

    def _told(self, user: str, receipt: Receipt, what: str = "") -> Outcome:
        if not receipt.ok:
            self.workspace.notice(user, f"{what}didn't work: {receipt.problem}")
            self.standin.changed()
        return Outcome(ok=receipt.ok, problem=receipt.problem, status=receipt.status, ms=receipt.ms)

    def _response_url(self, door: ResponseUrl) -> str:
        return f"{self.base_url}/response/{self.workspace.new_response_url(door)}"

    def _person(self, user: str) -> User:
        person = self.workspace.people.get(user)
        if person is None or person.is_bot:
            raise Impossible(f"nobody here is {user!r}")
        return person

    def _place(self, user: str, channel: str) -> Channel:
        place = self.workspace.channels.get(channel)
        if place is None or user not in place.members:
            raise Impossible(f"{user!r} is not in {channel!r}")
        return place

    def _on_screen(self, user: str, channel: str, ts: str) -> Message:
        self._place(user, channel)
        for message in self.workspace.visible(channel, user):
            if message.ts == ts and not message.deleted:
                return message
        raise Impossible(f"{user!r} sees no message {ts!r} in {channel!r}")

    def _view(self, user: str, view_id: str) -> View:
        home = self.workspace.views.homes.get(user)
        for view in (self.workspace.views.top(user), home):
            if view is not None and view.id == view_id:
                return view
        raise Impossible(f"{user!r} has no view {view_id!r} in front")

    def _escaped(self, text: str) -> str:
        """What a person typed, as Slack passes it on: the three characters escaped, names made into mentions."""
        ids = {person.name: f"<@{person.id}>" for person in self.workspace.people.values()}
        ids |= {f"#{ch.name}": f"<#{ch.id}|{ch.name}>" for ch in self.workspace.channels.values() if ch.name}
        plain = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        return re.sub(r"@([a-z]+)\b|(#[a-z-]+)\b", lambda hit: ids.get(hit[1] or hit[2], hit[0]), plain)


_UNKEPT = ("button", "overflow", "feedback_buttons", "icon_button")
