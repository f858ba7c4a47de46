"""What models are asked, what they answer and what they cost."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

Json = sa.JSON().with_variant(JSONB(), "postgresql")
Time = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    _refinements()
    _model_answers()
    _model_calls()
    _spendings()


def downgrade() -> None:
    """Drop them."""
    for table in ("spendings", "model_calls", "model_answers", "refinements"):
        op.drop_table(table)


def _refinements() -> None:
    op.create_table(
        "refinements",
        sa.Column("alert_id", sa.Integer(), nullable=False),
        sa.Column("asked", Json, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("due_at", Time, nullable=True),
        sa.Column("lease_owner", sa.Text(), nullable=True),
        sa.Column("lease_until", Time, nullable=True),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name=op.f("fk_refinements_alert_id")),
        sa.PrimaryKeyConstraint("alert_id", name=op.f("pk_refinements")),
    )
    op.create_index(op.f("ix_refinements_due_at"), "refinements", ["due_at"])


def _model_answers() -> None:
    op.create_table(
        "model_answers",
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("prompt_version", sa.Text(), nullable=False),
        sa.Column("body", Json, nullable=False),
        sa.Column("created_at", Time, nullable=False),
        sa.PrimaryKeyConstraint("fingerprint", "prompt_version", name=op.f("pk_model_answers")),
    )


def _model_calls() -> None:
    op.create_table(
        "model_calls",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("alert_id", sa.Integer(), nullable=False),
        sa.Column("at", Time, nullable=False),
        sa.Column("body", Json, nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name=op.f("fk_model_calls_alert_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_model_calls")),
    )
    op.create_index(op.f("ix_model_calls_alert_id"), "model_calls", ["alert_id"])


def _spendings() -> None:
    op.create_table(
        "spendings",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("at", Time, nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("month", sa.Text(), nullable=False),
        sa.Column("micro_usd", sa.BigInteger(), nullable=False),
        sa.Column("settled", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spendings")),
    )
    op.create_index(op.f("ix_spendings_day"), "spendings", ["day"])
    op.create_index(op.f("ix_spendings_month"), "spendings", ["month"])
