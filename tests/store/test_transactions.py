"""A transaction is all or nothing, also one that opens with a SAVEPOINT, and writers take turns."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine, event, false

from store import channels, engines, outbox, reports
from store.database import Database, StoreBusyError, StoreError, insert_once, once_stored
from store.tables import jobs
from treaties.model import Report

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from store.database import Connection

NOW = datetime(2025, 10, 1, 9, 30, tzinfo=UTC)
REPORT = Report("r1", "Northland hands in its notice")


class MatchingFailedError(Exception):
    """Something went wrong after the report was remembered."""


def remember_then_fail(transaction: AbstractContextManager[Connection]) -> None:
    with transaction as conn:
        with conn.begin_nested():
            assert reports.remember(conn, REPORT, feed=None, now=NOW) is not None
        raise MatchingFailedError


def is_remembered(opened: Database) -> bool:
    with opened.reading() as conn:
        return reports.find(conn, REPORT.id) is not None


def test_a_transaction_that_opens_with_a_savepoint_and_fails_leaves_nothing_behind(database: Database) -> None:
    with pytest.raises(MatchingFailedError):
        remember_then_fail(database.transaction())
    assert not is_remembered(database)


def test_the_trap_is_real_without_the_explicit_begin_the_report_stays(sqlite_database: Database) -> None:
    event.remove(sqlite_database._engine, "begin", engines.begin_explicitly)
    with pytest.raises(MatchingFailedError):
        remember_then_fail(sqlite_database.transaction())
    assert is_remembered(sqlite_database)


def test_the_trap_is_real_with_the_defaults_of_driver_and_library_too(sqlite_database: Database) -> None:
    by_default = create_engine(sqlite_database._url)
    with pytest.raises(MatchingFailedError):
        remember_then_fail(by_default.begin())
    by_default.dispose()
    assert is_remembered(sqlite_database)


def test_what_succeeds_is_kept(database: Database) -> None:
    with database.transaction() as conn:
        reports.remember(conn, REPORT, feed=None, now=NOW)
    assert is_remembered(database)


def test_a_row_that_the_constraints_refuse_leaves_the_transaction_usable(database: Database) -> None:
    job = {"name": "poll", "limit_seconds": 1.0}
    with database.transaction() as conn:
        assert reports.remember(conn, REPORT, feed=None, now=NOW) is not None
        assert insert_once(conn, jobs, job, unless=false()) is not None
        assert insert_once(conn, jobs, job, unless=false()) is None
        assert reports.remember(conn, Report("r2", "Another"), feed=None, now=NOW) is not None
    with database.reading() as conn:
        assert reports.count_between(conn, NOW, NOW.replace(hour=23)) == 2


def test_writing_while_reading_is_refused(database: Database) -> None:
    with pytest.raises(StoreError, match=r"read-?only"), database.reading() as conn:
        reports.remember(conn, REPORT, feed=None, now=NOW)
    with database.transaction() as conn:
        assert reports.remember(conn, REPORT, feed=None, now=NOW) is not None


@contextmanager
def impatient(url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """A second process on the same database, which does not wait long."""
    monkeypatch.setattr(engines, "BUSY_MILLISECONDS", 20)
    with Database(url) as second:
        yield second


def test_a_second_writer_is_told_to_try_again(
    database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        impatient(database_url, monkeypatch) as second,
        database.transaction(),
        pytest.raises(StoreBusyError, match=r"^database \S+: .*lock"),
        second.transaction(),
    ):
        pytest.fail("two writers at a time")


def test_readers_do_not_wait_for_a_writer(
    database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with impatient(database_url, monkeypatch) as second, database.transaction() as conn:
        reports.remember(conn, REPORT, feed=None, now=NOW)
        assert not is_remembered(second)
    assert is_remembered(database)


def test_two_processes_never_claim_the_same_message(database: Database, database_url: str) -> None:
    with database.transaction() as conn:
        for number in range(20):
            channel = channels.sync(conn, "console", f"room {number}", title="Room")
            outbox.queue(conn, channel, key="alert", kind="alert", payload={}, now=NOW)
    claimed: list[int] = []
    start = threading.Barrier(2)

    def process() -> None:
        with Database(database_url) as own:
            start.wait(timeout=10)
            for channel in range(1, 21):
                with own.transaction() as conn:
                    delivery = outbox.claim(conn, channel, NOW)
                if delivery:
                    claimed.append(delivery.id)

    workers = [threading.Thread(target=process) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=30)
    assert sorted(claimed) == list(range(1, 21))


def test_claim_passes_over_a_message_that_another_transaction_holds(postgresql_urls: Callable[[], str]) -> None:
    with Database(postgresql_urls()) as opened:
        event.remove(opened._engine, "begin", engines.take_turn)  # so that two can write at a time
        with opened.transaction() as conn:
            channel = channels.sync(conn, "console", "room", title="Room")
            outbox.queue(conn, channel, key="alert", kind="alert", payload={}, now=NOW)
        with opened.transaction() as first, opened.transaction() as second:
            assert outbox.claim(first, channel, NOW) is not None
            second.exec_driver_sql("SET LOCAL lock_timeout = 1000")
            assert outbox.claim(second, channel, NOW) is None


def test_what_waits_for_a_transaction_is_done_once_it_is_stored_for_all_to_see(database: Database) -> None:
    seen: list[bool] = []
    with database.transaction() as conn:
        reports.remember(conn, REPORT, feed=None, now=NOW)
        once_stored(conn, lambda: seen.append(is_remembered(database)))
        assert seen == []
    assert seen == [True]
    with database.transaction():
        pass
    assert seen == [True]


def test_what_waits_for_a_transaction_that_fails_is_never_done(database: Database) -> None:
    done: list[int] = []

    def fail() -> None:
        with database.transaction() as conn:
            once_stored(conn, lambda: done.append(1))
            raise MatchingFailedError

    with pytest.raises(MatchingFailedError):
        fail()
    with database.transaction() as conn:
        once_stored(conn, lambda: done.append(2))
    assert done == [2]
