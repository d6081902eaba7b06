"""The audit log: what people and the program changed, who, when. Rows are only ever added."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select

from store.tables import audit_log

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.engine import Connection


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One change."""

    at: datetime
    who: str
    action: str
    subject: str
    detail: dict[str, Any]


def record(  # noqa: PLR0913 - an entry has that many columns, all named
    conn: Connection, *, who: str, action: str, subject: str, detail: Mapping[str, Any], now: datetime
) -> None:
    """Log a change, in the transaction that makes it."""
    conn.execute(insert(audit_log).values(at=now, who=who, action=action, subject=subject, detail=dict(detail)))


def entries(conn: Connection, limit: int = 100) -> tuple[AuditEntry, ...]:
    """The latest changes, newest first."""
    rows = conn.execute(select(audit_log).order_by(audit_log.c.id.desc()).limit(limit))
    return tuple(AuditEntry(row.at, row.who, row.action, row.subject, row.detail) for row in rows)
