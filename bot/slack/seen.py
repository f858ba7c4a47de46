"""What did the model see? The newest call about an alert, as the details modal shows it: word for word.

Decides nothing: the calls come from the audit, the prompt's part about the event was redacted before it was sent.
"""

from collections.abc import Sequence

from bot.alerts.asking import ModelCall
from bot.slack import words
from bot.slack.blocks import Block, code_block, line, plain, rich, span
from bot.slack.text import DOT, counted, many_lines, number, one_line

_BOX, _BOXES = 2_500, 6
"""Characters in a box, and boxes for one text: a view has room for 250 kB, and people for less."""


def seen(calls: Sequence[ModelCall]) -> dict[str, Block | None]:
    """The newest of `calls` (newest first) in full, and how many there were; nothing where there was none."""
    if not calls:
        return {}
    call = calls[0]
    took = (
        one_line(call.model, 80),
        f"{number(call.tokens_in)} tokens in, {number(call.tokens_out)} out" if call.tokens_in else "",
        words.cost(call.cost_usd),
        f"{call.seconds:.1f} s",
        f"read as {call.parsing_method.replace('_', ' ')}" if call.parsing_method else one_line(call.outcome, 40),
        f"prompt {call.prompt_version}",
        f"{counted(len(calls), 'call')} in all" if len(calls) > 1 else "",
    )
    removed = ", ".join(f"{kind} × {count}" for kind, count in call.redacted)
    facts = (
        ("Asked", DOT.join(filter(None, took))),
        ("Chosen because", one_line(call.why, 200)),
        ("Removed before", removed or "nothing"),
    )
    spans = [piece for key, value in facts for piece in (span(f"{key}  ", bold=True), span(f"{value}\n"))]
    parts: dict[str, Block | None] = {
        "seen-title": {"type": "header", "text": plain(words.SEEN)},
        "seen-facts": rich(line(*spans)),
    }
    for name, heading, text in (
        ("user", words.SEEN_EVENT, call.user),
        ("system", words.SEEN_SYSTEM, call.system),
        ("reply", words.SEEN_REPLY, call.raw_reply),
    ):
        for index, box in enumerate(_boxes(text)):
            title = [line(span(heading, bold=True))] if index == 0 else []
            parts[f"seen-{name}-{index}"] = rich(*title, code_block(box))
    return parts


def _boxes(text: str) -> list[str]:
    clean = many_lines(text, _BOX * _BOXES)
    return [box for at in range(0, len(clean), _BOX) if (box := clean[at : at + _BOX]).strip()]
