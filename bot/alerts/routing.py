"""Where an alert goes and whom it calls: the routes of triage.yml, the first that fits, over its severity's defaults.

Pure: a decision is taken anew whenever it is needed, from the alert as it stands. Doing what it says is reconcile's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationInfo, field_validator

from bot.alerts.alert import Action, Source
from bot.alerts.classification import Category, Severity
from bot.alerts.dossier import Dossier
from bot.alerts.durations import Seconds
from bot.alerts.people import Person
from bot.alerts.quiet import QuietHours


class Page(StrEnum):
    """When PagerDuty is called without anybody's asking."""

    AT_ONCE = "at_once"
    UNACKNOWLEDGED = "unacknowledged"
    """Once nobody has taken it for as long as `page_after` says."""
    NEVER = "never"


_SHORTEST_KEY = 20


class FollowUps(StrEnum):
    """Where the lines about what happens to an alert are shown."""

    THREAD = "thread"
    CHANNEL = "channel"
    """In the thread, and in the channel too."""


def _several(value: object) -> object:
    """One word is a list of one; what YAML took for a number or a truth value is a word all the same."""
    items = value if isinstance(value, list | tuple) else [value]
    return tuple(str(item).lower() if isinstance(item, bool) else str(item) for item in items)


Patterns = Annotated[tuple[str, ...], BeforeValidator(_several)]
"""One word or several, any of which may be the one; `*` stands for anything, capitals do not matter."""


class When(BaseModel):
    """When a route is taken: all that is written must hold; nothing written always holds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    project: Patterns = Field((), description="Sentry's project, by its slug.")
    environment: Patterns = Field((), description="Where it happened: `production`, `staging-*`.")
    level: Patterns = Field((), description="Sentry's level.")
    severity: Annotated[tuple[Severity, ...], BeforeValidator(_several)] = Field(
        (), description="The verdict's severity."
    )
    category: Annotated[tuple[Category, ...], BeforeValidator(_several)] = Field(
        (), description="The verdict's category."
    )
    tags: Mapping[str, Patterns] = Field({}, description="The event's tags: `{customer: acme}`.")
    platform: Patterns = Field((), description="Sentry's platform: `python`, `javascript`.")
    release: Patterns = Field((), description="The release in which it happened: `shop@4.*`.")
    team: Patterns = Field((), description="The team that has it in Sentry, else the event's tag `team`.")


class Handling(BaseModel):
    """What is done about an alert; a route leaves to the severity what it does not say."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    card: bool | None = Field(None, description="Whether it gets a card without anybody's asking.")
    notify: bool | None = Field(None, description="Whether the route's people are mentioned.")
    page: Page | None = Field(None, description="When PagerDuty is called: `at_once`, `unacknowledged`, `never`.")
    remind_after: Seconds | None = Field(None, description="Not acknowledged for so long: the next people; 0: never.")
    page_after: Seconds | None = Field(None, description="Not acknowledged for so long: PagerDuty; 0: never.")


class Route(Handling):
    """One line of `routes`."""

    name: str = Field("", max_length=60, description="What it is called on the card and in `/triage why`.")
    when: When = Field(When(), description="When it is taken; left out: always.")
    channel: str | None = Field(
        None, pattern=r"^(#\S{1,80}|[CG][A-Z0-9]{2,20})$", description="The card's channel; left out: SLACK_CHANNEL."
    )
    mention: tuple[Person, ...] = Field((), description="Who is mentioned first: ids of Slack, or e-mail addresses.")
    then_mention: tuple[Person, ...] = Field((), description="Who is mentioned next, when nobody takes it.")
    pagerduty_key: SecretStr | None = Field(
        None, description="The service to page: its integration key, or its name in PAGERDUTY_ROUTING_KEY."
    )
    follow_ups: FollowUps = Field(FollowUps.THREAD, description="`thread`, or `channel`: in the channel, too.")
    quiet_hours: QuietHours | None = Field(None, description="When its people are left in peace.")

    @field_validator("pagerduty_key")
    @classmethod
    def _known_service(cls, key: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        """A short word that names no service is a misspelled name: integration keys are longer."""
        services = (info.context or {}).get("services")
        if key is None or services is None or len(key) >= _SHORTEST_KEY or key.get_secret_value() in services:
            return key
        known = ", ".join(sorted(filter(None, services))) or "none is known"
        raise ValueError(
            f"no PagerDuty service has this name (known: {known}); add `NAME=KEY` to PAGERDUTY_ROUTING_KEY"
        )


_MINUTE = timedelta(minutes=1)
_ZERO = timedelta(0)
SEVERITIES: Mapping[Severity, Handling] = {
    Severity.CRITICAL: Handling(
        card=True, notify=True, page=Page.AT_ONCE, remind_after=5 * _MINUTE, page_after=15 * _MINUTE
    ),
    Severity.HIGH: Handling(
        card=True, notify=True, page=Page.UNACKNOWLEDGED, remind_after=30 * _MINUTE, page_after=120 * _MINUTE
    ),
    Severity.MEDIUM: Handling(card=True, notify=False, page=Page.NEVER, remind_after=_ZERO, page_after=_ZERO),
    Severity.LOW: Handling(card=False, notify=False, page=Page.NEVER, remind_after=_ZERO, page_after=_ZERO),
}
"""What is done where nobody says otherwise."""
_UNJUDGED = Severity.MEDIUM
"""An alert that no verdict has reached is shown to everybody and calls nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What is to be done about one alert, as it stands."""

    route: str
    """The route's name, or its place in the file; empty: none fits."""
    why: str
    """In words: what of the route fits, or that none does."""
    channel: str | None
    """None: the default channel."""
    notify: bool
    """Whether anybody is to be mentioned at all."""
    mention: tuple[str, ...]
    then_mention: tuple[str, ...]
    """Slack ids and e-mail addresses, as in the file; empty where nobody is to be mentioned."""
    pagerduty_key: SecretStr | None
    """An integration key, or its name among the settings; None: the default one."""
    page: Page
    follow_ups: FollowUps
    quiet_hours: QuietHours | None
    """None: there are none, or they do not hold for this severity."""
    card: bool
    """Whether it has a card: by its severity or route, because somebody asked, or as a test notification."""
    remind_after: timedelta | None
    """Unacknowledged for so long, the next people are mentioned. None: never."""
    page_after: timedelta | None
    """Unacknowledged for so long, PagerDuty is called: 0 where it is called at once. None: never."""


def decide(
    routes: Sequence[Route],
    dossier: Dossier,
    severities: Mapping[Severity, Handling] = SEVERITIES,
    quiet_hours: QuietHours | None = None,
) -> Decision:
    """Take the first route that fits; for what it leaves out, the severity's word counts, and `quiet_hours`."""
    number, route, why = _first(routes, dossier)
    severity = dossier.classification.severity if dossier.classification else _UNJUDGED
    own = severities.get(severity, Handling())
    layers = (route, own, SEVERITIES[severity])
    notify, quiet = _said(layers, "notify"), route.quiet_hours or quiet_hours
    judged = dossier.classification.severity if dossier.classification else None
    return Decision(
        route=route.name or (f"route {number}" if number else ""),
        why=why,
        channel=route.channel,
        notify=notify,
        mention=route.mention if notify else (),
        then_mention=route.then_mention if notify else (),
        pagerduty_key=route.pagerduty_key,
        page=_said(layers, "page"),
        follow_ups=route.follow_ups,
        quiet_hours=quiet if quiet and quiet.spares(judged) else None,
        card=bool(_said(layers, "card")) or dossier.event.sample or dossier.alert.standing.wanted,
        remind_after=_said(layers, "remind_after") or None,
        page_after=_page_after(_said(layers, "page"), _said(layers, "page_after")),
    )


def _page_after(page: Page, after: timedelta) -> timedelta | None:
    if page is Page.AT_ONCE:
        return _ZERO
    return (after or None) if page is Page.UNACKNOWLEDGED else None


def team_of(dossier: Dossier) -> str | None:
    """The team that has it in Sentry, without its `#`; else the event's tag `team`."""
    theirs = (t for t in dossier.transitions if t.action is Action.ASSIGNED and t.actor.source is Source.SENTRY)
    last = max(theirs, key=lambda t: t.at, default=None)
    assignee = str(last.detail.get("assignee", "")) if last else ""
    return assignee[1:] if assignee.startswith("#") else dossier.event.tag("team")


def _first(routes: Sequence[Route], dossier: Dossier) -> tuple[int, Route, str]:
    for number, route in enumerate(routes, 1):
        reasons = _fits(route.when, dossier)
        if reasons is not None:
            return number, route, ", ".join(reasons) or "it takes whatever no earlier route took"
    return 0, Route(), "no route fits" if routes else "there are no routes"


def _said(layers: Sequence[Handling], name: str) -> Any:
    """What the first layer says that says anything; the last says everything."""
    return next(value for layer in layers if (value := getattr(layer, name)) is not None)


def _fits(when: When, dossier: Dossier) -> list[str] | None:
    """Why it fits, one reason for each condition; None when it does not."""
    event, verdict = dossier.event, dossier.classification
    level = (event.level or "error").casefold()
    known = {
        "project": event.project,
        "environment": event.environment,
        "level": "warning" if level == "warn" else level,
        "severity": verdict.severity.value if verdict else None,
        "category": verdict.category.value if verdict else None,
        "platform": event.platform,
        "release": event.release,
        "team": team_of(dossier),
    }
    conditions = [(name, getattr(when, name), [value]) for name, value in known.items()]
    conditions += [(f"tag {tag}", wanted, [v for k, v in event.tags if k == tag]) for tag, wanted in when.tags.items()]
    reasons = []
    for name, wanted, values in conditions:
        if not wanted:
            continue
        fitting = next((value for value in values if value is not None and _matches(value, wanted)), None)
        if fitting is None:
            return None
        reasons.append(f"{name} {fitting}")
    return reasons


def _matches(value: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(value.casefold(), pattern.casefold()) for pattern in patterns)
