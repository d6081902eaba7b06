"""Pushes: what hubs were asked to push, what they promised, and how their word is told from anybody else's."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select

from store.tables import pushes

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Connection


@dataclass(frozen=True, slots=True)
class Push:
    """A feed that a hub pushes, or was asked to push.

    Attributes:
        feed: the feed's row.
        hub: the hub's address.
        topic: under which address the hub knows the feed.
        token: the end of our address at which the hub calls; nobody else knows it.
        secret: what the hub signs with.
        asked: `subscribe` or `unsubscribe`, while the hub has not asked back whether that was us.
        asked_at: when it was asked.
        since: when it first confirmed.
        until: when its promise ends; None while there is none.
        next_try: when to ask again.
        failures: how many times in a row it was asked for nothing.
        error: why the last time.
    """

    feed: int
    hub: str
    topic: str
    token: str = field(repr=False)
    secret: str = field(repr=False)
    asked: str | None = None
    asked_at: datetime | None = None
    since: datetime | None = None
    until: datetime | None = None
    next_try: datetime | None = None
    failures: int = 0
    error: str | None = None


_NAMES = tuple(one.name for one in fields(Push) if one.name != "feed")


def all_pushes(conn: Connection) -> tuple[Push, ...]:
    """Every push, by feed."""
    rows = conn.execute(select(pushes).order_by(pushes.c.feed_id))
    return tuple(Push(row.feed_id, **{name: getattr(row, name) for name in _NAMES}) for row in rows)


def keep(conn: Connection, push: Push) -> None:
    """Store a push in place of what was stored of its feed."""
    drop(conn, push.feed)
    conn.execute(insert(pushes).values(feed_id=push.feed, **{name: getattr(push, name) for name in _NAMES}))


def drop(conn: Connection, feed: int) -> None:
    """Forget the push of a feed."""
    conn.execute(delete(pushes).where(pushes.c.feed_id == feed))
