"""Edits: what was told once grows in place instead of being told again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, update

from store.outbox import queue
from store.tables import outbox

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import Row
    from sqlalchemy.engine import Connection


def amend(conn: Connection, key: str, changes: Mapping[str, Any], now: datetime) -> int:
    """Bring a message up to date in every channel that was told it, or is about to be.

    A message that still waits takes the changes over itself; one that is out, or on its way, is followed by an edit. An
    edit that still waits takes the changes over, so that a burst of news makes one edit.

    Args:
        conn: an open write transaction.
        key: the message's key.
        changes: new values for keys of its payload.
        now: the current time.

    Returns:
        In how many channels.
    """
    told = conn.execute(select(outbox).where(outbox.c.key == key, outbox.c.state != "failed")).all()
    for row in told:
        payload = {**row.payload, **changes}
        if row.state == "pending" and not row.possible_repeat:
            conn.execute(update(outbox).where(outbox.c.id == row.id).values(payload=payload))
        else:
            _edit(conn, row, payload, now)
    return len(told)


def _edit(conn: Connection, row: Row[Any], payload: dict[str, Any], now: datetime) -> None:
    mine = (outbox.c.channel_id == row.channel_id) & (outbox.c.edits_key == row.key)
    waiting = update(outbox).where(mine, outbox.c.state == "pending").values(payload=payload)
    if conn.execute(waiting).rowcount == 0:
        number = conn.execute(select(func.count()).select_from(outbox).where(mine)).scalar_one() + 1
        edit_key = f"{row.key}:edit:{number}"
        queue(conn, row.channel_id, key=edit_key, kind="edit", payload=payload, now=now, edits_key=row.key)
