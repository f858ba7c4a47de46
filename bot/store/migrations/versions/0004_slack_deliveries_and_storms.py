"""What Slack delivered, so that it is handled once; storms: what different alerts share, and who is part of one."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

Json = sa.JSON().with_variant(JSONB(), "postgresql")
Time = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "slack_deliveries",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("received_at", Time, nullable=False),
        sa.Column("body", Json, nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", Time, nullable=True),
        sa.PrimaryKeyConstraint("key", name="pk_slack_deliveries"),
    )
    op.create_index("ix_slack_deliveries_received_at", "slack_deliveries", ["received_at"])
    op.create_index("ix_slack_deliveries_due_at", "slack_deliveries", ["due_at"])
    _make_storms()


def _make_storms() -> None:
    op.create_table(
        "sightings",
        sa.Column("trait", sa.Text(), nullable=False),
        sa.Column("alert_id", sa.Integer(), nullable=False),
        sa.Column("at", Time, nullable=False),
        sa.PrimaryKeyConstraint("trait", "alert_id", name="pk_sightings"),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name="fk_sightings_alert_id"),
    )
    op.create_index("ix_sightings_at", "sightings", ["at"])
    op.create_table(
        "storms",
        sa.Column("alert_id", sa.Integer(), nullable=False),
        sa.Column("anchor", sa.Text(), nullable=False),
        sa.Column("open_key", sa.Text(), nullable=True),
        sa.Column("grounds", Json, nullable=False),
        sa.Column("started_at", Time, nullable=False),
        sa.Column("ended_at", Time, nullable=True),
        sa.PrimaryKeyConstraint("alert_id", name="pk_storms"),
        sa.UniqueConstraint("open_key", name="uq_storms_open_key"),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name="fk_storms_alert_id"),
    )
    op.create_table(
        "storm_members",
        sa.Column("storm_id", sa.Integer(), nullable=False),
        sa.Column("alert_id", sa.Integer(), nullable=False),
        sa.Column("joined_at", Time, nullable=False),
        sa.Column("left_at", Time, nullable=True),
        sa.Column("cursor", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("storm_id", "alert_id", name="pk_storm_members"),
        sa.ForeignKeyConstraint(["storm_id"], ["storms.alert_id"], name="fk_storm_members_storm_id"),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name="fk_storm_members_alert_id"),
    )
    op.create_index("ix_storm_members_alert_id", "storm_members", ["alert_id"])


def downgrade() -> None:
    """Drop them."""
    for table in ("storm_members", "storms", "sightings", "slack_deliveries"):
        op.drop_table(table)
