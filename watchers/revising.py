"""Edited reports: an item that its outlet edits is the same report with a new version, which may tell of a new step.

The first text and the latest are kept. A report counts once as a source of an event, whatever its versions say.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING

from store import reports, versions
from store.versions import Version
from treaties.versions import is_read_again

if TYPE_CHECKING:
    from datetime import date, datetime

    from store.database import Connection
    from treaties.model import Claim, Label
    from watchers.arrivals import Arrival


@dataclass(frozen=True, slots=True)
class Revision:
    """A version that is read again: of which row, what the version before was read as, and all that was claimed."""

    row: int
    label: Label | None
    said: tuple[Claim, ...]


def revise(conn: Connection, arrival: Arrival) -> Revision | None:
    """Store an arrival as a version of the report that is known by its id.

    Returns:
        What has to be known to read it; None where its text was seen before, or was edited too often in a day.
    """
    name = arrival.report.id
    if arrival.mark in versions.marks(conn, [name]).get(name, ()):
        return None
    stored = reports.find(conn, name)
    if stored is None:
        return None
    before = versions.latest(conn, stored.row)
    read_today = before.read_today if before and _day(before.seen_at) == _day(arrival.now) else 0
    title = before.title if before else stored.report.title
    again = is_read_again(read_today, retitled=arrival.report.title != title)
    versions.save(
        conn,
        Version(
            row=stored.row,
            number=before.number + 1 if before else 1,
            title=arrival.report.title,
            summary=arrival.report.summary,
            seen_at=arrival.now,
            marks=(*(before.marks if before else ()), arrival.mark),
            read_today=read_today + again,
            label=before.label if before else stored.label,
            reason=None if again else "not read: it was edited too often on this day",
        ),
    )
    if not again:
        return None
    return Revision(stored.row, before.label if before else stored.label, tuple(claim for claim, _ in stored.claims))


def _day(moment: datetime) -> date:
    return moment.astimezone(UTC).date()
