"""The tables of what is learned and what is only tried out. See `tables`."""

from datetime import datetime

from sqlalchemy import Column, ForeignKey, Integer, Text
from sqlmodel import Field

from bot.alerts.alert import Actor
from bot.alerts.classification import Classification
from bot.store.codec import Stored, UtcDateTime
from bot.store.tables import Row


class TaughtRuleRow(Row, table=True):
    """A rule that corrections suggested and somebody decided about."""

    __tablename__ = "taught_rules"

    key: str = Field(primary_key=True, sa_type=Text)
    state: str = Field(sa_type=Text)
    """`accepted`, `rejected`, or `retired`: accepted once, and taken back."""
    text: str = Field(sa_type=Text)
    """In the rulebook's language."""
    decided_by: Actor = Field(sa_column=Column(Stored(Actor), nullable=False))
    decided_at: datetime = Field(sa_type=UtcDateTime)


class ShadowVerdictRow(Row, table=True):
    """What a second configuration or model would have said and done about an alert; the newest word."""

    __tablename__ = "shadow_verdicts"

    alert_id: int = Field(sa_column=Column(Integer, ForeignKey("alerts.id"), primary_key=True, nullable=False))
    shadow: str = Field(primary_key=True, sa_type=Text)
    body: Classification = Field(sa_column=Column(Stored(Classification), nullable=False))
    severity: str = Field(sa_type=Text)
    category: str = Field(sa_type=Text)
    card: bool
    """It would have given it a card."""
    page: bool
    """It would have called PagerDuty by itself."""
    cost_usd: float
    at: datetime = Field(index=True, sa_type=UtcDateTime)


taught_rules = Row.metadata.tables["taught_rules"]
shadow_verdicts = Row.metadata.tables["shadow_verdicts"]
