"""An index by which the deliveries of one alert are found: `/triage why` reads them."""

from collections.abc import Sequence

from alembic import op

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Make it."""
    op.create_index("ix_deliveries_alert_id", "deliveries", ["alert_id"])


def downgrade() -> None:
    """Drop it."""
    op.drop_index("ix_deliveries_alert_id", table_name="deliveries")
