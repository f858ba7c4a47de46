"""What is known of an alert's error moves out of the alert's row, which is written with every count."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

Json = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    """Make the table, and move the events over."""
    op.create_table(
        "descriptions",
        sa.Column("alert_id", sa.Integer(), nullable=False),
        sa.Column("event", Json, nullable=False),
        sa.PrimaryKeyConstraint("alert_id", name="pk_descriptions"),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name="fk_descriptions_alert_id"),
    )
    op.execute("INSERT INTO descriptions (alert_id, event) SELECT id, event FROM alerts")
    op.drop_column("alerts", "event")


def downgrade() -> None:
    """Move them back. The column may be empty then: SQLite adds no other kind to rows that there are."""
    op.add_column("alerts", sa.Column("event", Json, nullable=True))
    op.execute("UPDATE alerts SET event = (SELECT event FROM descriptions WHERE alert_id = alerts.id)")
    op.drop_table("descriptions")
