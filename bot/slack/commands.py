"""What people type behind `/triage`, understood; where it is wrong, the nearest right one. Pure: knows no alerts.

`parse` reads every text; `str()` of what it returns is a text that it reads the same way again, so that a button can
carry a command.
"""

import re
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum

from bot.sentry.references import Reference, reference

TEXT_LIMIT = 500
"""Characters of a command that are looked at."""
_MARKUP = re.compile(r"<(?:https?://[^<>|]{1,2000}\|)?([^<>]{1,2000})>")
_ESCAPED = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))


class Verb(StrEnum):
    """What can be asked for."""

    SHOW = "show"
    LIST = "list"
    REVIEW = "review"
    WHY = "why"
    MUTE = "mute"
    UNMUTE = "unmute"
    STATS = "stats"
    BUDGET = "budget"
    ONCALL = "oncall"
    HELP = "help"


class Which(StrEnum):
    """Which alerts a list is of; a project's name is the fourth way to say it."""

    ALL = ""
    MINE = "mine"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True)
class Command:
    """One command. `rest` stands behind its verb: a list's kind or project, a mute's pattern, an issue's name."""

    verb: Verb
    rest: str = ""
    issue: Reference | None = None
    """What `show` and `why` are about."""
    problem: str = ""
    """Why the text was not understood; the command is then `help`."""
    nearest: str = ""
    """The text that was probably meant."""

    def __str__(self) -> str:
        return f"{self.verb} {self.rest}".strip()


_ALIASES = {
    word: verb
    for verb, words in {
        Verb.LIST: "ls alerts open all",
        Verb.WHY: "trace explain",
        Verb.MUTE: "silence",
        Verb.UNMUTE: "mutes unsilence",
        Verb.STATS: "stat statistics report",
        Verb.BUDGET: "cost costs spend money",
        Verb.ONCALL: "on-call oncalls who",
        Verb.HELP: "? -h --help commands",
    }.items()
    for word in words.split()
}
_TAKES_ISSUE = (Verb.SHOW, Verb.WHY)
_WORDS = [*(verb.value for verb in Verb), *(which.value for which in Which if which)]


def parse(text: str) -> Command:
    """The command in what Slack passes on of a typed line, without `/triage` itself."""
    said = " ".join(plain(text)[:TEXT_LIMIT].split())
    first, _, rest = said.partition(" ")
    word = first.lower()
    if not said:
        return Command(Verb.HELP)
    if word in (Which.MINE.value, Which.CRITICAL.value):
        return Command(Verb.LIST, word)
    verb = Verb(word) if word in set(Verb) else _ALIASES.get(word)
    if verb in _TAKES_ISSUE:
        return _about_issue(verb, rest)
    if verb is not None:
        return Command(verb, rest)
    issue = reference(said)
    return Command(Verb.SHOW, said, issue) if issue else _guess(said, word, rest)


def _about_issue(verb: Verb, rest: str) -> Command:
    issue = reference(rest)
    if issue:
        return Command(verb, rest, issue)
    problem = f"“{rest[:60]}” is no issue." if rest else f"`{verb}` needs an issue."
    return Command(Verb.HELP, problem=problem, nearest=f"{verb} PROJECT-1A2" if not rest else "")


def _guess(said: str, word: str, rest: str) -> Command:
    near = get_close_matches(word, [*_WORDS, *_ALIASES], n=1, cutoff=0.6)
    nearest = f"{near[0]} {rest}".strip() if near else ""
    return Command(Verb.HELP, problem=f"I do not know “{said[:60]}”.", nearest=nearest)


def plain(text: str) -> str:
    """Without Slack's markup: a link is its address, and what was escaped is itself again."""
    bare = re.sub(r"<(https?://[^<>|]{1,2000})(?:\|[^<>]{0,2000})?>", r"\1", text)
    bare = _MARKUP.sub(r"\1", bare)
    for entity, char in _ESCAPED:
        bare = bare.replace(entity, char)
    return bare
