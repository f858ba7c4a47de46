"""triage.yml, what a team edits → one frozen `TriageFile`. A mistake is named with its line and its cure."""

import difflib
from collections.abc import Collection, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from bot.alerts.classification import Severity
from bot.alerts.durations import Seconds
from bot.alerts.people import Person
from bot.alerts.permissions import Permissions
from bot.alerts.quiet import QuietHours
from bot.alerts.routing import SEVERITIES, Handling, Route
from bot.alerts.storms import StormRules
from bot.alerts.timing import Timers
from bot.classify.models import Route as ModelRoute
from bot.classify.prices import Price
from bot.errors import BadSettings
from bot.insights.schedule import Rhythm


class ModelsFile(BaseModel):
    """The part of triage.yml about models; it matters once LLM_BASE_URL is set."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    routes: tuple[ModelRoute, ...] = Field(
        (), description="Which model is asked about which error; the first that fits."
    )
    strong: tuple[str, ...] = Field((), description="Models whose word may raise a severity beyond the rules'.")
    prices: dict[str, Price] = Field({}, description="US dollars for a million tokens, where you know better.")
    timeout: Seconds = Field(timedelta(seconds=5), description="Seconds that one call may take.")
    question_timeout: Seconds = Field(timedelta(seconds=60), description="Seconds that an answer may take.")
    tries: int = Field(3, ge=1, le=10, description="How often a call is tried before it is given up for now.")
    monthly_budget_usd: float | None = Field(None, ge=0, description="What the models may cost in a month.")
    reserve_share: float = Field(0.2, ge=0, lt=1, description="Share of each budget kept for critical and high.")


class ShadowFile(BaseModel):
    """The part of triage.yml about a shadow."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field("shadow", min_length=1, max_length=40, description="What it is called in the records.")
    config: Path | None = Field(None, description="Another triage.yml, whose routes and own rules are tried out.")
    rules: Path | None = Field(None, description="Rules that are tried out beside those in force.")
    model: str | None = Field(None, description="A model that is tried out, at the same endpoint and budget.")

    @model_validator(mode="after")
    def _something_differs(self) -> "ShadowFile":
        if not (self.config or self.rules or self.model):
            raise ValueError("a shadow needs another `config`, `rules` or `model`")
        return self


class TriageFile(BaseModel):
    """What a team edits: triage.yml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    duplicate_window: Seconds = Field(
        timedelta(seconds=300), description="Seconds within which repeats of an issue only raise its counts."
    )
    catch_up_new: bool = Field(
        True,
        description="Whether issues that no webhook told of get a card, too; false where Sentry's alert rules choose.",
    )
    retention_days: int = Field(
        90, ge=1, description="Days that deliveries and event ids are kept. Alerts and the audit log stay."
    )
    routes: tuple[Route, ...] = Field((), description="Where each alert goes and whom it calls; the first that fits.")
    severities: dict[Severity, Handling] = Field(
        dict(SEVERITIES), description="What is done about an alert of each severity where its route says nothing."
    )
    quiet_hours: QuietHours | None = Field(
        None, description="When nobody is mentioned or paged, where a route has no quiet hours of its own."
    )
    timers: Timers = Field(Timers(), description="Reminders, and how long a fix is watched.")
    people: dict[str, Person] = Field(
        {}, description="Who is who: a name or an e-mail address of Sentry or of a commit → a user id of Slack."
    )
    permissions: Permissions = Field(Permissions(), description="Who may escalate, resolve, mute and spend.")
    storms: StormRules = Field(StormRules(), description="When issues that belong together become one card.")
    digest: Rhythm = Field(Rhythm(), description="When the channel hears how things went, and who is on call.")
    rules: tuple[dict[str, Any], ...] = Field(
        (), description="Rules of your own for the verdicts, in the language of docs/rules.md."
    )
    shadow: ShadowFile | None = Field(
        None, description="A second configuration, rules or model that looks on and is only recorded."
    )
    models: ModelsFile = Field(ModelsFile(), description="Which models are asked, and what they may cost.")


def read_triage_file(path: Path, services: Collection[str] | None = None) -> TriageFile:
    """Read triage.yml; a missing file means the defaults.

    Args:
        path: where it stands.
        services: the names of the PagerDuty services that routes may call; None: they are not checked.

    Raises:
        BadSettings: one line for each mistake: file, line, what is wrong, what to write instead.
    """
    if not path.exists():
        return TriageFile()
    try:
        text = path.read_text(encoding="utf-8")
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        data = yaml.safe_load(text) or {}
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise BadSettings(f"{path}, line {line}: {error.problem}; check the indentation and the quotes there") from None
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise BadSettings(f"{path}: this is no YAML in UTF-8 ({type(error).__name__})") from None
    except OSError as error:
        raise BadSettings(f"{path}: {error.strerror or error}") from None
    if not isinstance(data, dict):
        raise BadSettings(f"{path}, line 1: expected `name: value` lines")
    try:
        return TriageFile.model_validate(data, context={"services": services})
    except ValidationError as error:
        lines = _lines(root)
        raise BadSettings("\n".join(_problem(path, lines, dict(e)) for e in error.errors())) from None


def _problem(path: Path, lines: Mapping[tuple[str, ...], int], error: Mapping[str, Any]) -> str:
    place = tuple(str(part) for part in error["loc"])
    line = next((lines[place[:end]] for end in range(len(place), 0, -1) if place[:end] in lines), 1)
    where = f"{path}, line {line}: `{'.'.join(place)}`"
    if error["type"] != "extra_forbidden":
        return f"{where}: {str(error['msg']).removeprefix('Value error, ')}"
    known = _names(TriageFile, place[:-1])
    near = difflib.get_close_matches(place[-1], known, n=1)
    cure = f"did you mean `{near[0]}`?" if near else "known are " + ", ".join(known)
    return f"{where} is not a setting; {cure}"


def _names(model: type[BaseModel], place: tuple[str, ...]) -> list[str]:
    """What may stand at `place`: the settings of the innermost model there."""
    fields = {field.alias or name: field for name, field in model.model_fields.items()}
    if not place:
        return list(fields)
    field = fields.get(place[0])
    inner = _model(field.annotation) if field else None
    if inner is None:
        return _names(model, place[1:])  # the number of a line in a list, or a severity's name
    return _names(inner, place[1:])


def _model(annotation: Any) -> type[BaseModel] | None:
    """The model inside `X | None`, `tuple[X, ...]` or `dict[_, X]`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _model(part))), None)


def _lines(node: yaml.Node | None, place: tuple[str, ...] = ()) -> dict[tuple[str, ...], int]:
    """Where each value stands: its path in the file → its line, from 1."""
    found: dict[tuple[str, ...], int] = {}
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            found[(*place, str(key.value))] = key.start_mark.line + 1
            found |= _lines(value, (*place, str(key.value)))
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            found[(*place, str(index))] = value.start_mark.line + 1
            found |= _lines(value, (*place, str(index)))
    return found
