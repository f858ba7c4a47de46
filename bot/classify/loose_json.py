r"""JSON as models write it → Python values: one pass, linear time, bounded depth, and it never raises.

Takes what `json` refuses: single, typographic or no quotes, trailing or missing commas, comments, raw line breaks and
inner quotes in strings, escapes that JSON does not have (`C:\Users` stays readable), and objects that were cut off.
"""

from dataclasses import dataclass

_DEPTH = 12
_SPACE = " \t\r\n\ufeff\u00a0"
_QUOTES = {'"': '"', "'": "'", "“": "”", "”": "”", "`": "`"}
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", '"': '"', "'": "'", "/": "/", "\\": "\\", "`": "`"}
_CONSTANTS = {"true": True, "false": False, "null": None, "none": None, "undefined": None, "nan": None}
_AHEAD = 200
"""Characters looked at behind a quote to tell whether it ends the string."""


@dataclass(frozen=True, slots=True)
class Found:
    """An object in a text, and where it stands."""

    value: dict[str, object]
    start: int
    end: int
    whole: bool
    """False: the text ended before the object did."""


def objects(text: str, most: int = 16) -> list[Found]:
    """The objects in a text, outermost only, in their order; at most `most`."""
    found: list[Found] = []
    at = text.find("{")
    while at >= 0 and len(found) < most:
        parser = _Parser(text, at)
        value = parser.whole_object(0)
        found.append(Found(value, at, parser.at, whole=not parser.cut))
        at = text.find("{", parser.at)
    return found


class _Parser:
    """Reads values from `at` on; every step moves `at` forward, so that the work is bounded by the text."""

    def __init__(self, text: str, at: int) -> None:
        self.text, self.at, self.cut = text, at, False

    def whole_object(self, depth: int) -> dict[str, object]:
        """From `{` to its `}` or the end of the text."""
        found: dict[str, object] = {}
        self.at += 1
        while self._more("}"):
            start = self.at
            key = self._key()
            self._blank()
            if self._peek() in (":", "="):
                self.at += 2 if self.text[self.at : self.at + 2] in ("=>", ":=") else 1
                found.setdefault(key, self._value(depth + 1))
            if self.at == start:
                self.at += 1  # a sign that belongs nowhere
        return found

    def _array(self, depth: int) -> list[object]:
        found: list[object] = []
        self.at += 1
        while self._more("]"):
            start = self.at
            if self._peek() == "}":
                break  # the list was never closed
            found.append(self._value(depth + 1))
            if self.at == start:
                self.at += 1
        return found

    def _more(self, closing: str) -> bool:
        """Skip to the next item; False (and past it) at the closing bracket, or at the end of the text."""
        while True:
            self._blank()
            if self._peek() == closing:
                self.at += 1
                return False
            if self.at >= len(self.text):
                self.cut = True
                return False
            if self.text[self.at] not in ",;":
                return True
            self.at += 1

    def _value(self, depth: int) -> object:
        self._blank()
        sign = self._peek()
        if sign in _QUOTES and sign:
            return self._string(sign, ",}]")
        if sign in ("{", "[") and depth > _DEPTH:
            self.at = len(self.text)  # nobody nests a verdict this deep: the rest is not worth reading
            return None
        if sign == "{":
            return self.whole_object(depth)
        if sign == "[":
            return self._array(depth)
        return self._bare()

    def _key(self) -> str:
        sign = self._peek()
        if sign in _QUOTES and sign:
            return self._string(sign, ":=")
        start = self.at
        while self.at < len(self.text) and self.text[self.at] not in ":=,{}[]\n\"'":
            self.at += 1
        return self.text[start : self.at].strip()

    def _string(self, opening: str, followers: str) -> str:
        closing = _QUOTES[opening]
        self.at += 1
        said: list[str] = []
        while self.at < len(self.text):
            sign = self.text[self.at]
            if sign == "\\" and self.at + 1 < len(self.text):
                said.append(self._escape())
                continue
            self.at += 1
            if sign == closing and self._ends(followers):
                return "".join(said)
            said.append(sign)
        self.cut = True
        return "".join(said)

    def _ends(self, followers: str) -> bool:
        """Whether the quote just passed closes its string: what follows it must be able to follow a string."""
        rest = self.text[self.at : self.at + _AHEAD]
        after = rest.lstrip(_SPACE)
        if not after:
            return True
        if after[0] not in followers:
            # A forgotten comma: the next key follows on a line of its own. Or a comment follows.
            broken = "\n" in rest[: len(rest) - len(after)]
            return after.startswith(("//", "/*", "```")) or (broken and after[0] in "\"'}")
        if after[0] != ",":
            return True
        # A comma in the middle of prose ('he said "no", and left') is not the end; a key or a value behind it is.
        next_up = after[1:].lstrip(_SPACE)
        return not next_up or next_up[0] in "\"'{}[]`“/-0123456789" or _starts_key(next_up)

    def _escape(self) -> str:
        sign = self.text[self.at + 1]
        code = self.text[self.at + 2 : self.at + 6]
        if sign == "u" and len(code) == 4 and all(digit in "0123456789abcdefABCDEF" for digit in code):
            self.at += 6
            number = int(code, 16)
            return "\ufffd" if 0xD800 <= number <= 0xDFFF else chr(number)
        self.at += 2
        return _ESCAPES.get(sign, "\\" + sign)

    def _bare(self) -> object:
        """A number, a constant, or words without quotes up to the next comma, bracket or line."""
        start = self.at
        while self.at < len(self.text) and self.text[self.at] not in ",}]\n":
            if self.text[self.at] == "/" and self.text[self.at : self.at + 2] in ("//", "/*"):
                break
            self.at += 1
        word = self.text[start : self.at].strip()
        if word.lower() in _CONSTANTS:
            return _CONSTANTS[word.lower()]
        try:
            return float(word) if len(word) < 30 and word.lower() not in ("inf", "-inf", "infinity") else word
        except ValueError:
            return word

    def _blank(self) -> None:
        """Skip white space and comments."""
        while self.at < len(self.text):
            pair = self.text[self.at : self.at + 2]
            if self.text[self.at] in _SPACE:
                self.at += 1
            elif pair == "//" or self.text[self.at] == "#":
                self._past("\n")
            elif pair == "/*":
                self._past("*/")
            else:
                return

    def _past(self, end: str) -> None:
        found = self.text.find(end, self.at + 1)
        self.at = len(self.text) if found < 0 else found + len(end)

    def _peek(self) -> str:
        return self.text[self.at : self.at + 1]


def _starts_key(text: str) -> bool:
    """`name:` with nothing but a word before the colon."""
    name, colon, _ = text[:40].partition(":")
    return bool(colon) and name.strip().replace("_", "").isalnum()
