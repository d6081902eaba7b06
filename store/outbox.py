"""The outbox: a row for every message owed to a channel, from deciding to send it until it is known how that went.

    pending ──claim──▶ sending ──▶ sent | failed
       ▲                  │
       └── retry · unknown · recover (the last two as a possible repeat)

A channel's messages go out in order: while one is on its way or waits for another try, none of that channel is handed
out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import and_, delete, exists, func, or_, select, update

from store.database import insert_once
from store.tables import channels, outbox

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from sqlalchemy import Column, ColumnElement, Row
    from sqlalchemy.engine import Connection

DeliveryState = Literal["pending", "sending", "sent", "failed"]


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message to send now.

    `reply_to` and `edits` are the platform's ids of the messages meant, if they have any; the last five are those of
    the row's channel.
    """

    id: int
    channel_id: int
    key: str
    kind: str
    payload: dict[str, Any]
    attempts: int
    possible_repeat: bool
    reply_to: str | None
    edits: str | None
    lang: str = "en"
    timezone: str = "UTC"
    platform: str = "console"
    address: str = ""
    role: str = "public"


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """A message owed or told, for looking back."""

    key: str
    kind: str
    state: DeliveryState
    possible_repeat: bool
    channel_id: int
    payload: dict[str, Any]
    sent_at: datetime | None


def queue(  # noqa: PLR0913 - a message has that many properties, all named
    conn: Connection,
    channel_id: int,
    *,
    key: str,
    kind: str,
    payload: Mapping[str, Any],
    now: datetime,
    reply_to_key: str | None = None,
    edits_key: str | None = None,
    priority: int = 0,
) -> bool:
    """Owe a message to a channel, once for each key.

    An edit that still waits takes the newer content instead of being followed by another. Any other message that is
    there already stays as it is.

    Args:
        conn: an open write transaction.
        channel_id: the channel.
        key: names the message within its channel.
        kind: what the channel shall render.
        payload: the content, as JSON.
        now: the current time.
        reply_to_key: the message that this one answers.
        edits_key: the message that this one replaces.
        priority: higher goes first.

    Returns:
        Whether the content will be sent because of this call.
    """
    values = {
        "channel_id": channel_id,
        "key": key,
        "kind": kind,
        "payload": dict(payload),
        "priority": priority,
        "reply_to_key": reply_to_key,
        "edits_key": edits_key,
        "state": "pending",
        "attempts": 0,
        "possible_repeat": False,
        "queued_at": now,
        "due": now,
    }
    same = (outbox.c.channel_id == channel_id) & (outbox.c.key == key)
    return insert_once(conn, outbox, values, unless=same) is not None or _replace_edit(conn, same, payload)


def _replace_edit(conn: Connection, same: ColumnElement[bool], payload: Mapping[str, Any]) -> bool:
    waiting_edit = and_(same, outbox.c.state == "pending", outbox.c.edits_key.is_not(None))
    return conn.execute(update(outbox).where(waiting_edit).values(payload=dict(payload))).rowcount == 1


def claim(conn: Connection, channel_id: int, now: datetime) -> Delivery | None:
    """Take the channel's next message, which from now on is on its way; None if there is none to send now.

    Two processes never get the same one.
    """
    query = (
        select(outbox, channels.c.lang, channels.c.timezone, channels.c.platform, channels.c.address, channels.c.role)
        .join(channels)
        .where(outbox.c.channel_id == channel_id, _ready(now))
        .order_by(outbox.c.priority.desc(), outbox.c.id)
        .limit(1)
        .with_for_update(of=outbox, skip_locked=True)
    )
    row = conn.execute(query).one_or_none()
    if row is None:
        return None
    conn.execute(update(outbox).where(outbox.c.id == row.id).values(state="sending", attempts=outbox.c.attempts + 1))
    return _delivery(row, _message_ids(conn, row))


def _ready(now: datetime) -> ColumnElement[bool]:
    """Pending, of an enabled channel that is free, and not before the message that it answers or edits."""
    other, target = outbox.alias(), outbox.alias()
    held_up = exists().where(
        other.c.channel_id == outbox.c.channel_id,
        or_(other.c.state == "sending", and_(other.c.state == "pending", other.c.due > now)),
    )
    too_early = exists().where(
        target.c.channel_id == outbox.c.channel_id,
        target.c.key.in_([outbox.c.reply_to_key, outbox.c.edits_key]),
        target.c.state == "pending",
        target.c.id < outbox.c.id,
    )
    return and_(outbox.c.state == "pending", channels.c.enabled, ~held_up, ~too_early)


def _message_ids(conn: Connection, row: Row[Any]) -> dict[str, str | None]:
    """The platform's ids of the messages that the row speaks of, by their keys."""
    keys = [key for key in (row.reply_to_key, row.edits_key) if key]
    if not keys:
        return {}
    query = select(outbox.c.key, outbox.c.message_id).where(
        outbox.c.channel_id == row.channel_id, outbox.c.key.in_(keys)
    )
    return {one.key: one.message_id for one in conn.execute(query)}


def _delivery(row: Row[Any], message_ids: dict[str, str | None]) -> Delivery:
    return Delivery(
        id=row.id,
        channel_id=row.channel_id,
        key=row.key,
        kind=row.kind,
        payload=row.payload,
        attempts=row.attempts + 1,
        possible_repeat=row.possible_repeat,
        reply_to=message_ids.get(row.reply_to_key),
        edits=message_ids.get(row.edits_key),
        lang=row.lang,
        timezone=row.timezone,
        platform=row.platform,
        address=row.address,
        role=row.role,
    )


def sent(conn: Connection, delivery_id: int, message_id: str | None, now: datetime) -> None:
    """The message arrived; `message_id` is the platform's name for it."""
    _close(conn, delivery_id, state="sent", message_id=message_id, sent_at=now, error=None)


def retry(conn: Connection, delivery_id: int, error: str, at: datetime) -> None:
    """The message surely did not arrive: try again at that time."""
    _close(conn, delivery_id, state="pending", error=error, due=at)


def failed(conn: Connection, delivery_id: int, error: str, now: datetime) -> None:
    """The message did not arrive and never will."""
    _close(conn, delivery_id, state="failed", error=error, due=now)


def unknown(conn: Connection, delivery_id: int, error: str, now: datetime, at: datetime) -> None:  # noqa: ARG001 - the outcomes are called alike
    """Nobody knows whether the message arrived: it goes out again at that time, marked as a possible repeat."""
    _close(conn, delivery_id, state="pending", error=error, due=at, possible_repeat=True)


def _close(conn: Connection, delivery_id: int, **values: Any) -> None:
    """End an attempt; a message already known as sent stays so."""
    conn.execute(update(outbox).where(outbox.c.id == delivery_id, outbox.c.state != "sent").values(**values))


def recover(conn: Connection, now: datetime) -> int:
    """At start: what a crash left on its way goes out again, marked as a possible repeat.

    Returns:
        How many messages that were.
    """
    values = {"state": "pending", "possible_repeat": True, "due": now}
    return conn.execute(update(outbox).where(outbox.c.state == "sending").values(**values)).rowcount


def depth(conn: Connection) -> int:
    """How many messages are owed to enabled channels."""
    owed = outbox.c.state.in_(["pending", "sending"])
    query = select(func.count()).select_from(outbox.join(channels)).where(owed, channels.c.enabled)
    return conn.execute(query).scalar_one()


def waiting_channels(conn: Connection, now: datetime) -> tuple[int, ...]:
    """The channels for which `claim` has a message now."""
    query = select(outbox.c.channel_id).join(channels).where(_ready(now)).distinct().order_by(outbox.c.channel_id)
    return tuple(conn.execute(query).scalars())


def newest(conn: Connection, channel_id: int, keys: Collection[str]) -> str | None:
    """Of the messages with these keys, the key of the one last queued for a channel; None where it got none."""
    if not keys:
        return None
    query = select(outbox.c.key).where(outbox.c.channel_id == channel_id, outbox.c.key.in_(list(keys)))
    return conn.execute(query.order_by(outbox.c.id.desc()).limit(1)).scalar_one_or_none()


def told(conn: Connection, key: str) -> tuple[OutboxRow, ...]:
    """The message of that key in every channel that was told it, or may have been."""
    out = outbox.c.state.in_(["sending", "sent"]) | ((outbox.c.state == "pending") & outbox.c.possible_repeat)
    rows = conn.execute(select(*_shown()).where(outbox.c.key == key, out).order_by(outbox.c.id))
    return tuple(OutboxRow(*row) for row in rows)


def answers(conn: Connection, channel_id: int, key: str, kind: str) -> int:
    """How many messages of that kind answer a message in a channel."""
    mine = (outbox.c.channel_id == channel_id) & (outbox.c.reply_to_key == key) & (outbox.c.kind == kind)
    return conn.execute(select(func.count()).select_from(outbox).where(mine)).scalar_one()


def withdraw(conn: Connection, key: str) -> int:
    """Take back a message that surely nobody has got yet, and return from how many channels."""
    waiting = (outbox.c.key == key) & (outbox.c.state == "pending") & ~outbox.c.possible_repeat
    return conn.execute(delete(outbox).where(waiting)).rowcount


def latest(conn: Connection, channel_id: int, kind: str) -> OutboxRow | None:
    """The message of a kind that was last queued for a channel, or None."""
    mine = (outbox.c.channel_id == channel_id) & (outbox.c.kind == kind)
    row = conn.execute(select(*_shown()).where(mine).order_by(outbox.c.id.desc()).limit(1)).one_or_none()
    return OutboxRow(*row) if row else None


def history(conn: Connection) -> tuple[OutboxRow, ...]:
    """Every message owed or told, in the order in which they were queued."""
    return tuple(OutboxRow(*row) for row in conn.execute(select(*_shown()).order_by(outbox.c.id)))


def _shown() -> list[Column[Any]]:
    return [outbox.c[name] for name in ("key", "kind", "state", "possible_repeat", "channel_id", "payload", "sent_at")]
