"""The likeliest stage of a claim that only says that the state leaves."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; claims read before have none."""
    op.add_column("claims", sa.Column("likely", sa.String(32)))


def downgrade() -> None:
    """Drop it."""
    op.drop_column("claims", "likely")
