"""Silence is a signal: feeds that are gone, fail for a day or have fallen silent are told of, each spell once.

What `politeness.trouble` finds is gathered in one notice to the owner's channels: when our own line was down for a day,
all feeds fail, and one message says so. Without an owner it is a line in the log for each.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from store import channels, feeds, outbox
from watchers.links import shown
from watchers.politeness import trouble

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from store.database import Connection, Database
    from store.feeds import FeedState
    from watchers.politeness import Trouble

_log: Final = logging.getLogger(__name__)
MOST_LINES: Final = 20


def tell_troubles(database: Database, now: datetime) -> int:
    """Tell the owner of every feed that has come into trouble since the last call, and forget what is over.

    Returns:
        Of how many feeds.

    Raises:
        StoreError: the store could not be written to; nothing was told, and the next call tells it.
    """
    with database.reading() as conn:
        if not any(_changes(feeds.all_feeds(conn))):
            return 0
    with database.transaction() as conn:
        fresh = []
        for state, found in _changes(feeds.all_feeds(conn)):
            feeds.tell(conn, state.id, found.key if found else None)
            if found:
                fresh.append((state, found))
        if fresh:
            _tell(conn, fresh, now)
        return len(fresh)


def _changes(states: Sequence[FeedState]) -> list[tuple[FeedState, Trouble | None]]:
    """The feeds of which something else is to be remembered than was told; None where all is well again."""
    found = [(state, None if state.twin_of else trouble(state)) for state in states]
    return [(state, one) for state, one in found if (one.key if one else None) != state.told]


def _tell(conn: Connection, fresh: Sequence[tuple[FeedState, Trouble]], now: datetime) -> None:
    lines = [f"{state.spec.outlet}, {shown(state.spec.url)}: {found.text}" for state, found in fresh]
    owners = channels.by_role(conn, "owner")
    if not owners:
        for line in lines:
            _log.warning("feed in trouble, and no owner can be told: %s", line)
        return
    headline = f"{len(fresh)} feeds need a look" if len(fresh) > 1 else "A feed needs a look"
    more = [f"and {len(lines) - MOST_LINES} more"] if len(lines) > MOST_LINES else []
    payload = {"headline": headline, "lines": [*lines[:MOST_LINES], *more], "about": "feeds", "n": len(fresh)}
    for owner in owners:
        outbox.queue(conn, owner.id, key=f"notice:feeds:{now.isoformat()}", kind="notice", payload=payload, now=now)
