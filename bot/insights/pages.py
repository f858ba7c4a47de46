"""The pages: dashboard, report, log-in. Templates in, HTML out; every value is escaped, whoever wrote it.

A page asks nobody for anything: its only style is in it, named by its hash in the page's policy, and it has no script.
Jinja2 is imported when the first page is made.
"""

import base64
import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta, tzinfo
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.insights.charts import in_words
from bot.insights.report import share
from bot.insights.stats import SEVERITIES, Figures, severity_of
from bot.slack.text import lasting, one_line, safe_url
from bot.slack.words import cost

if TYPE_CHECKING:
    from jinja2 import Environment

_FILES = Path(__file__).with_name("templates")
_TITLE = 200


def report(found: Figures) -> str:
    """A period on a page of its own, to be kept or sent."""
    return _rendered("report.html", found.period.zone, figures=found, alt=in_words(found))


def dashboard(found: Figures, **facts: object) -> str:
    """The page of `GET /`; see the template for its facts."""
    return _rendered("dashboard.html", found.period.zone, figures=found, alt=in_words(found), **facts)


def login(*, wrong: bool = False) -> str:
    """The form that asks for the token."""
    return _rendered("login.html", None, wrong=wrong)


@cache
def policy() -> str:
    """The Content-Security-Policy of every page: nothing but its own style, and forms to where it came from."""
    digest = base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; base-uri 'none'"


@cache
def _style() -> str:
    return (_FILES / "style.css").read_text(encoding="utf-8")


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader(_FILES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "oneline": lambda text: one_line(text, _TITLE),
        "safeurl": safe_url,
        "severity": severity_of,
        "share": share,
        "dollars": cost,
        "lasting": _lasting,
        "sumup": _sum,
    }
    return made


def _rendered(name: str, zone: tzinfo | None, **facts: Any) -> str:
    from markupsafe import Markup

    def clock(at: datetime) -> str:
        return _clock(at, zone)

    style = Markup(_style())  # noqa: S704  our own file, whose hash stands in the policy
    template = _environment().get_template(name)
    return template.render(policy=policy(), style=style, severities=SEVERITIES, clock=clock, **facts)


def _clock(at: datetime, zone: tzinfo | None) -> str:
    local = at.astimezone(zone)
    return f"{local.day} {local:%b} {local:%H:%M} {local:%Z}".rstrip()


def _lasting(time: timedelta | None) -> str:
    return "–" if time is None else lasting(time)


def _sum(counts: Mapping[str, int]) -> int:
    return sum(counts.values())
