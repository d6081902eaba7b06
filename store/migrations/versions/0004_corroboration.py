"""Sources of record, near copies, and alerts that wait for a second independent source."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns and the table; what was stored before counts as no source of record and as no copy."""
    for table in ("reports", "event_sources"):
        op.add_column(table, sa.Column("record", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("event_sources", sa.Column("copy_of", sa.Text))
    op.create_table(
        "held_alerts",
        sa.Column("event_id", sa.Text, sa.ForeignKey("events.id"), primary_key=True),
        sa.Column("report_row", sa.Integer, sa.ForeignKey("reports.row"), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False, index=True),
        sa.Column("asked_at", sa.DateTime(timezone=True)),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("held_alerts")
    op.drop_column("event_sources", "copy_of")
    for table in ("event_sources", "reports"):
        op.drop_column(table, "record")
