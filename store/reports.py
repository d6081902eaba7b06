"""Reports: which were seen, what they were read as, and what was decided about each claim, with the reasons."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select, update

from store.coverage import primary
from store.database import insert_once
from store.seen import NOTHING, since
from store.tables import claims, fingerprint, reports
from treaties.model import Claim, Label, Mention, Report, Role, Verdict, VerdictKind
from treaties.stages import Stage
from treaties.versions import mark_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import date

    from sqlalchemy import ColumnElement, Executable, Row
    from sqlalchemy.engine import Connection

    from store.seen import Seen
    from treaties.model import Reading

_MENTIONED = {VerdictKind.TALK: Label.TALK, VerdictKind.REACTION: Label.REACTION}


@dataclass(frozen=True, slots=True)
class StoredReport:
    """A report with everything that was thought about it. `error` says why it was set aside, if it was."""

    row: int
    report: Report
    seen_at: datetime
    label: Label | None
    lang: str | None
    reason: str | None
    error: str | None
    claims: tuple[tuple[Claim, Verdict | None], ...] = ()


@dataclass(frozen=True, slots=True)
class PlainReport:
    """A report that was read and claims nothing, with its feed, when it came and the mark of its text."""

    report: Report
    reading: Reading
    feed: int | None
    now: datetime
    mark: str


def remember(
    conn: Connection, report: Report, *, feed: int | None, now: datetime, mark: str | None = None
) -> int | None:
    """Store a report, once.

    Args:
        conn: an open write transaction.
        report: the news item.
        feed: the row of the feed that brought it.
        now: the current time.
        mark: of its text as the feed gave it, see `treaties.versions.mark_of`; None where the text is just that.

    Returns:
        Its row, or None if a report of that id was seen before.
    """
    values = _report_values(report, feed, now, mark or mark_of(report))
    unless = reports.c.fingerprint == values["fingerprint"]
    key = insert_once(conn, reports, values, unless=unless, constrained=True)
    return None if key is None else int(key[0])


def remember_plain(conn: Connection, plain: Iterable[PlainReport]) -> int:
    """Store reports that claim nothing, in this order, each once.

    Returns:
        How many of them were new.
    """
    rows = [
        {**_report_values(one.report, one.feed, one.now, one.mark), **_reading_values(one.reading)} for one in plain
    ]
    if not rows:
        return 0
    return conn.execute(_insert_new(conn.dialect.name), rows, execution_options={"preserve_rowcount": True}).rowcount


@cache
def _insert_new(dialect: str) -> Executable:
    """What inserts reports and passes over those that are there. Each database has a word of its own for that."""
    # Only here: all that SQLAlchemy knows of PostgreSQL takes memory that a program with a SQLite file can spare.
    dialects: Any = import_module(f"sqlalchemy.dialects.{dialect}")
    insertion: Executable = dialects.insert(reports).on_conflict_do_nothing(index_elements=[reports.c.fingerprint])
    return insertion


def save_reading(conn: Connection, row: int, reading: Reading) -> None:
    """Store what the report was read as, with its claims in order."""
    conn.execute(update(reports).where(reports.c.row == row).values(_reading_values(reading)))
    add_claims(conn, row, reading.claims)


def add_claims(conn: Connection, row: int, more: Sequence[Claim], first: int = 0) -> None:
    """Store claims of a report in order, from this place of all its claims on."""
    if more:
        conn.execute(insert(claims), [_claim_values(row, first + index, claim) for index, claim in enumerate(more)])


def save_verdict(conn: Connection, row: int, index: int, verdict: Verdict) -> None:
    """Store what was decided about the claim at that place of the reading; a later verdict replaces an earlier one."""
    conn.execute(
        update(claims)
        .where(claims.c.report_row == row, claims.c.position == index)
        .values(
            verdict=verdict.kind,
            verdict_reason=verdict.reason,
            verdict_confidence=verdict.confidence,
            event_id=verdict.event,
        )
    )


def has_claim(conn: Connection, event: str, kind: VerdictKind) -> bool:
    """Whether some report's claim was judged so, with that event."""
    query = select(claims.c.id).where(claims.c.event_id == event, claims.c.verdict == kind).limit(1)
    return conn.execute(query).scalar_one_or_none() is not None


def set_aside(conn: Connection, row: int, error: str) -> None:
    """Note why this report could not be handled; it stays remembered and is not tried again."""
    conn.execute(update(reports).where(reports.c.row == row).values(error=error))


def find(conn: Connection, report_id: str) -> StoredReport | None:
    """The report of that id with its claims and verdicts, or None."""
    row = conn.execute(select(reports).where(reports.c.fingerprint == fingerprint(report_id))).one_or_none()
    return _stored(conn, row) if row else None


def find_by_url(conn: Connection, url: str) -> StoredReport | None:
    """The newest report at that address, or None. Reads through all reports: for people who ask, not for the rules."""
    query = select(reports).where(reports.c.url == url).order_by(reports.c.row.desc()).limit(1)
    row = conn.execute(query).one_or_none()
    return _stored(conn, row) if row else None


def at(conn: Connection, row: int) -> StoredReport:
    """The report of that row, with its claims and verdicts."""
    return _stored(conn, conn.execute(select(reports).where(reports.c.row == row)).one())


def at_or_none(conn: Connection, row: int) -> StoredReport | None:
    """As `at`; None where there is no such report."""
    found = conn.execute(select(reports).where(reports.c.row == row)).one_or_none()
    return _stored(conn, found) if found else None


def of_rows(conn: Connection, rows: Collection[int]) -> tuple[StoredReport, ...]:
    """The reports of these rows, the newest first, without their claims; an unknown row is left out."""
    query = select(reports).where(reports.c.row.in_(list(rows))).order_by(reports.c.row.desc())
    return tuple(_bare(one) for one in conn.execute(query))


def of_ids(conn: Connection, ids: Collection[str]) -> tuple[Report, ...]:
    """The reports of these ids, in the order in which they were seen; an unknown id is left out."""
    marks = [fingerprint(one) for one in ids]
    query = select(reports).where(reports.c.fingerprint.in_(marks)).order_by(reports.c.row)
    return tuple(_report(row) for row in conn.execute(query))


def newest_names(conn: Connection, limit: int) -> tuple[str, ...]:
    """The ids and addresses of the reports seen last, the newest first."""
    rows = conn.execute(select(reports.c.id, reports.c.url).order_by(reports.c.row.desc()).limit(limit))
    return tuple(name for row in rows for name in row if name)


def after(conn: Connection, row: int, limit: int) -> tuple[StoredReport, ...]:
    """The next reports behind a row, in the order in which they were seen, without their claims."""
    query = select(reports).where(reports.c.row > row).order_by(reports.c.row).limit(limit)
    return tuple(_bare(one) for one in conn.execute(query))


def count(conn: Connection) -> int:
    """How many reports there are."""
    return conn.execute(select(func.count()).select_from(reports)).scalar_one()


def _stored(conn: Connection, row: Row[Any]) -> StoredReport:
    told = conn.execute(select(claims).where(claims.c.report_row == row.row).order_by(claims.c.position))
    return replace(_bare(row), claims=tuple((_claim(one), _verdict(one)) for one in told))


def _bare(row: Row[Any]) -> StoredReport:
    return StoredReport(
        row=row.row,
        report=_report(row),
        seen_at=row.seen_at,
        label=Label(row.label) if row.label else None,
        lang=row.read_lang,
        reason=row.reason,
        error=row.error,
    )


def count_between(conn: Connection, start: datetime, end: datetime, seen: Seen = NOTHING) -> int:
    """How many reports came in [start, end); `seen` is what could be seen when the period before was looked at."""
    return conn.execute(select(func.count()).select_from(reports).where(_came(start, end, seen))).scalar_one()


def mentions_between(conn: Connection, start: datetime, end: datetime, seen: Seen = NOTHING) -> tuple[Mention, ...]:
    """Talk and reactions among the reports that came in [start, end), one for each report and case, in that order."""
    rows = conn.execute(
        select(reports, claims.c.state, claims.c.treaty, claims.c.verdict)
        .join(claims)
        .where(_came(start, end, seen), claims.c.verdict.in_(list(_MENTIONED)))
        .order_by(reports.c.row, claims.c.position)
    )
    once: dict[tuple[int, str, str], Mention] = {}
    for row in rows:
        once.setdefault((row.row, row.state, row.treaty), _mention(row))
    return tuple(once.values())


def _came(start: datetime, end: datetime, seen: Seen) -> ColumnElement[bool]:
    return since(reports.c.seen_at, reports.c.row, start, seen.report) & (reports.c.seen_at < end)


def _report_values(report: Report, feed: int | None, now: datetime, mark: str) -> dict[str, Any]:
    offset = report.published.utcoffset() if report.published else None
    return {
        "fingerprint": fingerprint(report.id),
        "id": report.id,
        "feed_id": feed,
        "title": report.title,
        "summary": report.summary,
        "published": report.published,
        "published_offset": None if offset is None else int(offset.total_seconds()),
        "lang": report.lang,
        "url": report.url,
        "outlet": report.outlet,
        "country": report.country,
        "group_name": report.group,
        "official": report.official,
        "record": report.record,
        "seen_at": now,
        "version": mark,
    }


def _reading_values(reading: Reading) -> dict[str, Any]:
    return {"label": reading.label, "read_lang": reading.lang, "reason": reading.reason}


def _claim_values(row: int, index: int, claim: Claim) -> dict[str, Any]:
    return {
        "report_row": row,
        "position": index,
        "state": claim.state,
        "treaty": claim.treaty,
        "stage": claim.stage,
        "likely": claim.likely,
        "taken_up": claim.taken_up,
        "day": claim.when,
        "role": claim.role,
        "quote": claim.quote,
        "reason": claim.reason,
        "confidence": claim.confidence,
        "dated": claim.dated,
        "effective": claim.effective,
        "modality": claim.modality,
    }


def _claim(row: Row[Any]) -> Claim:
    return Claim(
        state=row.state,
        treaty=row.treaty,
        stage=Stage(row.stage) if row.stage else None,
        when=row.day,
        role=Role(row.role),
        quote=row.quote,
        reason=row.reason,
        confidence=row.confidence,
        dated=row.dated,
        effective=row.effective,
        modality=Label(row.modality),
        likely=Stage(row.likely) if row.likely else None,
        taken_up=row.taken_up,
    )


def _verdict(row: Row[Any]) -> Verdict | None:
    if row.verdict is None:
        return None
    return Verdict(VerdictKind(row.verdict), row.verdict_reason, row.event_id, row.verdict_confidence)


def _report(row: Row[Any]) -> Report:
    return Report(
        id=row.id,
        title=row.title,
        summary=row.summary,
        published=_published(row),
        lang=row.lang,
        url=row.url,
        outlet=row.outlet,
        country=row.country,
        group=row.group_name,
        official=row.official,
        record=row.record,
    )


def _published(row: Row[Any]) -> datetime | None:
    if row.published is None:
        return None
    moment: datetime = row.published
    return moment.astimezone(timezone(timedelta(seconds=row.published_offset)))


def _mention(row: Row[Any]) -> Mention:
    moment = _published(row)
    day: date | None = moment.date() if moment else None
    return Mention(
        state=row.state,
        treaty=row.treaty,
        label=_MENTIONED[VerdictKind(row.verdict)],
        title=row.title,
        outlet=row.outlet,
        url=row.url,
        published=day,
        lang=primary(row.read_lang or row.lang),
    )
