"""Data for a model, fenced and marked as untrusted: no text in it can look like the fence, a turn or an instruction.

The mark is random for each question, so that nobody who writes into an event can foresee it.
"""

import re

from bot.classify.redact import Redactor

_TURNS = re.compile(
    r"<\|?(?=[\w/]{0,20}\|?>)|\|>|\[(?=/?(?:INST|SYS)\])|<<(?=/?SYS>>)|<(?=/?(?:s|bos|eos|pad|unk)>)", re.IGNORECASE
)
"""The markers by which models tell their own turns apart."""
_HIDDEN = dict.fromkeys((*range(9), *range(11, 32), 127, *range(0x200B, 0x2010), *range(0x202A, 0x202F), 0xFEFF))
_HIDDEN |= dict.fromkeys(range(0xE0000, 0xE0080))


def fenced(name: str, text: str, mark: str) -> str:
    """`text` between two lines with the mark; each of its lines begins with a bar. Redacted once more."""
    safe = Redactor().text(text).translate(_HIDDEN).replace(mark, "")
    safe = _TURNS.sub(lambda found: found[0].replace("<", "‹").replace("|", "¦").replace("[", "("), safe)
    lines = "\n".join(f"| {line}" for line in safe.splitlines())
    return f"--- untrusted data {mark} begins: {name} ---\n{lines}\n--- untrusted data {mark} ends ---"
