"""The tables, and the three column types that make them mean the same on SQLite and PostgreSQL.

Texts that come from outside are never indexed as they are: a feed may send an id of any length, PostgreSQL refuses
index entries beyond 2,700 bytes, and one such report would then fail for ever. Their SHA-256 is indexed instead
(`fingerprint`).
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    false,
    text,
    true,
)
from sqlalchemy.dialects import sqlite

from treaties.model import Precision, When

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.engine import Dialect

_OFFSET: Final = "+00:00"
_PRECISIONS = {10: Precision.DAY, 7: Precision.MONTH, 4: Precision.YEAR}


def fingerprint(*parts: str) -> str:
    """A short fixed-length name for texts of any length and content; each part counts on its own."""
    plain = json.dumps(parts)  # escapes every odd character, so that any text has a name
    return hashlib.sha256(plain.encode("ascii")).hexdigest()


class _Moment(TypeDecorator[datetime]):
    """A moment as a server holds it."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Turn any offset into UTC."""
        return _in_utc(value)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - as above
        """PostgreSQL answers in the session's zone."""
        return _in_utc(value)


class _MomentText(sqlite.DATETIME):
    """A moment as a SQLite file holds it: `2025-09-29 12:00:00.000000`, which sorts as text. UTC goes without saying.

    It stands for SQLAlchemy's own, which writes the same and takes a third of the time that polling is in the database.
    """

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], str | None]:  # noqa: ARG002 - SQLAlchemy's signature
        """Write it."""
        return _written

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[str | None], datetime | None]:  # noqa: ARG002 - as above
        """Read it."""
        return _read


def _in_utc(moment: datetime | None) -> datetime | None:
    if moment is None or moment.tzinfo is UTC:
        return moment
    if moment.tzinfo is None:
        raise ValueError(f"a moment without an offset cannot be stored: {moment.isoformat()}")
    return moment.astimezone(UTC)


def _written(moment: datetime | None) -> str | None:
    utc = _in_utc(moment)
    return None if utc is None else utc.isoformat(" ", "microseconds").removesuffix(_OFFSET)


def _read(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text + _OFFSET)


UtcDateTime: Final = _Moment().with_variant(_MomentText, "sqlite")
"""A moment: stored in UTC, returned aware. A naive value is a mistake of the caller and is refused."""


class WhenText(TypeDecorator[When]):
    """A date with its precision, as its own text: `2025-09-29`, `2025-09` or `2025`."""

    impl = String(10)
    cache_ok = True

    def process_bind_param(self, value: When | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - as above
        """Write as many parts of the date as are known."""
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> When | None:  # noqa: ARG002 - as above
        """The length of the text is its precision."""
        if value is None:
            return None
        return When(date.fromisoformat(value + "0001-01-01"[len(value) :]), _PRECISIONS[len(value)])


class SafeText(TypeDecorator[str]):
    """Text from outside. PostgreSQL holds no NUL and no database holds half a surrogate pair: both become marks."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - as above
        """Replace what cannot be stored, so that one odd character never costs a report."""
        if value is None:
            return None
        return value.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")


class JsonText(TypeDecorator[dict[str, Any]]):
    """A JSON object as plain ASCII text: exact for any text, and the same on both databases."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: dict[str, Any] | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - as above
        """Write the object."""
        return None if value is None else json.dumps(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> dict[str, Any] | None:  # noqa: ARG002 - as above
        """Read the object back."""
        if value is None:
            return None
        loaded: dict[str, Any] = json.loads(value)
        return loaded


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

feeds = Table(
    "feeds",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("url", Text, nullable=False, unique=True),
    Column("outlet", Text, nullable=False),
    Column("country", String(2)),
    Column("lang", String(16)),
    Column("kind", String(16), nullable=False),
    Column("group_name", Text),
    Column("listed", Boolean, nullable=False),
    Column("address", SafeText, nullable=False),
    Column("etag", LargeBinary),
    Column("last_modified", LargeBinary),
    Column("body_hash", Text),
    Column("next_poll", UtcDateTime),
    Column("interval", Float, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("last_ok", UtcDateTime),
    Column("last_status", Integer),
    Column("last_error", SafeText),
    Column("gone", Boolean, nullable=False),
    Column("baseline_done", Boolean, nullable=False),
    Column("asked_at", UtcDateTime),
    Column("full_at", UtcDateTime),
    Column("failing_since", UtcDateTime),
    Column("last_item", UtcDateTime),
    Column("rhythm", Float),
    Column("longest_gap", Float),
    Column("validated", Boolean),
    Column("wished", Float, nullable=False, server_default=text("0")),
    # A bit for every hour of the day, and for every day of the week from Monday on.
    Column("skip_hours", Integer, nullable=False, server_default=text("0")),
    Column("skip_days", Integer, nullable=False, server_default=text("0")),
    Column("told", Text),
    Column("twin_of", Integer),
    Index(None, "listed", "gone", "next_poll"),
)

reports = Table(
    "reports",
    metadata,
    Column("row", Integer, primary_key=True),
    Column("fingerprint", String(64), nullable=False, unique=True),
    Column("id", SafeText, nullable=False),
    Column("feed_id", ForeignKey("feeds.id"), index=True),
    Column("title", SafeText, nullable=False),
    Column("summary", SafeText, nullable=False),
    Column("published", UtcDateTime),
    # The day that "today" means in the text is the day at the outlet: the offset is kept beside the moment.
    Column("published_offset", Integer),
    Column("lang", SafeText),
    Column("url", SafeText),
    Column("outlet", SafeText),
    Column("country", SafeText),
    Column("group_name", SafeText),
    Column("official", Boolean, nullable=False),
    Column("record", Boolean, nullable=False, server_default=false()),
    Column("seen_at", UtcDateTime, nullable=False, index=True),
    Column("label", String(16)),
    Column("read_lang", SafeText),
    Column("reason", SafeText),
    Column("error", SafeText),
    # The mark of the text as its feed gave it; what is stored may be the article's.
    Column("version", String(16)),
)

report_versions = Table(
    "report_versions",
    metadata,
    Column("report_row", ForeignKey("reports.row"), primary_key=True),
    Column("number", Integer, nullable=False),
    Column("title", SafeText, nullable=False),
    Column("summary", SafeText, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False, index=True),
    Column("marks", Text, nullable=False),
    Column("read_today", Integer, nullable=False),
    Column("label", String(16)),
    Column("reason", SafeText),
)

cases = Table(
    "cases",
    metadata,
    Column("state", String(16), primary_key=True),
    Column("treaty", Text, primary_key=True),
    Column("opened_at", UtcDateTime, nullable=False),
)

events = Table(
    "events",
    metadata,
    Column("row", Integer, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("state", String(16), nullable=False),
    Column("treaty", Text, nullable=False),
    Column("stage", String(32), nullable=False),
    Column("day", WhenText),
    Column("note", SafeText, nullable=False),
    Column("origin", String(16), nullable=False),
    # A date preferred after the event was recorded outlives every later reading of the configuration.
    Column("amended_at", UtcDateTime),
    # The event of another state whose alert tells of this one, too.
    Column("told_with", Text),
    Column("vague", Boolean, nullable=False, server_default=false()),
    # Somebody said that it did not happen, or that it is another event; it is kept, but known no more.
    Column("dismissed_at", UtcDateTime),
    Column("merged_into", Text),
    # Somebody said which stage it is: reports no longer change that.
    Column("settled_at", UtcDateTime),
    Column("recorded_at", UtcDateTime, nullable=False, index=True),
    # Its alert waited to be borne out until then; the newest report of that moment says what had been seen by then.
    Column("released_at", UtcDateTime, index=True),
    Column("released_row", Integer),
    ForeignKeyConstraint(["state", "treaty"], ["cases.state", "cases.treaty"]),
    CheckConstraint("origin IN ('config', 'report', 'curator')", name="origin"),
    Index(None, "state", "treaty"),
)

event_sources = Table(
    "event_sources",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("event_id", ForeignKey("events.id"), nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("report_fingerprint", String(64)),
    Column("report", SafeText),
    Column("outlet", SafeText, nullable=False),
    Column("url", SafeText),
    Column("published", Date),
    Column("says", WhenText),
    Column("note", SafeText, nullable=False),
    Column("group_name", SafeText),
    Column("official", Boolean, nullable=False),
    Column("record", Boolean, nullable=False, server_default=false()),
    Column("copy_of", SafeText),
    Column("added_at", UtcDateTime, nullable=False),
    UniqueConstraint("event_id", "fingerprint"),
    UniqueConstraint("event_id", "report_fingerprint"),
)

claims = Table(
    "claims",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("report_row", ForeignKey("reports.row"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("treaty", SafeText, nullable=False),
    Column("stage", String(32)),
    Column("likely", String(32)),
    Column("taken_up", Boolean, nullable=False, server_default=false()),
    Column("day", WhenText),
    Column("role", String(16), nullable=False),
    Column("quote", SafeText, nullable=False),
    Column("reason", SafeText, nullable=False),
    Column("confidence", Float, nullable=False),
    Column("dated", Boolean, nullable=False),
    Column("effective", WhenText),
    Column("modality", String(16), nullable=False),
    Column("verdict", String(16)),
    Column("verdict_reason", SafeText),
    Column("verdict_confidence", Float),
    # Deferred: a verdict may be written before the event that it opens.
    Column("event_id", ForeignKey("events.id", deferrable=True, initially="DEFERRED"), index=True),
    UniqueConstraint("report_row", "position"),
    Index(None, "state", "report_row"),
)

treaty_bindings = Table(
    "treaty_bindings",
    metadata,
    Column("provisional", Text, primary_key=True),
    Column("treaty", Text, nullable=False),
    Column("who", SafeText, nullable=False),
    Column("bound_at", UtcDateTime, nullable=False),
    Column("moved", JsonText, nullable=False),
)

coverage = Table(
    "coverage",
    metadata,
    Column("report_row", ForeignKey("reports.row"), primary_key=True),
    Column("event_id", ForeignKey("events.id"), primary_key=True, index=True),
    Column("role", String(16), nullable=False),
)

channels = Table(
    "channels",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("platform", String(16), nullable=False),
    Column("address", Text, nullable=False),
    Column("title", SafeText, nullable=False),
    Column("role", String(16), nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("disabled_reason", SafeText),
    Column("timezone", Text, nullable=False),
    Column("lang", String(16), nullable=False),
    Column("digest", String(16), nullable=False),
    Column("digest_at", String(5), nullable=False),
    # `settings`, or `chat` where people set it up by themselves.
    Column("origin", String(16), nullable=False, server_default="settings"),
    Column("quiet_from", String(5)),
    Column("quiet_to", String(5)),
    Column("snoozed_until", UtcDateTime),
    # Whether a digest comes when nothing happened.
    Column("digest_empty", Boolean, nullable=False, server_default=true()),
    # Until when digests have told of everything; the newest report and event that the last one could see.
    Column("digest_until", UtcDateTime),
    Column("digest_report", Integer),
    Column("digest_event", Integer),
    UniqueConstraint("platform", "address"),
)

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("channel_id", ForeignKey("channels.id"), primary_key=True),
    Column("dimension", String(16), primary_key=True),
    Column("value", Text, primary_key=True),
    CheckConstraint("dimension IN ('state', 'treaty', 'stage', 'lang')", name="dimension"),
)

mutes = Table(
    "mutes",
    metadata,
    Column("channel_id", ForeignKey("channels.id"), primary_key=True),
    Column("state", String(16), primary_key=True),
    Column("treaty", Text, primary_key=True),
    # Empty: for good.
    Column("until", UtcDateTime),
    Column("who", SafeText, nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("channel_id", ForeignKey("channels.id"), nullable=False),
    Column("key", Text, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("payload", JsonText, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("reply_to_key", Text),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("possible_repeat", Boolean, nullable=False),
    Column("queued_at", UtcDateTime, nullable=False),
    Column("due", UtcDateTime, nullable=False),
    Column("sent_at", UtcDateTime),
    Column("message_id", Text),
    # Why the last attempt failed, or why the row is withheld.
    Column("error", SafeText),
    # Who is sending or editing it, and until when nobody else may.
    Column("claimed_by", Text),
    Column("claimed_until", UtcDateTime),
    Column("tried_at", UtcDateTime),
    # How often it may have arrived already.
    Column("repeats", Integer, nullable=False, server_default=text("0")),
    # The row of the group whose message tells of this one.
    Column("group_id", Integer),
    # Of a message that is out: `fresh`, `stale` (it is to be edited), `editing`, `outdated` (that edit is too old
    # already), or `closed` (it cannot be edited).
    Column("upkeep", String(8), nullable=False, server_default="fresh"),
    # A fingerprint of the text that the message shows.
    Column("shown", String(64)),
    UniqueConstraint("channel_id", "key"),
    CheckConstraint("state IN ('pending', 'sending', 'sent', 'failed', 'withheld')", name="state"),
    Index(None, "key"),
    Index(None, "channel_id", "state", "priority", "id"),
    Index(None, "channel_id", "state", "due"),
    Index(None, "state", "claimed_until"),
    Index(None, "upkeep", "channel_id", "due"),
    Index(None, "group_id"),
    Index(None, "tried_at"),
)

senders = Table(
    "senders",
    metadata,
    Column("platform", String(16), primary_key=True),
    Column("holder", Text, nullable=False),
    Column("until", UtcDateTime, nullable=False),
)

pushes = Table(
    "pushes",
    metadata,
    Column("feed_id", ForeignKey("feeds.id"), primary_key=True),
    Column("hub", SafeText, nullable=False),
    Column("topic", SafeText, nullable=False),
    Column("token", Text, nullable=False, unique=True),
    Column("secret", Text, nullable=False),
    Column("asked", String(16)),
    Column("asked_at", UtcDateTime),
    Column("since", UtcDateTime),
    Column("until", UtcDateTime),
    Column("next_try", UtcDateTime),
    Column("failures", Integer, nullable=False),
    Column("error", SafeText),
)

held_alerts = Table(
    "held_alerts",
    metadata,
    Column("event_id", ForeignKey("events.id"), primary_key=True),
    Column("report_row", ForeignKey("reports.row"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("doubtful", Boolean, nullable=False, server_default=false()),
    Column("reason", SafeText, nullable=False),
    Column("held_at", UtcDateTime, nullable=False),
    Column("until", UtcDateTime, nullable=False, index=True),
    # From here on the reviewers know of it; the alert still goes out when somebody else tells of the event.
    Column("asked_at", UtcDateTime),
)

decisions = Table(
    "decisions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("subject", Text, nullable=False, unique=True),
    Column("action", String(16), nullable=False),
    Column("who", SafeText, nullable=False),
    Column("why", SafeText, nullable=False),
    Column("decided_at", UtcDateTime, nullable=False),
    Column("detail", JsonText, nullable=False),
    # The number of a decision that was undone is never given again: somebody may still have it before them.
    sqlite_autoincrement=True,
)

calendar_entries = Table(
    "calendar_entries",
    metadata,
    Column("state", String(16), primary_key=True),
    Column("treaty", Text, primary_key=True),
    Column("day", Date, nullable=False),
    Column("status", String(16), nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
)

audit_log = Table(
    "audit_log",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("who", SafeText, nullable=False),
    Column("action", SafeText, nullable=False),
    Column("subject", SafeText, nullable=False),
    Column("detail", JsonText, nullable=False),
)

jobs = Table(
    "jobs",
    metadata,
    Column("name", Text, primary_key=True),
    Column("started", UtcDateTime),
    Column("finished", UtcDateTime),
    Column("error", SafeText),
    Column("limit_seconds", Float, nullable=False),
)

marks = Table(
    "marks",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
