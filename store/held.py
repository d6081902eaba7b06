"""Held alerts: new developments of which one voice alone has told, until another does or the reviewers are asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select, update

from store import events
from store.tables import held_alerts
from treaties.model import VerdictKind

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Row
    from sqlalchemy.engine import Connection


@dataclass(frozen=True, slots=True)
class Held:
    """An alert that waits.

    Attributes:
        event: the id of the event that is told.
        row: the row of the report that opened it.
        position: the place of the claim in that report's reading.
        kind: the verdict.
        reason: the reason of the verdict.
        since: when it began to wait.
        until: when the reviewers are asked.
        doubtful: only a second voice, or an official one, lets it out.
    """

    event: str
    row: int
    position: int
    kind: VerdictKind
    reason: str
    since: datetime
    until: datetime
    doubtful: bool = False


def hold(conn: Connection, waiting: Held) -> None:
    """Let an alert wait."""
    conn.execute(
        insert(held_alerts).values(
            event_id=waiting.event,
            report_row=waiting.row,
            position=waiting.position,
            kind=waiting.kind,
            doubtful=waiting.doubtful,
            reason=waiting.reason,
            held_at=waiting.since,
            until=waiting.until,
        )
    )


def find(conn: Connection, event: str) -> Held | None:
    """The alert on that event, where it still waits; whether the reviewers were asked makes no difference."""
    row = conn.execute(select(held_alerts).where(held_alerts.c.event_id == event)).one_or_none()
    return _held(row) if row else None


def due(conn: Connection, now: datetime) -> tuple[Held, ...]:
    """The alerts that have waited long enough and of which the reviewers do not know yet, the longest waiting first."""
    waiting = (held_alerts.c.until <= now) & held_alerts.c.asked_at.is_(None)
    order = (held_alerts.c.until, held_alerts.c.report_row, held_alerts.c.position)
    return tuple(_held(row) for row in conn.execute(select(held_alerts).where(waiting).order_by(*order)))


def asked(conn: Connection, event: str, now: datetime) -> None:
    """Note that the reviewers were asked, so that they are asked once."""
    conn.execute(update(held_alerts).where(held_alerts.c.event_id == event).values(asked_at=now))


def drop(conn: Connection, event: str, now: datetime) -> None:
    """The alert waits no longer, and the event is known from now on; one that does not wait stays as it is."""
    if conn.execute(delete(held_alerts).where(held_alerts.c.event_id == event)).rowcount:
        events.let_out(conn, event, now)


def _held(row: Row[Any]) -> Held:
    return Held(
        row.event_id,
        row.report_row,
        row.position,
        VerdictKind(row.kind),
        row.reason,
        row.held_at,
        row.until,
        doubtful=row.doubtful,
    )
