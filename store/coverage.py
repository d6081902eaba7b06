"""Coverage: which reports tell of which events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from store.tables import coverage, events, reports
from treaties.model import Role
from treaties.stages import Stage

if TYPE_CHECKING:
    from collections.abc import Collection

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


def languages(conn: Connection, event_ids: Collection[str]) -> frozenset[str | None]:
    """The languages of the reports that tell of any of these events, `uk` for `uk-UA`; None for one not known."""
    query = (
        select(func.coalesce(reports.c.read_lang, reports.c.lang))
        .select_from(coverage.join(reports))
        .where(coverage.c.event_id.in_(list(event_ids)))
        .distinct()
    )
    return frozenset(_primary(lang) for lang in conn.execute(query).scalars())


def _primary(lang: str | None) -> str | None:
    return lang.replace("_", "-").partition("-")[0].casefold() or None if lang else None
