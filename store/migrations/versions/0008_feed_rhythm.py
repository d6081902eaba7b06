"""What a feed's own rhythm, its troubles and its hints need to outlast a restart."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_MOMENTS = ("asked_at", "full_at", "failing_since", "last_item")
_SECONDS = ("rhythm", "longest_gap")


def upgrade() -> None:
    """Add the columns; the next polls fill them."""
    for name in _MOMENTS:
        op.add_column("feeds", sa.Column(name, sa.DateTime(timezone=True)))
    for name in _SECONDS:
        op.add_column("feeds", sa.Column(name, sa.Float))
    op.add_column("feeds", sa.Column("validated", sa.Boolean))
    op.add_column("feeds", sa.Column("wished", sa.Float, nullable=False, server_default=sa.text("0")))
    for name in ("skip_hours", "skip_days"):
        op.add_column("feeds", sa.Column(name, sa.Integer, nullable=False, server_default=sa.text("0")))
    op.add_column("feeds", sa.Column("told", sa.Text))
    op.add_column("feeds", sa.Column("twin_of", sa.Integer))


def downgrade() -> None:
    """Drop them."""
    for name in ("twin_of", "told", "skip_days", "skip_hours", "wished", "validated", *_SECONDS, *_MOMENTS):
        op.drop_column("feeds", name)
