"""Modals, Home tabs and the triggers that open them, as state: who sees which view, and in what order."""

from dataclasses import dataclass, field
from itertools import count
from uuid import uuid4

from bot.sandbox.people import APP_ID, BOT_ID, TEAM_ID
from bot.sandbox.values import Clock, Json, Refusal

TRIGGER_SECONDS = 3.0
DEEPEST = 3


@dataclass(slots=True)
class Trigger:
    """Permission to open one modal for one person, for three seconds."""

    user: str
    at: float
    used: bool = False


@dataclass(slots=True, kw_only=True)
class View:
    """A modal or a Home tab, for one person."""

    id: str
    user: str
    body: Json
    blocks: list[Json]
    hash: str
    root: str
    previous: str | None = None
    errors: dict[str, str] = field(default_factory=dict)
    """What the bot said about a submission, by block_id."""
    problem: str = ""

    @property
    def title(self) -> str:
        """The modal's title, for tests and the page."""
        return str(self.body.get("title", {}).get("text", ""))

    def json(self, state: Json | None = None) -> Json:
        """As Slack returns it and puts it into payloads."""
        words = {name: self.body.get(name) or "" for name in ("callback_id", "private_metadata", "external_id")}
        shown = {name: self.body.get(name) for name in ("type", "title", "submit", "close")}
        return {
            **words,
            **shown,
            "id": self.id,
            "team_id": TEAM_ID,
            "blocks": self.blocks,
            "state": {"values": state or {}},
            "hash": self.hash,
            "clear_on_close": bool(self.body.get("clear_on_close")),
            "notify_on_close": bool(self.body.get("notify_on_close")),
            "root_view_id": self.root,
            "previous_view_id": self.previous,
            "app_id": APP_ID,
            "app_installed_team_id": TEAM_ID,
            "bot_id": BOT_ID,
        }


class Views:
    """All open views; a person has one stack of modals and one Home tab."""

    def __init__(self, clock: Clock) -> None:
        self.clock, self.trigger_seconds = clock, TRIGGER_SECONDS
        self.stacks: dict[str, list[View]] = {}
        self.homes: dict[str, View] = {}
        self._triggers: dict[str, Trigger] = {}
        self._numbers = count(1)

    def new_trigger(self, user: str) -> str:
        """A fresh trigger_id for something that `user` just did."""
        trigger_id = f"{next(self._numbers)}.{int(self.clock())}.{uuid4().hex}"
        self._triggers[trigger_id] = Trigger(user, self.clock())
        return trigger_id

    def exchange(self, trigger_id: str) -> str:
        """Use a trigger up; whose it was.

        Raises:
            Refusal: it is unknown, used or over three seconds old.
        """
        trigger = self._triggers.get(trigger_id)
        if trigger is None:
            raise Refusal("invalid_trigger_id")
        if trigger.used:
            raise Refusal("exchanged_trigger_id")
        if self.clock() - trigger.at > self.trigger_seconds:
            raise Refusal("expired_trigger_id")
        trigger.used = True
        return trigger.user

    def open(self, user: str, body: Json, blocks: list[Json]) -> View:
        """Show a modal in place of whatever modals the person had open."""
        self._unique(body)
        view = self._new(user, body, blocks)
        self.stacks[user] = [view]
        return view

    def push(self, user: str, body: Json, blocks: list[Json]) -> View:
        """Put a modal on top of the open ones.

        Raises:
            Refusal: nothing is open, or three are.
        """
        stack = self.stacks.get(user) or []
        if not stack:
            raise Refusal("not_found")
        if len(stack) >= DEEPEST:
            raise Refusal("push_limit_reached")
        self._unique(body)
        view = self._new(user, body, blocks)
        view.root, view.previous = stack[0].id, stack[-1].id
        stack.append(view)
        return view

    def publish(self, user: str, body: Json, blocks: list[Json], known_hash: str) -> View:
        """Replace the person's Home tab."""
        now = self.homes.get(user)
        if known_hash and now is not None and now.hash != known_hash:
            raise Refusal("hash_conflict")
        if now is None:
            self.homes[user] = self._new(user, body, blocks)
        else:
            self._rewrite(now, body, blocks)
        return self.homes[user]

    def update(self, view: View, body: Json, blocks: list[Json], known_hash: str = "") -> View:
        """Change an open view in place; with a hash, only if nobody changed it since."""
        if known_hash and view.hash != known_hash:
            raise Refusal("hash_conflict")
        self._rewrite(view, body, blocks)
        return view

    def find(self, view_id: str = "", external_id: str = "") -> View:
        """An open view, by either id.

        Raises:
            Refusal: not_found; it was never there, or it was closed.
        """
        every = [*self.homes.values(), *(view for stack in self.stacks.values() for view in stack)]
        for view in every:
            if (view_id and view.id == view_id) or (external_id and view.body.get("external_id") == external_id):
                return view
        raise Refusal("not_found")

    def top(self, user: str) -> View | None:
        """The modal that the person looks at."""
        stack = self.stacks.get(user)
        return stack[-1] if stack else None

    def close(self, view: View, *, everything: bool = False) -> None:
        """Take a modal away (and, with `everything`, all below it)."""
        stack = self.stacks.get(view.user, [])
        self.stacks[view.user] = [] if everything else [other for other in stack if other.id != view.id]

    def _unique(self, body: Json) -> None:
        external_id = body.get("external_id")
        every = [view for stack in self.stacks.values() for view in stack]
        if external_id and any(view.body.get("external_id") == external_id for view in every):
            raise Refusal("duplicate_external_id")

    def _new(self, user: str, body: Json, blocks: list[Json]) -> View:
        view_id = f"V{next(self._numbers):08d}"
        return View(id=view_id, user=user, body=body, blocks=blocks, hash=self._hash(), root=view_id)

    def _rewrite(self, view: View, body: Json, blocks: list[Json]) -> None:
        view.body, view.blocks, view.hash = body, blocks, self._hash()
        view.errors, view.problem = {}, ""

    def _hash(self) -> str:
        return f"{int(self.clock())}.{uuid4().hex[:8]}"
