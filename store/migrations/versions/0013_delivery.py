"""Delivery: claims that end, groups, messages that grow in place, what is withheld, and who speaks to a platform."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_STATES = "state IN ('pending', 'sending', 'sent', 'failed', 'withheld')"
_STATES_BEFORE = "state IN ('pending', 'sending', 'sent', 'failed')"
_INDICES = (
    ("channel_id", "state", "priority", "id"),
    ("channel_id", "state", "due"),
    ("state", "claimed_until"),
    ("upkeep", "channel_id", "due"),
    ("group_id",),
    ("tried_at",),
)

# What the last edit of a message says is from now on what the message itself says.
_TAKE_EDITS_OVER = """
UPDATE outbox SET
    payload = (SELECT edit.payload FROM outbox AS edit WHERE edit.channel_id = outbox.channel_id
               AND edit.edits_key = outbox.key AND edit.state <> 'failed' ORDER BY edit.id DESC LIMIT 1),
    upkeep = 'stale'
WHERE edits_key IS NULL AND EXISTS (SELECT 1 FROM outbox AS edit WHERE edit.channel_id = outbox.channel_id
                                    AND edit.edits_key = outbox.key AND edit.state <> 'failed')
"""


def upgrade() -> None:
    """Add the columns; a message that has changed is edited itself, instead of being followed by rows of edits."""
    op.create_table(
        "senders",
        sa.Column("platform", sa.String(16), primary_key=True),
        sa.Column("holder", sa.Text, nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
    )
    op.add_column("outbox", sa.Column("claimed_by", sa.Text))
    op.add_column("outbox", sa.Column("claimed_until", sa.DateTime(timezone=True)))
    op.add_column("outbox", sa.Column("tried_at", sa.DateTime(timezone=True)))
    op.add_column("outbox", sa.Column("repeats", sa.Integer, nullable=False, server_default="0"))
    op.add_column("outbox", sa.Column("group_id", sa.Integer))
    op.add_column("outbox", sa.Column("upkeep", sa.String(8), nullable=False, server_default="fresh"))
    op.add_column("outbox", sa.Column("shown", sa.String(64)))
    op.execute(_TAKE_EDITS_OVER)
    op.execute("DELETE FROM outbox WHERE edits_key IS NOT NULL")
    op.drop_index(op.f("ix_outbox_channel_id_edits_key"), "outbox", if_exists=True)  # the first stores lack it
    op.drop_index(op.f("ix_outbox_state_channel_id_due"), "outbox")
    op.drop_column("outbox", "edits_key")
    _check_states(_STATES)
    for columns in _INDICES:
        op.create_index(op.f(f"ix_outbox_{'_'.join(columns)}"), "outbox", columns)


def downgrade() -> None:
    """Drop them. Groups and what was withheld are forgotten; the members of a group that waits go out one by one."""
    op.execute("DELETE FROM outbox WHERE state = 'withheld' OR kind = 'group'")
    for columns in _INDICES:
        op.drop_index(op.f(f"ix_outbox_{'_'.join(columns)}"), "outbox")
    _check_states(_STATES_BEFORE)
    for name in ("shown", "upkeep", "group_id", "repeats", "tried_at", "claimed_until", "claimed_by"):
        op.drop_column("outbox", name)
    op.add_column("outbox", sa.Column("edits_key", sa.Text))
    op.create_index(op.f("ix_outbox_state_channel_id_due"), "outbox", ["state", "channel_id", "due"])
    op.create_index(op.f("ix_outbox_channel_id_edits_key"), "outbox", ["channel_id", "edits_key"])
    op.drop_table("senders")


def _check_states(condition: str) -> None:
    """Bound the states of a row; SQLite copies the table for that."""
    with op.batch_alter_table("outbox") as table:
        table.drop_constraint(op.f("ck_outbox_state"), type_="check")
        table.create_check_constraint(op.f("ck_outbox_state"), condition)
