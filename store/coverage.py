"""Coverage: which reports tell of which events."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import and_, func, select

from store.seen import NOTHING, since
from store.tables import claims, coverage, events, reports
from treaties.model import ALERTING, Role, VerdictKind
from treaties.stages import Stage

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from store.seen import Seen

_TELLING: Final = sorted([*ALERTING, VerdictKind.KNOWN, VerdictKind.TALK, VerdictKind.REACTION])


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
    return frozenset().union(*languages_by_event(conn, event_ids).values())


def languages_by_event(conn: Connection, event_ids: Collection[str]) -> dict[str, frozenset[str | None]]:
    """As `languages`, for each of these events; one that no report tells of has none."""
    query = (
        select(coverage.c.event_id, func.coalesce(reports.c.read_lang, reports.c.lang).label("lang"))
        .select_from(coverage.join(reports))
        .where(coverage.c.event_id.in_(list(event_ids)))
        .distinct()
    )
    found: defaultdict[str, set[str | None]] = defaultdict(set)
    for row in conn.execute(query):
        found[row.event_id].add(primary(row.lang))
    return {one: frozenset(found[one]) for one in event_ids}


@dataclass(frozen=True, slots=True)
class Telling:
    """One report that tells of a case, with where it comes from; what is not known is None."""

    row: int
    state: str
    treaty: str
    outlet: str | None
    country: str | None
    lang: str | None


def telling_between(conn: Connection, start: datetime, end: datetime, seen: Seen = NOTHING) -> tuple[Telling, ...]:
    """Every report that came in [start, end) with each case of which it brings news, talk or a reaction.

    Args:
        conn: an open connection.
        start: when the period begins.
        end: when it ends.
        seen: what could be seen when the period before was looked at.
    """
    lang = func.coalesce(reports.c.read_lang, reports.c.lang)
    came = and_(since(reports.c.seen_at, reports.c.row, start, seen.report), reports.c.seen_at < end)
    query = (
        select(reports.c.row, claims.c.state, claims.c.treaty, reports.c.outlet, reports.c.country, lang)
        .join_from(reports, claims)
        .where(came, claims.c.verdict.in_(_TELLING))
        .distinct()
        .order_by(reports.c.row)
    )
    return tuple(Telling(*row[:5], primary(row[5])) for row in conn.execute(query))


def primary(lang: str | None) -> str | None:
    """A language without its region, `uk` for `uk-UA`; None for one not known."""
    return lang.replace("_", "-").partition("-")[0].casefold() or None if lang else None
