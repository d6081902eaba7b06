from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.health import late
from store.jobs import JobRow

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


def job(started: float | None, finished: float | None) -> JobRow:
    """A job that began and ended so many seconds ago, and must end every hundred."""
    ago = [None if seconds is None else NOW - timedelta(seconds=seconds) for seconds in (started, finished)]
    return JobRow("poll", ago[0], ago[1], None, 100)


def failed(since: float) -> JobRow:
    """A job that ended ten seconds ago, and has failed for so many seconds."""
    return replace(job(20, 10), error="OSError: no room", failing_since=NOW - timedelta(seconds=since))


def test_a_job_that_fails_for_longer_than_its_time_is_named_without_the_error() -> None:
    assert late([failed(90)], ["poll"], NOW) == []
    assert late([failed(110)], ["poll"], NOW) == [
        "job poll has failed each time since 2026-01-01 11:58:10+00:00; it must end well every 100 seconds"
    ]


def test_a_job_that_failed_and_then_hangs_is_named_once() -> None:
    hangs = replace(failed(1000), finished=NOW - timedelta(seconds=500))
    assert late([hangs], ["poll"], NOW) == [
        "job poll last ended at 2026-01-01 11:51:40+00:00; it must every 100 seconds"
    ]


def test_a_job_that_ended_in_time_is_not_late() -> None:
    assert late([job(60, 50)], ["poll"], NOW) == []


def test_a_job_that_ended_too_long_ago_is_late() -> None:
    assert late([job(130, 120)], ["poll"], NOW) == [
        "job poll last ended at 2026-01-01 11:58:00+00:00; it must every 100 seconds"
    ]


def test_a_first_run_has_its_time_to_come_to_an_end() -> None:
    assert late([job(90, None)], ["poll"], NOW) == []
    assert late([job(110, None)], ["poll"], NOW) == ["job poll last ended at no time; it must every 100 seconds"]


def test_a_job_that_never_ran_is_named() -> None:
    assert late([], ["poll"], NOW) == ["job poll has never run; is the bot running?"]
