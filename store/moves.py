"""A channel whose chat has moved: its address is changed for good, and two rows of one chat become one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, delete, insert, select, update

from store import audit, groups
from store.tables import channels, mutes, outbox, subscriptions

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Row
    from sqlalchemy.engine import Connection

_BATCH: Final = 500
"""SQLite takes only so many values in one statement."""

_CHOSEN: Final = (
    "role",
    "enabled",
    "disabled_reason",
    "timezone",
    "lang",
    "digest",
    "digest_at",
    "digest_empty",
    "origin",
    "quiet_from",
    "quiet_to",
    "snoozed_until",
)
_TOLD: Final = ("digest_until", "digest_report", "digest_event")


def move(conn: Connection, channel_id: int, address: str, now: datetime) -> int:
    """Note that the chat of a channel is at another address from now on.

    Where a channel of that address is there already, it gets all that the other was told and is owed, but for what it
    was told itself. It keeps its own settings, unless it was disabled: then it takes the other's over.

    Args:
        conn: an open write transaction.
        channel_id: the channel that has moved.
        address: the platform's new name for its chat.
        now: the current time.

    Returns:
        The channel at the new address.
    """
    moved = conn.execute(select(channels).where(channels.c.id == channel_id)).one()
    there = and_(channels.c.platform == moved.platform, channels.c.address == address)
    other = conn.execute(select(channels).where(there)).one_or_none()
    detail = {"platform": moved.platform, "from": moved.address, "to": address}
    audit.record(
        conn, who="treatywatch", action="move channel", subject=f"channel {channel_id}", detail=detail, now=now
    )
    if other is None or other.id == channel_id:
        conn.execute(update(channels).where(channels.c.id == channel_id).values(address=address))
        return channel_id
    if not other.enabled:
        _take_settings(conn, moved, other.id)
    _take_messages(conn, channel_id, other.id)
    if other.digest_until is None:
        _copy(conn, moved, other.id, _TOLD)
    reason = f"moved to {address}"
    conn.execute(update(channels).where(channels.c.id == channel_id).values(enabled=False, disabled_reason=reason))
    into: int = other.id
    return into


def _take_settings(conn: Connection, source: Row[Any], target: int) -> None:
    _copy(conn, source, target, _CHOSEN)
    for table in (subscriptions, mutes):
        conn.execute(delete(table).where(table.c.channel_id == target))
        rows = conn.execute(select(table).where(table.c.channel_id == source.id)).mappings().all()
        if rows:
            conn.execute(insert(table), [{**row, "channel_id": target} for row in rows])


def _copy(conn: Connection, source: Row[Any], target: int, names: tuple[str, ...]) -> None:
    values = {name: getattr(source, name) for name in names}
    conn.execute(update(channels).where(channels.c.id == target).values(**values))


def _take_messages(conn: Connection, source: int, target: int) -> None:
    """What both have stays where it is, with the old channel: nobody is told it twice."""
    groups.disband(conn, source)
    keys = set(conn.execute(select(outbox.c.key).where(outbox.c.channel_id == target)).scalars())
    mine = conn.execute(select(outbox.c.id, outbox.c.key).where(outbox.c.channel_id == source)).all()
    free = [row.id for row in mine if row.key not in keys]
    for first in range(0, len(free), _BATCH):
        batch = free[first : first + _BATCH]
        conn.execute(update(outbox).where(outbox.c.id.in_(batch)).values(channel_id=target))
