"""The tables of what people do in Slack beside clicking a card: mutes, thumbs, links that unfold. See `tables`."""

from datetime import datetime

from sqlalchemy import Column, ForeignKey, Integer, Text
from sqlmodel import Field

from bot.alerts.alert import Actor
from bot.alerts.mutes import Pattern
from bot.store.codec import Stored, UtcDateTime
from bot.store.tables import Row


def _alert() -> Column[int]:
    return Column(Integer, ForeignKey("alerts.id"), index=True, nullable=False)


class MuteRow(Row, table=True):
    """Errors that the team wants no cards of for a while."""

    __tablename__ = "mutes"

    id: int | None = Field(default=None, primary_key=True)
    pattern: Pattern = Field(sa_column=Column(Stored(Pattern), nullable=False))
    made_by: Actor = Field(sa_column=Column(Stored(Actor), nullable=False))
    at: datetime = Field(sa_type=UtcDateTime)
    until: datetime = Field(index=True, sa_type=UtcDateTime)
    """Brought forward when somebody ends it."""


class FeedbackRow(Row, table=True):
    """A person's thumb on a verdict or an answer; who changes their mind changes the row."""

    __tablename__ = "feedback"

    subject: str = Field(primary_key=True, sa_type=Text)
    """`verdict` or `answer`."""
    subject_id: int = Field(primary_key=True)
    """The id of the classification or of the question."""
    user_id: str = Field(primary_key=True, sa_type=Text)
    user_name: str = Field(sa_type=Text)
    alert_id: int = Field(sa_column=_alert())
    good: bool
    at: datetime = Field(index=True, sa_type=UtcDateTime)


class LinkRow(Row, table=True):
    """A message of somebody's that links to an alert's issue, and under which the alert stands unfolded."""

    __tablename__ = "links"

    channel: str = Field(primary_key=True, sa_type=Text)
    ts: str = Field(primary_key=True, sa_type=Text)
    url: str = Field(primary_key=True, sa_type=Text)
    alert_id: int = Field(sa_column=_alert())
    at: datetime = Field(sa_type=UtcDateTime)
    digest: str = Field(default="", sa_type=Text)
    """Of what was last shown there; empty: nothing yet."""


mutes = Row.metadata.tables["mutes"]
feedback = Row.metadata.tables["feedback"]
links = Row.metadata.tables["links"]
