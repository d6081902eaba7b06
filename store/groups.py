"""Groups: alerts that wait together go out in one message, and stay together in it.

A group is a row of its own; its members point to it, and are in the state in which it is. Once its message is out they
share its name at the platform, so that an answer to a member answers the group's message. A group once formed keeps its
members: one that a crash interrupted goes out again as it was, marked as a possible repeat.
"""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import ColumnElement, and_, delete, insert, select, update

from store.tables import outbox

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Row
    from sqlalchemy.engine import Connection

KIND: Final = "group"

FROM: Final = 5
"""So many alerts that wait at once are more than a handful."""

SIZE: Final = 10
"""A message holds at most so many alerts: each then has 400 of the 4,096 characters that the narrowest chat takes."""


def candidates(rows: Sequence[Row[Any]]) -> list[Row[Any]]:
    """Of a channel's next messages those that go out as a group; none where the next one goes out alone.

    A message that was tried before goes alone: it may have arrived, or be the one that the platform refuses.
    """
    first = list(takewhile(lambda row: row.kind == "alert" and row.attempts == 0 and not row.possible_repeat, rows))
    return first if len(first) >= FROM else []


def form(conn: Connection, members: Sequence[Row[Any]], now: datetime) -> int:
    """Make a group of waiting messages of one channel, and return its row's id.

    It answers a message only where all its members answer that one.
    """
    first = members[0]
    answered = {row.reply_to_key for row in members}
    values = {
        "channel_id": first.channel_id,
        "key": f"{KIND}:{first.id}",
        "kind": KIND,
        "payload": {},
        "priority": first.priority,
        "reply_to_key": first.reply_to_key if len(answered) == 1 else None,
        "state": "pending",
        "attempts": 0,
        "possible_repeat": False,
        "queued_at": now,
        "due": now,
    }
    made = conn.execute(insert(outbox), values).inserted_primary_key
    if made is None:
        raise RuntimeError("an inserted row has a key")
    group_id: int = made[0]
    ids = [row.id for row in members]
    conn.execute(update(outbox).where(outbox.c.id.in_(ids)).values(group_id=group_id))
    return group_id


def payload(conn: Connection, group_id: int) -> dict[str, Any]:
    """What a group's message tells: the payloads of its members, in their order."""
    query = select(outbox.c.payload).where(outbox.c.group_id == group_id).order_by(outbox.c.id)
    return {"alerts": list(conn.execute(query).scalars())}


def set_members(conn: Connection, members: ColumnElement[bool], **values: Any) -> None:
    """What has become of a group has become of its members."""
    conn.execute(update(outbox).where(_under_way(members)).values(**values))


def dissolve(conn: Connection, group_id: int, error: str) -> None:
    """The group's message will not go out: its members go alone, unless they may have arrived with it already."""
    mine = _under_way(outbox.c.group_id == group_id)
    tried_often = and_(mine, outbox.c.possible_repeat)
    conn.execute(update(outbox).where(tried_often).values(state="failed", error=error))
    conn.execute(update(outbox).where(mine).values(state="pending", group_id=None, attempts=1))


def disband(conn: Connection, channel_id: int) -> None:
    """Let the members of a channel's groups that are not out wait on their own again."""
    waiting = and_(outbox.c.channel_id == channel_id, outbox.c.state == "pending")
    conn.execute(update(outbox).where(waiting, outbox.c.group_id.is_not(None)).values(group_id=None))
    conn.execute(delete(outbox).where(waiting, outbox.c.kind == KIND))


def _under_way(members: ColumnElement[bool]) -> ColumnElement[bool]:
    return and_(members, outbox.c.state.in_(["pending", "sending"]))
