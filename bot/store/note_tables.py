"""The table of digests and handover notes. See `tables`."""

from datetime import datetime

from sqlalchemy import Column, Text
from sqlmodel import Field

from bot.insights.notes import Note
from bot.store.codec import Stored, UtcDateTime
from bot.store.tables import Row


class NoteRow(Row, table=True):
    """A message to a channel that is about no single alert; its key is what makes it come once."""

    __tablename__ = "notes"

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True, sa_type=Text)
    kind: str = Field(sa_type=Text)
    body: Note = Field(sa_column=Column(Stored(Note), nullable=False))
    created_at: datetime = Field(sa_type=UtcDateTime)
    due_at: datetime | None = Field(default=None, index=True, sa_type=UtcDateTime)
    """When its next step is due; NULL: it is over."""
    lease_owner: str | None = Field(default=None, sa_type=Text)
    lease_until: datetime | None = Field(default=None, sa_type=UtcDateTime)


notes = Row.metadata.tables["notes"]
