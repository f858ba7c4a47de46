"""How soon somebody must act: the rubric's rows, from the top; the first that fits decides.

Pure. What an event's text means for its severity (a store is down, the disk is full …) comes in as `Impact`, from the
rulebook; this file knows no message and no library.
"""

import re
from collections.abc import Callable, Set
from dataclasses import dataclass
from enum import StrEnum

from bot.alerts.alert import Counts
from bot.alerts.classification import Severity
from bot.alerts.event import ErrorEvent
from bot.alerts.standing import MANY_USERS, SOME_EVENTS, SOME_USERS


class Impact(StrEnum):
    """What an error does to the system or to people, as far as its text tells."""

    STORE_DOWN = "store_down"
    """A data store cannot be reached at all."""
    STOPPED = "stopped"
    """A core function stops for everyone."""
    EXHAUSTED = "exhausted"
    """What everyone shares is used up: a pool, a disk."""
    KILLED = "killed"
    """A process ends, unless somebody caught it: out of memory."""
    CANNOT_START = "cannot_start"
    """Ends the process when it happens at start: a missing module, library or setting."""
    LOSS = "loss"
    """Data lost or corrupt, money lost or charged twice, a security breach."""
    AT_RISK = "at_risk"
    """Data may get lost."""
    DOWN = "down"
    """A whole dependency did not work when it was needed; a hiccup, unless it lasts."""
    OUTAGE = "outage"
    """The message itself says that a whole dependency or feature is down."""
    GROWS = "grows"
    """Harmless today, an outage later: a quota or a certificate that runs out."""
    CLIENT = "client"
    """A client's own bad input, by its nature."""
    INPUT = "input"
    """A client's own bad input, if it came with a request."""
    HARMLESS = "harmless"
    """Nothing is broken: cancelled by its user."""
    NOISE = "noise"
    """A browser's, an extension's or a robot's, whatever else the event says."""


ONLY_OF_THE_VERDICT = frozenset({Impact.CLIENT, Impact.INPUT, Impact.HARMLESS, Impact.DOWN})
"""These say nothing by themselves: they count only when the rule's category won."""

OF_A_SERVER = frozenset(
    {Impact.STORE_DOWN, Impact.STOPPED, Impact.EXHAUSTED, Impact.KILLED, Impact.OUTAGE, Impact.AT_RISK}
)
"""What one person's phone or browser says of itself stops nobody else: there the counts decide."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """All that the rows look at."""

    level: str
    environment: str
    production: bool
    handled: bool
    events: int
    users: int
    request: bool
    starting: bool
    sample: bool
    alarm: str
    """What a metric alert's rule says: `critical`, `warning` or `resolved`; empty for everything else."""
    impacts: Set[Impact]

    @property
    def lasting(self) -> bool:
        """More than a hiccup that was caught and retried: it got away, or it happened often."""
        return not self.handled or self.events >= SOME_EVENTS or self.users >= SOME_USERS

    @property
    def ends(self) -> bool:
        """Nothing was served yet, and it is more than a warning that somebody caught."""
        return self.starting and not (self.handled and self.level == "warning")

    @property
    def client(self) -> bool:
        """A client's own bad input."""
        return Impact.CLIENT in self.impacts or (Impact.INPUT in self.impacts and self.request)


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the rubric: when it fits, what follows, and how to say it."""

    fits: Callable[[Case], bool]
    severity: Severity
    reason: str


def _has(*impacts: Impact) -> Callable[[Case], bool]:
    return lambda case: bool(case.impacts & set(impacts))


C, H, M, L = Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW
ROWS: tuple[Row, ...] = (
    Row(lambda c: c.sample, L, "This is Sentry's test notification: nothing is broken."),
    Row(lambda c: not c.production and c.level == "fatal", M, "Fatal, but outside production ({environment})."),
    Row(lambda c: not c.production, L, "Outside production ({environment})."),
    Row(lambda c: c.alarm == "critical", C, "Its alert rule calls it critical."),
    Row(lambda c: c.alarm == "warning", M, "Its alert rule calls it a warning."),
    Row(lambda c: c.alarm == "resolved", L, "Its alert rule says that it is over."),
    Row(lambda c: c.handled and c.level in ("info", "debug"), L, "Handled, and only of level {level}."),
    Row(lambda c: c.client and c.users < SOME_USERS, L, "A client's own bad input, for fewer than 50 users."),
    Row(lambda c: c.client, M, "Clients' own bad input, but {users} users send it (50 or more)."),
    Row(lambda c: c.level == "fatal", C, "Its level is fatal."),
    Row(_has(Impact.LOSS), C, "Data, money or security may be lost already."),
    Row(_has(Impact.STORE_DOWN), C, "A data store cannot be reached: everyone is affected."),
    Row(_has(Impact.STOPPED), C, "A core function has stopped for everyone."),
    Row(_has(Impact.EXHAUSTED), C, "A resource that everyone shares is used up."),
    Row(lambda c: Impact.KILLED in c.impacts and not c.handled, C, "The process ran out of memory or was killed."),
    Row(lambda c: Impact.CANNOT_START in c.impacts and c.ends, C, "The process cannot start."),
    Row(lambda c: not c.handled and c.users >= MANY_USERS, C, "Unhandled in production with {users} users."),
    Row(lambda c: not c.handled and c.users >= SOME_USERS, H, "Unhandled in production with {users} users."),
    Row(lambda c: not c.handled and c.events >= SOME_EVENTS, H, "Unhandled in production, {events} times."),
    Row(lambda c: Impact.DOWN in c.impacts and c.lasting, H, "A whole dependency is down in production."),
    Row(_has(Impact.OUTAGE), H, "A whole dependency or feature is down in production."),
    Row(_has(Impact.AT_RISK), H, "Data is at risk in production."),
    Row(_has(Impact.HARMLESS, Impact.NOISE), L, "Expected or harmless: cancelled, or a browser's own noise."),
    Row(_has(Impact.GROWS), M, "A warning that will grow if nobody acts."),
    Row(lambda c: c.handled, M, "Handled in production: degraded, not stopped."),
    Row(lambda _: True, M, "Unhandled in production, but rare: fewer than 50 users and 50 events."),
)


def judge(case: Case) -> tuple[Severity, str]:
    """The severity, and one sentence that names the row which decided."""
    row = next(row for row in ROWS if row.fits(case))
    return row.severity, row.reason.format(
        environment=case.environment, level=case.level, users=f"{case.users:,}", events=f"{case.events:,}"
    )


def case_of(event: ErrorEvent, counts: Counts, impacts: Set[Impact], *, request: bool, starting: bool) -> Case:
    """What is known about the event's circumstances, the best known counts included."""
    level = (event.level or "error").lower()
    alarm = event.action if event.resource == "metric_alert" else ""
    return Case(
        level="warning" if level == "warn" else level,
        environment=_shown(event.environment),
        production=is_production(event.environment),
        handled=_handled(event),
        events=max(counts.total, event.event_count or 0),
        users=max(counts.affected, event.user_count or 0),
        request=request,
        starting=starting,
        sample=event.sample,
        alarm=alarm,
        impacts=impacts,
    )


_ON_PURPOSE = ("warning", "warn", "info", "debug", "log")
"""Levels that only code gives which knows what it does: what gets away is an error or worse."""


def _handled(event: ErrorEvent) -> bool:
    """Where nothing is said: a message or a warning was written on purpose, an exception got away (the safe side)."""
    crash = event.crash
    if event.handled is not None:
        return event.handled
    if crash is None or (crash.handled is None and (event.level or "").lower() in _ON_PURPOSE):
        return True
    return crash.handled is True


def _shown(environment: str | None) -> str:
    return " ".join((environment or "production")[:80].split())[:40].replace("{", "(").replace("}", ")")


_OUTSIDE_NAMES = """
stag stage staging stg dev devel develop developer development test tests testing tst qa qas uat sit preview
previews sandbox sbx sb local localhost ci cicd review reviewapp demo preprod preproduction ppd pre acc acceptance
nonprod nonproduction nonprd non npe debug e2e perf performance loadtest load lab playground feature feat pr mr
branch experimental experiment training ephemeral mock integration integ int dryrun smoke unittest pytest docker
homolog minikube microk8s k3d vagrant codespace codespaces gitpod devcontainer laptop macbook workstation nightly
prelive prelaunch bench benchmark stress soak chaos scratch poc rc simulator emulator storybook cypress playwright
jest rspec vitest prodtest lokal lokaal lokalny lokale yerel yerelde ontwikkeling ontwikkel acceptatie utveckling utv
udvikling kehitys sviluppo collaudo rozwojowe testowe testowy geliştirme pengembangan vyvoj локально локальный
本地 ローカル 로컬 개발 테스트 스테이징 homologacao homologacion hml recette rec entwicklung abnahme desarrollo
desenvolvimento pruebas prueba teste testes developpement rct разработка тест стенд テスト
開発 検証 ステージング 开发 测试 预发 预发布
"""
_OUTSIDE = frozenset(_OUTSIDE_NAMES.split())
_OUTSIDE_STARTS = (
    "staging", "preprod", "nonprod", "development", "sandbox", "preview", "testing", "review", "local", "qa", "uat",
    "dev", "stg",
)  # fmt: skip
_PART = re.compile(r"[^\W_]+")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")


def is_production(environment: str | None) -> bool:
    """Whether an environment's name means production; a name that says nothing, or none, counts as production."""
    parts = [
        part.rstrip("0123456789") or part for part in _PART.findall(_HUMP.sub(" ", (environment or "")[:80]).lower())
    ]
    return not any(part in _OUTSIDE or part.startswith(_OUTSIDE_STARTS) for part in parts)
