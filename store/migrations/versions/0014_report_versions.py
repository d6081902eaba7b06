"""The latest text of a report that was edited, and the marks by which its texts are known again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table and the column; what was stored before is known by its text."""
    op.add_column("reports", sa.Column("version", sa.String(16)))
    op.create_table(
        "report_versions",
        sa.Column("report_row", sa.Integer, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("summary", sa.Text, nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("marks", sa.Text, nullable=False),
        sa.Column("read_today", sa.Integer, nullable=False),
        sa.Column("label", sa.String(16)),
        sa.Column("reason", sa.Text),
        sa.PrimaryKeyConstraint("report_row", name="pk_report_versions"),
        sa.ForeignKeyConstraint(["report_row"], ["reports.row"], name="fk_report_versions_report_row_reports"),
    )
    op.create_index("ix_report_versions_seen_at", "report_versions", ["seen_at"])


def downgrade() -> None:
    """Drop both."""
    op.drop_table("report_versions")
    op.drop_column("reports", "version")
