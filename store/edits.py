"""Edits: what was told once grows in place instead of being told again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, case, literal, or_, select, update

from store.tables import outbox

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.engine import Connection


def amend(conn: Connection, key: str, changes: Mapping[str, Any], now: datetime) -> int:
    """Bring a message up to date in every channel that was told it, is about to be, or has it withheld.

    One that still waits, or is withheld, says the new things when it goes out; one that is out, or on its way, is
    edited: together with the others of its group where it went out with them, once for all that changes meanwhile, and
    never where the platform no longer lets it be edited.

    Args:
        conn: an open write transaction.
        key: the message's key.
        changes: new values for keys of its payload.
        now: the current time.

    Returns:
        In how many channels it changed.
    """
    told = and_(outbox.c.key == key, outbox.c.state != "failed")
    changed = 0
    # All channels have the same payload, or one of a few: that is a few statements, however many channels.
    for payload in conn.execute(select(outbox.c.payload).where(told).distinct()).scalars().all():
        after = {**payload, **changes}
        if after != payload:
            rows = and_(told, outbox.c.payload == payload)
            changed += conn.execute(update(outbox).where(rows).values(payload=after, **_stale(now))).rowcount
            _stale_groups(conn, and_(told, outbox.c.payload == after), now)
    return changed


def _stale(now: datetime) -> dict[str, ColumnElement[Any]]:
    """A message that is out, or on its way, no longer shows what it should; a group's member shows nothing itself."""
    kept = or_(outbox.c.state.not_in(["sending", "sent"]), outbox.c.group_id.is_not(None), outbox.c.upkeep == "closed")
    edited = outbox.c.upkeep.in_(["editing", "outdated"])
    # Edits go out in the order in which they were called for, and none before its pause is over.
    called_for = and_(~kept, outbox.c.upkeep == "fresh", outbox.c.state == "sent", outbox.c.due < now)
    return {
        "upkeep": case((kept, outbox.c.upkeep), (edited, "outdated"), else_="stale"),
        "due": case((called_for, literal(now, outbox.c.due.type)), else_=outbox.c.due),
    }


def _stale_groups(conn: Connection, members: ColumnElement[bool], now: datetime) -> None:
    their = outbox.c.id.in_(select(outbox.c.group_id).where(members, outbox.c.group_id.is_not(None)))
    conn.execute(update(outbox).where(their).values(**_stale(now)))
