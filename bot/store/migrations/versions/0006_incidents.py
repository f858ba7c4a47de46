"""PagerDuty's incidents, when Sentry was last asked what was missed, and alerts found by a target's own id for them."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

Json = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    """Make the tables and the index."""
    op.create_table(
        "incidents",
        sa.Column("alert_id", sa.Integer(), nullable=False),
        sa.Column("body", Json, nullable=False),
        sa.PrimaryKeyConstraint("alert_id", name="pk_incidents"),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name="fk_incidents_alert_id"),
    )
    op.create_table(
        "marks",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_marks"),
    )
    op.create_index("ix_targets_target_external_id", "targets", ["target", "external_id"])


def downgrade() -> None:
    """Drop them."""
    op.drop_index("ix_targets_target_external_id", "targets")
    op.drop_table("marks")
    op.drop_table("incidents")
