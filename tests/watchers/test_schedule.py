from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from watchers.schedule import Scheduler


class Notes:
    """What was noted of jobs, and an event for every end."""

    def __init__(self) -> None:
        self.started: list[tuple[str, float]] = []
        self.finished: list[tuple[str, str | None]] = []
        self.loop = asyncio.get_running_loop()
        self.ended = asyncio.Event()

    def start(self, name: str, now: datetime, limit_seconds: float) -> None:
        assert now.tzinfo
        self.started.append((name, limit_seconds))

    def finish(self, name: str, now: datetime, error: str | None) -> None:
        assert now.tzinfo
        self.finished.append((name, error))
        self.loop.call_soon_threadsafe(self.ended.set)


def scheduler(notes: Notes) -> Scheduler:
    return Scheduler(started=notes.start, finished=notes.finish, clock=lambda: datetime.now(UTC))


async def test_a_job_runs_at_once_and_its_beginning_and_end_are_noted() -> None:
    notes, runs = Notes(), []

    async def job() -> None:
        runs.append(1)

    jobs = scheduler(notes)
    jobs.every(600, "poll", job)
    jobs.start()
    await asyncio.wait_for(notes.ended.wait(), 10)
    await jobs.stop()
    assert (len(runs), notes.started, notes.finished) == (1, [("poll", 1_860)], [("poll", None)])


async def test_a_job_that_fails_is_noted_in_one_line_and_comes_again(caplog: pytest.LogCaptureFixture) -> None:
    notes, runs = Notes(), []

    async def job() -> None:
        runs.append(1)
        if len(runs) == 1:
            raise ValueError("two\nlines")

    jobs = scheduler(notes)
    jobs.every(0.01, "poll", job, limit=5)
    jobs.start()
    while len(notes.finished) < 2:
        notes.ended.clear()
        await asyncio.wait_for(notes.ended.wait(), 10)
    await jobs.stop()
    assert notes.finished[:2] == [("poll", "ValueError: two lines"), ("poll", None)]
    assert "job poll failed: ValueError: two lines" in caplog.text


async def test_a_store_that_cannot_note_keeps_no_job_from_running(caplog: pytest.LogCaptureFixture) -> None:
    notes, ran = Notes(), asyncio.Event()

    def busy(name: str, now: datetime, limit_seconds: float) -> None:
        raise OSError(f"{name} {now} {limit_seconds}")

    async def job() -> None:
        ran.set()

    jobs = Scheduler(started=busy, finished=notes.finish, clock=lambda: datetime.now(UTC))
    jobs.every(600, "poll", job)
    jobs.start()
    await asyncio.wait_for(ran.wait(), 10)
    await asyncio.wait_for(notes.ended.wait(), 10)
    await jobs.stop()
    assert "could not be noted" in caplog.text


async def test_stopping_ends_the_run_under_way_without_a_word(caplog: pytest.LogCaptureFixture) -> None:
    notes, begun, cleaned = Notes(), asyncio.Event(), []

    async def job() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            cleaned.append(1)

    jobs = scheduler(notes)
    jobs.every(600, "poll", job)
    jobs.start()
    await asyncio.wait_for(begun.wait(), 10)
    await jobs.stop()
    assert cleaned == [1]
    assert notes.finished == []
    assert caplog.text == ""


async def test_a_daily_job_comes_at_its_time_by_the_clocks_of_its_place() -> None:
    async def job() -> None:
        return None

    jobs = scheduler(Notes())
    jobs.daily("07:30", "Europe/Vilnius", "digest", job)
    jobs.start()
    (planned,) = jobs._scheduler.get_jobs()
    await jobs.stop()
    assert (planned.next_run_time.hour, planned.next_run_time.minute) == (7, 30)
    assert str(planned.next_run_time.tzinfo) == "Europe/Vilnius"
    assert (planned.max_instances, planned.coalesce) == (1, True)


@pytest.mark.parametrize(
    ("at", "zone"), [("7", "UTC"), ("25:00", "UTC"), ("07:00", "Mars/Base"), ("", "UTC"), ("07:00", "")]
)
async def test_a_time_that_is_none_is_refused(at: str, zone: str) -> None:
    async def job() -> None:
        return None

    with pytest.raises(ValueError, match="job digest"):
        scheduler(Notes()).daily(at, zone, "digest", job)


async def test_stopping_what_never_started_is_fine() -> None:
    await scheduler(Notes()).stop()


async def test_a_run_that_is_another_programs_is_neither_done_nor_noted() -> None:
    notes, runs, mine = Notes(), [], [False, False, True]

    async def job() -> None:
        runs.append(1)

    jobs = scheduler(notes)
    jobs.every(0.01, "digest", job, when=lambda: mine.pop(0) if mine else False)
    jobs.start()
    await asyncio.wait_for(notes.ended.wait(), 10)
    await jobs.stop()
    assert (len(runs), [name for name, _ in notes.started], notes.finished) == (1, ["digest"], [("digest", None)])
