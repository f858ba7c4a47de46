"""A question that a person asked about an alert, and its answer. Pure values: who answers, and how, is not said."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.alerts.alert import Actor

QUESTION_LIMIT = 1_000
"""Characters of a question that are kept."""


class QuestionState(StrEnum):
    """How far a question has come."""

    WAITING = "waiting"
    ANSWERING = "answering"
    ANSWERED = "answered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """A question as it came in. `text` is already redacted and bounded."""

    alert_id: int
    by: Actor
    team: str
    """The asker's Slack workspace: Slack wants it for streaming into a channel."""
    text: str
    source: str
    """What it came with, `mention:<channel>:<ts>` or `view:<id>`: the same question told twice has the same."""
    channel: str
    thread_ts: str
    """The thread in which it is answered."""
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What was answered, with its grounds. All text is untrusted: an event or a model may have written it."""

    text: str
    """Plain text; `**bold**`, `- lists`, back-ticks and times such as 2026-03-01T12:00Z may be shown as such."""
    sources: tuple[str, ...] = ()
    """What was looked at, in words for people."""
    model: str = ""
    """The model that answered; empty: the bot, from its own records."""
    cost_usd: float | None = None
    """None: no model was asked, or nobody knows."""
    note: str = ""
    """One sentence in addition: why no model answered, or that it was stopped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question's row."""

    id: int
    asked: Inquiry
    state: QuestionState = QuestionState.WAITING
    answer: Answer | None = None
    """Written down before it is shown."""
    message_ts: str = ""
    """Our message in the thread; empty: none is known to have been posted."""
    streaming: bool = False
    """The message is a stream that nobody has ended yet."""
    sending_since: datetime | None = None
    """A first message was begun and its outcome never recorded: look for it in Slack before posting again."""
    attempts: int = 0
