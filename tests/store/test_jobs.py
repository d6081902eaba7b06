"""Jobs leave a trace of their latest run."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from store import jobs
from store.jobs import JobRow

if TYPE_CHECKING:
    from store.database import Database

NOW = datetime(2025, 10, 1, 9, 30, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)


def test_no_job_ran_yet(database: Database) -> None:
    with database.reading() as conn:
        assert jobs.all_jobs(conn) == ()


def test_a_run_is_followed_from_start_to_end(database: Database) -> None:
    with database.transaction() as conn:
        jobs.started(conn, "poll", NOW, 90.0)
        running = jobs.all_jobs(conn)
        jobs.finished(conn, "poll", LATER)
        ended = jobs.all_jobs(conn)
    assert running == (JobRow("poll", NOW, None, None, 90.0),)
    assert ended == (JobRow("poll", NOW, LATER, None, 90.0),)


def test_the_next_run_keeps_the_last_end_until_it_ends_itself(database: Database) -> None:
    with database.transaction() as conn:
        jobs.started(conn, "poll", NOW, 90.0)
        jobs.finished(conn, "poll", NOW, "feed list unreadable")
        jobs.started(conn, "poll", LATER, 60.0)
        running = jobs.all_jobs(conn)
        jobs.finished(conn, "poll", LATER)
        ended = jobs.all_jobs(conn)
    assert running == (JobRow("poll", LATER, NOW, "feed list unreadable", 60.0, NOW),)
    assert ended == (JobRow("poll", LATER, LATER, None, 60.0),)


def test_it_is_known_since_when_a_job_fails(database: Database) -> None:
    since = []
    with database.transaction() as conn:
        for name in ("poll", "deliver"):
            jobs.started(conn, name, NOW, 90.0)
        for minutes, error in enumerate(["a", "b", None, None, "c", "d"]):
            jobs.finished(conn, "poll", NOW + timedelta(minutes=minutes), error)
            jobs.finished(conn, "deliver", NOW)
            (deliver, poll) = jobs.all_jobs(conn)
            since.append(poll.failing_since)
            assert deliver.failing_since is None
    assert since == [NOW, NOW, None, None, *[NOW + timedelta(minutes=4)] * 2]


def test_jobs_are_listed_by_name(database: Database) -> None:
    with database.transaction() as conn:
        for name in ("poll", "digest"):
            jobs.started(conn, name, NOW, 1.0)
        assert [job.name for job in jobs.all_jobs(conn)] == ["digest", "poll"]
