"""The taxonomy and the verdict on an alert: who must look first, how soon, why, and what to do."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How soon somebody must act, worst first."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"

    @property
    def rank(self) -> int:
        """0 for critical to 3 for low: a smaller rank is worse."""
        return list(Severity).index(self)


class Category(StrEnum):
    """Who must look first."""

    AUTHENTICATION = "authentication"
    DATABASE = "database"
    NETWORK = "network"
    TIMEOUT = "timeout"
    VALIDATION = "validation"
    LOGIC = "logic"
    EXTERNAL_SERVICE = "external_service"
    INFRASTRUCTURE = "infrastructure"
    UNKNOWN = "unknown"


class FixTime(StrEnum):
    """How long a fix usually takes."""

    QUARTER_HOUR = "15min"
    HOUR = "1h"
    HALF_DAY = "4h"
    DAY = "1day"


_SEVERITY_ALIASES = {
    "critical": "critical blocker fatal emergency panic alert p0 p1 sev0 sev1 s1 crit urgent highest",
    "high": "high error major severe important p2 sev2 s2",
    "medium": "medium moderate warning warn normal minor p3 sev3 s3 mid",
    "low": "low info information informational debug trivial notice p4 p5 sev4 sev5 s4 lowest none",
}
_CATEGORY_ALIASES = {
    "authentication": "authentication auth authn authz authorization permission permissions security login access",
    "database": "database db sql nosql datastore data_store postgres postgresql mysql mongodb redis persistence query",
    "network": "network networking connection connectivity dns tls ssl socket",
    "timeout": "timeout time_out timed_out deadline latency slow",
    "validation": "validation input data_validation invalid_input bad_input schema parsing serialization",
    "logic": "logic code bug application application_error code_bug programming runtime null_pointer defect",
    "external_service": "external_service external third_party thirdparty 3rd 3rd_party api upstream vendor",
    "infrastructure": "infrastructure infra resource resources memory disk system platform configuration config os",
    "unknown": "unknown other none unclassified misc general n_a na",
}
_FIX_TIME_ALIASES = {
    "15min": "15min 15m 15_min 15_minutes minutes quick quarter_hour under_15_minutes 5min 10min 30min 30m",
    "1h": "1h 1hr 60min 1_hour an_hour hour 2h 2_hours",
    "4h": "4h 4hr 4_hours half_day hours 8h",
    "1day": "1day 1d 24h 1_day a_day day days 2d 1w week",
}


def _inverted(table: dict[str, str]) -> dict[str, str]:
    return {alias: word for word, aliases in table.items() for alias in aliases.split()}


_SEVERITIES, _CATEGORIES, _FIX_TIMES = map(_inverted, (_SEVERITY_ALIASES, _CATEGORY_ALIASES, _FIX_TIME_ALIASES))


def _normal(word: str) -> str:
    return "_".join(word.casefold().replace("-", " ").replace("/", " ").replace("_", " ").split())


def severity_from(word: str) -> Severity | None:
    """Read a severity from another tool's word (`P0`, `fatal`, `warn` …); None when it is not one."""
    known = _SEVERITIES.get(_normal(word))
    return Severity(known) if known else None


def category_from(word: str) -> Category | None:
    """Read a category from another tool's word (`auth`, `sql`, `3rd` …); None when it is not one."""
    known = _CATEGORIES.get(_normal(word))
    return Category(known) if known else None


def fix_time_from(word: str) -> FixTime | None:
    """Read an estimated fix time (`1 hour`, `2d` …), rounded to the four that we use; None when it is not one."""
    known = _FIX_TIMES.get(_normal(word))
    return FixTime(known) if known else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One fact of the event that decided, and what it speaks for."""

    source: str
    """Where it stands: `message`, `type`, `frame`, `tag release`, `level`, `counts` …"""
    text: str
    """The fact itself, in the event's own words (untrusted)."""
    speaks_for: str
    """The category or severity that it supports."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Classification:
    """A verdict on an alert."""

    severity: Severity
    category: Category
    root_cause: str
    suggested_action: str
    estimated_fix_time: FixTime
    confidence: float
    """0 to 1; below 0.5 the card says that it is a guess."""
    made_by: str
    """`rules`, a model's name, or `user:<Slack id>`."""
    evidence: tuple[Evidence, ...] = ()
    severity_reason: str = ""
    """One sentence: which row of the rubric decided."""
    reason: str = ""
    """Why a person corrected it, in their words (untrusted)."""
    model: str = ""
    """The model that was asked, if any; `made_by` is whose word counts."""
    model_reason: str = ""
    """Why this model was chosen."""
    note: str = ""
    """One sentence about a model's share: where it agrees, and what of its word did not count."""
    suspicious: bool = False
    """The event's text contains instructions to a model: its word counted only upward, and the card says so."""
    cost_usd: float = 0.0
    shared: bool = False
    """A model's answer to the same error elsewhere: it cost nothing here."""
    taught_by: str = ""
    """Whose corrections of such errors changed the machine's verdict: `Ana on 2 Mar 2026` (untrusted)."""
    supposed: bool = False
    """Nothing that was checked speaks for the root cause: it is a hypothesis."""
