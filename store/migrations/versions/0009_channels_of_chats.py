"""Channels that people set up in their chats: where a channel comes from, when it wants quiet, what it has muted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_DIMENSIONS = "dimension IN ('state', 'treaty', 'stage', 'lang')"
_DIMENSIONS_BEFORE = "dimension IN ('state', 'treaty', 'stage')"


def upgrade() -> None:
    """Add the columns and the table of mutes; a subscription may name languages of sources from now on."""
    op.add_column("channels", sa.Column("origin", sa.String(16), nullable=False, server_default="settings"))
    op.add_column("channels", sa.Column("quiet_from", sa.String(5)))
    op.add_column("channels", sa.Column("quiet_to", sa.String(5)))
    op.add_column("channels", sa.Column("snoozed_until", sa.DateTime(timezone=True)))
    _check_dimensions(_DIMENSIONS)
    op.create_table(
        "mutes",
        sa.Column("channel_id", sa.Integer, sa.ForeignKey("channels.id"), primary_key=True),
        sa.Column("state", sa.String(16), primary_key=True),
        sa.Column("treaty", sa.Text, primary_key=True),
        sa.Column("until", sa.DateTime(timezone=True)),
        sa.Column("who", sa.Text, nullable=False),
    )


def downgrade() -> None:
    """Drop them, and with them the filters by language."""
    op.drop_table("mutes")
    op.execute("DELETE FROM subscriptions WHERE dimension = 'lang'")
    _check_dimensions(_DIMENSIONS_BEFORE)
    for name in ("snoozed_until", "quiet_to", "quiet_from", "origin"):
        op.drop_column("channels", name)


def _check_dimensions(condition: str) -> None:
    """Bound the dimensions of a subscription; SQLite copies the table for that."""
    with op.batch_alter_table("subscriptions") as table:
        table.drop_constraint(op.f("ck_subscriptions_dimension"), type_="check")
        table.create_check_constraint(op.f("ck_subscriptions_dimension"), condition)
