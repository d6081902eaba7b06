"""What polling writes: states of feeds and the reports that they brought, of several feeds in one transaction.

A feed's state goes into the transaction of its reports, so that its validators are never stored without them. Should
anything but the database bring the transaction down, nothing of it is stored, and everything is written again in
smaller pieces: the reports of each feed apart, and where that fails, too, each report by itself. So a report that
cannot be handled costs no other.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final

from store import feeds
from store.database import StoreBusyError, StoreError
from watchers.errors import on_one_line
from watchers.links import host_of, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from store.database import Connection, Database
    from store.feeds import FeedState
    from watchers.arrivals import Arrival, Handler, Writes
    from watchers.politeness import Decision

_log: Final = logging.getLogger(__name__)
MOST_REPORTS: Final = 250
"""With so many reports a transaction takes in no further feed: others wait for it, and a failure writes them again."""
WORTH_A_COMMIT: Final = 64
"""For so many feeds a transaction does not wait to be joined by more."""
LINGER: Final = 0.02
"""How many seconds it waits else for all that are in hand. What is written while others are asked takes longer, and so
does asking: both are mostly Python, of which only one thread runs at a time."""
PATIENCE: Final = 0.5
"""How many seconds something may wait that nobody waits for, until it shares a transaction with something else."""
ENOUGH: Final = 500
"""Of so many feeds a transaction is written even if nobody waits for it."""


class Writer:
    """Writes for a poller.

    Args:
        database: where feeds and reports are remembered.
        in_hand: tells how many feeds may want something written before long.
    """

    def __init__(self, database: Database, in_hand: Callable[[], int]) -> None:
        self._database = database
        self._in_hand = in_hand
        self._turn = asyncio.Lock()
        self._batch = Batch()
        self._writes: set[asyncio.Task[None]] = set()
        self._fault: StoreError | None = None

    async def commit(self, add: Callable[[Batch], None]) -> None:
        """Store something of a feed. What comes while a transaction is under way shares the next one.

        Raises:
            StoreError: it was not stored, or not all of it.
        """
        batch = self._batch
        add(batch)
        if batch.full:
            self._batch = Batch()
        self._start(batch)
        waiter = batch.waiter()
        batch.awaited.set()
        self._join(batch)
        await batch.written(waiter)

    def leave(self, answered: Answered) -> None:
        """Store how a feed went soon, and let nobody wait for it; it brought no report and is planned already.

        Should the program end before, the feed is asked again when that plan says so, and nothing else is lost.
        """
        batch = self._batch
        batch.answer(answered)
        batch.left += 1
        self._start(batch)
        if len(batch) >= ENOUGH:
            batch.hurry()
        # Whoever comes to say so has gone: the others may be all that is in hand.
        self._join(batch)

    async def flush(self) -> None:
        """Wait until all is written, also what was left to be stored soon."""
        self._batch.hurry()
        if self._writes:
            await asyncio.wait(self._writes)

    def fault(self) -> StoreError | None:
        """Why something that was left was not stored, if that has happened since this was asked last."""
        fault, self._fault = self._fault, None
        return fault

    def _join(self, batch: Batch) -> None:
        """Let a transaction begin that is worth it, or that nobody else will join."""
        if batch.full or (batch.waiting and batch.waiting >= min(WORTH_A_COMMIT, self._in_hand())):
            batch.joined.set()

    def _start(self, batch: Batch) -> None:
        if batch.writing is None:
            batch.writing = asyncio.create_task(self._write(batch))
            self._writes.add(batch.writing)
            batch.writing.add_done_callback(partial(self._end, batch))

    async def _write(self, batch: Batch) -> None:
        """Write a batch when the one before it is written; until then it takes in more."""
        async with self._turn:
            for event, seconds in ((batch.awaited, PATIENCE), (batch.joined, LINGER)):
                with suppress(TimeoutError):
                    await asyncio.wait_for(event.wait(), seconds)
            if self._batch is batch:
                self._batch = Batch()
            await asyncio.to_thread(batch.write, self._database)

    def _end(self, batch: Batch, writing: asyncio.Task[None]) -> None:
        self._writes.discard(writing)
        error = None if writing.cancelled() else writing.exception()
        if batch.left and isinstance(error, StoreError):
            self._fault = error
        elif batch.left and error:
            _log.error("how %d feeds went could not be stored: %s", batch.left, on_one_line(error))
        batch.end(error, cancelled=writing.cancelled())


class Intake:
    """The new reports of one feed, on their way into the store.

    Attributes:
        failed: how many of them could not be handled; known once they were written.
    """

    def __init__(self, feed: FeedState, arrivals: Sequence[Arrival], handler: Handler) -> None:
        self.failed = 0
        self.arrivals = arrivals
        self._feed = feed
        self._handler = handler
        self._writes: Writes | None = None

    def prepare(self) -> None:
        """Think about the reports. Called in a thread, while others write."""
        # What cannot be prepared together is prepared one by one when it is written.
        with suppress(Exception):
            self._writes = self._handler(self.arrivals)

    def write(self, conn: Connection) -> None:
        """Write all of them; whatever goes wrong is raised."""
        writes = self._writes or self._handler(self.arrivals)
        writes(conn)

    def write_apart(self, database: Database) -> None:
        """Write each in a transaction of its own, and count those that cannot be handled: the feed is asked for again.

        Raises:
            StoreBusyError: not now; what was not written will come again.
        """
        for arrival in self.arrivals:
            try:
                writes = self._handler([arrival])
                with database.transaction() as conn:
                    writes(conn)
            except StoreBusyError:
                raise
            except Exception as error:  # noqa: BLE001 - one report must not hide the others
                self.failed += 1
                name = shown(self._feed.spec.url)
                _log.warning("feed %s: report %s could not be handled: %s", name, arrival.report.id, on_one_line(error))
                _log.debug("report %s", arrival.report.id, exc_info=True)


@dataclass(slots=True)
class Claim:
    """A feed that is about to be asked, on its way into the store.

    Attributes:
        state: the feed as it is known.
        until: when it is polled next, should nobody hear of this poll again.
        taken: whether it is this program's to ask; False where another one has taken it since.
    """

    state: FeedState
    until: datetime
    taken: bool = False


@dataclass(slots=True)
class Answered:
    """How asking a feed went, on its way into the store.

    Attributes:
        before: the feed as it was.
        settle: what to remember, by how many of its reports could not be handled; None where only they are stored.
        shared: whether its host may have feeds of others, so that what one is told there holds for all.
        intake: its new reports, None where there are none.
        decision: what is remembered; known once it was written.
    """

    before: FeedState
    settle: Callable[[int], Decision] | None
    shared: bool
    intake: Intake | None = None
    decision: Decision | None = None

    def settled(self) -> Decision | None:
        """Decide, now that it is known how the reports fared."""
        if self.settle and (self.intake or not self.decision):
            self.decision = self.settle(self.intake.failed if self.intake else 0)
        return self.decision


@dataclass(slots=True)
class Batch:
    """What is stored of feeds in one transaction.

    Attributes:
        claims: feeds about to be asked.
        plans: next polls of feeds that are left for later.
        answered: feeds that were asked.
        awaited: set when somebody waits until it is written.
        joined: set when there is so much in it that it need not wait for more.
        writing: writes it; None while it is empty.
        left: of how many feeds there is something in it that nobody waits for.
    """

    claims: list[Claim] = field(default_factory=list)
    plans: list[tuple[int, datetime]] = field(default_factory=list)
    answered: list[Answered] = field(default_factory=list)
    awaited: asyncio.Event = field(default_factory=asyncio.Event)
    joined: asyncio.Event = field(default_factory=asyncio.Event)
    writing: asyncio.Task[None] | None = None
    left: int = 0
    _reports: int = 0
    _waiters: list[asyncio.Future[None]] = field(default_factory=list)

    def __len__(self) -> int:
        """Of how many feeds there is something in it."""
        return len(self.claims) + len(self.plans) + len(self.answered)

    @property
    def full(self) -> bool:
        """Whether there are so many reports in it that the next feed had better begin another."""
        return self._reports >= MOST_REPORTS

    def answer(self, one: Answered) -> None:
        """Take in a feed that was asked."""
        self.answered.append(one)
        self._reports += len(one.intake.arrivals) if one.intake else 0

    @property
    def waiting(self) -> int:
        """How many wait until it is written."""
        return len(self._waiters)

    def hurry(self) -> None:
        """Let it be written as soon as the one before it is."""
        self.awaited.set()
        self.joined.set()

    def waiter(self) -> asyncio.Future[None]:
        """What ends with it: one for each who waits costs a third of a shield around the task."""
        waiter = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        return waiter

    async def written(self, waiter: asyncio.Future[None]) -> None:
        """Wait until it is written, cancelled or not: a thread cannot be stopped.

        Raises:
            StoreError: it was not stored, or not all of it.
        """
        try:
            await waiter
        except asyncio.CancelledError:
            if self.writing:
                await asyncio.wait([self.writing])
            raise

    def end(self, error: BaseException | None, *, cancelled: bool = False) -> None:
        """Let all go on that wait."""
        for waiter in self._waiters:
            if waiter.done():
                continue
            if cancelled:
                waiter.cancel()
            elif error:
                waiter.set_exception(error)
            else:
                waiter.set_result(None)

    def write(self, database: Database) -> None:
        """Write it in one transaction, or in as many as it takes."""
        try:
            with database.transaction() as conn:
                self._write_together(conn)
        except StoreBusyError:
            raise
        except Exception:
            if not any(one.intake for one in self.answered):
                raise
            _log.debug("reports of several feeds could not be written together", exc_info=True)
            self._write_apart(database)

    def _write_together(self, conn: Connection) -> None:
        self._plan(conn)
        for one in self.answered:
            if one.intake:
                one.intake.write(conn)
        _save(conn, self.answered)

    def _write_apart(self, database: Database) -> None:
        bare = [one for one in self.answered if not one.intake]
        with database.transaction() as conn:
            self._plan(conn)
            _save(conn, bare)
        for one in self.answered:
            if one.intake:
                _write_alone(database, one, one.intake)

    def _plan(self, conn: Connection) -> None:
        """Store when feeds are polled next, and find out which of them are this program's to ask."""
        feeds.plan(conn, self.plans)
        if self.claims:
            taken = feeds.claim(conn, ((one.state, one.until) for one in self.claims))
            for one in self.claims:
                one.taken = one.state.id in taken


def _write_alone(database: Database, answered: Answered, intake: Intake) -> None:
    """Write a feed with its reports, together if that can be."""
    try:
        with database.transaction() as conn:
            intake.write(conn)
            _save(conn, [answered])
    except StoreBusyError:
        raise
    except Exception:  # noqa: BLE001 - which report it is will be seen, and said, when each is written by itself
        intake.write_apart(database)
        with database.transaction() as conn:
            _save(conn, [answered])


def _save(conn: Connection, answered: Sequence[Answered]) -> None:
    """Store how feeds went."""
    decisions = [(one, decision) for one in answered if (decision := one.settled())]
    feeds.save_changes(conn, ((one.before, decision.state) for one, decision in decisions))
    for one, decision in decisions:
        if decision.state.address != one.before.address:
            feeds.join(conn, decision.state.id, decision.state.address)
        if decision.host_rests and one.shared:
            feeds.rest_host(conn, host_of(one.before.address), decision.host_rests)
