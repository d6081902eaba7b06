"""Provisional treaties: what reports call them, and the registry's treaties that reviewers bound them to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, insert, or_, select, update

from store import audit
from store.database import StoreError, insert_once
from store.tables import cases, claims, events, reports, treaty_bindings
from treaties.model import ALERTING, VerdictKind
from treaties.provisional import PREFIX, SPAN, Telling

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from sqlalchemy.engine import Connection

_TELLING: Final = (*ALERTING, VerdictKind.KNOWN, VerdictKind.UNSURE)
_ZONES: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Binding:
    """A provisional treaty that is one of the registry's. `events` and `claims` are those that moved with it."""

    provisional: str
    treaty: str
    who: str
    bound_at: datetime
    events: tuple[str, ...] = ()
    claims: tuple[int, ...] = ()


def tellings(conn: Connection, state: str, day: date) -> tuple[Telling, ...]:
    """What reports and events within two weeks of a day call treaties that are not listed, the earliest first.

    A treaty that a reviewer bound still goes by its provisional id here, so that other names for it find it.
    """
    pairs = conn.execute(select(treaty_bindings.c.treaty, treaty_bindings.c.provisional))
    bound = {row.treaty: row.provisional for row in pairs}
    unlisted = claims.c.treaty.startswith(PREFIX)
    start = datetime.combine(day - SPAN - _ZONES, time(), UTC)
    # Rows grow with time: the first of the span bounds what has to be looked at, however much is stored.
    first = select(reports.c.row).where(reports.c.seen_at >= start).order_by(reports.c.seen_at, reports.c.row).limit(1)
    told = (
        select(claims.c.treaty, reports.c.read_lang, reports.c.published, reports.c.seen_at)
        .join(reports)
        .where(
            claims.c.state == state,
            claims.c.report_row >= first.scalar_subquery(),
            or_(unlisted, claims.c.treaty.in_(list(bound))) if bound else unlisted,
            claims.c.verdict.in_(_TELLING),
        )
        .order_by(claims.c.id)
    )
    found = [
        (row.seen_at, Telling(bound.get(row.treaty, row.treaty), (row.published or row.seen_at).date(), row.read_lang))
        for row in conn.execute(told)
    ]
    known = select(events.c.treaty, events.c.day, events.c.recorded_at).where(
        events.c.state == state, events.c.treaty.startswith(PREFIX)
    )
    found += [
        (row.recorded_at, Telling(row.treaty, row.day.day if row.day else row.recorded_at.date()))
        for row in conn.execute(known.order_by(events.c.row))
    ]
    return tuple(telling for _, telling in sorted(found, key=lambda one: one[0]) if abs(telling.day - day) <= SPAN)


def names(conn: Connection) -> tuple[str, ...]:
    """Every provisional id that a claim or an event bears. Reads through all claims: for people who ask."""
    borne = select(claims.c.treaty).union(select(events.c.treaty)).subquery()
    query = select(borne.c.treaty).where(borne.c.treaty.startswith(PREFIX)).order_by(borne.c.treaty)
    return tuple(conn.execute(query).scalars())


def bound_to(conn: Connection, provisional: str) -> str | None:
    """The registry's treaty that a provisional id is bound to, or None."""
    query = select(treaty_bindings.c.treaty).where(treaty_bindings.c.provisional == provisional)
    return conn.execute(query).scalar_one_or_none()


def bindings(conn: Connection) -> tuple[Binding, ...]:
    """Every binding, in order of the provisional ids."""
    rows = conn.execute(select(treaty_bindings).order_by(treaty_bindings.c.provisional))
    return tuple(
        Binding(
            row.provisional, row.treaty, row.who, row.bound_at, tuple(row.moved["events"]), tuple(row.moved["claims"])
        )
        for row in rows
    )


def bind(conn: Connection, provisional: str, treaty: str, *, who: str, now: datetime) -> Binding:
    """Make a provisional treaty one of the registry's: its events and claims move, later reports follow.

    Ids of events do not change, and coverage stays with its events. What moved is kept, so that it can be undone.

    Raises:
        StoreError: it is bound already.
    """
    borne = events.c.treaty == provisional
    moved = Binding(
        provisional,
        treaty,
        who,
        now,
        tuple(conn.execute(select(events.c.id).where(borne).order_by(events.c.row)).scalars()),
        tuple(conn.execute(select(claims.c.id).where(claims.c.treaty == provisional).order_by(claims.c.id)).scalars()),
    )
    values = {
        "provisional": provisional,
        "treaty": treaty,
        "who": who,
        "bound_at": now,
        "moved": {"events": moved.events, "claims": moved.claims},
    }
    if insert_once(conn, treaty_bindings, values, unless=treaty_bindings.c.provisional == provisional) is None:
        raise StoreError(f"{provisional} is bound to {bound_to(conn, provisional)} already; unbind it first")
    _move(conn, moved, treaty, now)
    _log(conn, "bind treaty", moved, who, now)
    return moved


def unbind(conn: Connection, provisional: str, *, who: str, now: datetime) -> Binding:
    """Undo a binding: what moved with it moves back. What later reports brought stays where it was told.

    Raises:
        StoreError: it is not bound.
    """
    moved = next((one for one in bindings(conn) if one.provisional == provisional), None)
    if moved is None:
        raise StoreError(f"{provisional} is not bound to any treaty")
    conn.execute(delete(treaty_bindings).where(treaty_bindings.c.provisional == provisional))
    _move(conn, moved, provisional, now)
    _log(conn, "unbind treaty", moved, who, now)
    return moved


def adopt(conn: Connection, bound: Iterable[Binding]) -> None:
    """Take over the bindings of another store, into one in which nothing has to move."""
    for one in bound:
        values = {"provisional": one.provisional, "treaty": one.treaty, "who": one.who, "bound_at": one.bound_at}
        conn.execute(insert(treaty_bindings).values(**values, moved={"events": [], "claims": []}))


def _move(conn: Connection, moved: Binding, treaty: str, now: datetime) -> None:
    """Give the events and claims another treaty. The case left behind stays as an empty row."""
    for state in _states(conn, moved.events):
        opened = (cases.c.state == state) & (cases.c.treaty == treaty)
        insert_once(conn, cases, {"state": state, "treaty": treaty, "opened_at": now}, unless=opened)
    for event in moved.events:
        conn.execute(update(events).where(events.c.id == event).values(treaty=treaty))
    for claim in moved.claims:
        conn.execute(update(claims).where(claims.c.id == claim).values(treaty=treaty))


def _states(conn: Connection, ids: Iterable[str]) -> set[str]:
    return set(conn.execute(select(events.c.state).where(events.c.id.in_(list(ids)))).scalars())


def _log(conn: Connection, action: str, moved: Binding, who: str, now: datetime) -> None:
    detail = {"treaty": moved.treaty, "events": list(moved.events), "claims": len(moved.claims)}
    audit.record(conn, who=who, action=action, subject=moved.provisional, detail=detail, now=now)
