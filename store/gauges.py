"""What a look at the store shows of how work keeps up: feeds that are due, messages that are owed.

Each is one query over an index, or over the feeds alone: it costs the same however many reports and messages are
stored.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import and_, case, func, or_, select

from store.outbox import OWED
from store.tables import channels, feeds, outbox

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Connection


@dataclass(frozen=True, slots=True)
class Due:
    """The feeds that should have been asked by now: how many, and since when the one that waits longest.

    `since` is None where none is due, or none that was ever asked before.
    """

    number: int
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Owed:
    """What is owed to the enabled channels of a platform: how many messages, and since when the oldest of them.

    A group counts as one. What quiet hours or a pause hold back counts, too.
    """

    platform: str
    messages: int
    since: datetime


def due(conn: Connection, now: datetime) -> Due:
    """The feeds that are due."""
    polled = and_(feeds.c.listed, ~feeds.c.gone, feeds.c.twin_of.is_(None))
    late = or_(feeds.c.next_poll.is_(None), feeds.c.next_poll <= now)
    row = conn.execute(select(func.count(), func.min(feeds.c.next_poll)).where(polled, late)).one()
    return Due(*row)


def feeds_by_health(conn: Connection) -> dict[str, int]:
    """How many of the listed feeds are `well`, `failing`, `gone`, or were not asked yet (`new`); twins are left out."""
    health = case(
        (feeds.c.gone, "gone"), (feeds.c.failures > 0, "failing"), (feeds.c.last_ok.is_(None), "new"), else_="well"
    )
    query = select(health, func.count()).where(feeds.c.listed, feeds.c.twin_of.is_(None)).group_by(health)
    return {"well": 0, "failing": 0, "gone": 0, "new": 0} | {row[0]: row[1] for row in conn.execute(query)}


def owed(conn: Connection) -> tuple[Owed, ...]:
    """What is owed, by platform; a platform to which nothing is owed is left out."""
    query = (
        select(channels.c.platform, func.count(), func.min(outbox.c.queued_at))
        .select_from(outbox.join(channels))
        .where(OWED, channels.c.enabled)
        .group_by(channels.c.platform)
        .order_by(channels.c.platform)
    )
    return tuple(Owed(*row) for row in conn.execute(query))
