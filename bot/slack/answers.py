"""Answers to questions, as Slack shows them. Whoever wrote the text, nothing in it can come alive.

The finished answer is rich_text, whose pieces Slack never parses. What is streamed before that is Markdown, which Slack
does parse: `tamed` takes away what it could make a mention or a link of.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from bot.alerts.question import Answer, Question
from bot.slack import words
from bot.slack.blocks import Block, Element, code_block, line, marked, named, plain, rich, small, span
from bot.slack.cards import Message
from bot.slack.feedback import ANSWER, thumbs
from bot.slack.text import DOT, Mrkdwn, inert, joined, many_lines, mention, one_line

ANSWER_LIMIT = 6_000
"""Characters of an answer: two thirds of a screen; a whole message may have about 13,000."""
_SPOKEN, _QUESTION, _SOURCES = 1_500, 300, 12
_MAX_PIECES = 150
"""Bold words, code, times and list items; the rest of a longer answer is plain text."""
_FENCE, _BULLET = "```", re.compile(r"\s{0,8}(?:[-*•]|\d{1,3}[.)])\s+")
_HEADING = re.compile(r"#{1,6}\s+")
_INLINE = re.compile(
    r"\*\*(?P<bold>[^*\n]{1,400})\*\*|`(?P<code>[^`\n]{1,400})`"
    r"|(?P<time>\b\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?Z)"
)
_LIVE = str.maketrans({"<": "‹", ">": "›", "@": "＠"})
_LINKS = (
    (re.compile(r"://"), ":⧸⧸"),
    (re.compile(r"\]\("), "] ("),
    (re.compile(r"\]:"), "] :"),
    (re.compile(r"\bwww\.", re.IGNORECASE), "www․"),
)


def asker(question: Question) -> Mrkdwn:
    """Who asked: by name, else by a mention, which shows Slack's own name for them."""
    by = question.asked.by
    return inert(by.name, words.NAME_LIMIT) or mention(by.id) or Mrkdwn("somebody")


def looking(question: Question, so_far: str = "") -> Message:
    """What stands there while the answer is being made."""
    says = words.looking(asker(question))
    parts: dict[str, Block | None] = {"looking": small(marked(says))}
    parts |= {f"text-{index}": block for index, block in enumerate(_body(so_far))}
    return Message(says, named(f"question-{question.id}-draft", parts))


def answered(question: Question, answer: Answer) -> Message:
    """The answer with its question, what was looked at, who answered and what it cost."""
    who = asker(question)
    note = one_line(answer.note, 400)
    body = _body(answer.text) or [rich(line(span(words.NO_ANSWER)))]
    parts: dict[str, Block | None] = {
        "question": small(marked(words.asked(who, inert(question.asked.text, _QUESTION)))),
        **{f"text-{index}": block for index, block in enumerate(body)},
        "note": small(plain(note)) if note else None,
        "grounds": small(plain(_grounds(answer))),
        "thumbs": thumbs(ANSWER, question.id),
    }
    spoken = joined((words.answered(who, inert(_unmarked(answer.text), _SPOKEN)), inert(answer.note, 300)))
    return Message(spoken, named(f"question-{question.id}-answer", parts))


def _grounds(answer: Answer) -> str:
    sources = [one_line(each, 60) for each in answer.sources[:_SOURCES]]
    maker = (one_line(answer.model, 60), words.answer_cost(answer.cost_usd)) if answer.model else (words.OWN_RECORDS,)
    return DOT.join((words.looked_at(sources), ", ".join(maker)))


def _unmarked(text: str) -> str:
    """The text as it is read aloud."""
    return _INLINE.sub(lambda found: found["bold"] or found["code"] or _said_time(found["time"]), text)


def _said_time(text: str) -> str:
    at = _time(text)
    return f"{at.day} {at:%b %H:%M} UTC" if at else text


def _time(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):  # the 31st of February, the year 0001
        return None


def tamed(markdown: str) -> str:
    """Untrusted Markdown in which no mention and no link is left.

    What it does to a text's beginning does not depend on the rest, as long as that is cut at a space: so it can be
    streamed.
    """
    text = many_lines(markdown, ANSWER_LIMIT).translate(_LIVE)
    for pattern, instead in _LINKS:
        text = pattern.sub(instead, text)
    return text


def _body(text: str) -> list[Block]:
    """The little Markdown that answers use, as one rich_text block; whatever else there is stays as written."""
    parts = list(_parts(many_lines(text, ANSWER_LIMIT).split("\n")))
    return [rich(*parts)] if parts else []


def _parts(lines: Sequence[str]) -> Iterator[Element]:
    code: list[str] | None = None
    prose: list[str] = []
    budget = [_MAX_PIECES]
    for each in [*lines, ""]:
        if each.lstrip().startswith(_FENCE):
            yield from _paragraph(prose, budget)
            prose = []
            if code is not None:
                yield from _box(code)
            code = [] if code is None else None
        elif code is not None:
            code.append(each)
        else:
            prose.append(each)
    if code is not None:  # a fence that nobody closed
        yield from _box(code)
    yield from _paragraph(prose, budget)


def _box(code: Sequence[str]) -> Iterator[Element]:
    if text := "\n".join(code).strip("\n"):
        yield code_block(text)


def _paragraph(lines: Sequence[str], budget: list[int]) -> Iterator[Element]:
    """Lines between boxes of code: lists become lists, the rest keeps its breaks."""
    plain_lines: list[str] = []
    items: list[str] = []
    style = ""
    for each in [*lines, ""]:
        bullet = _BULLET.match(each) if budget[0] > 0 else None
        kind = "" if not bullet else "ordered" if bullet[0].strip()[0].isdigit() else "bullet"
        if items and kind != style:
            yield {"type": "rich_text_list", "style": style, "elements": [line(*_spans(i, budget)) for i in items]}
            items = []
        style = kind
        if not bullet:
            plain_lines.append(each)
            continue
        if spans := _spans("\n".join(plain_lines).strip("\n"), budget):
            yield line(*spans)
        plain_lines = []
        budget[0] -= 1
        if each[bullet.end() :].strip():
            items.append(each[bullet.end() :].strip())
    if spans := _spans("\n".join(plain_lines).strip("\n"), budget):
        yield line(*spans)


def _spans(text: str, budget: list[int]) -> list[Element]:
    text = "\n".join(f"**{h[found.end() :]}**" if (found := _HEADING.match(h)) else h for h in text.split("\n"))
    spans: list[Element] = []
    at = 0
    for found in _INLINE.finditer(text):
        if budget[0] <= 0:
            break
        budget[0] -= 1
        if before := text[at : found.start()]:
            spans.append(span(before))
        spans.append(_styled(found))
        at = found.end()
    return [*spans, span(text[at:])] if text[at:] else spans


def _styled(found: re.Match[str]) -> Element:
    if found["bold"]:
        return span(found["bold"], bold=True)
    if found["code"]:
        return span(found["code"], code=True)
    at = _time(found["time"])
    stamp = int(at.timestamp()) if at else 0
    if not 0 < stamp < 9_999_999_999:
        return span(found["time"])
    shape = "{date_short_pretty} {time}"
    return {"type": "date", "timestamp": stamp, "format": shape, "fallback": _said_time(found["time"])}
