"""The audit log says who did what, when, newest first."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from store import audit
from store.audit import AuditEntry

if TYPE_CHECKING:
    from store.database import Database

NOW = datetime(2025, 10, 1, 9, 30, tzinfo=UTC)


def test_changes_are_listed_newest_first(database: Database) -> None:
    with database.transaction() as conn:
        for number in range(3):
            moment = NOW + timedelta(minutes=number)
            audit.record(conn, who="ann", action="confirm", subject=f"event {number}", detail={"n": number}, now=moment)
        found = audit.entries(conn, limit=2)
    assert found == (
        AuditEntry(NOW + timedelta(minutes=2), "ann", "confirm", "event 2", {"n": 2}),
        AuditEntry(NOW + timedelta(minutes=1), "ann", "confirm", "event 1", {"n": 1}),
    )
