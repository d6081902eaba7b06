"""The entries of the calendar of dates of effect, as they were last given out."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "calendar_entries",
        sa.Column("state", sa.String(16), primary_key=True),
        sa.Column("treaty", sa.Text, primary_key=True),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade() -> None:
    """Drop it; the next calendar begins anew."""
    op.drop_table("calendar_entries")
