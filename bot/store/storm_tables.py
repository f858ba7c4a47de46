"""The tables of storms: who had which trait when, which storms there are, who is part of them. See `tables`."""

from datetime import datetime

from sqlalchemy import Column, ForeignKey, Integer, Text
from sqlmodel import Field

from bot.alerts.storms import Grounds
from bot.store.codec import Stored, UtcDateTime
from bot.store.tables import Row


def _key(of: str, *, index: bool = False) -> Column[int]:
    return Column(Integer, ForeignKey(of), primary_key=True, index=index, nullable=False)


class SightingRow(Row, table=True):
    """That an alert, when it began or came back, had a trait. Forgotten after two days."""

    __tablename__ = "sightings"

    trait: str = Field(primary_key=True, sa_type=Text)
    alert_id: int = Field(sa_column=_key("alerts.id"))
    at: datetime = Field(index=True, sa_type=UtcDateTime)


class StormRow(Row, table=True):
    """What makes an alert a storm."""

    __tablename__ = "storms"

    alert_id: int = Field(sa_column=_key("alerts.id"))
    anchor: str = Field(sa_type=Text)
    """The key of the trait that its members share."""
    open_key: str | None = Field(default=None, unique=True, sa_type=Text)
    """The anchor again while the storm lasts: there is one at a time, however many replicas see it begin."""
    grounds: Grounds = Field(sa_column=Column(Stored(Grounds), nullable=False))
    started_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class StormMemberRow(Row, table=True):
    """That an alert is part of a storm, or was."""

    __tablename__ = "storm_members"

    storm_id: int = Field(sa_column=_key("storms.alert_id"))
    alert_id: int = Field(sa_column=_key("alerts.id", index=True))
    joined_at: datetime = Field(sa_type=UtcDateTime)
    left_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    cursor: int
    """The last of the storm's transitions that was also done to the member."""


sightings, storms, storm_members = (Row.metadata.tables[name] for name in ("sightings", "storms", "storm_members"))
