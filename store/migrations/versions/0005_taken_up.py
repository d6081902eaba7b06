"""Whether a bill is only before parliament, or was dealt with there."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; of what was stored before nothing is known to have been dealt with."""
    op.add_column("claims", sa.Column("taken_up", sa.Boolean, nullable=False, server_default=sa.false()))


def downgrade() -> None:
    """Drop it."""
    op.drop_column("claims", "taken_up")
