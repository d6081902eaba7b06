"""Reviews: the claims that people are asked about, and what the reports said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import and_, exists, func, or_, select

from store import reports
from store.database import StoreError
from store.decisions import claim_subject
from store.tables import claims, decisions, held_alerts
from store.tables import reports as report_rows
from treaties.model import VerdictKind

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement
    from sqlalchemy.engine import Connection

    from store.reports import StoredReport
    from treaties.model import Claim, Report, Verdict


@dataclass(frozen=True, slots=True)
class Question:
    """One claim that people are asked about.

    Attributes:
        id: the row of the claim, by which it is decided.
        position: the place of the claim in the report's reading.
        stored: the report.
    """

    id: int
    position: int
    stored: StoredReport

    @property
    def claim(self) -> Claim:
        """What the report says."""
        return self.stored.claims[self.position][0]

    @property
    def verdict(self) -> Verdict | None:
        """What the rules made of it."""
        return self.stored.claims[self.position][1]

    @property
    def key(self) -> str:
        """The name of the message to the reviewers in the outbox."""
        return review_key(self.stored.report, self.position)


def review_key(report: Report, position: int) -> str:
    """The name, in the outbox, of the question about the claim at that place of a report's reading."""
    return f"review:{report.id}:{position}"


def claim_id(conn: Connection, row: int, position: int) -> int:
    """The row of the claim at that place of the reading of the report of that row."""
    query = select(claims.c.id).where(claims.c.report_row == row, claims.c.position == position)
    found: int = conn.execute(query).scalar_one()
    return found


def find(conn: Connection, claim: int) -> Question:
    """The claim of that row.

    Raises:
        StoreError: there is none.
    """
    row = conn.execute(select(claims).where(claims.c.id == claim)).one_or_none()
    if row is None:
        raise StoreError(f"there is no claim {claim}; see `treatywatch review`")
    return Question(row.id, row.position, reports.at(conn, row.report_row))


def waiting(conn: Connection, limit: int) -> tuple[Question, ...]:
    """What people are asked about and have not decided, the newest first."""
    query = (
        select(claims.c.id, claims.c.position, claims.c.report_row)
        .join(report_rows)
        .where(_waits())
        .order_by(claims.c.id.desc())
        .limit(limit)
    )
    return tuple(Question(row.id, row.position, reports.at(conn, row.report_row)) for row in conn.execute(query))


def count_waiting(conn: Connection) -> int:
    """How many claims people are asked about and have not decided."""
    return conn.execute(select(func.count()).select_from(claims).where(_waits())).scalar_one()


def _waits() -> ColumnElement[bool]:
    held = exists().where(
        held_alerts.c.report_row == claims.c.report_row,
        held_alerts.c.position == claims.c.position,
        held_alerts.c.asked_at.is_not(None),
    )
    decided = exists().where(decisions.c.subject == claim_subject())
    return and_(or_(claims.c.verdict == VerdictKind.UNSURE, held), ~decided)
