"""The first tables."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision: str = "0001"
down_revision: str | None = None
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

Json = sa.JSON().with_variant(JSONB(), "postgresql")
Time = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make them."""
    _alerts()
    _deliveries()
    _affected_users()
    _classifications()
    _events()
    _occurrences()
    _targets()
    _transitions()


def downgrade() -> None:
    """Drop them, and with them all that the bot knows."""
    for table in (
        "transitions",
        "targets",
        "occurrences",
        "events",
        "classifications",
        "affected_users",
        "deliveries",
        "alerts",
    ):
        op.drop_table(table)


def _alerts() -> None:
    op.create_table(
        "alerts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("issue_key", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("standing", Json, nullable=False),
        sa.Column("severity", sa.Text(), nullable=True),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("project", sa.Text(), nullable=True),
        sa.Column("short_id", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("event", Json, nullable=False),
        sa.Column("resources", Json, nullable=False),
        sa.Column("variants", Json, nullable=False),
        sa.Column("events", sa.BigInteger(), nullable=False),
        sa.Column("suppressed", sa.BigInteger(), nullable=False),
        sa.Column("folded", sa.BigInteger(), nullable=False),
        sa.Column("users", sa.BigInteger(), nullable=False),
        sa.Column("sentry_events", sa.BigInteger(), nullable=False),
        sa.Column("sentry_users", sa.BigInteger(), nullable=False),
        sa.Column("first_seen", Time, nullable=False),
        sa.Column("last_seen", Time, nullable=False),
        sa.Column("loud_at", Time, nullable=True),
        sa.Column("lined_at", Time, nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("due_at", Time, nullable=True),
        sa.Column("lease_owner", sa.Text(), nullable=True),
        sa.Column("lease_until", Time, nullable=True),
        sa.Column("created_at", Time, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_alerts"),
        sa.UniqueConstraint("issue_key", name="uq_alerts_issue_key"),
    )
    op.create_index("ix_alerts_category", "alerts", ["category"])
    op.create_index("ix_alerts_due_at", "alerts", ["due_at"])
    op.create_index("ix_alerts_last_seen", "alerts", ["last_seen"])
    op.create_index("ix_alerts_severity", "alerts", ["severity"])
    op.create_index("ix_alerts_short_id", "alerts", ["short_id"])
    op.create_index("ix_alerts_state", "alerts", ["state"])


def _deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("alert_id", sa.Integer(), nullable=True),
        sa.Column("event_key", sa.Text(), nullable=True),
        sa.Column("received_at", Time, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_deliveries"),
    )
    op.create_index("ix_deliveries_received_at", "deliveries", ["received_at"])


def _affected_users() -> None:
    op.create_table(
        "affected_users",
        sa.Column("alert_id", sa.Integer(), nullable=False),
        sa.Column("user", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("alert_id", "user", name="pk_affected_users"),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name="fk_affected_users_alert_id"),
        sqlite_with_rowid=False,
    )


def _classifications() -> None:
    op.create_table(
        "classifications",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("alert_id", sa.Integer(), nullable=False),
        sa.Column("body", Json, nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("created_at", Time, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_classifications"),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name="fk_classifications_alert_id"),
    )
    op.create_index("ix_classifications_alert_id", "classifications", ["alert_id"])
    op.create_index("ix_classifications_created_at", "classifications", ["created_at"])


def _events() -> None:
    op.create_table(
        "events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("alert_id", sa.Integer(), nullable=False),
        sa.Column("delivery_id", sa.Text(), nullable=False),
        sa.Column("at", Time, nullable=False),
        sa.Column("variant", sa.Text(), nullable=True),
        sa.Column("body", Json, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_events"),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name="fk_events_alert_id"),
    )
    op.create_index("ix_events_alert_id", "events", ["alert_id"])


def _occurrences() -> None:
    op.create_table(
        "occurrences",
        sa.Column("alert_id", sa.Integer(), nullable=False),
        sa.Column("event_key", sa.Text(), nullable=False),
        sa.Column("at", Time, nullable=False),
        sa.PrimaryKeyConstraint("alert_id", "event_key", name="pk_occurrences"),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name="fk_occurrences_alert_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_occurrences_at", "occurrences", ["at"])


def _targets() -> None:
    op.create_table(
        "targets",
        sa.Column("alert_id", sa.Integer(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("cursor", sa.Integer(), nullable=False),
        sa.Column("shown_at", Time, nullable=True),
        sa.Column("sending_since", Time, nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try_at", Time, nullable=True),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.Column("failing_since", Time, nullable=True),
        sa.PrimaryKeyConstraint("alert_id", "target", name="pk_targets"),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name="fk_targets_alert_id"),
    )


def _transitions() -> None:
    op.create_table(
        "transitions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("alert_id", sa.Integer(), nullable=False),
        sa.Column("at", Time, nullable=False),
        sa.Column("actor_source", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("before", Json, nullable=False),
        sa.Column("after", Json, nullable=False),
        sa.Column("detail", Json, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_transitions"),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name="fk_transitions_alert_id"),
    )
    op.create_index("ix_transitions_alert_id_id", "transitions", ["alert_id", "id"])
    op.create_index("ix_transitions_at", "transitions", ["at"])
