"""Of several programs on one PostgreSQL database one leads, and another once that one's connection ends."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import psycopg
import pytest

from store.database import Database, StoreError
from store.hosts import Hosts
from store.leadership import Leadership, leader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import NewUrl


@pytest.fixture
def shared(emptied_postgresql: NewUrl) -> Iterator[Database]:
    with Database(emptied_postgresql()) as opened:
        yield opened


@pytest.fixture
def pair(shared: Database) -> Iterator[tuple[Leadership, Leadership]]:
    one, other = Leadership(shared, "one"), Leadership(shared, "other")
    yield one, other
    one.let_go()
    other.let_go()


def cut(database: Database, name: str) -> int:
    """End every connection whose program is called so, as a server does that is stopped."""
    url = database._url.set(drivername="postgresql").render_as_string(hide_password=False)
    with closing(psycopg.connect(url, autocommit=True)) as admin:
        ended = admin.execute(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE application_name LIKE %s", [name]
        )
        return len(ended.fetchall())


def test_the_only_program_of_a_sqlite_file_leads(sqlite_database: Database) -> None:
    alone = Leadership(sqlite_database)
    assert alone.hold()
    alone.let_go()
    assert alone.hold()
    assert leader(sqlite_database) is None


def test_the_first_leads_until_it_lets_go(shared: Database, pair: tuple[Leadership, Leadership]) -> None:
    one, other = pair
    assert (one.hold(), other.hold()) == (True, False)
    assert (one.hold(), other.hold(), leader(shared)) == (True, False, "one")
    one.let_go()
    assert (other.hold(), one.hold(), leader(shared)) == (True, False, "other")


def test_whose_connection_is_ended_learns_it_and_another_leads(
    shared: Database, pair: tuple[Leadership, Leadership]
) -> None:
    one, other = pair
    one.hold()
    assert not other.hold()
    assert cut(shared, "%leader one") == 1
    assert other.hold()
    with pytest.raises(StoreError, match="terminat"):
        one.hold()
    assert (one.hold(), other.hold()) == (False, True)


def test_a_lock_that_is_gone_though_the_connection_is_not_is_noticed(pair: tuple[Leadership, Leadership]) -> None:
    """As behind a pooler that gives a connection to others between two transactions."""
    one, other = pair
    assert one.hold()
    assert one._session is not None
    one._session.ask("SELECT pg_advisory_unlock_all() IS NULL")
    assert other.hold()
    assert (one.hold(), one.hold()) == (False, False)


def test_each_database_of_a_server_has_a_leader_of_its_own(shared: Database, postgresql_urls: NewUrl) -> None:
    with Database(postgresql_urls()) as elsewhere:
        here, there = Leadership(shared, "here"), Leadership(elsewhere, "there")
        assert (here.hold(), there.hold()) == (True, True)
        assert (leader(shared), leader(elsewhere)) == ("here", "there")
        assert (here.hold(), there.hold()) == (True, True)
        here.let_go()
        there.let_go()


def test_the_server_looks_after_a_connection_that_holds_locks(shared: Database) -> None:
    """On a socket of the machine itself these settings read as nothing: there is no network to be lost."""
    with shared.connect_apart("a test") as conn:
        named = conn.exec_driver_sql("SELECT current_setting('application_name')").scalar_one()
        assert named == "a test"
        assert conn.exec_driver_sql("SHOW statement_timeout").scalar_one() == "10s"


def test_without_a_server_nobody_leads_and_the_password_is_not_told() -> None:
    with Database("postgresql://clerk:hush@127.0.0.1:1/treaties") as database:
        for lost in (Leadership(database).hold, lambda: Hosts(database).take("one.example")):
            with pytest.raises(StoreError) as caught:
                lost()
            assert "hush" not in str(caught.value)


def test_a_host_is_asked_by_one_program_at_a_time(shared: Database) -> None:
    with closing(Hosts(shared)) as one, closing(Hosts(shared)) as other:
        assert (one.take("a.example"), other.take("a.example"), other.take("b.example")) == (True, False, True)
        one.give("a.example")
        assert other.take("a.example")
        other.close()
        assert (one.take("a.example"), one.take("b.example"), one.take("\udc80")) == (True, True, True)


def test_turns_are_free_once_the_connection_ends_and_are_taken_on_another(shared: Database) -> None:
    with closing(Hosts(shared)) as one, closing(Hosts(shared)) as other:
        assert one.take("a.example")
        assert cut(shared, "treatywatch hosts") == 1
        assert other.take("a.example")
        assert not one.take("a.example")
        assert one.take("b.example")
