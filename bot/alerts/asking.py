"""When a model is worth asking about an alert: once for each issue, and again only when there is something new.

Pure. Who answers, and what it may cost, is `bot.classify`'s; that somebody waits for it, nobody's.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

GREW = 10
"""Asked again when an alert has this many times the events of the last answer …"""
GREW_FROM = 10
"""… counted from at least this many: the way from one event to ten is no news."""


class AskState(StrEnum):
    """How asking a model about an alert stands."""

    WAITING = "waiting"
    ANSWERED = "answered"
    NO_BUDGET = "no_budget"
    """The money, or its reserve, said no."""
    GIVEN_UP = "given_up"
    """No usable answer; asked again when `next_try_at` comes."""
    SPARED = "spared"
    """It is part of a storm, and the storm is asked about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The last time a model was asked about an alert, or is to be."""

    state: AskState
    why: str
    """`new`, `changed`, `grew`, `regressed`, `prompt`, or `asked by NAME`."""
    at: datetime
    fingerprint: str = ""
    prompt_version: str = ""
    events: int = 0
    """The alert's total then."""
    attempts: int = 0
    next_try_at: datetime | None = None
    problem: str = ""
    """Why there is no answer, in words for the card."""
    estimate_usd: float = 0.0
    """What an answer would cost, where the budget said no."""
    forced: bool = False
    """A permitted person wants it whatever the sampling says; the limits still hold."""


def why_ask(
    asked: Asked | None, *, fingerprint: str, prompt_version: str, events: int, regressed_at: datetime | None
) -> str | None:
    """Why a model should be asked (again) now; None where there is no reason."""
    if asked is None:
        return "new"
    if asked.state is AskState.WAITING:
        return None
    if asked.prompt_version != prompt_version:
        return "prompt"
    if asked.fingerprint != fingerprint:
        return "changed"
    if regressed_at is not None and regressed_at > asked.at:
        return "regressed"
    return "grew" if events >= GREW * max(asked.events, GREW_FROM) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCall:
    """One call of a model, as it happened: the audit record behind "what did the model see?"."""

    at: datetime
    model: str
    why: str
    """Why this model: the route that chose it."""
    prompt_version: str = ""
    system: str = ""
    user: str = ""
    """The exact prompt; the event's part of it was redacted before."""
    redacted: tuple[tuple[str, int], ...] = ()
    """What was taken out, by kind."""
    raw_reply: str = ""
    parsing_method: str = ""
    tokens_in: int = 0
    tokens_out: int = 0
    cost_usd: float = 0.0
    seconds: float = 0.0
    outcome: str = "ok"
    """`ok`, or the reason of the failure."""
