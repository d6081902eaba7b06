"""The migrations make exactly the tables that the program uses."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.runtime.migration import HeadMaintainer
from alembic.script import ScriptDirectory
from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    insert,
    inspect,
    select,
)

from store import channels, migrations, outbox, reports
from store.database import Database, MigrationRequiredError
from store.migrating import alembic_config
from store.schema import upgrade_apart, version, versions
from store.seen import Seen
from store.tables import metadata
from treaties.model import Report

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection


def test_migrations_and_tables_agree(database: Database) -> None:
    with database.transaction() as conn:
        assert compare_metadata(MigrationContext.configure(conn), metadata) == []


def test_migrations_make_the_checks_that_alembic_does_not_compare(database: Database) -> None:
    wanted = {
        (table.name, str(check.name))
        for table in metadata.tables.values()
        for check in table.constraints
        if isinstance(check, CheckConstraint)
    }
    with database.reading() as conn:
        made = {
            (table, str(check["name"]))
            for table in metadata.tables
            for check in inspect(conn).get_check_constraints(table)
        }
    assert made == wanted
    assert len(wanted) == 3


def test_upgrading_twice_changes_nothing(own_database: Database) -> None:
    own_database.upgrade()
    own_database.require_current()


def test_another_process_makes_the_tables_for_a_program_that_runs_for_long(own_database: Database) -> None:
    with own_database.transaction() as conn:
        config = alembic_config()
        config.attributes["connection"] = conn
        command.downgrade(config, "base")
    assert upgrade_apart(own_database._url.render_as_string(hide_password=False))
    own_database.require_current()


def test_what_another_process_could_not_upgrade_fails_here_in_words(
    own_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("store.database.upgrade_apart", lambda _url: False)
    with own_database.transaction() as conn:
        conn.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    assert not upgrade_apart(own_database._url.render_as_string(hide_password=False))
    with pytest.raises(MigrationRequiredError, match="install the newer treatywatch"):
        own_database.upgrade(apart=True)


@pytest.mark.parametrize("in_memory", [True, False])
def test_an_upgrade_apart_leaves_a_store_with_the_newest_tables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, in_memory: bool
) -> None:
    asked: list[str] = []
    monkeypatch.setattr("store.database.upgrade_apart", asked.append)
    with Database("sqlite://" if in_memory else f"sqlite:///{tmp_path}/new.db") as database:
        for _ in range(2):
            database.upgrade(apart=True)
            database.require_current()
        assert len(asked) == (0 if in_memory else 1)


def test_every_migration_can_be_undone_and_done_again(own_database: Database) -> None:
    with own_database.transaction() as conn:
        config = alembic_config()
        config.attributes["connection"] = conn
        command.downgrade(config, "base")
        assert inspect(conn).get_table_names() == ["alembic_version"]
    own_database.upgrade()
    own_database.require_current()


def test_an_upgrade_from_the_first_schema_keeps_everything(own_database: Database) -> None:
    with own_database.transaction() as conn:
        config = alembic_config()
        config.attributes["connection"] = conn
        command.downgrade(config, "0001")
        first = MetaData()
        first.reflect(conn)
        tables = [table for table in first.sorted_tables if table.name != "alembic_version"]
        for table in tables:
            conn.execute(insert(table), [_row(table, number) for number in (1, 2)])
        before = {table.name: _rows(conn, table) for table in tables}
    own_database.upgrade()
    with own_database.reading() as conn:
        last = MetaData()
        last.reflect(conn)
        after = {name: _rows(conn, last.tables[name]) for name in before}
    assert {name: len(rows) for name, rows in after.items()} == dict.fromkeys(before, 2)
    for name, rows in before.items():
        kept = rows[0].keys() & after[name][0].keys()
        assert len(kept) >= len(rows[0]) - len(MOVED.get(name, ()))
        assert [{key: row[key] for key in kept} for row in after[name]] == [
            {key: row[key] for key in kept} for row in rows
        ]


MOVED = {"outbox": {"edits_key"}}
"""Columns of the first schema that are no more."""

_VALUES: dict[str, str | None] = {
    "events.origin": "report",
    "outbox.edits_key": None,  # an edit: what it said goes to the message that it edits
    "outbox.kind": "alert",
    "outbox.payload": "{}",
    "outbox.state": "sent",
    "subscriptions.dimension": "state",
}
"""What may not be just any text there."""


def _row(table: Table, number: int) -> dict[str, Any]:
    """A row of a table of any schema: every column has a value that it takes."""
    return {column.name: _value(table, column, number) for column in table.columns}


def _value(table: Table, column: Column[Any], number: int) -> Any:
    if column.foreign_keys:
        (key,) = column.foreign_keys
        return _value(key.column.table, key.column, number)
    if f"{table.name}.{column.name}" in _VALUES:
        return _VALUES[f"{table.name}.{column.name}"]
    length = getattr(column.type, "length", None) or 20
    kinds = (
        (DateTime, datetime(2025, 9, number, tzinfo=UTC if _keeps_offset(column) else None)),
        (Date, date(2025, 9, number)),
        (Boolean, False),
        (LargeBinary, bytes([number])),
        (Integer | Float, number),
        (object, f"{column.name}{number}"[-length:]),
    )
    return next(value for kind, value in kinds if isinstance(column.type, kind))


def _keeps_offset(column: Column[Any]) -> bool:
    """Whether the database keeps the offset of that column's moments."""
    return bool(getattr(column.type, "timezone", False))


def _rows(conn: Connection, table: Table) -> list[dict[str, Any]]:
    key = [*table.primary_key.columns]
    return [dict(row) for row in conn.execute(select(table).order_by(*key)).mappings()]


def test_what_edits_said_is_taken_over_by_the_messages_that_they_edited(own_database: Database) -> None:
    columns = (
        "id, channel_id, key, kind, payload, priority, state, attempts, possible_repeat, queued_at, due, edits_key"
    )
    rows = [
        "1, 1, 'a', 'alert', '{\"n\": 1}', 10, 'sent', 1, false, '2026-01-01', '2026-01-01', NULL",
        "2, 1, 'a:1', 'edit', '{\"n\": 2}', 0, 'sent', 1, false, '2026-01-01', '2026-01-01', 'a'",
        "3, 1, 'a:2', 'edit', '{\"n\": 3}', 0, 'pending', 1, false, '2026-01-01', '2026-01-01', 'a'",
        "4, 1, 'b', 'alert', '{\"n\": 4}', 10, 'pending', 0, false, '2026-01-01', '2026-01-01', NULL",
    ]
    with own_database.transaction() as conn:
        channels.sync(conn, "console", "out", title="Console")
        config = alembic_config()
        config.attributes["connection"] = conn
        command.downgrade(config, "0012")
        for row in rows:
            conn.exec_driver_sql(f"INSERT INTO outbox ({columns}) VALUES ({row})")  # noqa: S608 - rows of this test
        command.upgrade(config, "head")
        found = [(row.key, row.payload["n"], row.upkeep) for row in outbox.history(conn)]
    assert found == [("a", 3, "stale"), ("b", 4, "fresh")]


def test_digests_go_on_where_the_last_one_ended_that_an_older_version_sent(own_database: Database) -> None:
    ends = [datetime(2025, 9, day, 7, tzinfo=UTC) for day in (24, 25)]
    with own_database.transaction() as conn:
        told, untold = (channels.sync(conn, "console", name, title=name) for name in ("told", "untold"))
        for end in ends:
            payload = {"headline": "Digest", "lines": [], "end": end.isoformat()}
            outbox.queue(conn, told, key=f"digest:{end}", kind="digest", payload=payload, now=end)
        reports.remember(conn, Report("r1", "News"), feed=None, now=ends[0])
        config = alembic_config()
        config.attributes["connection"] = conn
        command.downgrade(config, "0015")
        command.upgrade(config, "head")
        found = {row.id: (row.digest_until, row.digest_seen, row.digest_empty) for row in channels.enabled(conn)}
    assert found == {told: (ends[1], Seen(1, 0), True), untold: (None, Seen(), True)}


def test_the_names_of_the_migrations_tell_what_alembic_knows(own_database: Database) -> None:
    known = [script.revision for script in ScriptDirectory.from_config(alembic_config()).walk_revisions()]
    assert list(versions()) == known[::-1]
    with own_database.reading() as conn:
        assert version(conn) == versions()[-1]


def test_a_database_without_tables_asks_for_the_upgrade(tmp_path: Path) -> None:
    with (
        Database(f"sqlite:///{tmp_path}/new.db") as database,
        pytest.raises(MigrationRequiredError, match="treatywatch db upgrade"),
    ):
        database.require_current()


def test_a_database_of_a_newer_program_is_left_alone(own_database: Database) -> None:
    with own_database.transaction() as conn:
        conn.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    for refused in (own_database.require_current, own_database.upgrade):
        with pytest.raises(MigrationRequiredError, match="install the newer treatywatch"):
            refused()


def test_an_upgrade_that_fails_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_heads: object, _step: object) -> None:
        raise RuntimeError("power cut")

    with Database(f"sqlite:///{tmp_path}/new.db") as database:
        monkeypatch.setattr(HeadMaintainer, "update_to_step", fail)
        with pytest.raises(RuntimeError, match="power cut"):
            database.upgrade()
        with database.reading() as conn:
            assert inspect(conn).get_table_names() == []


def test_new_migrations_are_written_with_plain_types(tmp_path: Path) -> None:
    copy = shutil.copytree(Path(migrations.__file__).parent, tmp_path / "migrations")
    for script in (copy / "versions").glob("0*.py"):
        script.unlink()
    with Database(f"sqlite:///{tmp_path}/new.db") as database, database.transaction() as conn:
        config = alembic_config()
        config.set_main_option("script_location", str(copy))
        config.attributes["connection"] = conn
        command.revision(config, "Again", autogenerate=True, rev_id="again")
    written = (copy / "versions" / "again_again.py").read_text()
    assert "sa.DateTime(timezone=True)" in written
    assert "store.tables" not in written
