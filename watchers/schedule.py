"""Jobs that come again: every so often, or at a time of day. The only module that imports apscheduler.

A job's error is noted and logged in one line, and stops nothing. A job never runs twice at a time, and runs that were
missed are made up for by one.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final, Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    Job = Callable[[], Awaitable[object]]

_log: Final = logging.getLogger(__name__)

GRACE_SECONDS: Final = 3_600
"""How late a run may still start: after a night's sleep of the machine there is no digest of yesterday morning."""
_DAY: Final = 86_400.0


class Started(Protocol):
    """Notes that a run of a job begins. Called from a thread."""

    def __call__(self, name: str, now: datetime, limit_seconds: float) -> None:
        """Note it; the job is well while it ends at least every `limit_seconds`."""
        ...


class Finished(Protocol):
    """Notes that a run of a job ended. Called from a thread."""

    def __call__(self, name: str, now: datetime, error: str | None) -> None:
        """Note it, with the error that ended it, if any."""
        ...


class Scheduler:
    """Runs jobs in the loop that `start` is called in.

    Args:
        started: notes the beginning of every run.
        finished: notes the end of every run.
        clock: tells the time, aware.
    """

    def __init__(self, *, started: Started, finished: Finished, clock: Callable[[], datetime]) -> None:
        self._started = started
        self._finished = finished
        self._clock = clock
        self._running: set[asyncio.Task[None]] = set()
        self._stopping = False
        self._scheduler = AsyncIOScheduler(
            timezone="UTC",
            job_defaults={"max_instances": 1, "coalesce": True, "misfire_grace_time": GRACE_SECONDS},
        )

    def every(
        self,
        seconds: float,
        name: str,
        job: Job,
        *,
        limit: float | None = None,
        when: Callable[[], bool] | None = None,
    ) -> None:
        """Run a job at once and then every so many seconds.

        Args:
            seconds: from one start to the next.
            name: names the job for good.
            job: what to run.
            limit: the job is well while a run ended within so many seconds; by default three turns and a bit.
            when: whether it is to run now; a run that is left out is not noted, as another program does it.
        """
        trigger = IntervalTrigger(seconds=seconds, timezone="UTC")
        self._add(trigger, name, job, limit or 3 * seconds + 60, when=when, next_run_time=self._clock())

    def daily(self, at: str, timezone: str, name: str, job: Job, *, limit: float | None = None) -> None:
        """Run a job every day at a time of day, by the clocks of a time zone.

        Args:
            at: `HH:MM`.
            timezone: an IANA name.
            name: names the job for good.
            job: what to run.
            limit: as for `every`; by default a day and an hour.

        Raises:
            ValueError: there is no such time or zone.
        """
        hour, _, minute = at.partition(":")
        try:
            trigger = CronTrigger(hour=int(hour), minute=int(minute), timezone=ZoneInfo(timezone))
        except (ValueError, ZoneInfoNotFoundError) as error:
            raise ValueError(f"job {name}: {at!r} in {timezone!r} is no time of day: give HH:MM and a zone") from error
        self._add(trigger, name, job, limit or _DAY + 3_600)

    def start(self) -> None:
        """Begin. The loop must be running."""
        self._scheduler.start()

    async def stop(self) -> None:
        """Start no more runs, cancel those under way, and wait until they have ended."""
        self._stopping = True
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    def _add(
        self,
        trigger: CronTrigger | IntervalTrigger,
        name: str,
        job: Job,
        limit: float,
        *,
        when: Callable[[], bool] | None = None,
        **options: object,
    ) -> None:
        async def run() -> None:
            if when is None or when():
                await self._tracked(name, job, limit)

        self._scheduler.add_job(run, trigger, id=name, name=name, **options)

    async def _tracked(self, name: str, job: Job, limit: float) -> None:
        task = asyncio.ensure_future(self._run(name, job, limit))
        self._running.add(task)
        try:
            await task
        except asyncio.CancelledError:
            # The library would log the end of a run that a stop cuts short as an error, with a traceback.
            if not self._stopping:
                raise
        finally:
            self._running.discard(task)

    async def _run(self, name: str, job: Job, limit: float) -> None:
        await self._note(name, lambda: self._started(name, self._clock(), limit))
        error: str | None = None
        try:
            await job()
        except Exception as raised:  # noqa: BLE001 - a job may fail in any way, the others must go on
            error = _line(raised)
            _log.error("job %s failed: %s", name, error)
            _log.debug("job %s failed", name, exc_info=True)
        await self._note(name, lambda: self._finished(name, self._clock(), error))

    async def _note(self, name: str, note: Callable[[], None]) -> None:
        try:
            await asyncio.to_thread(note)
        except Exception as raised:  # noqa: BLE001 - a store that is busy must not keep the job from running
            _log.warning("job %s could not be noted: %s", name, _line(raised))


def _line(error: Exception) -> str:
    """An error on one line."""
    return f"{type(error).__name__}: {' '.join(str(error).split())}"[:500]
