"""Rules that people's corrections made, and what a shadow would have said."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

Json = sa.JSON().with_variant(JSONB(), "postgresql")
Time = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "taught_rules",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("decided_by", Json, nullable=False),
        sa.Column("decided_at", Time, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_taught_rules"),
    )
    op.create_table(
        "shadow_verdicts",
        sa.Column("alert_id", sa.Integer(), nullable=False),
        sa.Column("shadow", sa.Text(), nullable=False),
        sa.Column("body", Json, nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("card", sa.Boolean(), nullable=False),
        sa.Column("page", sa.Boolean(), nullable=False),
        sa.Column("cost_usd", sa.Float(), nullable=False),
        sa.Column("at", Time, nullable=False),
        sa.PrimaryKeyConstraint("alert_id", "shadow", name="pk_shadow_verdicts"),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name="fk_shadow_verdicts_alert_id"),
    )
    op.create_index("ix_shadow_verdicts_at", "shadow_verdicts", ["at"])


def downgrade() -> None:
    """Drop them."""
    op.drop_table("shadow_verdicts")
    op.drop_table("taught_rules")
