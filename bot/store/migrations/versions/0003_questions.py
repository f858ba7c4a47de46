"""What people ask about alerts, and what they were answered."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

Json = sa.JSON().with_variant(JSONB(), "postgresql")
Time = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "questions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("alert_id", sa.Integer(), nullable=False),
        sa.Column("asked", Json, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("answer", Json, nullable=True),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("cost_usd", sa.Float(), nullable=True),
        sa.Column("created_at", Time, nullable=False),
        sa.Column("answered_at", Time, nullable=True),
        sa.Column("message_ts", sa.Text(), nullable=False),
        sa.Column("streaming", sa.Boolean(), nullable=False),
        sa.Column("sending_since", Time, nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", Time, nullable=True),
        sa.Column("lease_owner", sa.Text(), nullable=True),
        sa.Column("lease_until", Time, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_questions"),
        sa.UniqueConstraint("source", name="uq_questions_source"),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name="fk_questions_alert_id"),
    )
    op.create_index("ix_questions_alert_id", "questions", ["alert_id"])
    op.create_index("ix_questions_due_at", "questions", ["due_at"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("questions")
