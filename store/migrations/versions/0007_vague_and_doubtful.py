"""Events of which only is known that a state leaves, and alerts that only a second voice lets out."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_ADDED = (("events", "vague"), ("held_alerts", "doubtful"))


def upgrade() -> None:
    """Add the columns; what was stored before counts as neither."""
    for table, column in _ADDED:
        op.add_column(table, sa.Column(column, sa.Boolean, nullable=False, server_default=sa.false()))


def downgrade() -> None:
    """Drop them."""
    for table, column in reversed(_ADDED):
        op.drop_column(table, column)
