"""How triage.yml names people: a Slack user (`U…`, `W…`), a user group (`S…`), an e-mail address. Pure.

Who they are in Slack, and who belongs to a group, is `bot.slack.people`'s to find out.
"""

import re
from typing import Annotated

from pydantic import AfterValidator

_SLACK = re.compile(r"<?[@!]?(?:subteam\^)?([UWS][A-Z0-9]{2,20})(?:\|[^>]*)?>?")
_EMAIL = re.compile(r"[^\s@<>|]{1,64}@[^\s@<>|]{1,190}")


def person(name: str) -> str:
    """A name in the one form that everything else compares: an id in capitals, or an e-mail in lower case.

    Raises:
        ValueError: it is neither.
    """
    text = name.strip()
    slack = _SLACK.fullmatch(text)
    if slack:
        return slack[1]
    if _EMAIL.fullmatch(text):
        return text.casefold()
    raise ValueError(
        f"{text[:60]!r} is nobody in Slack: write a user id (U…), a user group id (S…) or an e-mail address"
    )


Person = Annotated[str, AfterValidator(person)]


def is_group(name: str) -> bool:
    """Whether it is a user group's id."""
    return name.startswith("S") and "@" not in name


def is_email(name: str) -> bool:
    """Whether it is an e-mail address, to be looked up in Slack."""
    return "@" in name
