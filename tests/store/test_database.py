"""Opening a database: what may be opened, what is said when it cannot be, and that no password ever shows."""

from __future__ import annotations

import itertools
import sqlite3
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event, func, insert, select

from bot.wiring.ready import require_sound
from store import audit, reports, tables
from store.database import Database, StoreBusyError, StoreError
from store.tables import audit_log, claims, fingerprint, jobs
from treaties.model import Claim, Label, Reading, Report, Role, When
from treaties.stages import Stage

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NOW = datetime(2025, 10, 1, 9, 30, tzinfo=UTC)


def test_the_folder_of_a_sqlite_file_is_made(tmp_path: Path) -> None:
    with Database(f"sqlite:///{tmp_path}/deep/down/treaties.db") as database:
        database.upgrade()
    assert (tmp_path / "deep/down/treaties.db").exists()
    assert (tmp_path / "deep/down").stat().st_mode & 0o777 == 0o700


def test_the_database_may_live_in_memory() -> None:
    with Database("sqlite://") as database:
        database.upgrade()
        with database.transaction() as conn:
            reports.remember(conn, Report("r1", "News"), feed=None, now=NOW)
        with database.reading() as conn:
            assert reports.find(conn, "r1") is not None


def test_a_folder_that_cannot_be_made_is_said_clearly(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot make the folder"):
        Database(f"sqlite:///{tmp_path}/file/treaties.db")


def test_a_file_that_is_no_database_is_said_clearly(tmp_path: Path) -> None:
    (tmp_path / "treaties.db").write_text("Dear diary, " * 100)
    with Database(f"sqlite:///{tmp_path}/treaties.db") as database, pytest.raises(StoreError, match="not a database"):
        database.upgrade()


def fill_up(database: Database) -> None:
    with database.transaction() as conn:
        pages = conn.exec_driver_sql("PRAGMA page_count").scalar_one()
        conn.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        for number in range(1000):
            reports.remember(conn, Report(f"r{number}", "Long story " * 100), feed=None, now=NOW)


def test_a_full_disk_is_something_that_may_pass_and_nothing_is_half_done(sqlite_database: Database) -> None:
    with pytest.raises(StoreBusyError, match="full"):
        fill_up(sqlite_database)
    with sqlite_database.reading() as conn:
        assert reports.count_between(conn, NOW, NOW + timedelta(days=1)) == 0


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://clerk:hush@127.0.0.1:1/treaties",
        "postgres://clerk:hush@127.0.0.1:1/treaties",
        "postgresql+psycopg://clerk@127.0.0.1:1/treaties?password=hush",
    ],
)
def test_a_server_that_does_not_answer_is_one_clear_line_without_the_password(url: str) -> None:
    with Database(url) as database, pytest.raises(StoreError) as caught, database.transaction():
        pytest.fail("nobody listens there")
    message = str(caught.value)
    assert message.startswith("database postgresql+psycopg://clerk")
    assert "refused" in message
    assert "hush" not in message + repr(database)
    assert "\n" not in message
    assert not isinstance(caught.value, StoreBusyError)


def test_a_server_that_answered_before_is_worth_trying_again(postgresql_urls: Callable[[], str]) -> None:
    def find_nobody(_dialect: object, _record: object, _args: object, options: dict[str, Any]) -> None:
        options.update(host="127.0.0.1", port=1)

    with Database(postgresql_urls()) as database:
        with database.reading() as conn:
            assert audit.entries(conn) == ()
        database.close()
        event.listen(database._engine, "do_connect", find_nobody)
        with pytest.raises(StoreBusyError, match="refused"), database.transaction():
            pytest.fail("nobody listens there")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "not a url",
        "postgresql://clerk:hu:sh@host:port/x",
        "postgresql://clerk:hush@host:70000/x",
        "postgresql://clerk:hush@no..host/x",
        "postgresql://clerk:hush@host/x?host=no..host:1",
        "mysql://clerk:hush@host/x",
        "sqlite+aiosqlite:///x",
    ],
)
def test_a_url_that_names_no_usable_database_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(StoreError) as caught:
        Database(url)
    assert "sh@" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_password_is_not_shown() -> None:
    with Database("postgresql://clerk:hush@db.example/treaties") as database:
        assert repr(database) == "Database('postgresql+psycopg://clerk:***@db.example/treaties')"


def test_a_backup_is_a_whole_database(sqlite_database: Database, tmp_path: Path) -> None:
    target = tmp_path / "copy.db"
    target.write_text("an older backup")
    with sqlite_database.transaction() as conn:
        reports.remember(conn, Report("r1", "News"), feed=None, now=NOW)
    sqlite_database.backup(target)
    with Database(f"sqlite:///{target}") as copy:
        copy.require_current()
        with copy.reading() as conn:
            assert reports.find(conn, "r1") is not None
    assert [path.name for path in tmp_path.glob("*.part")] == []
    assert target.stat().st_mode & 0o777 == 0o600


def test_a_backup_taken_while_others_write_is_one_moment_of_the_store(
    sqlite_database: Database, tmp_path: Path
) -> None:
    """Every transaction writes a report and its claim: a copy that has one without the other is of no moment."""
    begun, stop, faults = threading.Event(), threading.Event(), list[Exception]()

    def write() -> None:
        numbers = itertools.count()
        while not stop.is_set():
            name = f"r{next(numbers)}"
            claim = Claim("LV", "istanbul", Stage.ANNOUNCED, When(NOW.date()), Role.NEWS, "says", "words", 0.9)
            try:
                with sqlite_database.transaction() as conn:
                    row = reports.remember(conn, Report(name, "News " * 200), feed=None, now=NOW)
                    assert row is not None
                    reports.save_reading(conn, row, Reading(name, Label.DEVELOPMENT, "en", (claim,), "why"))
            except Exception as error:  # noqa: BLE001 - told by the test
                faults.append(error)
                return
            finally:
                begun.set()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert begun.wait(30)
        for number in range(5):
            sqlite_database.backup(tmp_path / f"{number}.db")
    finally:
        stop.set()
        writer.join()
    assert not faults
    counted = []
    for number in range(5):
        with Database(f"sqlite:///{tmp_path / f'{number}.db'}") as restored:
            assert restored.faults() == []
            restored.require_current()
            with restored.transaction() as conn:
                counts = (
                    conn.execute(select(func.count()).select_from(one)).scalar_one() for one in (tables.reports, claims)
                )
                seen, claimed = counts
                assert seen == claimed
                counted.append(seen)
                assert reports.remember(conn, Report("later", "News"), feed=None, now=NOW) is not None
    assert counted == sorted(counted)
    assert counted[-1] > 0


def test_a_damaged_file_is_told_of_with_what_to_do(sqlite_database: Database, tmp_path: Path) -> None:
    with sqlite_database.transaction() as conn:
        for number in range(300):
            reports.remember(conn, Report(f"r{number}", "News " * 50), feed=None, now=NOW)
    file = tmp_path / "copy.db"
    sqlite_database.backup(file)
    assert sqlite_database.faults() == []
    content = bytearray(file.read_bytes())
    for page in range(len(content) // 4096 // 2, len(content) // 4096):
        content[page * 4096 : page * 4096 + 200] = b"\xff" * 200
    file.write_bytes(content)
    with Database(f"sqlite:///{file}") as damaged:
        with pytest.raises(StoreError, match=r"is damaged \(.*put a backup in its place"):
            require_sound(damaged)
        assert "copy.db" in damaged.address


def test_a_backup_that_cannot_be_written_is_said_clearly(sqlite_database: Database, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot write the backup"):
        sqlite_database.backup(tmp_path / "nowhere" / "copy.db")


def test_postgresql_is_backed_up_with_its_own_tool(tmp_path: Path) -> None:
    with Database("postgresql://clerk@db.example/treaties") as database, pytest.raises(StoreError, match="pg_dump"):
        database.backup(tmp_path / "copy.db")


def test_sqlite_is_set_up_to_lose_nothing(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as conn:
        settings = {
            name: conn.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert settings == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 10_000}


def test_a_moment_comes_back_in_utc(database: Database) -> None:
    kyiv = timezone(timedelta(hours=3))
    with database.transaction() as conn:
        audit.record(conn, who="ann", action="look", subject="it", detail={}, now=NOW.astimezone(kyiv))
        assert audit.entries(conn)[0].at.isoformat() == "2025-10-01T09:30:00+00:00"


def test_a_moment_without_an_offset_is_refused(database: Database) -> None:
    with pytest.raises(Exception, match="without an offset"), database.transaction() as conn:
        conn.execute(insert(jobs).values(name="poll", started=NOW.replace(tzinfo=None), limit_seconds=1.0))


def test_odd_characters_never_cost_a_row(database: Database) -> None:
    odd = {"text": "half a pair \ud800, a nul \0, an emoji 🕊"}
    with database.transaction() as conn:
        audit.record(conn, who="a\0b", action="half \ud83d", subject="🕊", detail=odd, now=NOW)
    with database.reading() as conn:
        row = conn.execute(select(audit_log)).one()
    assert (row.who, row.action, row.subject) == ("a\ufffdb", "half ?", "🕊")
    assert row.detail == odd


def test_every_part_of_a_fingerprint_counts() -> None:
    assert fingerprint("ab", "c") != fingerprint("a", "bc")
    assert len(fingerprint("\ud800\0" * 100_000)) == 64


def test_another_program_may_read_the_file_meanwhile(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as conn, closing(sqlite3.connect(str(sqlite_database._url.database))) as other:
        reports.remember(conn, Report("r1", "News"), feed=None, now=NOW)
        assert other.execute("SELECT count(*) FROM reports").fetchone() == (0,)
