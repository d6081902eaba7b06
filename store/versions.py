"""Versions: the latest text of a report that its outlet edited, beside the first one, which stays as it was."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, tuple_, update

from store import reports as store_reports
from store.database import insert_once
from store.tables import fingerprint, report_versions, reports
from treaties.model import Label
from treaties.versions import MOST_MARKS, mark_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import datetime

    from sqlalchemy import Row
    from sqlalchemy.engine import Connection

    from store.reports import StoredReport
    from treaties.model import Reading


@dataclass(frozen=True, slots=True)
class Version:
    """The latest version of a report.

    Attributes:
        row: the report's row.
        number: how many times the report was edited.
        title: as it stands now.
        summary: likewise.
        seen_at: when it came.
        marks: of the texts that were seen, the oldest first.
        read_today: how many versions were read on the day of `seen_at` (UTC).
        label: what it was read as; None where it was not read, or the rules stumbled over it.
        reason: why.
    """

    row: int
    number: int
    title: str
    summary: str
    seen_at: datetime
    marks: tuple[str, ...]
    read_today: int = 0
    label: Label | None = None
    reason: str | None = None


def marks(conn: Connection, ids: Collection[str]) -> dict[str, frozenset[str]]:
    """The marks of the texts seen of these reports, by id; an id that was never seen is left out."""
    wanted = {fingerprint(one): one for one in ids}
    found = conn.execute(_MARKS.where(reports.c.fingerprint.in_(list(wanted)))).all()
    # What was stored before there were marks is known by its text.
    unmarked = [wanted[row.fingerprint] for row in found if row.version is None]
    texts = {one.id: mark_of(one) for one in store_reports.of_ids(conn, unmarked)} if unmarked else {}
    named = [(wanted[row.fingerprint], row) for row in found]
    return {one: frozenset({row.version or texts.get(one, ""), *(row.marks or "").split()}) for one, row in named}


_MARKS = select(reports.c.fingerprint, reports.c.version, report_versions.c.marks).select_from(
    reports.outerjoin(report_versions)
)


def latest(conn: Connection, row: int) -> Version | None:
    """The latest version of a report, None where it was never edited."""
    found = conn.execute(select(report_versions).where(report_versions.c.report_row == row)).one_or_none()
    return None if found is None else _version(found)


def save(conn: Connection, version: Version) -> None:
    """Make this the latest version of its report."""
    values = {
        "number": version.number,
        "title": version.title,
        "summary": version.summary,
        "seen_at": version.seen_at,
        "marks": " ".join(version.marks[-MOST_MARKS:]),
        "read_today": version.read_today,
        "label": version.label,
        "reason": version.reason,
    }
    mine = report_versions.c.report_row == version.row
    if insert_once(conn, report_versions, {"report_row": version.row, **values}, unless=mine) is None:
        conn.execute(update(report_versions).where(mine).values(values))


def note_reading(conn: Connection, row: int, reading: Reading) -> None:
    """Note what the latest version of a report was read as."""
    values = {"label": reading.label, "reason": reading.reason}
    conn.execute(update(report_versions).where(report_versions.c.report_row == row).values(values))


def note_fault(conn: Connection, row: int, error: str) -> None:
    """Note why the latest version of a report could not be read."""
    values = {"label": None, "reason": f"set aside: {error}"}
    conn.execute(update(report_versions).where(report_versions.c.report_row == row).values(values))


def in_order(conn: Connection, page: int) -> Iterator[StoredReport]:
    """The latest version of every edited report, as it stands and came, in the order in which they came."""
    place = tuple_(report_versions.c.seen_at, report_versions.c.report_row)
    query = select(report_versions).order_by(report_versions.c.seen_at, report_versions.c.report_row).limit(page)
    rows = conn.execute(query).all()
    while rows:
        yield from (_as_stored(conn, row) for row in rows)
        rows = conn.execute(query.where(place > tuple_(rows[-1].seen_at, rows[-1].report_row))).all()


def count(conn: Connection) -> int:
    """How many reports were edited."""
    return conn.execute(select(func.count()).select_from(report_versions)).scalar_one()


def _as_stored(conn: Connection, row: Row[Any]) -> StoredReport:
    first = store_reports.at(conn, row.report_row)
    text = replace(first.report, title=row.title, summary=row.summary)
    return replace(first, report=text, seen_at=row.seen_at)


def _version(row: Row[Any]) -> Version:
    return Version(
        row=row.report_row,
        number=row.number,
        title=row.title,
        summary=row.summary,
        seen_at=row.seen_at,
        marks=tuple(row.marks.split()),
        read_today=row.read_today,
        label=Label(row.label) if row.label else None,
        reason=row.reason,
    )
