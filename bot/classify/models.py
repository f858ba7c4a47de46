"""Which model is asked about an event: routes of triage.yml, the first that fits wins, and it says why.

Pure. Calling the model is `llm`'s business, what it may cost `budget`'s.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field

from bot.alerts.alert import Counts
from bot.alerts.classification import Classification, Severity
from bot.alerts.event import ErrorEvent


class Condition(BaseModel):
    """When a route is taken: all that is set must hold; nothing set always holds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    users_over: int | None = Field(None, ge=0, description="More users than this are affected.")
    events_over: int | None = Field(None, ge=0, description="It happened more often than this.")
    level: tuple[str, ...] | None = Field(None, description="Sentry's level is one of these.")
    severity: tuple[Severity, ...] | None = Field(None, description="The rules' severity is one of these.")
    fatal: bool | None = Field(None, description="Sentry's level is (or is not) fatal.")


class Route(BaseModel):
    """One line of `routes`: under this condition, that model."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    when: Condition = Field(Condition(), description="When it is taken; left out: always.")
    model: str = Field(min_length=1, description="The model's name at the endpoint.")


@dataclass(frozen=True, slots=True)
class Choice:
    """The model to ask, and why it."""

    model: str
    reason: str
    """In words, for the card: `more than 1,000 users (2,300)`."""
    strong: bool = False
    """The team trusts its severities: with checked evidence they may raise the rules' (see `guard`)."""


def ladder(strongest: str, careful: str, balanced: str, cheapest: str) -> tuple[Route, ...]:
    """The routes that the shipped triage.yml shows: the more people and the louder, the better the model."""
    loud = ("error", "warning")
    return (
        Route(when=Condition(users_over=1_000), model=strongest),
        Route(when=Condition(fatal=True), model=strongest),
        Route(when=Condition(level=loud, events_over=50), model=careful),
        Route(when=Condition(level=("warning",)), model=balanced),
        Route(when=Condition(events_over=10), model=balanced),
        Route(model=cheapest),
    )


def choose(
    routes: Sequence[Route],
    default: str | None,
    event: ErrorEvent,
    counts: Counts,
    rules: Classification,
    *,
    strong: Sequence[str] = (),
) -> Choice | None:
    """The first route that fits; else `default` (`LLM_MODEL`); None: no model is configured for such an event."""
    for route in routes:
        reasons = _reasons(route.when, event, counts, rules)
        if reasons is not None:
            return Choice(route.model, " and ".join(reasons) or "no earlier route fits", route.model in strong)
    if default:
        return Choice(default, "no route fits" if routes else "the only model", default in strong)
    return None


def _reasons(when: Condition, event: ErrorEvent, counts: Counts, rules: Classification) -> list[str] | None:
    """Why the condition holds, one reason for each part of it; None when it does not."""
    users, events = max(counts.affected, event.user_count or 0), max(counts.total, event.event_count or 0)
    level = {"warn": "warning"}.get(said := (event.level or "error").lower(), said)
    most_users, most_events = when.users_over or 0, when.events_over or 0
    parts = (
        (when.fatal, when.fatal is (level == "fatal"), f"level {level}"),
        (when.level, level in (when.level or ()), f"level {level}"),
        (when.severity, rules.severity in (when.severity or ()), f"the rules call it {rules.severity}"),
        (when.users_over, users > most_users, f"more than {most_users:,} users ({users:,})"),
        (when.events_over, events > most_events, f"more than {most_events:,} events ({events:,})"),
    )
    asked = [(holds, reason) for wanted, holds, reason in parts if wanted is not None]
    return [reason for _, reason in asked] if all(holds for holds, _ in asked) else None
