"""Coverage: which reports tell of which events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from store.tables import coverage, events, reports
from treaties.model import Role
from treaties.stages import Stage

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection


@dataclass(frozen=True, slots=True)
class Told:
    """One report that tells of one event, as its news or in passing."""

    report: str
    url: str | None
    event: str
    state: str
    treaty: str
    stage: Stage
    role: Role


def told(conn: Connection) -> tuple[Told, ...]:
    """Everything that is covered, in the order in which the reports came."""
    query = (
        select(
            reports.c.id, reports.c.url, events.c.id, events.c.state, events.c.treaty, events.c.stage, coverage.c.role
        )
        .select_from(coverage.join(reports).join(events))
        .order_by(reports.c.row, events.c.row)
    )
    return tuple(
        Told(report, url, event, state, treaty, Stage(stage), Role(role))
        for report, url, event, state, treaty, stage, role in conn.execute(query)
    )
