"""The prompt: the reviewed text of `prompts/classify.md`, and an event's extract, fenced and marked as untrusted.

Nothing here calls a model. The fence is random for each prompt, so that no text in an event can close it.
"""

import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bot.alerts.alert import Counts
from bot.alerts.classification import Classification
from bot.alerts.event import ErrorEvent
from bot.classify.extract import TOKENS, extract, tokens

FILE = Path(__file__).parent / "prompts" / "classify.md"
_FRONT = re.compile(r"---\nversion: (\d+)\n---\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """All that a model is told about one event."""

    system: str
    user: str
    version: str
    """Of the reviewed text: an answer belongs to it, and a new version asks anew."""
    fence: str
    parts: Mapping[str, str]
    """Reference (`frame:0`, `message`, `tag:release` …) → the text that the model saw under it (untrusted)."""
    rules: Classification
    """The rules' verdict: stands wherever the model says nothing. The model is not told: it would only repeat it."""
    redacted: tuple[tuple[str, int], ...] = ()
    """What was taken out, by kind."""

    @property
    def tokens(self) -> int:
        """About how many tokens the prompt is."""
        return tokens(self.system) + tokens(self.user)


def new_fence() -> str:
    """A mark that nobody can foresee."""
    return secrets.token_hex(12)


@cache
def reviewed() -> tuple[str, str]:
    """The prompt file's version and text.

    Raises:
        ValueError: its first lines do not name a version; a test holds that they do.
    """
    text = FILE.read_text(encoding="utf-8")
    front = _FRONT.match(text)
    if front is None:
        raise ValueError(f"{FILE.name} must start with its version between two lines of dashes")
    return front[1], text[front.end() :].strip()


def build(
    event: ErrorEvent,
    counts: Counts,
    rules: Classification,
    *,
    fence: Callable[[], str] = new_fence,
    budget: int = TOKENS,
) -> Prompt:
    """Make the prompt for an event; `budget` is in tokens and bounds the event's part of it."""
    mark = fence()
    version, text = reviewed()
    seen = extract(event, counts, budget)
    # Who guessed the mark still could not write it: it is taken out of the text first.
    parts = {part.ref: part.text.replace(mark, "") for part in seen.parts}
    body = "\n".join(_shown(ref, part) for ref, part in parts.items())
    user = f"--- untrusted data {mark} begins ---\n{body}\n--- untrusted data {mark} ends ---\nJudge the error above."
    return Prompt(
        system=text.replace("{fence}", mark),
        user=user,
        version=version,
        fence=mark,
        parts=parts,
        rules=rules,
        redacted=seen.redacted,
    )


def _shown(ref: str, text: str) -> str:
    """Every line of an event's text starts with a bar: none can look like a part's name, or like the fence."""
    return f"[{ref}]\n" + "\n".join(f"| {line}" for line in text.splitlines())
