"""Several states that act together are told of in one alert."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; what was told before was told apart."""
    op.add_column("events", sa.Column("told_with", sa.Text))


def downgrade() -> None:
    """Drop it."""
    op.drop_column("events", "told_with")
