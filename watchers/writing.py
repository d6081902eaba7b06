"""What polling writes, one transaction at a time: states of feeds, several in one, and whatever a report needs."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from store import feeds
from watchers.links import host_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from store.database import Connection, Database
    from store.feeds import FeedState


class Writer:
    """Writes for a poller.

    Args:
        database: where feeds and reports are remembered.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._writing = asyncio.Lock()
        self._batch = Batch()

    async def commit(self, add: Callable[[Batch], None]) -> None:
        """Store something of a feed. What comes while a transaction is under way shares the next one.

        Raises:
            StoreError: nothing of it was stored.
        """
        batch = self._batch
        add(batch)
        async with self._writing:
            if batch.written is None:
                self._batch = Batch()
                batch.written = asyncio.create_task(asyncio.to_thread(self._write, batch))
                await _to_the_end(batch.written)
        batch.written.result()

    def _write(self, batch: Batch) -> None:
        with self._database.transaction() as conn:
            batch.write(conn)

    async def alone(self, work: Callable[[], object]) -> None:
        """Run work that writes by itself in a thread, while nothing else is written."""
        async with self._writing:
            await _to_the_end(asyncio.create_task(asyncio.to_thread(work)))


@dataclass(slots=True)
class Batch:
    """What is stored of feeds in one transaction.

    Attributes:
        plans: next polls of feeds about to be asked.
        later: next polls of feeds that are left for later.
        states: of feeds that were asked.
        moved: rows of feeds that have a new address, with it.
        resting: hosts that want to hear nothing, until when, and which feed they said it to.
        written: the transaction, once it has begun.
    """

    plans: list[tuple[int, datetime]] = field(default_factory=list)
    later: list[tuple[int, datetime]] = field(default_factory=list)
    states: list[FeedState] = field(default_factory=list)
    moved: list[tuple[int, str]] = field(default_factory=list)
    resting: list[tuple[str, datetime]] = field(default_factory=list)
    written: asyncio.Task[None] | None = None

    def add(self, before: FeedState, after: FeedState, host_rests: datetime | None) -> None:
        """Store how a feed went."""
        self.states.append(after)
        if after.address != before.address:
            self.moved.append((after.id, after.address))
        if host_rests:
            self.resting.append((host_of(before.address), host_rests))

    def write(self, conn: Connection) -> None:
        """Write it."""
        feeds.plan(conn, [*self.plans, *self.later])
        feeds.save(conn, *self.states)
        for feed, address in self.moved:
            feeds.join(conn, feed, address)
        for host, until in self.resting:
            feeds.rest_host(conn, host, until)


async def _to_the_end(running: asyncio.Task[Any]) -> None:
    """Wait for a task, cancelled or not: a thread cannot be stopped."""
    try:
        await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.gather(running, return_exceptions=True)
        raise
