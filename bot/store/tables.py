"""The tables. A change here needs a migration in `migrations/versions`; a contract test compares the two."""

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, MetaData, Table, Text
from sqlmodel import Field, SQLModel

from bot.alerts.alert import Standing
from bot.alerts.asking import Asked, ModelCall
from bot.alerts.classification import Classification
from bot.alerts.event import ErrorEvent
from bot.alerts.incident import Incident
from bot.alerts.question import Answer, Inquiry
from bot.classify.answer import ModelVerdict
from bot.store.codec import Stored, UtcDateTime

Names = tuple[str, ...]
Detail = Mapping[str, str | int]


class Row(SQLModel):
    """The base of all tables: one metadata, with names for every constraint so that migrations can speak of them."""

    # Nobody validates a row, and to build the validators takes a start a tenth of a second.
    model_config = {"defer_build": True}
    metadata: ClassVar[MetaData] = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class AlertRow(Row, table=True):
    """An alert: the truth about one issue."""

    __tablename__ = "alerts"

    id: int | None = Field(default=None, primary_key=True)
    issue_key: str = Field(unique=True, sa_type=Text)
    state: str = Field(index=True, sa_type=Text)
    """`standing.state` again, for lists and counts."""
    standing: Standing = Field(sa_column=Column(Stored(Standing), nullable=False))
    severity: str | None = Field(default=None, index=True, sa_type=Text)
    category: str | None = Field(default=None, index=True, sa_type=Text)
    """Of the verdict in force, like `severity`."""
    project: str | None = Field(default=None, sa_type=Text)
    short_id: str | None = Field(default=None, index=True, sa_type=Text)
    title: str = Field(sa_type=Text)
    resources: Names = Field(sa_column=Column(Stored(Names), nullable=False))
    """The resources of which one delivery was read in full."""
    variants: Names = Field(sa_column=Column(Stored(Names), nullable=False))
    """The variants seen, in the order of coming, bounded."""
    events: int = Field(default=0, sa_type=BigInteger)
    suppressed: int = Field(default=0, sa_type=BigInteger)
    folded: int = Field(default=0, sa_type=BigInteger)
    """Suppressed since the last loud one."""
    users: int = Field(default=0, sa_type=BigInteger)
    sentry_events: int = Field(default=0, sa_type=BigInteger)
    sentry_users: int = Field(default=0, sa_type=BigInteger)
    first_seen: datetime = Field(sa_type=UtcDateTime)
    last_seen: datetime = Field(index=True, sa_type=UtcDateTime)
    loud_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    lined_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When a recurrence was last written into the audit log."""
    version: int = Field(default=0, sa_type=BigInteger)
    due_at: datetime | None = Field(default=None, index=True, sa_type=UtcDateTime)
    """When reconcile must look at it; NULL: nothing to do."""
    lease_owner: str | None = Field(default=None, sa_type=Text)
    lease_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    created_at: datetime = Field(sa_type=UtcDateTime)


class DeliveryRow(Row, table=True):
    """A delivery that was taken: its id is what makes a second one a duplicate. Forgotten after a while."""

    __tablename__ = "deliveries"

    id: str = Field(primary_key=True, sa_type=Text)
    source: str = Field(sa_type=Text)
    resource: str = Field(sa_type=Text)
    action: str = Field(sa_type=Text)
    alert_id: int | None = Field(default=None, index=True)
    """No foreign key: its check would lock alerts out of order, and two replicas would meet in a deadlock."""
    event_key: str | None = Field(default=None, sa_type=Text)
    received_at: datetime = Field(index=True, sa_type=UtcDateTime)
    repeats: int = 0
    """How often it came again."""
    body: bytes | None = Field(default=None, sa_type=LargeBinary)
    """The raw bytes, bounded, of what was not understood."""


def _alert_key(*, primary: bool = False, index: bool = False) -> Column[int]:
    return Column(Integer, ForeignKey("alerts.id"), primary_key=primary, index=index, nullable=False)


class DescriptionRow(Row, table=True):
    """All that was read of an alert's deliveries, merged.

    In a row of its own: it is large and seldom changes, and SQLite writes a row anew, whole, for every count in it.
    """

    __tablename__ = "descriptions"

    alert_id: int = Field(sa_column=_alert_key(primary=True))
    event: ErrorEvent = Field(sa_column=Column(Stored(ErrorEvent, sparse=True), nullable=False))


class OccurrenceRow(Row, table=True):
    """An event that was counted for an alert. Forgotten after a while."""

    __tablename__ = "occurrences"
    __table_args__ = ({"sqlite_with_rowid": False},)

    alert_id: int = Field(sa_column=_alert_key(primary=True))
    event_key: str = Field(primary_key=True, sa_type=Text)
    at: datetime = Field(index=True, sa_type=UtcDateTime)
    """When it was received."""


class AffectedUserRow(Row, table=True):
    """A user, by pseudonym, who met an alert."""

    __tablename__ = "affected_users"
    __table_args__ = ({"sqlite_with_rowid": False},)

    alert_id: int = Field(sa_column=_alert_key(primary=True))
    user: str = Field(primary_key=True, sa_type=Text)


class EventRow(Row, table=True):
    """A delivery that was read in full, for replay and audit."""

    __tablename__ = "events"

    id: int | None = Field(default=None, primary_key=True)
    alert_id: int = Field(sa_column=_alert_key(index=True))
    delivery_id: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=UtcDateTime)
    variant: str | None = Field(default=None, sa_type=Text)
    body: ErrorEvent = Field(sa_column=Column(Stored(ErrorEvent, sparse=True), nullable=False))


class ClassificationRow(Row, table=True):
    """A verdict, whether in force or not."""

    __tablename__ = "classifications"

    id: int | None = Field(default=None, primary_key=True)
    alert_id: int = Field(sa_column=_alert_key(index=True))
    body: Classification = Field(sa_column=Column(Stored(Classification), nullable=False))
    made_by: str = Field(sa_type=Text)
    severity: str = Field(sa_type=Text)
    category: str = Field(sa_type=Text)
    created_at: datetime = Field(index=True, sa_type=UtcDateTime)


class TransitionRow(Row, table=True):
    """A line of the audit log: only ever added."""

    __tablename__ = "transitions"
    __table_args__ = (Index(None, "alert_id", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    alert_id: int = Field(sa_column=_alert_key())
    at: datetime = Field(index=True, sa_type=UtcDateTime)
    actor_source: str = Field(sa_type=Text)
    actor_id: str = Field(sa_type=Text)
    actor_name: str = Field(sa_type=Text)
    action: str = Field(sa_type=Text)
    before: Standing = Field(sa_column=Column(Stored(Standing), nullable=False))
    after: Standing = Field(sa_column=Column(Stored(Standing), nullable=False))
    detail: Detail = Field(sa_column=Column(Stored(Detail), nullable=False))


class TargetRow(Row, table=True):
    """What a target last showed of an alert: the columns of `bot.alerts.dossier.Shown`."""

    __tablename__ = "targets"
    __table_args__ = (Index(None, "target", "external_id"),)

    alert_id: int = Field(sa_column=_alert_key(primary=True))
    target: str = Field(primary_key=True, sa_type=Text)
    channel: str = Field(sa_type=Text)
    external_id: str = Field(sa_type=Text)
    version: int = Field(sa_type=BigInteger)
    digest: str = Field(sa_type=Text)
    cursor: int
    shown_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    sending_since: datetime | None = Field(default=None, sa_type=UtcDateTime)
    attempts: int
    next_try_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_error: str = Field(sa_type=Text)
    failing_since: datetime | None = Field(default=None, sa_type=UtcDateTime)


class RefinementRow(Row, table=True):
    """That a model is to be asked about an alert, or was."""

    __tablename__ = "refinements"

    alert_id: int = Field(sa_column=_alert_key(primary=True))
    asked: Asked = Field(sa_column=Column(Stored(Asked), nullable=False))
    state: str = Field(sa_type=Text)
    due_at: datetime | None = Field(default=None, index=True, sa_type=UtcDateTime)
    lease_owner: str | None = Field(default=None, sa_type=Text)
    lease_until: datetime | None = Field(default=None, sa_type=UtcDateTime)


class ModelAnswerRow(Row, table=True):
    """A model's verdict, to be shared by all alerts with the same fingerprint."""

    __tablename__ = "model_answers"

    fingerprint: str = Field(primary_key=True, sa_type=Text)
    prompt_version: str = Field(primary_key=True, sa_type=Text)
    body: ModelVerdict = Field(sa_column=Column(Stored(ModelVerdict), nullable=False))
    created_at: datetime = Field(sa_type=UtcDateTime)


class ModelCallRow(Row, table=True):
    """One call of a model: what it saw, what it said, what it cost. Never updated."""

    __tablename__ = "model_calls"

    id: int | None = Field(default=None, primary_key=True)
    alert_id: int = Field(sa_column=_alert_key(index=True))
    at: datetime = Field(sa_type=UtcDateTime)
    body: ModelCall = Field(sa_column=Column(Stored(ModelCall), nullable=False))


class SpendingRow(Row, table=True):
    """Money that was put aside for a call, and then what the call cost."""

    __tablename__ = "spendings"

    id: str = Field(primary_key=True, sa_type=Text)
    at: datetime = Field(sa_type=UtcDateTime)
    day: str = Field(index=True, sa_type=Text)
    month: str = Field(index=True, sa_type=Text)
    micro_usd: int = Field(sa_type=BigInteger)
    settled: bool = False


def _table(row: type[Row]) -> Table:
    return Row.metadata.tables[str(row.__tablename__)]


alerts = _table(AlertRow)
descriptions = _table(DescriptionRow)
deliveries = _table(DeliveryRow)
occurrences = _table(OccurrenceRow)
affected_users = _table(AffectedUserRow)
events = _table(EventRow)
classifications = _table(ClassificationRow)
transitions = _table(TransitionRow)
targets = _table(TargetRow)
refinements = _table(RefinementRow)
model_answers = _table(ModelAnswerRow)
model_calls = _table(ModelCallRow)
spendings = _table(SpendingRow)


class QuestionRow(Row, table=True):
    """A question that a person asked about an alert, and what became of it."""

    __tablename__ = "questions"

    id: int | None = Field(default=None, primary_key=True)
    alert_id: int = Field(sa_column=_alert_key(index=True))
    asked: Inquiry = Field(sa_column=Column(Stored(Inquiry), nullable=False))
    source: str = Field(unique=True, sa_type=Text)
    """What makes the same question, told twice, one question."""
    asked_by: str = Field(sa_type=Text)
    state: str = Field(sa_type=Text)
    answer: Answer | None = Field(default=None, sa_column=Column(Stored(Answer), nullable=True))
    model: str = Field(default="", sa_type=Text)
    cost_usd: float | None = None
    created_at: datetime = Field(sa_type=UtcDateTime)
    answered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    message_ts: str = Field(default="", sa_type=Text)
    streaming: bool = False
    sending_since: datetime | None = Field(default=None, sa_type=UtcDateTime)
    attempts: int = 0
    due_at: datetime | None = Field(default=None, index=True, sa_type=UtcDateTime)
    lease_owner: str | None = Field(default=None, sa_type=Text)
    lease_until: datetime | None = Field(default=None, sa_type=UtcDateTime)


questions = _table(QuestionRow)


class IncidentRow(Row, table=True):
    """What is known of an alert's incident in PagerDuty."""

    __tablename__ = "incidents"

    alert_id: int = Field(sa_column=_alert_key(primary=True))
    body: Incident = Field(sa_column=Column(Stored(Incident), nullable=False))


class MarkRow(Row, table=True):
    """When something was last done that is done now and then."""

    __tablename__ = "marks"

    name: str = Field(primary_key=True, sa_type=Text)
    at: datetime = Field(sa_type=UtcDateTime)


incidents = _table(IncidentRow)
marks = _table(MarkRow)
