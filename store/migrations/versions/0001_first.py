"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_TABLES_LAST_FIRST = (
    "jobs",
    "audit_log",
    "outbox",
    "subscriptions",
    "channels",
    "coverage",
    "claims",
    "event_sources",
    "events",
    "cases",
    "reports",
    "feeds",
)


def upgrade() -> None:
    """Create every table; those that others refer to come first."""
    _feeds()
    _reports()
    _cases()
    _events()
    _event_sources()
    _claims()
    _coverage()
    _channels()
    _subscriptions()
    _outbox()
    _audit_log()
    _jobs()


def downgrade() -> None:
    """Drop every table, in the opposite order."""
    for name in _TABLES_LAST_FIRST:
        op.drop_table(name)


def _feeds() -> None:
    op.create_table(
        "feeds",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("url", sa.Text, nullable=False, unique=True),
        sa.Column("outlet", sa.Text, nullable=False),
        sa.Column("country", sa.String(2)),
        sa.Column("lang", sa.String(16)),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("group_name", sa.Text),
        sa.Column("listed", sa.Boolean, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("etag", sa.LargeBinary),
        sa.Column("last_modified", sa.LargeBinary),
        sa.Column("body_hash", sa.Text),
        sa.Column("next_poll", sa.DateTime(timezone=True)),
        sa.Column("interval", sa.Float, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("last_ok", sa.DateTime(timezone=True)),
        sa.Column("last_status", sa.Integer),
        sa.Column("last_error", sa.Text),
        sa.Column("gone", sa.Boolean, nullable=False),
        sa.Column("baseline_done", sa.Boolean, nullable=False),
        sa.Index(None, "listed", "gone", "next_poll"),
    )


def _reports() -> None:
    op.create_table(
        "reports",
        sa.Column("row", sa.Integer, primary_key=True),
        sa.Column("fingerprint", sa.String(64), nullable=False, unique=True),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("feed_id", sa.Integer, sa.ForeignKey("feeds.id"), index=True),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("summary", sa.Text, nullable=False),
        sa.Column("published", sa.DateTime(timezone=True)),
        sa.Column("published_offset", sa.Integer),
        sa.Column("lang", sa.Text),
        sa.Column("url", sa.Text),
        sa.Column("outlet", sa.Text),
        sa.Column("country", sa.Text),
        sa.Column("group_name", sa.Text),
        sa.Column("official", sa.Boolean, nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False, index=True),
        sa.Column("label", sa.String(16)),
        sa.Column("read_lang", sa.Text),
        sa.Column("reason", sa.Text),
        sa.Column("error", sa.Text),
    )


def _cases() -> None:
    op.create_table(
        "cases",
        sa.Column("state", sa.String(16), primary_key=True),
        sa.Column("treaty", sa.Text, primary_key=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
    )


def _events() -> None:
    op.create_table(
        "events",
        sa.Column("row", sa.Integer, primary_key=True),
        sa.Column("id", sa.Text, nullable=False, unique=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("treaty", sa.Text, nullable=False),
        sa.Column("stage", sa.String(32), nullable=False),
        sa.Column("day", sa.String(10)),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("origin", sa.String(16), nullable=False),
        sa.Column("amended_at", sa.DateTime(timezone=True)),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False, index=True),
        sa.ForeignKeyConstraint(["state", "treaty"], ["cases.state", "cases.treaty"]),
        sa.CheckConstraint("origin IN ('config', 'report', 'curator')", name="origin"),
        sa.Index(None, "state", "treaty"),
    )


def _event_sources() -> None:
    op.create_table(
        "event_sources",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("event_id", sa.Text, sa.ForeignKey("events.id"), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("report_fingerprint", sa.String(64)),
        sa.Column("report", sa.Text),
        sa.Column("outlet", sa.Text, nullable=False),
        sa.Column("url", sa.Text),
        sa.Column("published", sa.Date),
        sa.Column("says", sa.String(10)),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("group_name", sa.Text),
        sa.Column("official", sa.Boolean, nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("event_id", "fingerprint"),
        sa.UniqueConstraint("event_id", "report_fingerprint"),
    )


def _claims() -> None:
    op.create_table(
        "claims",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("report_row", sa.Integer, sa.ForeignKey("reports.row"), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("treaty", sa.Text, nullable=False),
        sa.Column("stage", sa.String(32)),
        sa.Column("day", sa.String(10)),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("quote", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("confidence", sa.Float, nullable=False),
        sa.Column("dated", sa.Boolean, nullable=False),
        sa.Column("effective", sa.String(10)),
        sa.Column("modality", sa.String(16), nullable=False),
        sa.Column("verdict", sa.String(16)),
        sa.Column("verdict_reason", sa.Text),
        sa.Column("verdict_confidence", sa.Float),
        sa.Column("event_id", sa.Text, sa.ForeignKey("events.id", deferrable=True, initially="DEFERRED"), index=True),
        sa.UniqueConstraint("report_row", "position"),
    )


def _coverage() -> None:
    op.create_table(
        "coverage",
        sa.Column("report_row", sa.Integer, sa.ForeignKey("reports.row"), primary_key=True),
        sa.Column("event_id", sa.Text, sa.ForeignKey("events.id"), primary_key=True, index=True),
        sa.Column("role", sa.String(16), nullable=False),
    )


def _channels() -> None:
    op.create_table(
        "channels",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("platform", sa.String(16), nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.Column("disabled_reason", sa.Text),
        sa.Column("timezone", sa.Text, nullable=False),
        sa.Column("lang", sa.String(16), nullable=False),
        sa.Column("digest", sa.String(16), nullable=False),
        sa.Column("digest_at", sa.String(5), nullable=False),
        sa.UniqueConstraint("platform", "address"),
    )


def _subscriptions() -> None:
    op.create_table(
        "subscriptions",
        sa.Column("channel_id", sa.Integer, sa.ForeignKey("channels.id"), primary_key=True),
        sa.Column("dimension", sa.String(16), primary_key=True),
        sa.Column("value", sa.Text, primary_key=True),
        sa.CheckConstraint("dimension IN ('state', 'treaty', 'stage')", name="dimension"),
    )


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("channel_id", sa.Integer, sa.ForeignKey("channels.id"), nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("priority", sa.Integer, nullable=False),
        sa.Column("reply_to_key", sa.Text),
        sa.Column("edits_key", sa.Text),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("possible_repeat", sa.Boolean, nullable=False),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True)),
        sa.Column("message_id", sa.Text),
        sa.Column("error", sa.Text),
        sa.UniqueConstraint("channel_id", "key"),
        sa.CheckConstraint("state IN ('pending', 'sending', 'sent', 'failed')", name="state"),
        sa.Index(None, "state", "channel_id", "due"),
        sa.Index(None, "key"),
        sa.Index(None, "channel_id", "edits_key"),
    )


def _audit_log() -> None:
    op.create_table(
        "audit_log",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
    )


def _jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("started", sa.DateTime(timezone=True)),
        sa.Column("finished", sa.DateTime(timezone=True)),
        sa.Column("error", sa.Text),
        sa.Column("limit_seconds", sa.Float, nullable=False),
    )
