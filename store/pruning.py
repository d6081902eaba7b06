"""Forgetting: reports that claim nothing are dropped after a time; the known event set and all that led to it stay."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, delete, exists, func, or_, select

from store.tables import claims, coverage, held_alerts, report_versions, reports

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Connection


def prune(conn: Connection, before: datetime, limit: int) -> int:
    """Drop reports that claim nothing and were both seen and published before that moment, the oldest first.

    One that still stands in its feed after that time is taken in again when the feed is read next, and claims nothing
    again.

    Args:
        conn: an open write transaction.
        before: what is younger stays.
        limit: how many at the most: the transaction keeps all other writers waiting.

    Returns:
        How many there were.
    """
    linked = or_(*(exists().where(table.c.report_row == reports.c.row) for table in (claims, coverage, held_alerts)))
    # Numbers that are given again would make old buttons lead to new reports: the newest row always stays.
    newest = select(func.max(reports.c.row)).scalar_subquery()
    old = and_(reports.c.seen_at < before, or_(reports.c.published.is_(None), reports.c.published < before))
    order = (reports.c.seen_at, reports.c.row)
    query = select(reports.c.row).where(old, ~linked, reports.c.row < newest).order_by(*order).limit(limit)
    rows = conn.execute(query).scalars().all()
    if rows:
        conn.execute(delete(report_versions).where(report_versions.c.report_row.in_(rows)))
        conn.execute(delete(reports).where(reports.c.row.in_(rows)))
    return len(rows)
