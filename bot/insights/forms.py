"""The forms in which a report is written; each is made elsewhere."""

import json
from enum import StrEnum

from bot.insights import pages
from bot.insights.report import as_csv, as_json, as_text
from bot.insights.stats import Figures


class Form(StrEnum):
    """How a report is written."""

    TEXT = "text"
    JSON = "json"
    CSV = "csv"
    HTML = "html"


def written(found: Figures, form: Form) -> str:
    """The whole report."""
    if form is Form.HTML:
        return pages.report(found)
    if form is Form.JSON:
        return json.dumps(as_json(found), indent=2, ensure_ascii=False)
    return as_text(found) if form is Form.TEXT else as_csv(found)
