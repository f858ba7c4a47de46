"""What a model's word may change: safety rule 2. Pure, and deliberately one-sided.

The rules' severity stands unless a model that the team trusts raises it with checked evidence. No model lowers a
severity: where the rules would page somebody, no answer, obedient or mistaken, can change that; a person can, with one
click, and the sentence says what the model thought. Weak models get most severities wrong where counts alone get most
right, so this is also what keeps `auto` from ever doing worse than the rules.
"""

import re
from collections.abc import Set
from dataclasses import dataclass, replace

from bot.alerts.classification import Category, Classification
from bot.classify.prompt import Prompt
from bot.classify.suspicion import suspicious

__all__ = ["UNSURE", "Combined", "combine", "harmless", "suspicious"]

UNSURE = 0.6
"""Below this confidence of the rules, a model's checked category counts."""
_EVIDENCE, _SHINGLE = 8, 6
_PING = re.compile(r"<[!@#][^<>\n]{0,80}>|(?<![\w.])@(?:channel|here|everyone)\b", re.IGNORECASE)
_LINK = re.compile(
    r"!?\[([^\]\n]{0,200})\]\([^)\n]{0,400}\)|<[a-z][a-z0-9+.-]{1,15}:[^<>\n]{0,400}>"
    r"|\b[a-z][a-z0-9+.-]{1,15}://[^\s<>\"')\]]{0,400}|\b(?:mailto|tel|javascript|data):[^\s<>\"']{1,400}"
    r"|\bwww\.[^\s<>\"')\]]{1,400}",
    re.IGNORECASE,
)
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Combined:
    """The verdict that counts, and one sentence that says whose it is and why."""

    classification: Classification
    sentence: str


def combine(
    rules: Classification,
    model: Classification,
    *,
    suspicious: bool,
    strong: bool = False,
    hypotheses: Set[str] = frozenset(),
) -> Combined:
    """The rules' and a model's verdict → the one that counts.

    `suspicious`: the event's text contains instructions to a model, so that only a higher severity of it counts.
    `strong`: the team trusts this model's severities. `hypotheses`: the model's claims without checked evidence.
    """
    raised = strong and "severity" not in hypotheses and model.severity.rank < rules.severity.rank
    verdict = rules
    if raised:
        reason = f"Raised from {rules.severity} by {model.made_by}: {_first_fact(model)}"
        verdict = replace(rules, severity=model.severity, severity_reason=reason, made_by=model.made_by)
    if suspicious:
        return Combined(verdict, _suspicious_sentence(rules, model, raised=raised))
    category = _category(rules, model, hypotheses)
    explains = model.category is category or rules.confidence < UNSURE or strong
    if explains:
        # A cause for another category than the one on the card would only confuse.
        verdict = replace(
            verdict,
            root_cause=model.root_cause or rules.root_cause,
            suggested_action=model.suggested_action or rules.suggested_action,
            estimated_fix_time=model.estimated_fix_time,
            made_by=model.made_by,
        )
    changed = category is not rules.category
    confidence = min(model.confidence, 0.7) if changed else rules.confidence
    evidence = (*rules.evidence, *model.evidence)[:_EVIDENCE] if explains or raised else rules.evidence
    verdict = replace(verdict, category=category, confidence=confidence, evidence=evidence)
    return Combined(verdict, _sentence(rules, model, verdict))


def _category(rules: Classification, model: Classification, hypotheses: Set[str]) -> Category:
    unsure = rules.confidence < UNSURE and model.category is not Category.UNKNOWN
    return model.category if unsure and "category" not in hypotheses else rules.category


def _first_fact(model: Classification) -> str:
    fact = next((one for one in model.evidence if one.speaks_for == "severity"), None)
    return f"{fact.source} says “{fact.text}”" if fact else "see its evidence"


def _suspicious_sentence(rules: Classification, model: Classification, *, raised: bool) -> str:
    start = "The event's text contains instructions to a model, so the model's verdict only counts upward: "
    return start + (f"severity raised to {model.severity}." if raised else f"the rules' {rules.severity} stands.")


def _sentence(rules: Classification, model: Classification, verdict: Classification) -> str:
    said = []
    if verdict.category is not rules.category:
        said.append(f"category by {model.made_by}, the rules were unsure")
    elif model.category is not rules.category:
        said.append(f"category by the rules ({model.made_by} said {model.category})")
    if verdict.severity is not rules.severity:
        said.append(f"severity raised from {rules.severity} by {model.made_by}")
    elif model.severity.rank > rules.severity.rank:
        said.append(f"severity by the rules ({model.made_by} said {model.severity}; a model never lowers)")
    elif model.severity.rank < rules.severity.rank:
        said.append(f"severity by the rules ({model.made_by} said {model.severity}, which is not proven)")
    if not said:
        return f"Rules and {model.made_by} agree."
    text = "; ".join(said)
    return f"{text[0].upper()}{text[1:]}."


def harmless(text: str, prompt: Prompt) -> str:
    """A model's sentence without pings and links; empty where it repeats the prompt's own text or its fence.

    Escaping for Slack is still the card's business: this is the lock before that one.
    """
    if prompt.fence in text or _repeats(text, prompt.system):
        return ""
    # Twice: taking one thing out must not leave another behind (`<!cha<!here>nnel>`).
    for _ in range(2):
        text = _LINK.sub(lambda match: f"{match[1] or ''} [link removed]".strip(), _PING.sub("", text))
    return " ".join(text.replace("<!", "").replace("<@", "").replace("](", "] (").split())


def _repeats(text: str, system: str) -> bool:
    """Whether six words in a row stand in the instructions, too: more than chance, less than a sentence."""
    words, source = _WORD.findall(text.lower()), f" {' '.join(_WORD.findall(system.lower()))} "
    runs = (" ".join(words[at : at + _SHINGLE]) for at in range(len(words) - _SHINGLE + 1))
    return any(f" {run} " in source for run in runs)
