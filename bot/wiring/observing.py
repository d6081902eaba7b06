"""Wiring of what tells how the program is doing: metrics, probes, traces of jobs, and the alert of a late one."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from importlib import metadata
from typing import TYPE_CHECKING, Final

from bot.lateness import tell_late
from bot.metrics.gathered import gather
from bot.wiring.start import clock
from bot.wiring.stores import JOBS, late_lines
from store import jobs
from store.database import StoreError
from watchers.counts import NotCounted
from watchers.schedule import Scheduler

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AsyncExitStack
    from datetime import datetime

    from bot.metrics.counts import Metrics
    from bot.metrics.gathered import Gathered
    from bot.outcomes import Result
    from config.settings import Settings
    from store.database import Database
    from watchers.counts import Counts

LATENESS_SECONDS: Final = 60
ASLEEP: Final = timedelta(minutes=5)
"""Where nobody looked for so long, the machine was asleep: no job could run, and all have their time from now on."""


class Observed:
    """What is seen of the program from its start to its end.

    Args:
        chosen: says whether metrics are served, and where.
        database: where everything is.

    Attributes:
        counts: counts what the watchers do.
        sent: counts attempts to send; None where nobody wants to know.
    """

    def __init__(self, chosen: Settings, database: Database) -> None:
        self._database = database
        self._listen = chosen.metrics.listen
        self._began = self._looked = clock()
        self._running: dict[str, datetime] = {}
        self._stopping = False
        self._metrics = self._counting() if self._listen else None
        self.counts: Counts = self._metrics or NotCounted()
        self.sent: Callable[[str, Result], object] | None = self._metrics.sent if self._metrics else None

    async def serve(self, stack: AsyncExitStack) -> str | None:
        """Serve metrics and probes until the stack is left, and give the address; None where that is not wanted.

        Raises:
            OSError: the place is taken, or may not be opened.
        """
        if not self._listen or not self._metrics:
            return None
        from bot.metrics.server import MetricsServer  # noqa: PLC0415 - with a web server, for those who want it

        server = MetricsServer(self._metrics.text, self._metrics.content_type, self._late, self._unready)
        return await stack.enter_async_context(server.serving(self._listen))

    def scheduler(self) -> Scheduler:
        """What runs jobs, and notes when each began and ended. One of them looks whether another is late."""
        scheduler = Scheduler(started=self._started, finished=self._finished, clock=clock)
        scheduler.every(LATENESS_SECONDS, "lateness", self._tell_late)
        return scheduler

    def stop(self) -> None:
        """From now on the program is not ready any more."""
        self._stopping = True

    def _started(self, name: str, now: datetime, limit_seconds: float) -> None:
        self._running[name] = now
        with self._database.transaction() as conn:
            jobs.started(conn, name, now, limit_seconds)

    def _finished(self, name: str, now: datetime, error: str | None) -> None:
        if self._metrics:
            seconds = (now - self._running.get(name, now)).total_seconds()
            self._metrics.job(name, max(0.0, seconds), now.timestamp(), well=error is None)
        with self._database.transaction() as conn:
            jobs.finished(conn, name, now, error)

    async def _tell_late(self) -> None:
        now = clock()
        if now - self._looked > ASLEEP:
            self._began = now
        self._looked = now
        # What runs here is looked at; what another program may have run has no end to be waited for.
        await asyncio.to_thread(tell_late, self._database, tuple(self._running), now, self._began)

    def _counting(self) -> Metrics:
        # Only here: the library takes its memory once it is imported.
        from bot.metrics.counts import Metrics  # noqa: PLC0415

        return Metrics(metadata.version("treatywatch"), JOBS, self._gathered)

    def _gathered(self) -> Gathered | None:
        try:
            with self._database.reading() as conn:
                return gather(conn, self._running or JOBS, clock())
        except StoreError:
            return None

    def _late(self) -> list[str]:
        try:
            with self._database.reading() as conn:
                return late_lines(conn)
        except StoreError as error:
            return [str(error)]

    def _unready(self) -> list[str]:
        missing = [f"job {name} has not begun" for name in JOBS if name not in self._running]
        try:
            self._database.require_current()
        except StoreError as error:
            missing.append(str(error))
        return ["the program is stopping", *missing] if self._stopping else missing
