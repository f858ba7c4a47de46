"""The answer: the form in which a model is asked for it, and all that is kept of one.

Nothing here asks (`llm`) or reads (`reader`).
"""

from dataclasses import dataclass
from typing import Any

from bot.alerts.classification import Category, Classification, FixTime, Severity
from bot.classify.evidence import CLAIMS
from bot.classify.reader import ParsingMethod, Reference
from bot.classify.wire import Mode

ANSWER_SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": [
        "severity",
        "category",
        "root_cause",
        "suggested_action",
        "estimated_fix_time",
        "confidence",
        "evidence",
    ],
    "properties": {
        "severity": {"type": "string", "enum": [one.value for one in Severity]},
        "category": {"type": "string", "enum": [one.value for one in Category]},
        "root_cause": {"type": "string"},
        "suggested_action": {"type": "string"},
        "estimated_fix_time": {"type": "string", "enum": [one.value for one in FixTime]},
        "confidence": {"type": "number"},
        "evidence": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["ref", "quote", "supports"],
                "properties": {
                    "ref": {"type": "string"},
                    "quote": {"type": "string"},
                    "supports": {"type": "string", "enum": list(CLAIMS)},
                },
            },
        },
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelVerdict:
    """A model's verdict and all that is kept of how it came about."""

    classification: Classification
    """The model's word where it said something, the rules' where not; its evidence is checked. Not yet combined."""
    hypotheses: frozenset[str]
    """The claims that nothing checked speaks for: `root_cause`, `category`, `severity`."""
    rejected: tuple[Reference, ...]
    """References that did not hold."""
    model: str
    model_selection_reason: str
    strong: bool
    prompt_version: str
    parsing_method: ParsingMethod
    mode: Mode
    raw_reply: str
    tokens_in: int
    tokens_out: int
    usage_estimated: bool
    """The endpoint did not say how many tokens it took."""
    cost_usd: float
    """Of all attempts together."""
    latency_ms: float
    attempts: int
