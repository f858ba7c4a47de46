"""Text that Slack can show: untrusted words made safe and short, numbers and times as people read them.

Everything in an event is hostile. It goes into plain_text and rich_text elements (`bot.slack.blocks`), where nothing
can come alive. Where a line needs Slack's dates or a mention, it is mrkdwn: the type `Mrkdwn` marks text that has been
through `inert` or that we wrote ourselves, and only such text fits into a mrkdwn element.
Nothing here knows what an alert is.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import NewType
from urllib.parse import quote, urlsplit

Mrkdwn = NewType("Mrkdwn", str)
"""Slack's markup, complete and safe: never cut it, never escape it again."""
DOT = " · "

_ELLIPSIS = "…"
_URL_LIMIT = 2000
_CLUSTER = 32
"""How far a cut steps back to keep a character whole; a longer "character" is an attack and is cut anywhere."""

_BREAKS = re.compile("\r\n|[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_HIDDEN = re.compile(
    "[\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f\xad"  # controls, soft hyphen
    "\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff"  # bidi and invisible
    "\ud800-\udfff"  # half of a surrogate pair cannot be sent as UTF-8
    "\U000e0000-\U000e007f]"  # tags: text that no person sees
)
_ACCENT = "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
_STACKED = re.compile(f"({_ACCENT}{{2}}){_ACCENT}+")
"""More than two accents on one letter: text that climbs over the lines around it."""
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_LOOKALIKES = {"*": "∗", "_": "ˍ", "~": "∼", "`": "ˋ"}
_FORMATTING = re.compile(r"`|(?<![^\W_])[*_~]|[*_~](?![^\W_])")
"""What Slack would take for bold, italic, struck or code; inside a word (`foo_bar`) it does not."""
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::\d{1,5})?")
"""With a name before an `@`, or a host that no browser takes, Slack would refuse the whole message or mislead."""
_USER_ID, _GROUP_ID = re.compile(r"[UW][A-Z0-9]{2,20}"), re.compile(r"S[A-Z0-9]{2,20}")


def _visible(text: str, limit: int) -> str:
    """`text` without what cannot be seen or sent; what is far over `limit` is not even looked at."""
    return _STACKED.sub(r"\1", _HIDDEN.sub("", _BREAKS.sub("\n", text[: limit * 8 + 100])))


def one_line(text: str | None, limit: int) -> str:
    """Untrusted text as one plain line of at most `limit` characters, for plain_text and rich_text elements."""
    return cut(" ".join(_visible(text or "", limit).split()), limit)


def many_lines(text: str | None, limit: int) -> str:
    """Untrusted text with its lines kept, of at most `limit` characters."""
    return cut("\n".join(line.rstrip() for line in _visible(text or "", limit).split("\n")).strip("\n"), limit)


def _cost(char: str) -> int:
    return 2 if ord(char) > 0xFFFF else 1  # Slack's limits are UTF-16 code units as far as anybody can tell


def _cost_escaped(char: str) -> int:
    return len(_ENTITIES.get(char, "")) or _cost(char)


def _continues(text: str, at: int) -> bool:
    """Whether the character at `at` belongs to the one before it: an accent, a skin tone, a joined emoji, a flag."""
    here, before = text[at], text[at - 1]
    return (
        unicodedata.category(here).startswith("M")
        or "\u200d" in (here, before)
        or "\U0001f3fb" <= here <= "\U0001f3ff"
        or ("\U0001f1e6" <= here <= "\U0001f1ff" and "\U0001f1e6" <= before <= "\U0001f1ff")
    )


def size(text: str) -> int:
    """The length that Slack's limits count."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut(text: str, limit: int, cost: Callable[[str], int] = _cost) -> str:
    """The beginning of `text` with an ellipsis where it does not fit, never ending in half a character."""
    spent, end = 0, 0
    for index, char in enumerate(text):
        spent += cost(char)
        if spent <= limit - 1:
            end = index + 1
        if spent > limit:
            break
    else:
        return text
    whole = next((i for i in range(end, max(end - _CLUSTER, 0), -1) if not _continues(text, i)), end)
    return text[:whole].rstrip() + _ELLIPSIS if limit > 0 else ""


def inert(text: str | None, limit: int) -> Mrkdwn:
    """Untrusted text for a mrkdwn line: no mention, link, date or formatting in it can come alive.

    Slack has no escape for `* _ ~` and back-ticks; look-alikes read the same, and nobody copies from these lines.
    """
    plain = _FORMATTING.sub(lambda found: _LOOKALIKES[found[0]], one_line(text, limit))
    plain = "›" + plain[1:] if plain.startswith(">") else plain
    short = cut(plain, limit, _cost_escaped)
    return Mrkdwn("".join(_ENTITIES.get(char, char) for char in short))


def number(count: int) -> str:
    """1284 → `1,284`."""
    return f"{count:,}"


def counted(count: int, thing: str) -> str:
    """`1 event`, `1,284 events`."""
    return f"{number(count)} {thing}{'' if count == 1 else 's'}"


def ordinal(count: int) -> str:
    """`1st`, `100th`, `1,000th`."""
    ending = "th" if count % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(count % 10, "th")
    return f"{number(count)}{ending}"


def lasting(time: timedelta) -> str:
    """A duration in words: `40 s`, `7 min`, `1 h 20 min`, `3 h`, `2 days`."""
    seconds = max(0, int(time.total_seconds()))
    minutes, hours = seconds // 60, seconds // 3600
    if seconds < 60:
        return f"{seconds} s"
    if minutes < 60:
        return f"{minutes} min"
    if hours < 10 and minutes % 60:
        return f"{hours} h {minutes % 60} min"
    return f"{hours} h" if hours < 48 else f"{number(hours // 24)} days"


def moment(at: datetime, shape: str = "{date_short_pretty} {time}") -> Mrkdwn:
    """A time in each reader's own zone; where Slack cannot show that, in UTC."""
    utc = at.astimezone(UTC)
    day = "" if shape == "{time}" else f"{utc.day} {utc:%b} "
    fallback = f"{day}{utc:%H:%M} UTC"
    stamp = int(utc.timestamp())
    return Mrkdwn(f"<!date^{stamp}^{shape}|{fallback}>" if stamp > 0 else fallback)


def safe_url(url: str | None) -> str | None:
    """`url` encoded so that it can end no link early; None unless it is plain http(s) to a host."""
    try:
        parts = urlsplit(quote((url or "").strip(), safe="%/:?#[]@!$&'()*+,;=~-._"))
        fine = parts.scheme in ("http", "https") and _HOST.fullmatch(parts.netloc) and parts.port != 0
    except ValueError:  # half a surrogate pair, a broken address, a port out of range
        return None
    encoded = parts.geturl()
    return encoded if fine and len(encoded) <= _URL_LIMIT else None


def link(url: str | None, label: str, limit: int) -> Mrkdwn:
    """A link with an untrusted label; only the label where the URL is not one to follow."""
    text, target = inert(label, limit), (safe_url(url) or "").replace("&", "&amp;")
    return Mrkdwn(f"<{target}|{text}>") if target and text and len(target) <= _URL_LIMIT else text


def mention(user_id: str) -> Mrkdwn | None:
    """A mention that notifies a user or a user group; None where `user_id` is the id of neither."""
    if _GROUP_ID.fullmatch(user_id):
        return Mrkdwn(f"<!subteam^{user_id}>")
    return Mrkdwn(f"<@{user_id}>") if _USER_ID.fullmatch(user_id) else None


def joined(parts: Iterable[Mrkdwn | None], between: str = DOT) -> Mrkdwn:
    """The parts that say something, in a row."""
    return Mrkdwn(between.join(part for part in parts if part))
