"""What answering needs of a model, of money and of a place to show progress; and how a model can fail to answer."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from bot.assist.tools import Toolbox
from bot.errors import TriageError

Settle = Callable[[float], Awaitable[None]]
"""Told what a request did cost, in US dollars."""
Charge = Callable[[float], Awaitable[Settle | None]]
"""Asked for the money of one request, at most that many US dollars; None: there is none left."""


class Sink(Protocol):
    """Where an answer can be watched while it is made. Never blocks, never raises."""

    def wrote(self, text: str) -> None:
        """More of the answer's text."""
        ...

    def again(self) -> None:
        """What was written so far was not the answer yet: the model looks something up first."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Briefing:
    """What a model is told at the start."""

    system: str
    user: str
    mark: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a model answered."""

    text: str
    cost_usd: float | None
    """None: nobody knows this model's price."""
    note: str = ""


class Unanswered(TriageError):
    """No model answered; the message is a sentence for people. `cost_usd` is what trying has cost all the same."""

    reason = "unanswered"

    def __init__(self, message: str, *, cost_usd: float = 0.0) -> None:
        super().__init__(message)
        self.cost_usd = cost_usd


class Answerer(Protocol):
    """A model that can look things up."""

    async def answer(self, model: str, briefing: Briefing, toolbox: Toolbox, sink: Sink) -> Told:
        """Answer, or raise `Unanswered`."""
        ...
