"""Keeping the store small: what tells of nothing is forgotten after a time, a little at once."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from store.pruning import prune

if TYPE_CHECKING:
    from datetime import datetime

    from store.database import Database

_logger = logging.getLogger(__name__)
AT_ONCE: Final = 500
"""So many reports are dropped in one transaction, for which everybody else waits."""
PAUSE: Final = 0.05
"""Seconds between two of them, in which others write."""


async def forget(database: Database, days: int, now: datetime) -> int:
    """Drop all reports that claim nothing and are older than so many days; how many there were.

    Raises:
        StoreError: the store could not be written to; the rest is dropped next time.
    """
    before, dropped = now - timedelta(days=days), 0
    while count := await asyncio.to_thread(_some, database, before):
        dropped += count
        await asyncio.sleep(PAUSE)
    if dropped:
        _logger.info("%d reports that claim nothing were forgotten: they are older than %d days", dropped, days)
    return dropped


def _some(database: Database, before: datetime) -> int:
    with database.transaction() as conn:
        return prune(conn, before, AT_ONCE)
