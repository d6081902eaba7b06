"""What people put right: decisions, events that they dismissed or merged, and events whose stage they settled."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns and the table."""
    op.add_column("events", sa.Column("dismissed_at", sa.DateTime(timezone=True)))
    op.add_column("events", sa.Column("merged_into", sa.Text))
    op.add_column("events", sa.Column("settled_at", sa.DateTime(timezone=True)))
    op.create_table(
        "decisions",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("subject", sa.Text, nullable=False, unique=True),
        sa.Column("action", sa.String(16), nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    """Drop them; what was dismissed is known again."""
    op.drop_table("decisions")
    for name in ("settled_at", "merged_into", "dismissed_at"):
        op.drop_column("events", name)
