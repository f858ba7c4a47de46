"""The one way in which text of an event gets out of its body: cleaned, redacted, bounded.

Not here: escaping for a channel, which is the channel's job. The text stays hostile, only its worst tricks are gone.
"""

import re
from collections.abc import Container, Sequence
from urllib.parse import urlsplit

from bot.classify.redact import Redactor
from bot.untrusted.body import string

TITLE, PROSE, NAME, LINE = 300, 4_000, 200, 240
"""The longest texts kept, in characters: titles, messages, names of all sorts, lines of source."""
_MARGIN = 500
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\U000e0000-\U000e007f]"
)
"""Control characters, halves of surrogate pairs, and what turns text around or hides it from people but not from a
model. Newlines and tabs stay."""
_PARAMETER = re.compile(r"[A-Za-z][\w.\[\]-]{0,40}", re.ASCII)


def clean(value: str) -> str:
    """`value` without the characters that nobody can see and databases refuse."""
    return _UNSEEN.sub("", value)


class Pen:
    """Copies text out of one event's body; its `redactor` counts what was left out."""

    def __init__(self) -> None:
        self.redactor = Redactor()

    def text(self, value: object, limit: int = NAME, keep: Container[str] = ()) -> str | None:
        """Clean, redacted text of at most `limit` characters; None where `value` is no text or number, or blank."""
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = str(value) if -1e18 < value < 1e18 else None
        if not isinstance(value, str) or not value:
            return None
        window = clean(value[: limit + _MARGIN]).strip()
        return _bounded(self.redactor.text(window, keep), value, limit) or None

    def name(self, value: object, limit: int = NAME) -> str | None:
        """Like `text`, for releases and versions, which may look like an address: `shop@1.2.3.4`."""
        return self.text(value, limit, keep=("email", "ip", "card"))

    def pair(self, name: str, value: str) -> str:
        """A tag's value, gone as a whole where its name says that it is a secret."""
        window = clean(value[: NAME + _MARGIN]).strip()
        return _bounded(self.redactor.pair(name, window), value, NAME)

    def lines(self, values: Sequence[object]) -> tuple[str, ...]:
        """Lines of source, one for one, indentation kept; what is no text becomes an empty line."""
        given = [value if isinstance(value, str) else "" for value in values]
        block = "\n".join([line[: LINE + _MARGIN].replace("\n", " ") for line in given])
        made = self.redactor.lines(clean(block).split("\n")) if given else ()
        return tuple([_bounded(line.rstrip(), whole, LINE) for line, whole in zip(made, given, strict=True)])

    def link(self, value: object) -> str | None:
        """The URL of a request: no credentials, no fragment, of the query only its parameters' names."""
        address = string(value)[:2_000]
        head, _, tail = address.partition("?")
        query = tail.partition("#")[0]
        names = [part.split("=")[0] for part in query.split("&")[:20] if "=" in part]
        kept = "&".join(name for name in names if _PARAMETER.fullmatch(name))
        bare = head.partition("#")[0]
        return self.text(f"{bare}?{kept}" if kept else bare, 500)


def web_address(*values: object) -> str | None:
    """The first of `values` that a person can be sent to: http or https, with a host, without odd characters."""
    for value in values:
        address = string(value)
        if not address.startswith(("https://", "http://")) or len(address) > 500 or _ODD.search(address):
            continue
        try:
            parts = urlsplit(address)
        except ValueError:
            continue
        if parts.hostname and "@" not in parts.netloc:
            return address.removesuffix("?referrer=webhooks_plugin")
    return None


_ODD = re.compile(r"[^\x21-\x7e]|[<>\"'`|\\^{}]")


def _bounded(value: str, given: str, limit: int) -> str:
    """At most `limit` characters of `value`, which was `given` before it was redacted.

    Where `given` was cut to a window for that, the margin goes: it may end in half a secret, not known as one.
    """
    if len(given) > limit + _MARGIN:
        value = value[:-_MARGIN] + "…"
    return value if len(value) <= limit else value[: limit - 1] + "…"
