"""Takes secrets and personal data out of an event's text, before it is stored and before any prompt.

Each rule has gates: short strings of which one must occur before its pattern is tried, so that plain text costs a few
substring searches. Every pattern is linear: repetitions are bounded or possessive.
What classification lives on stays: host names, ports, paths, exception types, SQL, column names, versions.
"""

import ipaddress
import re
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from functools import lru_cache

KINDS = ("key", "password", "token", "email", "card", "ip")
"""What is removed; the replacement in the text is the kind in brackets: `[email]`."""
_REPLACEMENTS = frozenset(f"[{kind}]" for kind in KINDS)


_SHORT, _HARMLESS = 12, re.compile(r"[^0-9@:=]*")
"""No secret that we know by its form is this short without a digit or one of these signs; most texts are."""


@dataclass(frozen=True, slots=True)
class _Rule:
    """`find` says which part of a match goes, as kind, start and end; None: it only looks like a secret."""

    pattern: re.Pattern[str]
    find: Callable[[re.Match[str]], tuple[str, int, int] | None]
    gates: tuple[str, ...] = ()
    exact: bool = False
    """The gates mind the case."""
    needs: tuple[str, int] | None = None
    """A character and how often it must occur, where that is known: cheaper than any gate."""
    pair: bool = False
    """It looks for `name=value` or `name: value`."""
    hint: re.Pattern[str] | None = None
    """Matches wherever `pattern` can, fast enough to run over a whole block of source."""

    def concerns(self, text: str, low: str) -> bool:
        """Whether the pattern can match at all in `text`, whose lower-case form is `low`."""
        if self.needs and low.count(self.needs[0]) < self.needs[1]:
            return False
        if self.pair and "=" not in text and ":" not in text:
            return False
        if not self.gates:
            return True
        where = text if self.exact else low
        for gate in self.gates:  # noqa: SIM110 (a loop is twice as fast as any() here, where most of the time goes)
            if gate in where:
                return True
        return False


class Redactor:
    """Redacts the texts of one event and counts what it removed, by kind."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}

    @property
    def counts(self) -> tuple[tuple[str, int], ...]:
        """What was removed so far: `(("email", 2), ("token", 1))`."""
        return tuple(sorted(self._counts.items()))

    def remove(self, kind: str) -> str:
        """Count one removal and return what stands in its place."""
        self._counts[kind] = self._counts.get(kind, 0) + 1
        return f"[{kind}]"

    def text(self, value: str, keep: Container[str] = ()) -> str:
        """`value` without secrets and personal data; the kinds in `keep` stay (a release may look like an address)."""
        if len(value) <= _SHORT and _HARMLESS.fullmatch(value):
            return value
        low = value.lower()
        for rule in _RULES:
            if rule.concerns(value, low):
                value = self._apply(rule, value, keep)
        return value

    def lines(self, lines: Sequence[str]) -> tuple[str, ...]:
        """Consecutive lines of source, still one for one: a key that runs over several of them is found, too."""
        block = "\n".join(lines)
        low = block.lower()
        active = [r for r in _RULES if r.concerns(block, low) and (r.hint is None or r.hint.search(block))]
        if active and active[0].pattern is _PEM:
            block = self._apply(active.pop(0), block, (), keep_breaks=True)
        return tuple(self._line(line, active) for line in block.split("\n")) if active else tuple(block.split("\n"))

    def _line(self, line: str, active: list[_Rule]) -> str:
        low = line.lower()
        for rule in active:
            if rule.concerns(line, low):
                line = self._apply(rule, line, ())
        return line

    def pair(self, name: str, value: str) -> str:
        """The value of a tag or header: gone as a whole where Sentry itself would not keep such a name's value."""
        return self.remove("password" if "pass" in name.lower() else "token") if denied(name) else self.text(value)

    def _apply(self, rule: _Rule, value: str, keep: Container[str], *, keep_breaks: bool = False) -> str:
        def swap(match: re.Match[str]) -> str:
            found = rule.find(match)
            if found is None or found[0] in keep or match.string[found[1] : found[2]] in _REPLACEMENTS:
                return match[0]
            kind, start, end = found
            breaks = "\n" * match.string.count("\n", start, end) if keep_breaks else ""
            return match.string[match.start() : start] + self.remove(kind) + breaks + match.string[end : match.end()]

        return rule.pattern.sub(swap, value)


_DENIED = re.compile(
    r"passw|passphrase|secret|api[_-]?key|token|credentials|mysql_pwd|cardnumber|card[\[_-]number|cookie|[cx]srf"
    r"|authorization|private[_-]?key|session[_-]?id|(?<![a-z])(?:auth|session|pwd|jwt)(?![a-z])"
)


@lru_cache(maxsize=1024)
def denied(name: str) -> bool:
    """Whether a key is on Sentry's default deny list (or on no list but as plainly a secret: `jwt`, `private_key`)."""
    return _DENIED.search(name.lower()) is not None


def _group(kind: str, name: str | int = 0) -> Callable[[re.Match[str]], tuple[str, int, int]]:
    return lambda match: (kind, match.start(name), match.end(name))


_PLAIN_WORDS = """any bool boolean bytes denied empty error expected expired failed false incorrect int invalid is
 missing must nil no none not null object optional required secretstr str string true type undefined unset wrong yes"""
_NO_SECRET = frozenset(_PLAIN_WORDS.split())
_PLACEHOLDER = re.compile(
    rf"(?i:\[?(?:filtered|redacted|{'|'.join(KINDS)})\]?)|\$\d{{1,2}}|\$\{{?[A-Z_]{{2,}}|%[sd]?|:[a-z_]{{2,24}}|[*.…?-]+"
)


def _assigned(match: re.Match[str]) -> tuple[str, int, int] | None:
    """A value behind a telling name, unless it is prose, code or a placeholder; see the pattern of `name=value`."""
    quoted = match["quoted"] is not None
    group = "quoted" if quoted else "bare"
    value = match[group]
    after = match.string[match.end() : match.end() + 12]
    if value.lower().rstrip(".") in _NO_SECRET or _PLACEHOLDER.fullmatch(value):
        return None
    if not quoted:
        prose = ":" in match["is"] and value.replace("'", "").isalpha() and re.match(r" [A-Za-z]{2}", after)
        call = after[:1] in ("(", "[") and value.replace(".", "_").isidentifier()
        if prose or call:
            return None
    if match["strong"] is None and not _opaque(value):
        return None
    name = (match["strong"] or match["weak"]).lower()
    kind = "password" if name.startswith(("pass", "pwd", "secret", "client", "cred")) else "token"
    return kind, match.start(group), match.end(group)


def _opaque(value: str) -> bool:
    """Whether the value of a merely suspicious name (`token`, `session`) looks random rather than like a word."""
    if value.isdigit():
        return len(value) >= 6
    return len(value) >= 16 or (len(value) >= 4 and any(character.isdigit() for character in value))


def _prefixed(match: re.Match[str]) -> tuple[str, int, int] | None:
    """Only at the start of a word: not the `sk-` of a `task-…`."""
    start = match.start()
    return None if start and match.string[start - 1].isalnum() else ("token", start, match.end())


def _card(match: re.Match[str]) -> tuple[str, int, int] | None:
    """A number that an issuer could have given out and whose check digit is right."""
    digits = [int(character) for character in match[0] if character.isdigit()]
    luhn = sum(d if i % 2 == 0 else (2 * d - 9 if d > 4 else 2 * d) for i, d in enumerate(reversed(digits)))
    return None if luhn % 10 or not _ISSUERS.match(match[0]) else ("card", match.start(), match.end())


def _ip4(match: re.Match[str]) -> tuple[str, int, int] | None:
    """Not `Chrome/142.0.0.0`, nobody's address, nor part of something longer, nor what is said to be a version."""
    before = match.string[max(0, match.start() - 10) : match.start()].lower()
    if before[-1:].isalnum() or before[-1:] in ("_", ".") or any(int(part) > 255 for part in match[0].split(".")):
        return None
    if match[0].endswith(".0.0.0") or before.endswith(
        ("version ", "version: ", "version=", "release ", "==", ">=", "~=")
    ):
        return None
    return "ip", match.start(), match.end()


def _ip6(match: re.Match[str]) -> tuple[str, int, int] | None:
    """Not `12:30:45`, a MAC address or `Cafe::Bed`: only what parses, and only with a digit in it."""
    address = match[0].rstrip(".") if match[0].endswith("::") else match[0].rstrip(".:")
    if address.count(":") < 2 or not any(character.isdigit() for character in address):
        return None
    try:
        ipaddress.IPv6Address(address)
    except ValueError:
        return None
    return "ip", match.start(), match.start() + len(address)


_PEM = re.compile(r"-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----(?s:.*?)(?:-----END [^-\n]{0,50}-----|\Z)")
_URL = re.compile(r"://(?P<user>[^\s/?#\"'<>]+|[^\s/?#:@]{0,100}:(?!\d{1,5}[/?#])[^\s@]{1,100})@(?=[\w\[])")
_PREFIXED = re.compile(
    r"(?:sk-[\w-]{12,}|[sr]k_(?:live|test)_\w{8,}|whsec_\w{8,}|xox[a-z](?:\.[a-z]+)?-[\w-]{8,}|xapp-[\w-]{8,}"
    r"|gh[pousr]_\w{10,}|github_pat_\w{10,}|glpat-[\w-]{8,}|A[KS]IA[0-9A-Z]{12,}|AIza[\w-]{20,}|ya29\.[\w-]{10,}"
    r"|SG\.[\w-]{16,}\.[\w-]{16,}|npm_\w{20,}|pypi-[\w-]{16,}|hf_\w{16,}|shp(?:at|ss)_\w{16,}|sntry[su]_[\w+/=-]{16,}"
    r"|dop_v1_\w{16,}|eyJ[\w-]{5,}(?:\.[\w-]+){1,4}\.?)"
)
_PREFIXES = """sk- k_live_ k_test_ whsec_ xox xapp- ghp_ gho_ ghu_ ghs_ ghr_ github_pat_ glpat- AKIA ASIA AIza ya29. SG.
 npm_ pypi- hf_ shpat_ shpss_ sntrys_ sntryu_ dop_v1_ eyJ"""
_SLACK_HOOK = re.compile(r"hooks\.slack\.com/(?:services|workflows|triggers)/(?P<path>[\w/-]{8,})")
_SCHEME = re.compile(r"(?i)(?<!\w)(?:bearer|basic|digest)[ \t]{1,3}(?=\S{0,40}\d|\S{20})(?P<token>[\w.~+/=-]{8,})")
_AUTHORIZATION = re.compile(
    r"(?i)(?<!\w)(?:proxy-)?authorization[\\\"']{0,2}[ \t]{0,3}[:=][ \t]{0,3}[\\\"']{0,2}"
    r"(?:bearer|basic|digest|token|bot|key|api-?key|negotiate|aws4-hmac-sha256)[ \t]{1,3}(?P<value>[^\s\"'\\]{4,})"
)
_COOKIE = re.compile(
    r"(?i)(?<!\w)(?:set-)?cookie[\\\"']{0,2}[ \t]{0,3}[:=][ \t]{0,3}[\\\"']{0,2}(?P<value>[^\s=;\"']{1,80}=[^\n\"'\\]+)"
)
_STRONG = (
    r"pass(?:word|wd|phrase|code)|pwd|client[_-]?secret|secret|api[_-]?key|access[_-]?key|private[_-]?key"
    r"|(?:access|refresh|auth|id|csrf)[_-]?token|credentials?|stripetoken|card\[?[_-]?number\]?"
)
_WEAK = r"token|(?<![a-z])auth(?:orization)?|session(?:[_-]?id)?|cookie|[cx]srf|(?<![a-z])jwt"
_PAIR = re.compile(
    rf"(?i)(?:(?P<strong>{_STRONG})|(?P<weak>{_WEAK}))(?:[_-][\w-]{{1,30}}|(?-i:[A-Z]\w{{0,30}})|s|\d{{1,2}})?"
    r"[\\\"'\])]{0,4}[ \t]{0,3}(?P<is>=>|:=|==?|:)[ \t]{0,3}"
    r"(?:[\\\[(bu]{0,3}[\"'](?P<quoted>(?:[^\"'\\\n]|\\[^\"'n\n]){1,500})|[\[(]{0,2}(?P<bare>[^\s\"'\\<>,;&)\]}\[({|]{1,500}))"
)
_NAMES = """password passwd passphrase passcode pwd secret apikey api_key api-key access_key access-key accesskey
 private token auth session cookie csrf xsrf jwt credential card"""
_EMAIL = re.compile(r"(?<![\w.%+'-])[\w.%+'-]++@(?!\d+x?\.\d|\d+x\.)(?:[\w-]++\.)+[^\W\d_]{2,24}(?![\w])")
_CARD = re.compile(r"[2-6](?<![\w.-][2-6])[0-9](?:[ -]?[0-9]){11,17}(?!\w|[.-][0-9])")
_ISSUERS = re.compile(r"4|5[1-5]|2[2-7]|3[04-9]|6")
_IP4 = re.compile(r"[0-9][0-9]{0,2}(?:\.[0-9]{1,3}){3}(?!\w|\.\w)")
_IP6 = re.compile(r"(?<![\w:.])[0-9A-Fa-f:][0-9A-Fa-f:.]{2,45}+(?!\w)")


_RULES = (
    _Rule(_PEM, _group("key"), ("-----begin",)),
    _Rule(_URL, _group("password", "user"), ("://",), needs=("@", 1)),
    _Rule(_PREFIXED, _prefixed, tuple(_PREFIXES.split()), exact=True, hint=_PREFIXED),
    _Rule(_SLACK_HOOK, _group("token", "path"), ("hooks.slack.com/",)),
    _Rule(_AUTHORIZATION, _group("token", "value"), ("authorization",), pair=True),
    _Rule(_COOKIE, _group("token", "value"), ("cookie",), pair=True),
    _Rule(_SCHEME, _group("token", "token"), ("bearer", "basic", "digest"), needs=(" ", 1)),
    _Rule(_PAIR, _assigned, tuple(_NAMES.split()), pair=True),
    _Rule(_EMAIL, _group("email"), needs=("@", 1)),
    _Rule(_IP4, _ip4, needs=(".", 3), hint=_IP4),
    _Rule(_IP6, _ip6, needs=(":", 2), hint=re.compile(r":[0-9A-Fa-f]{0,4}:")),
    _Rule(_CARD, _card, hint=_CARD),
)
"""In this order: what an earlier rule replaced, a later one leaves alone."""
