"""A database that cannot be reached: what may pass by itself, and what somebody has to put right. A real server."""

from __future__ import annotations

import os
import re
import signal
import socket
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from bot.wiring.awaiting import LONGEST_PAUSE, UNKNOWN_SECONDS, await_server
from store.copying import copy
from store.database import Database, StoreBusyError, StoreError
from store.reaching import HostUnknownError, reach
from tests.postgresql import started

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ENCODINGS = ("SQL_ASCII", "LATIN1")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A server with a role that needs its password, and databases that hold only some letters."""
    data: Path = tmp_path_factory.mktemp("reaching") / "data"
    try:
        made = started(data)
    except ImportError:
        pytest.skip("there is no PostgreSQL server for this machine")
    with closing(psycopg.connect(made.get_uri(), autocommit=True)) as admin:
        admin.execute("CREATE ROLE clerk LOGIN PASSWORD 'hush'")
        for encoding in ENCODINGS:
            admin.execute(f"CREATE DATABASE {encoding} ENCODING '{encoding}' LOCALE 'C' TEMPLATE template0".encode())
        rules = data / "pg_hba.conf"
        rules.write_text(f"local all clerk scram-sha-256\n{rules.read_text()}")
        admin.execute("SELECT pg_reload_conf()")
    yield made
    made.cleanup()


def as_clerk(server: Any, password: str) -> str:
    """The address of the server for a role that needs its password."""
    return str(server.get_uri()).replace("postgres:@", f"clerk:{password}@")


def never(seconds: float) -> None:
    pytest.fail(f"it would wait for {seconds} s")


def test_a_server_that_lets_us_in_is_reached(server: Any) -> None:
    reach(server.get_uri())
    reach(as_clerk(server, "hush"))
    reach("sqlite://")


def test_a_server_that_does_not_let_us_in_is_not_waited_for(server: Any) -> None:
    for url, said in (
        (as_clerk(server, "wrong"), 'password authentication failed for user "clerk"'),
        (server.get_uri(database="nowhere"), 'database "nowhere" does not exist'),
        (f"{server.get_uri()}&sslmode=nonsense", 'invalid sslmode value: "nonsense"'),
        (f"{server.get_uri()}&nonsense=1", 'invalid connection option "nonsense"'),
    ):
        with pytest.raises(StoreError, match=said) as caught:
            await_server(url, never)
        assert not isinstance(caught.value, StoreBusyError | HostUnknownError)
        assert "wrong" not in str(caught.value)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_database_that_cannot_hold_every_language_is_refused_with_what_to_do(
    server: Any, encoding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGCLIENTENCODING", "SQL_ASCII")
    url = server.get_uri(database=encoding.lower())
    said = rf"its encoding is {encoding}, .* `createdb --encoding=UTF8 .* {encoding.lower()}_utf8`$"
    with pytest.raises(StoreError, match=said):
        await_server(url, never)
    with Database(url) as other:
        with pytest.raises(StoreError, match=said):
            other.upgrade()
        with Database("sqlite://") as full:
            full.upgrade()
            with pytest.raises(StoreError, match=said):
                copy(full, other)


def test_texts_are_unicode_whatever_the_environment_says(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGCLIENTENCODING", "SQL_ASCII")
    with Database(server.get_uri()) as database, database.reading() as conn:
        assert conn.exec_driver_sql("SELECT 'Łódź'").scalar_one() == "Łódź"


def test_a_host_that_nobody_knows_is_waited_for_only_for_a_while() -> None:
    pauses = list[float]()
    with pytest.raises(StoreError, match=r"nosuch\.invalid.*: look at the host in `database_url`$"):
        await_server("postgresql://clerk:hush@nosuch.invalid/treaties", pauses.append)
    assert pauses == sorted(pauses)
    assert UNKNOWN_SECONDS <= sum(pauses) < UNKNOWN_SECONDS + LONGEST_PAUSE


def test_a_server_that_says_nothing_is_waited_for() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(StoreBusyError, match="timeout"):
            reach(f"postgresql://clerk:hush@127.0.0.1:{port}/treaties?connect_timeout=2")


def test_a_server_that_ends_or_is_gone_is_waited_for_until_it_is_there(
    server: Any, caplog: pytest.LogCaptureFixture
) -> None:
    url, looks = as_clerk(server, "hush"), list[float]()
    running = server.pgdata / "postmaster.pid"
    guest = psycopg.connect(url)

    def pause(seconds: float) -> None:
        looks.append(seconds)
        if len(looks) == 2:
            guest.close()
            while running.exists():
                time.sleep(0.05)
        if len(looks) == 8:
            server.start()

    os.kill(
        int(running.read_text().splitlines()[0]), signal.SIGTERM
    )  # it ends once its guests are gone, and lets nobody in any more
    with guest:
        await_server(url, pause)
    assert looks == [1, 2, 4, 8, 16, 30, 30, 30]
    said = [record.getMessage() for record in caplog.records]
    assert "looking again in 1 s: database postgresql+psycopg://clerk:***@" in said[0]
    assert said[0].endswith("FATAL:  the database system is shutting down")
    assert re.search("Connection refused|No such file or directory", said[-1])
    assert not [line for line in said if "hush" in line or "\n" in line]
