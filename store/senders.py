"""Who speaks to a platform: one process at a time, whichever it is.

A platform counts what a bot sends, not what one of its processes sends. So only one of several processes on a database
sends to a platform, keeps its limits and hears when it asks to wait; another takes over when that one lets go, is
known to be gone (`store.lives`), or has not been heard of for a while.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, or_, select, update

from store.database import insert_once
from store.tables import senders

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy.engine import Connection

HOLD: Final = timedelta(seconds=30)
"""How long a platform is held without a sign of life."""


def hold(conn: Connection, platform: str, who: str, now: datetime, gone: Collection[str] = ()) -> bool:
    """Become, or stay, the one that sends to a platform until `HOLD` from now; False while that is somebody else.

    Args:
        conn: an open write transaction.
        platform: what is sent to.
        who: who wants to.
        now: the current time.
        gone: those that are not there any more, though they may have held it lately.
    """
    values = {"holder": who, "until": now + HOLD}
    this = senders.c.platform == platform
    free = or_(senders.c.holder == who, senders.c.until <= now, senders.c.holder.in_(gone))
    if conn.execute(update(senders).where(this, free).values(**values)).rowcount == 1:
        return True
    return insert_once(conn, senders, {"platform": platform, **values}, unless=this) is not None


def let_go(conn: Connection, who: str) -> None:
    """Send no more: another may at once."""
    conn.execute(delete(senders).where(senders.c.holder == who))


def clear(conn: Connection) -> None:
    """Forget who sent before: nobody else uses the database."""
    conn.execute(delete(senders))


def holder(conn: Connection, platform: str) -> str | None:
    """Who held a platform last; None where nobody does."""
    return conn.execute(select(senders.c.holder).where(senders.c.platform == platform)).scalar_one_or_none()
