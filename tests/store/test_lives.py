"""Who lives: a program of several on one PostgreSQL database counts as gone once it was not seen for a while."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from store import senders
from store.database import Database
from store.lives import GONE, Life, Missing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NOW = datetime(2025, 10, 1, 9, 30, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture
def shared(emptied_postgresql: Callable[[], str]) -> Iterator[Database]:
    with Database(emptied_postgresql()) as opened:
        yield opened


def sends(database: Database, life: Life) -> None:
    with database.transaction() as conn:
        senders.clear(conn)
        senders.hold(conn, "telegram", life.name, NOW)


def gone(database: Database, missing: Missing, seconds: float) -> frozenset[str]:
    with database.reading() as conn:
        return missing.look(conn, NOW + seconds * SECOND)


def test_a_program_is_gone_once_it_was_not_seen_for_a_while(shared: Database) -> None:
    missing = Missing()
    with closing(Life(shared)) as life:
        sends(shared, life)
        life.keep()
        life.keep()
        assert [gone(shared, missing, seconds) for seconds in (0, 60)] == [frozenset(), frozenset()]
    found = [gone(shared, missing, 61 + seconds) for seconds in (0, GONE.total_seconds() - 1, GONE.total_seconds())]
    assert found == [frozenset(), frozenset(), {life.name}]


def test_a_program_whose_connection_was_cut_is_seen_again(shared: Database) -> None:
    missing = Missing()
    with closing(Life(shared)) as life:
        sends(shared, life)
        assert gone(shared, missing, 0) == frozenset()
        life.keep()
        with shared.transaction() as conn:
            ended = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE application_name = %s"
            conn.exec_driver_sql(ended, ("treatywatch sender",))
        assert gone(shared, missing, 5) == frozenset()
        life.keep()
        assert [gone(shared, missing, seconds) for seconds in (9, 11, 60)] == [frozenset()] * 3


def test_who_holds_a_platform_may_be_replaced_once_it_is_gone(shared: Database) -> None:
    with shared.transaction() as conn:
        senders.hold(conn, "telegram", "first", NOW)
        assert not senders.hold(conn, "telegram", "second", NOW, {"third"})
        assert senders.hold(conn, "telegram", "second", NOW, {"first", "third"})


def test_of_programs_that_give_no_sign_nobody_knows(database: Database) -> None:
    missing = Missing()
    with database.transaction() as conn:
        senders.hold(conn, "telegram", "somebody", NOW)
    assert [gone(database, missing, seconds) for seconds in (0, 60)] == [frozenset(), frozenset()]


def test_the_only_program_of_a_sqlite_file_is_asked_by_nobody(sqlite_database: Database) -> None:
    missing = Missing()
    with closing(Life(sqlite_database)) as life:
        life.keep()
        sends(sqlite_database, life)
        assert [gone(sqlite_database, missing, seconds) for seconds in (0, 60)] == [frozenset(), frozenset()]
