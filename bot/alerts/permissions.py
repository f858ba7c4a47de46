"""Who may do what: the part of triage.yml about rights, and the rule that decides a click. Pure.

Who belongs to a Slack user group is somebody else's knowledge: it is given in.
"""

from collections.abc import Collection
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from bot.alerts.alert import Action, State, Transition
from bot.alerts.people import Person


class Right(StrEnum):
    """What may be kept for some."""

    ESCALATE = "escalate"
    RESOLVE = "resolve"
    MUTE = "mute"
    SPEND = "spend"
    """Ask a model beyond the budget."""
    TEACH = "teach"
    """Make a rule of what was corrected."""


class Permissions(BaseModel):
    """Who holds each right, by Slack user id, user group id or e-mail; nobody named: everybody holds it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    escalate: tuple[Person, ...] = Field((), description="Who may page somebody; empty: everybody.")
    resolve: tuple[Person, ...] = Field((), description="Who may resolve an alert; empty: everybody.")
    mute: tuple[Person, ...] = Field((), description="Who may snooze an alert, or mute some; empty: everybody.")
    spend: tuple[Person, ...] = Field((), description="Who may ask a model beyond the budget; empty: everybody.")
    teach: tuple[Person, ...] = Field((), description="Who may make rules of corrections; empty: everybody.")

    def holders(self, right: Right) -> tuple[str, ...]:
        """Whom the file names for a right."""
        named: tuple[str, ...] = getattr(self, right.value)
        return named


class Forbidden(Exception):
    """The person may not do it; `holders` are those who may, as triage.yml names them."""

    def __init__(self, right: Right, holders: tuple[str, ...], *, unsure: bool = False) -> None:
        super().__init__(f"the right to {right.value} is kept for {len(holders)} named in triage.yml")
        self.right, self.holders = right, holders
        self.unsure = unsure
        """Slack did not say who belongs to a group, and without that nobody is let through."""


_KEPT = {
    Action.ESCALATED: Right.ESCALATE,
    Action.RESOLVED: Right.RESOLVE,
    Action.SNOOZED: Right.MUTE,
}
_LEADS_TO = {State.RESOLVED: Right.RESOLVE, State.SNOOZED: Right.MUTE}


def right_for(action: Action, undone: Transition | None = None) -> Right | None:
    """The right that an action takes; `undone` is what an undo takes back. None: everybody may.

    Taking back a reopening resolves again, and so takes the right to resolve.
    """
    if action is Action.UNDONE:
        state = undone.before.state if undone else None
        return _LEADS_TO.get(state) if state and undone and state is not undone.after.state else None
    return _KEPT.get(action)


def holds(permissions: Permissions, right: Right, who: Collection[str]) -> bool:
    """Whether a person holds a right; `who`: the names that mean them, of their own and of the groups they are in."""
    named = permissions.holders(right)
    return not named or any(name in who for name in named)
