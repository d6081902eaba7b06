"""Decisions of people on what the rules made of a report: the first one on a subject counts until it is undone."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Text, cast, delete, func, literal, select

from store import audit
from store.database import StoreError, insert_once
from store.tables import claims, decisions, reports

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import Row
    from sqlalchemy.engine import Connection


class Action(StrEnum):
    """What somebody decided. The value is the name used in the database and on the command line."""

    CONFIRM = "confirm"
    DISMISS = "dismiss"
    STAGE = "stage"
    JOIN = "join"
    MERGE = "merge"


@dataclass(frozen=True, slots=True)
class HumanDecision:
    """One decision.

    Attributes:
        id: by which it can be undone.
        subject: `claim:<row>` for what a report says, `event:<id>` for a known event.
        action: what was decided.
        who: the person, as shown to others.
        why: what they gave as the reason; may be empty.
        at: when.
        detail: what undoing needs to know.
    """

    id: int
    subject: str
    action: Action
    who: str
    why: str
    at: datetime
    detail: dict[str, Any]


class AlreadyDecidedError(StoreError):
    """Somebody was first.

    Attributes:
        decision: theirs.
    """

    def __init__(self, decision: HumanDecision) -> None:
        super().__init__(
            f"{decision.who} decided this already ({decision.action}); undo it with `treatywatch review undo"
            f" {decision.id}`"
        )
        self.decision = decision


def of_claim(claim: int) -> str:
    """The subject that is one claim, by its row."""
    return f"claim:{claim}"


def claim_subject() -> ColumnElement[str]:
    """The subject of each row of `claims`, for queries."""
    return literal("claim:") + cast(claims.c.id, Text)


def of_event(event: str) -> str:
    """The subject that is one event, by its id."""
    return f"event:{event}"


def decide(  # noqa: PLR0913 - a decision has that many sides, all named
    conn: Connection,
    *,
    subject: str,
    action: Action,
    who: str,
    why: str,
    detail: Mapping[str, Any],
    now: datetime,
    account: str | None = None,
) -> HumanDecision:
    """Store a decision, and log it: by the account, if one is given.

    Raises:
        AlreadyDecidedError: there is one on that subject; it stays.
    """
    values = {
        "subject": subject,
        "action": action,
        "who": who,
        "why": why,
        "decided_at": now,
        "detail": dict(detail),
    }
    if insert_once(conn, decisions, values, unless=decisions.c.subject == subject) is None:
        raise AlreadyDecidedError(_decision(conn.execute(select(decisions).where(_on(subject))).one()))
    made = _decision(conn.execute(select(decisions).where(_on(subject))).one())
    told = {"why": why, **detail}
    audit.record(conn, who=account or who, action=f"review: {action}", subject=subject, detail=told, now=now)
    return made


def undo(conn: Connection, decision_id: int, *, who: str, now: datetime, why: str = "") -> HumanDecision:
    """Take a decision back, and log that. What followed from it is the caller's to restore.

    Raises:
        StoreError: there is no such decision, or it was undone before.
    """
    row = conn.execute(select(decisions).where(decisions.c.id == decision_id)).one_or_none()
    if row is None:
        raise StoreError(f"there is no decision {decision_id}, or it was undone already; see `treatywatch review log`")
    conn.execute(delete(decisions).where(decisions.c.id == decision_id))
    undone = _decision(row)
    detail = {"decision": decision_id, "by": undone.who, **undone.detail, "why": why}
    audit.record(conn, who=who, action=f"review: undo {undone.action}", subject=undone.subject, detail=detail, now=now)
    return undone


def on(conn: Connection, subject: str) -> HumanDecision | None:
    """The decision on a subject, or None."""
    row = conn.execute(select(decisions).where(_on(subject))).one_or_none()
    return _decision(row) if row else None


def newest(conn: Connection, limit: int) -> tuple[HumanDecision, ...]:
    """The latest decisions that stand, newest first."""
    rows = conn.execute(select(decisions).order_by(decisions.c.id.desc()).limit(limit))
    return tuple(_decision(row) for row in rows)


@dataclass(frozen=True, slots=True)
class Miss:
    """A kind of misreading that people dismissed: for those who look after the words, never learned by itself."""

    lang: str | None
    verdict: str | None
    reason: str
    quote: str
    times: int


def misses(conn: Connection, limit: int) -> tuple[Miss, ...]:
    """What people dismissed, alike ones counted together, the most frequent first."""
    dismissed = decisions.c.subject == claim_subject()
    query = (
        select(reports.c.read_lang, claims.c.verdict, claims.c.reason, func.min(claims.c.quote), func.count())
        .select_from(claims)
        .join(reports)
        .join(decisions, dismissed)
        .where(decisions.c.action == Action.DISMISS)
        .group_by(reports.c.read_lang, claims.c.verdict, claims.c.reason)
        .order_by(func.count().desc(), claims.c.reason)
        .limit(limit)
    )
    return tuple(Miss(*row) for row in conn.execute(query))


def _on(subject: str) -> ColumnElement[bool]:
    return decisions.c.subject == subject


def _decision(row: Row[Any]) -> HumanDecision:
    return HumanDecision(row.id, row.subject, Action(row.action), row.who, row.why, row.decided_at, row.detail)
