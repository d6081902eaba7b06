"""Whether one core keeps up with 100,000 feeds at a 15-minute rhythm: no due feed waits longer than a minute.

The real poller, the real rules and a real SQLite file; only the network is played: an answer takes 75 to 525 ms, and
one feed in a hundred does not answer at all. Everything runs in one thread, so on one core, by a clock that counts the
time that the work really takes and leaps over the time in which there is nothing to do. An argument says how many
minutes are simulated.
"""

from __future__ import annotations

import asyncio
import logging
import random
import resource
import selectors
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from statistics import median, quantiles
from typing import TYPE_CHECKING, Any
from zlib import crc32

from sqlalchemy import insert

from store.database import Database
from store.tables import feeds as feed_rows
from watchers.errors import UnreachableError
from watchers.fetch import Fetched, Headers
from watchers.politeness import Pace
from watchers.polling import Poller, PollOptions

if TYPE_CHECKING:
    from collections.abc import Callable

    from store.feeds import FeedState
    from watchers.fetch import FetchRequest

FEEDS = 100_000
PER_HOST = 2
RHYTHM_SECONDS = 900.0
SIMULATED_MINUTES = float(sys.argv[1]) if len(sys.argv) > 1 else 5.0
TICK_SECONDS = 10.0
PARALLEL = 128
DEAD_ONE_IN = 100
DEAD_SECONDS = 10.0
ANSWER_SECONDS = (0.075, 0.525)
WORST_LAG_SECONDS = 60.0
BULK = 10_000
START = datetime(2025, 11, 22, tzinfo=UTC)


class LeapingSelector(selectors.DefaultSelector):
    """Does not wait: the time that would be waited is added to the clock."""

    leapt = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """What is ready; nothing else happens than what the loop itself has planned."""
        self.leapt += max(0.0, timeout or 0.0)
        return super().select(0)


class OneCore(asyncio.SelectorEventLoop):
    """A loop whose clock counts work and leaps over waits, and that runs in its own thread what is meant for others."""

    def __init__(self) -> None:
        self.selector = LeapingSelector()
        super().__init__(self.selector)

    def time(self) -> float:
        """Seconds of work and of leaps."""
        return time.perf_counter() + self.selector.leapt

    def run_in_executor(  # type: ignore[override]  # the library types it by a variadic generic
        self,
        executor: Any,  # noqa: ARG002 - asyncio's signature
        func: Callable[..., Any],
        *args: Any,
    ) -> asyncio.Future[Any]:
        """Do it now."""
        future = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:  # noqa: BLE001 - whatever it is belongs to whoever waits for the work
            future.set_exception(error)
        return future


class Network:
    """Answers that nothing has changed, after a while, or not at all."""

    def __init__(self) -> None:
        self._chance = random.Random(1)  # noqa: S311 - a played network needs no secrets
        self.asked = 0

    async def get(self, request: FetchRequest) -> Fetched:
        """Ask."""
        self.asked += 1
        if crc32(request.url.encode()) % DEAD_ONE_IN == 0:
            await asyncio.sleep(DEAD_SECONDS)
            raise UnreachableError("said nothing")
        await asyncio.sleep(self._chance.uniform(*ANSWER_SECONDS))
        return Fetched(304, request.url, headers=Headers(etag=request.etag))


class MeasuredPoller(Poller):
    """Notes how long each feed waited past its time until it was taken up."""

    def note_to(self, clock: Callable[[], datetime]) -> list[float]:
        """Begin to note."""
        self.clock = clock
        self.lags: list[float] = []
        return self.lags

    async def _poll(self, state: FeedState, clock: Callable[[], datetime]) -> Any:
        due = state.next_poll or START
        self.lags.append((self.clock() - due).total_seconds())
        return await super()._poll(state, clock)


def fill(database: Database) -> None:
    """Put the feeds into the store, their next polls spread over the rhythm."""
    chance = random.Random(2)  # noqa: S311 - as above
    for first in range(0, FEEDS, BULK):
        rows = [_row(number, chance.uniform(0, RHYTHM_SECONDS)) for number in range(first, first + BULK)]
        with database.transaction() as conn:
            conn.execute(insert(feed_rows), rows)


def _row(number: int, wait: float) -> dict[str, Any]:
    url = f"https://host{number // PER_HOST}.example/feed{number}"
    return {
        "url": url,
        "address": url,
        "outlet": f"Wire {number}",
        "kind": "outlet",
        "listed": True,
        "etag": b'"x"',
        "next_poll": START + timedelta(seconds=wait),
        "interval": RHYTHM_SECONDS,
        "failures": 0,
        "full_at": START,
        "gone": False,
        "baseline_done": True,
    }


async def simulate(database: Database) -> None:
    """Run the poller's job as the scheduler does, and print how late feeds were."""
    loop = asyncio.get_running_loop()
    begin, began, worked = loop.time(), time.perf_counter(), time.process_time()

    def clock() -> datetime:
        return START + timedelta(seconds=loop.time() - begin)

    network = Network()
    options = PollOptions(pace=Pace(interval=RHYTHM_SECONDS), parallel=PARALLEL, jitter=random.Random(3).random)  # noqa: S311 - as above
    poller = MeasuredPoller(database, network, lambda _: lambda _: None, options)
    lags = poller.note_to(clock)
    for tick in range(int(SIMULATED_MINUTES * 60 / TICK_SECONDS)):
        await asyncio.sleep(begin + tick * TICK_SECONDS - loop.time())
        await poller.start_due(clock)
    await poller.stop()
    seconds = time.perf_counter() - began
    worst = max(lags)
    print(
        f"{FEEDS:,} feeds every {RHYTHM_SECONDS / 60:.0f} minutes, {SIMULATED_MINUTES:g} minutes of it on one core:"
        f" {network.asked:,} polls, late by {median(lags):.1f} s (median), {quantiles(lags, n=100)[98]:.1f} s (99 %),"
        f" {worst:.1f} s (worst)"
    )
    print(
        f"work: {seconds:.0f} s ({seconds / SIMULATED_MINUTES / 60:.0%} of the core),"
        f" {network.asked / seconds:.0f} polls/s,"
        f" {1000 * (time.process_time() - worked) / network.asked:.2f} ms of CPU a poll,"
        f" peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB"
    )
    if worst > WORST_LAG_SECONDS:
        raise SystemExit(f"a due feed waited {worst:.0f} s; {WORST_LAG_SECONDS:.0f} s are allowed")


if __name__ == "__main__":
    logging.disable()  # a thousand feeds fail, as they are meant to
    with tempfile.TemporaryDirectory() as folder, Database(f"sqlite:///{folder}/bench.db") as opened:
        opened.upgrade()
        fill(opened)
        with asyncio.Runner(loop_factory=OneCore) as runner:
            runner.run(simulate(opened))
