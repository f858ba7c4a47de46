"""What people do in Slack: mutes, thumbs, links that unfold; and how often deliveries repeat."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

Json = sa.JSON().with_variant(JSONB(), "postgresql")
Time = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables and the column."""
    op.add_column("deliveries", sa.Column("repeats", sa.Integer(), nullable=False, server_default="0"))
    op.create_table(
        "mutes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pattern", Json, nullable=False),
        sa.Column("made_by", Json, nullable=False),
        sa.Column("at", Time, nullable=False),
        sa.Column("until", Time, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_mutes"),
    )
    op.create_index("ix_mutes_until", "mutes", ["until"])
    op.create_table(
        "feedback",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.Column("alert_id", sa.Integer(), nullable=False),
        sa.Column("good", sa.Boolean(), nullable=False),
        sa.Column("at", Time, nullable=False),
        sa.PrimaryKeyConstraint("subject", "subject_id", "user_id", name="pk_feedback"),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name="fk_feedback_alert_id"),
    )
    op.create_index("ix_feedback_alert_id", "feedback", ["alert_id"])
    op.create_index("ix_feedback_at", "feedback", ["at"])
    op.create_table(
        "links",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("ts", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("alert_id", sa.Integer(), nullable=False),
        sa.Column("at", Time, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("channel", "ts", "url", name="pk_links"),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name="fk_links_alert_id"),
    )
    op.create_index("ix_links_alert_id", "links", ["alert_id"])


def downgrade() -> None:
    """Drop them."""
    for table in ("links", "feedback", "mutes"):
        op.drop_table(table)
    op.drop_column("deliveries", "repeats")
