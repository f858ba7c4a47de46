"""Finds text in an event that is addressed to a model: orders, fake turns of a chat, requests to leak, ping or call.

A finding lowers nothing and blocks nothing: it makes the model's verdict count upward only, and the card says so. So
it may be wrong now and then in both directions; what a model may do at all is held by `guard`, not by this list.
Bounded: at most `MOST` characters of an event are looked at, each a fixed number of times. What it looks for stands in
`suspicion.yml`.
"""

import base64
import binascii
import codecs
import html
import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import yaml

from bot.alerts.event import ErrorEvent

FILE = Path(__file__).parent / "prompts" / "suspicion.yml"
MOST = 16_000
_FIELD, _ENCODED = 2_000, 12

_HIDDEN = {code: chr(code - 0xE0000) for code in range(0xE0020, 0xE007F)}
_INVISIBLE = dict.fromkeys((*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0xFEFF, 0xAD))
_LOOK_ALIKE = str.maketrans("асеорхуіѕјԁɡ", "aceopxyisjdg")
_LEET = str.maketrans("013457@$", "oieastas")
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})|\\x([0-9a-fA-F]{2})")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{20,2000}={0,2}")
_HEX = re.compile(r"(?:[0-9a-fA-F]{2}[ :]?){16,600}")
_SPREAD = re.compile(r"(?:\b\w[ ._-]){5,200}\w\b")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_JOINT = re.compile(r"[\s_./+*~|-]+")
_MIXED_SCRIPT = re.compile(r"[a-z][а-яіѕјԁ]|[а-яіѕјԁ][a-z]")


def suspicious(event: ErrorEvent) -> list[str]:
    """What in the event speaks to a model: `message: tells it to ignore its instructions` …; empty: nothing."""
    found: dict[str, None] = {}
    left = MOST
    for place, text in _texts(event):
        text = text[: min(_FIELD, left)]
        left -= len(text)
        for what in _findings(text):
            found[f"{place}: {what}"] = None
        if left <= 0:
            break
    return list(found)


def _texts(event: ErrorEvent) -> Iterator[tuple[str, str]]:
    """Everything that somebody else may have written, the likeliest first."""
    given: list[tuple[str, str | None]] = [("title", event.title), ("message", event.message)]
    given += [("message", part) for one in reversed(event.exceptions) for part in (one.type, one.value)]
    given += [("request", event.request.url if event.request else None), ("user", event.user)]
    given += [("transaction", event.transaction), ("culprit", event.culprit), ("environment", event.environment)]
    given += [("release", event.release), ("logger", event.logger), ("server", event.server_name)]
    given += [(f"tag {name[:40]}", f"{name}: {value}") for name, value in event.tags]
    given += [("breadcrumb", crumb.message) for crumb in reversed(event.breadcrumbs)]
    given += [("breadcrumb", crumb.category) for crumb in reversed(event.breadcrumbs)]
    frames = [frame for one in reversed(event.exceptions) for frame in reversed(one.frames[-40:])]
    given += [("frame", part) for one in frames for part in (one.function, one.module, one.filename, one.context_line)]
    return ((place, text) for place, text in dict.fromkeys(given) if text)


def _findings(text: str) -> Iterable[str]:
    variants = list(dict.fromkeys(_variants(text)))
    return [what for what, pattern in _patterns() if any(pattern.search(variant) for variant in variants)]


def _variants(text: str) -> Iterator[str]:
    """The text in every form in which a model could still read it."""
    plain = unicodedata.normalize("NFKC", text.translate(_HIDDEN).translate(_INVISIBLE))
    plain = unquote(html.unescape(_ESCAPED.sub(lambda match: chr(int(match[1] or match[2], 16)), plain)))
    for form in (plain, *_decoded(plain)):
        low = form.lower()
        yield low
        words = _JOINT.sub(" ", _HUMP.sub(" ", form)).lower()
        yield words
        if _MIXED_SCRIPT.search(low):
            yield words.translate(_LOOK_ALIKE)
    words = _JOINT.sub(" ", plain).lower()
    yield words.translate(_LEET)
    if len(plain) > 20:
        yield codecs.encode(words, "rot13")
        yield words[::-1]
    yield from (_JOINT.sub("", match[0]).lower() for match in _SPREAD.finditer(plain))


def _decoded(text: str) -> Iterator[str]:
    """Base64 and hexadecimal pieces that turn out to be text."""
    for match in list(_BASE64.finditer(text))[:_ENCODED]:
        piece = match[0].replace("-", "+").replace("_", "/").rstrip("=")
        try:
            yield base64.b64decode(piece + "=" * (-len(piece) % 4)).decode()
        except (binascii.Error, UnicodeDecodeError):
            continue
    for match in list(_HEX.finditer(text))[:_ENCODED]:
        try:
            yield bytes.fromhex(match[0].replace(":", " ")).decode()
        except ValueError:
            continue


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """What it is (a sentence's end, for the card) and how it is recognised."""
    rules = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return tuple((what, re.compile("|".join(f"(?:{one})" for one in patterns))) for what, patterns in rules.items())
