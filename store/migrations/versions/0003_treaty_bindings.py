"""Provisional treaties that are bound to the registry's, and an index to find what reports call theirs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_INDEX = "ix_claims_state_report_row"


def upgrade() -> None:
    """Add the table and the index."""
    op.create_table(
        "treaty_bindings",
        sa.Column("provisional", sa.Text, primary_key=True),
        sa.Column("treaty", sa.Text, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("bound_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("moved", sa.Text, nullable=False),
    )
    op.create_index(_INDEX, "claims", ["state", "report_row"])


def downgrade() -> None:
    """Drop both."""
    op.drop_index(_INDEX, "claims")
    op.drop_table("treaty_bindings")
