"""Notes: messages to a channel that are about no single alert. A digest of a period, or a handover between people.

Pure values, written down before they are sent: a note's row is what makes it come exactly once.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class NoteKind(StrEnum):
    """What a note is."""

    DIGEST = "digest"
    HANDOVER = "handover"
    ASKED = "asked"
    """A digest out of turn, because a person wants the channel to see it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One note and how far sending it has come."""

    kind: NoteKind
    channel: str
    since: datetime
    until: datetime
    """What it tells of: up to, but without, `until`."""
    before: tuple[str, ...] = ()
    now: tuple[str, ...] = ()
    """Who was on call, and who is; of what was asked for, who asked. Names, untrusted."""
    message_ts: str = ""
    """Our message in the channel; empty: none is known to have been posted."""
    sending_since: datetime | None = None
    """A send was begun and its outcome never recorded: look for it in Slack before sending again."""
    file_id: str = ""
    """The chart, uploaded and seen by nobody yet."""
    shared: bool = False
    """The chart stands in the message's thread."""
    attempts: int = 0
    """Tries of the step that is next."""
    problem: str = ""
    """What went wrong last, in words."""
