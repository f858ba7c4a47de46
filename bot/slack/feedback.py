"""The thumbs below a verdict or an answer: Slack's own pair where there is one, else two small buttons. Pure."""

from typing import Any

from bot.slack import words_commands as words
from bot.slack.blocks import Block, button, plain
from bot.slack.ids import Thumb

VERDICT, ANSWER = "verdict", "answer"
_SPOKEN = {
    VERDICT: (words.UP_SPOKEN, words.DOWN_SPOKEN),
    ANSWER: (words.ANSWER_UP_SPOKEN, words.ANSWER_DOWN_SPOKEN),
}


def thumbs(subject: str, subject_id: int) -> Block:
    """A pair of thumbs about a verdict (its classification's id) or an answer (its question's id)."""
    up, down = _SPOKEN[subject]
    return {
        "type": "context_actions",
        "elements": [
            {
                "type": "feedback_buttons",
                "action_id": Thumb.BOTH.value,
                "positive_button": _thumb(words.UP, f"up:{subject}:{subject_id}", up),
                "negative_button": _thumb(words.DOWN, f"down:{subject}:{subject_id}", down),
            }
        ],
    }


def without_new_blocks(blocks: list[Block]) -> list[Block]:
    """The same blocks for a workspace whose Slack does not know thumbs: two buttons in their place."""
    return [_plain_thumbs(block) if block["type"] == "context_actions" else block for block in blocks]


def read_thumb(value: str) -> tuple[bool, str, int]:
    """What a thumb says: whether it is good, what it is about, and that one's id.

    Raises:
        ValueError: it is no thumb of ours.
    """
    which, subject, number = value.split(":")
    if which not in ("up", "down") or subject not in _SPOKEN:
        raise ValueError(f"no thumb: {value[:40]!r}")
    return which == "up", subject, int(number)


def _thumb(text: str, value: str, spoken: str) -> dict[str, Any]:
    return {"text": plain(text), "value": value, "accessibility_label": spoken}


def _plain_thumbs(block: Block) -> Block:
    pair = block["elements"][0]
    sides = ((Thumb.UP, pair["positive_button"]), (Thumb.DOWN, pair["negative_button"]))
    made = [
        button(said["text"]["text"], action.value, said["value"], spoken=said["accessibility_label"])
        for action, said in sides
    ]
    return {**block, "type": "actions", "elements": made}
