"""Digests: until when each channel was told, whether it wants empty ones, and when an event's alert was let out."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_channels = sa.table(
    "channels",
    sa.column("id", sa.Integer),
    sa.column("digest_until", sa.DateTime(timezone=True)),
    sa.column("digest_report", sa.Integer),
    sa.column("digest_event", sa.Integer),
)
_outbox = sa.table(
    "outbox",
    sa.column("id", sa.Integer),
    sa.column("channel_id", sa.Integer),
    sa.column("kind", sa.Text),
    sa.column("payload", sa.Text),
)


def upgrade() -> None:
    """Add the columns; what was told so far is read from the last digest of each channel."""
    op.add_column("events", sa.Column("released_at", sa.DateTime(timezone=True)))
    op.add_column("events", sa.Column("released_row", sa.Integer))
    op.create_index("ix_events_released_at", "events", ["released_at"])
    op.add_column("channels", sa.Column("digest_empty", sa.Boolean, nullable=False, server_default=sa.true()))
    op.add_column("channels", sa.Column("digest_until", sa.DateTime(timezone=True)))
    op.add_column("channels", sa.Column("digest_report", sa.Integer))
    op.add_column("channels", sa.Column("digest_event", sa.Integer))
    conn = op.get_bind()
    newest = sa.select(sa.func.max(_outbox.c.id)).where(_outbox.c.kind == "digest").group_by(_outbox.c.channel_id)
    last = sa.select(_outbox.c.channel_id, _outbox.c.payload).where(_outbox.c.id.in_(newest))
    seen = {
        "digest_report": conn.execute(sa.text("SELECT coalesce(max(row), 0) FROM reports")).scalar_one(),
        "digest_event": conn.execute(sa.text("SELECT coalesce(max(row), 0) FROM events")).scalar_one(),
    }
    for row in conn.execute(last).all():
        end = datetime.fromisoformat(json.loads(row.payload)["end"]).astimezone(UTC)
        mine = _channels.c.id == row.channel_id
        conn.execute(sa.update(_channels).where(mine).values(digest_until=end, **seen))


def downgrade() -> None:
    """Drop them; the next digest then begins a period later."""
    for name in ("digest_event", "digest_report", "digest_until", "digest_empty"):
        op.drop_column("channels", name)
    op.drop_index("ix_events_released_at", "events")
    op.drop_column("events", "released_row")
    op.drop_column("events", "released_at")
