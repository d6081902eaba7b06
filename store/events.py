"""The known event set: cases, their events, the sources of each, and which reports cover it."""

from __future__ import annotations

import itertools
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import ColumnElement, Row, and_, func, or_, select, update

from store.database import StoreError, insert_once
from store.seen import NOTHING, since
from store.tables import cases as case_rows
from store.tables import coverage, event_sources, events, fingerprint, held_alerts, reports
from treaties.model import Case, Event, Source
from treaties.stages import Stage

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from store.seen import Seen
    from treaties.model import Fact, Role, When

Origin = Literal["config", "report", "curator"]

_KNOWN = events.c.dismissed_at.is_(None)


def seed(conn: Connection, cases: Iterable[Case], now: datetime) -> None:
    """Bring the listed events and their sources in; safe at every start.

    A listed event that nobody changed since follows its list; one whose date was changed here, or that did not come
    from the list in the first place, only gains sources. Nothing is ever removed.

    Raises:
        StoreError: a listed id already names an event of another case.
    """
    for event in (event for case in cases for event in case.events):
        if not _insert_event(conn, event, event.id, "config", now):
            _follow_list(conn, event)
        for source in event.sources:
            add_source(conn, event.id, source, now)


def _follow_list(conn: Connection, event: Event) -> None:
    row = conn.execute(select(events).where(events.c.id == event.id)).one()
    if (row.state, row.treaty) != (event.state, event.treaty):
        raise StoreError(f"the id {event.id!r} of a listed event already names an event of {row.state}–{row.treaty}")
    if row.origin == "config" and row.amended_at is None:
        values = {"stage": event.stage, "day": event.when, "note": event.note}
        conn.execute(update(events).where(events.c.row == row.row).values(**values))


def case(conn: Connection, state: str, treaty: str) -> Case:
    """All that is known of one state leaving one treaty; without events where nothing is.

    Events stand in order of date, the undated last in the order in which they were recorded.
    """
    mine = (events.c.state == state) & (events.c.treaty == treaty)
    return Case(state, treaty, _load(conn, mine & _KNOWN, by_date=True))


def cases(conn: Connection) -> tuple[Case, ...]:
    """Every case that has an event, in order of state and treaty, as `case` gives them."""
    return _by_case(_load(conn, _KNOWN, by_date=True))


def _by_case(known: Iterable[Event]) -> tuple[Case, ...]:
    grouped: defaultdict[tuple[str, str], list[Event]] = defaultdict(list)
    for event in known:
        grouped[event.state, event.treaty].append(event)
    return tuple(Case(*key, events=tuple(grouped[key])) for key in sorted(grouped))


def find(conn: Connection, ids: Collection[str]) -> tuple[Event, ...]:
    """The events of these ids, dismissed ones too, in the order in which they were recorded.

    An unknown id is left out.
    """
    return _load(conn, events.c.id.in_(list(ids)), by_date=False) if ids else ()


def row_in(conn: Connection, state: str, treaty: str) -> int | None:
    """The row of the first recorded event of a case, None where there is none."""
    mine = (events.c.state == state) & (events.c.treaty == treaty)
    row: int | None = conn.execute(
        select(events.c.row).where(mine).order_by(events.c.row).limit(1)
    ).scalar_one_or_none()
    return row


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event with the moment at which it became known, and that at which it or its sources last changed."""

    event: Event
    at: datetime
    changed_at: datetime


def newest(conn: Connection, limit: int) -> tuple[Recorded, ...]:
    """The events recorded last, the newest first; without those whose alert still waits to be borne out."""
    waiting = select(held_alerts.c.event_id)
    wanted = select(events.c.id).where(_KNOWN, events.c.id.not_in(waiting))
    ids = conn.execute(wanted.order_by(events.c.recorded_at.desc(), events.c.row.desc()).limit(limit)).scalars().all()
    grown = (
        select(event_sources.c.event_id, func.max(event_sources.c.added_at).label("at"))
        .where(event_sources.c.event_id.in_(ids))
        .group_by(event_sources.c.event_id)
    )
    added = {row.event_id: row.at for row in conn.execute(grown)}
    moments = {row.id: row for row in conn.execute(select(events).where(events.c.id.in_(ids)))}
    known = {event.id: event for event in find(conn, ids)}
    return tuple(
        Recorded(known[name], moments[name].recorded_at, _last(moments[name], added.get(name))) for name in ids
    )


def recorded(conn: Connection, stage: Stage) -> tuple[Recorded, ...]:
    """The known events of a stage with the moments at which they became known and last changed."""
    rows = conn.execute(select(events).where(events.c.stage == stage, _KNOWN).order_by(events.c.row)).all()
    known = {event.id: event for event in find(conn, [row.id for row in rows])}
    return tuple(Recorded(known[row.id], row.recorded_at, _last(row, None)) for row in rows)


def _last(row: Row[Any], added: datetime | None) -> datetime:
    moments: list[datetime | None] = [row.recorded_at, row.amended_at, row.settled_at, added]
    return max(moment for moment in moments if moment)


def with_facts(case: Case | None, key: tuple[str, str], facts: tuple[Fact, ...]) -> Case:
    """The case with what is known around it; one without events where nothing has happened."""
    return replace(case or Case(*key), facts=facts)


def adopt(conn: Connection, cases: Iterable[Case], now: datetime) -> tuple[int, int]:
    """Take over events that people reviewed in a file: new ones are added, known ones become as the file has them.

    Returns:
        How many were added, and how many changed.

    Raises:
        StoreError: an id already names an event of another case.
    """
    added = changed = 0
    for event in (event for case in cases for event in case.events):
        if _insert_event(conn, event, event.id, "curator", now):
            added += 1
        else:
            changed += _overwrite(conn, event, now)
        for source in event.sources:
            add_source(conn, event.id, source, now)
    return added, changed


def _overwrite(conn: Connection, event: Event, now: datetime) -> bool:
    """Make a known event what a reviewed file says, and return whether that changed it."""
    row = conn.execute(select(events).where(events.c.id == event.id)).one()
    if (row.state, row.treaty) != (event.state, event.treaty):
        raise StoreError(f"the id {event.id!r} already names an event of {row.state}–{row.treaty}; give it another")
    if (row.stage, row.day, row.note, row.vague) == (event.stage, event.when, event.note, event.vague):
        return False
    values = {
        "stage": event.stage,
        "day": event.when,
        "note": event.note,
        "vague": event.vague,
        "amended_at": now,
        "settled_at": now,
    }
    conn.execute(update(events).where(events.c.row == row.row).values(**values))
    return True


def told_between(conn: Connection, start: datetime, end: datetime, seen: Seen = NOTHING) -> tuple[Event, ...]:
    """The events that became known in [start, end), in the order in which they were recorded.

    Those of the configuration were known before and stay out. One whose alert waits to be borne out becomes known when
    it is let out.

    Args:
        conn: an open connection.
        start: when the period begins.
        end: when it ends.
        seen: what could be seen when the period before was looked at.
    """
    recorded = and_(events.c.released_at.is_(None), since(events.c.recorded_at, events.c.row, start, seen.event))
    released = since(events.c.released_at, events.c.released_row, start, seen.report)
    known = events.c.origin != "config"
    before = func.coalesce(events.c.released_at, events.c.recorded_at) < end
    return _load(conn, and_(or_(recorded, released), before, known, _told()), by_date=False)


def opened_before(conn: Connection, start: datetime, but: Collection[str] = ()) -> frozenset[tuple[str, str]]:
    """The cases, as (state, treaty), of which something was known before a moment, besides the events of these ids."""
    early = or_(events.c.origin == "config", func.coalesce(events.c.released_at, events.c.recorded_at) < start)
    others = events.c.id.not_in(list(but))
    rows = conn.execute(select(events.c.state, events.c.treaty).where(early, others, _told()).distinct())
    return frozenset((row.state, row.treaty) for row in rows)


def disputed_between(conn: Connection, start: datetime, end: datetime) -> tuple[Event, ...]:
    """The known events with disagreeing dates of which a report told in [start, end)."""
    added = and_(event_sources.c.added_at >= start, event_sources.c.added_at < end)
    grown = select(event_sources.c.event_id).where(added, event_sources.c.report.is_not(None))
    return tuple(one for one in _load(conn, events.c.id.in_(grown) & _told(), by_date=False) if one.disputed)


def told_cases(conn: Connection) -> tuple[Case, ...]:
    """As `cases`, without the events whose alert waits to be borne out."""
    return _by_case(_load(conn, _told(), by_date=True))


def let_out(conn: Connection, event_id: str, now: datetime) -> None:
    """Note that an event became known only now, since its alert waited."""
    newest = select(func.coalesce(func.max(reports.c.row), 0)).scalar_subquery()
    conn.execute(update(events).where(events.c.id == event_id).values(released_at=now, released_row=newest))


def _told() -> ColumnElement[bool]:
    return and_(_KNOWN, events.c.id.not_in(select(held_alerts.c.event_id)))


def add_event(conn: Connection, event: Event, now: datetime, *, origin: Origin = "report") -> Event:
    """Store a new event with its sources.

    Its id is a proposal: where it is taken, `-2`, `-3` and so on are tried.

    Returns:
        The event as stored.
    """
    event_id = next(one for one in _ids(event.id) if _insert_event(conn, event, one, origin, now))
    for source in event.sources:
        add_source(conn, event_id, source, now)
    return _load(conn, events.c.id == event_id, by_date=False)[0]


def add_source(conn: Connection, event_id: str, source: Source, now: datetime) -> bool:
    """Add one outlet's word for an event.

    Returns:
        False if the same report, or the same address at the same outlet, already is a source of that event.
    """
    identity, report = _identity(source), fingerprint(source.report) if source.report else None
    values = {
        "event_id": event_id,
        "fingerprint": identity,
        "report_fingerprint": report,
        "report": source.report,
        "outlet": source.outlet,
        "url": source.url,
        "published": source.published,
        "says": source.says,
        "note": source.note,
        "group_name": source.group,
        "official": source.official,
        "record": source.record,
        "copy_of": source.copy_of,
        "added_at": now,
    }
    mark, report_mark = event_sources.c.fingerprint, event_sources.c.report_fingerprint
    same = or_(mark == identity, report_mark == report) if report else mark == identity
    unless = and_(event_sources.c.event_id == event_id, same)
    return insert_once(conn, event_sources, values, unless=unless) is not None


def count_sources(conn: Connection, event_id: str) -> int:
    """How many sources an event has."""
    query = select(func.count()).select_from(event_sources).where(event_sources.c.event_id == event_id)
    return conn.execute(query).scalar_one()


def cover(conn: Connection, row: int, event_id: str, role: Role) -> None:
    """Note that a report tells of an event; once noted, it stays as it is."""
    noted = (coverage.c.report_row == row) & (coverage.c.event_id == event_id)
    insert_once(conn, coverage, {"report_row": row, "event_id": event_id, "role": role}, unless=noted)


def prefer(conn: Connection, event_id: str, when: When, now: datetime) -> None:
    """Change the date that an event is known by; from now on the configuration no longer decides it."""
    conn.execute(update(events).where(events.c.id == event_id).values(day=when, amended_at=now))


def restage(conn: Connection, event_id: str, stage: Stage) -> None:
    """Note the stage that an event turns out to have, of which only was known that the state leaves."""
    conn.execute(update(events).where(events.c.id == event_id).values(stage=stage, vague=False))


def settle(conn: Connection, event_id: str, stage: Stage, now: datetime) -> None:
    """Note the stage that somebody says an event has; neither reports nor the configuration change it any more."""
    values = {"stage": stage, "vague": False, "settled_at": now, "amended_at": now}
    conn.execute(update(events).where(events.c.id == event_id).values(**values))


def unsettle(conn: Connection, event_id: str, stage: Stage, *, vague: bool) -> None:
    """Take that back: the event has the stage that it had before."""
    values = {"stage": stage, "vague": vague, "settled_at": None}
    conn.execute(update(events).where(events.c.id == event_id).values(**values))


def is_settled(conn: Connection, event_id: str) -> bool:
    """Whether somebody said which stage the event has."""
    query = select(events.c.settled_at).where(events.c.id == event_id)
    return conn.execute(query).scalar_one_or_none() is not None


def dismiss(conn: Connection, event_id: str, now: datetime, *, merged_into: str | None = None) -> None:
    """Make an event unknown: it did not happen, or it is another event. It is kept."""
    values = {"dismissed_at": now, "merged_into": merged_into}
    conn.execute(update(events).where(events.c.id == event_id).values(**values))


def restore(conn: Connection, event_id: str) -> None:
    """Make a dismissed event known again."""
    conn.execute(update(events).where(events.c.id == event_id).values(dismissed_at=None, merged_into=None))


def dismissed(conn: Connection, state: str, treaty: str) -> tuple[Event, ...]:
    """The events of a case that somebody said did not happen, in the order in which they were recorded."""
    mine = (events.c.state == state) & (events.c.treaty == treaty)
    return _load(conn, mine & ~_KNOWN & events.c.merged_into.is_(None), by_date=False)


def by_row(conn: Connection, row: int) -> Event | None:
    """The event of that row, dismissed ones too; None where there is none."""
    found = _load(conn, events.c.row == row, by_date=False)
    return found[0] if found else None


def row_of(conn: Connection, event_id: str) -> int | None:
    """The row of an event, which is short enough for a button; None where there is none."""
    return conn.execute(select(events.c.row).where(events.c.id == event_id)).scalar_one_or_none()


def tell_with(conn: Connection, event_id: str, lead: str) -> None:
    """Note that the alert on the event `lead` tells of this event, too."""
    conn.execute(update(events).where(events.c.id == event_id).values(told_with=lead))


def _ids(proposal: str) -> Iterator[str]:
    yield proposal
    for number in itertools.count(2):
        yield f"{proposal}-{number}"


def _identity(source: Source) -> str:
    """What makes two sources of one event the same: the address; without one the report; without either the dates."""
    if source.url:
        return fingerprint("url", source.outlet, source.url)
    if source.report:
        return fingerprint("report", source.report)
    return fingerprint("dates", source.outlet, str(source.published), str(source.says))


def _insert_event(conn: Connection, event: Event, event_id: str, origin: Origin, now: datetime) -> bool:
    """Insert the event under that id; False where the id is taken."""
    opened = (case_rows.c.state == event.state) & (case_rows.c.treaty == event.treaty)
    insert_once(conn, case_rows, {"state": event.state, "treaty": event.treaty, "opened_at": now}, unless=opened)
    values = {
        "id": event_id,
        "state": event.state,
        "treaty": event.treaty,
        "stage": event.stage,
        "day": event.when,
        "note": event.note,
        "vague": event.vague,
        "origin": origin,
        "recorded_at": now,
    }
    return insert_once(conn, events, values, unless=events.c.id == event_id) is not None


def _load(conn: Connection, condition: ColumnElement[bool], *, by_date: bool) -> tuple[Event, ...]:
    """Two queries, however many events and sources there are."""
    sources: defaultdict[str, list[Source]] = defaultdict(list)
    told = select(event_sources).join(events).where(condition).order_by(event_sources.c.id)
    for row in conn.execute(told):
        sources[row.event_id].append(_source(row))
    rows = conn.execute(select(events).where(condition).order_by(events.c.row)).all()
    if by_date:
        rows = sorted(rows, key=_date_order)
    return tuple(_event(row, tuple(sources[row.id])) for row in rows)


def _date_order(row: Row[Any]) -> tuple[bool, str]:
    """The dated first, by date. Dates sort as text: `2025` before `2025-09` before `2025-09-01`."""
    return row.day is None, str(row.day or "")


def _event(row: Row[Any], sources: tuple[Source, ...]) -> Event:
    return Event(row.id, row.state, row.treaty, Stage(row.stage), row.day, sources, row.note, row.told_with, row.vague)


def _source(row: Row[Any]) -> Source:
    return Source(
        outlet=row.outlet,
        url=row.url,
        published=row.published,
        says=row.says,
        note=row.note,
        report=row.report,
        group=row.group_name,
        official=row.official,
        record=row.record,
        copy_of=row.copy_of,
    )
