"""The pattern language of the rulebook: text as a library prints it, with `{fact}` and `…` where it varies.

`relation "{table}" does not exist` matches what PostgreSQL prints and takes the table's name out. Letters match in
either case, any run of white space matches one space, and a pattern begins and ends at a word's edge unless it begins
or ends with `…` (up to 120 other characters). A fact ends where the next letter of the pattern stands; one that is
written in capitals, `{SETTING}`, must be in capitals with an underscore, as the names of settings are.

Hostile text cannot make a pattern slow: every repetition is bounded and none stands inside another, and the text
itself is bounded first. Nothing here knows of errors or categories.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

HEAD, TAIL = 2_000, 500
"""Characters of a text that are looked at: its beginning and its end."""
FACT_LENGTH = 80

_WORD = re.compile(r"[a-z0-9\u00c0-\u1fff]+")
_UNSPACED = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff]")
_PART = re.compile(r"(…|\{(?:[a-z_]+|[A-Z_]+)\})")
_EDGES = " .:\"'"
"""Left away around a fact."""
_TO_PLAIN = str.maketrans({"’": "'", "‘": "'", "İ": "I", "`": "'"})  # İ is the one letter that grows in lower case


class BadPattern(ValueError):
    """The pattern cannot be read; the message says why."""


@dataclass(frozen=True, slots=True)
class Text:
    """A bounded text with its white space evened out; `low` has the same length as `plain`."""

    plain: str
    low: str
    words: frozenset[str]
    unspaced: bool = False
    """Some of it is in Chinese, Japanese or Korean, where no spaces stand between words."""

    @classmethod
    def of(cls, raw: str) -> "Text":
        """Bound `raw` to its head and tail and prepare it for matching."""
        bounded = raw if len(raw) <= HEAD + TAIL else f"{raw[:HEAD]} … {raw[-TAIL:]}"
        plain = " ".join(bounded.split()).translate(_TO_PLAIN)
        low = plain.lower()
        unspaced = not low.isascii() and _UNSPACED.search(low) is not None
        return cls(plain, low, frozenset(_WORD.findall(low)), unspaced)


@dataclass(frozen=True, slots=True)
class Found:
    """Where a pattern matched: the text's own words, and the facts that the pattern took out."""

    text: str
    facts: Mapping[str, str]


class Pattern:
    """One pattern. Its regular expression is made only when a text first holds its longest literal part."""

    __slots__ = ("_compiled", "_literal", "_parts", "source")

    def __init__(self, source: str) -> None:
        self.source = source
        self._compiled: re.Pattern[str] | None = None
        plain = source if source.isascii() and "`" not in source else source.translate(_TO_PLAIN)
        if "{" not in plain and "…" not in plain:
            self._literal = plain.lower()
            self._parts = [self._literal]
        else:
            self._parts = [part if _varies(part) else part.lower() for part in _PART.split(plain) if part]
            self._literal = max((part for part in self._parts if not _varies(part)), key=len, default="")
            names = [part for part in self._parts if part[0] == "{"]
            if len(set(names)) != len(names):
                raise BadPattern(f"“{source}” names one fact twice")
        if not self._literal or self._literal.isspace():
            raise BadPattern(f"“{source}” has no text of its own to look for")

    def find(self, text: Text) -> Found | None:
        """The first match in `text` that begins and ends where words do, or None."""
        if self._literal not in text.low:
            return None
        if len(self._parts) == 1:
            return self._find_plain(text)
        if self._compiled is None:
            self._compiled = re.compile(self.expression)
        match = self._compiled.search(text.low)
        while match is not None and not self._stands_alone(text.low, *match.span()):
            match = self._compiled.search(text.low, match.start() + 1)
        if match is None:
            return None
        facts = {name: text.plain[slice(*match.span(name))].strip(_EDGES) for name in match.groupdict()}
        if any(name.isupper() and not ("_" in fact and fact.isupper()) for name, fact in facts.items()):
            return None
        facts = {name.lower(): fact for name, fact in facts.items()}
        return Found(text.plain[match.start() : match.end()], facts)

    def _find_plain(self, text: Text) -> Found | None:
        """What the expression would find; compiling three thousand of them takes longer than reading an event."""
        literal, low = self._literal, text.low
        at = low.find(literal)
        while at >= 0 and not self._stands_alone(low, at, at + len(literal)):
            at = low.find(literal, at + 1)
        return None if at < 0 else Found(text.plain[at : at + len(literal)], {})

    def _stands_alone(self, low: str, start: int, end: int) -> bool:
        """Where the pattern begins or ends with a letter of its own, the text must not go on with another."""
        first, last = self._parts[0], self._parts[-1]
        inside_left = start > 0 and not _varies(first) and _is_letter(first[0]) and _is_letter(low[start - 1])
        inside_right = end < len(low) and not _varies(last) and _is_letter(last[-1]) and _is_letter(low[end])
        return not inside_left and not inside_right

    @property
    def unspaced(self) -> bool:
        """Whether only a text in Chinese, Japanese or Korean can hold it."""
        return not self._literal.isascii() and _UNSPACED.search(self._literal) is not None

    def words(self) -> list[str]:
        """Words that a text must hold for the pattern to match: those that stand whole, away from what varies."""
        if len(self._parts) == 1:
            return _WORD.findall(self._literal)
        whole, last = list[str](), len(self._parts) - 1
        for place, part in enumerate(self._parts):
            if not _varies(part):
                words = _WORD.findall(part)
                begun = place > 0 and words and part.startswith(words[0])
                going_on = place < last and words and part.endswith(words[-1])
                whole += words[1 if begun else 0 : -1 if going_on else None]
        return whole

    @property
    def expression(self) -> str:
        """The regular expression, over lower-case text."""
        following = [*self._parts[1:], ""]
        return "".join(_expression(part, after) for part, after in zip(self._parts, following, strict=True))


def _is_letter(character: str) -> bool:
    """Whether it can be part of a word that white space would end: not so in Chinese or Japanese."""
    return character.isalnum() and character < "\u2000"


def _varies(part: str) -> bool:
    return part == "…" or part[0] == "{"


def _expression(part: str, after: str) -> str:
    if part == "…":
        return ".{0,120}?"
    if part[0] != "{":
        return re.escape(part)
    stop = re.escape(after[0]) if after and not _varies(after) else r"""\s"'`,;)\]}>"""
    return f"(?P<{part[1:-1]}>[^{stop}]{{1,{FACT_LENGTH}}})"
