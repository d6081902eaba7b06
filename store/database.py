"""The database: opening it, transactions that are atomic, migrations, backups.

What can go wrong is in `store.errors`, how each kind is set up in `store.engines`.
"""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from sqlalchemy import insert, literal, select
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from store.engines import connected_apart, line_of, masked, parse_url, postgresql_engine, sqlite_engine
from store.errors import MigrationRequiredError, StoreBusyError, StoreError
from store.schema import upgrade_apart, version, versions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import TracebackType

    from sqlalchemy import ColumnElement, Row, Table


__all__ = ["Connection", "Database", "MigrationRequiredError", "StoreBusyError", "StoreError", "insert_once"]

_ONE: Final = literal(1)
_PASSING_SQLITE: Final = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_IOERR", "SQLITE_FULL", "SQLITE_NOMEM")
# Classes of SQLSTATE: connection lost, deadlock or serialisation, out of resources, lock not available, shutting down.
_PASSING_POSTGRESQL: Final = ("08", "40", "53", "55P03", "57P")
# `reading` is for the functions of `store.engines` that begin a transaction, the rest is SQLAlchemy's.
_SQLITE_READING: Final = {"reading": True}
_POSTGRESQL_READING: Final = {"reading": True, "postgresql_readonly": True, "isolation_level": "REPEATABLE READ"}
_MOST_FAULTS: Final = 20
_THEN: Final = "once_stored"
"""Of a connection: what is done once its transaction is stored."""


def insert_once(
    conn: Connection, table: Table, values: Mapping[str, Any], *, unless: ColumnElement[bool], constrained: bool = False
) -> Row[Any] | None:
    """Insert a row unless it is there already.

    Looking first is for PostgreSQL, which logs every refused row as an error: a feed tells of the same reports at every
    poll. The unique constraints still have the last word, should somebody write without waiting for their turn; on
    PostgreSQL a SAVEPOINT keeps the transaction usable after such a refusal.

    Args:
        conn: an open write transaction.
        table: where to insert.
        values: the row.
        unless: what is true of a row that is the same.
        constrained: a unique constraint says the same as `unless`, so that SQLite need not look first.

    Returns:
        The new row's primary key, or None for a row that was there.
    """
    sqlite = conn.dialect.name == "sqlite"
    look = select(_ONE).select_from(table).where(unless).limit(1)
    if not (sqlite and constrained) and conn.execute(look).first() is not None:
        return None
    # SQLite takes back a refused statement alone, and its transaction goes on.
    guarded = contextlib.nullcontext() if sqlite else conn.begin_nested()
    try:
        with guarded:
            return conn.execute(insert(table), dict(values)).inserted_primary_key
    except IntegrityError as error:
        if not _is_repeat(error):
            raise
        return None


def _is_repeat(error: IntegrityError) -> bool:
    sqlite_name = getattr(error.orig, "sqlite_errorname", None)
    sqlstate = getattr(error.orig, "sqlstate", None)
    return sqlite_name in {"SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY"} or sqlstate == "23505"


class Database:
    """A SQLite file or a PostgreSQL database, named by its URL.

    Args:
        url: `sqlite:///data/treatywatch.db`, `sqlite://` (in memory) or `postgresql://user:password@host/name`.

    Raises:
        StoreError: the URL names no database that can be used.
    """

    def __init__(self, url: str = "sqlite:///data/treatywatch.db") -> None:
        self._url = parse_url(url)
        self._seen = False
        self._engine = sqlite_engine(self._url) if self._is_sqlite else postgresql_engine(self._url)
        self._reader = self._engine.execution_options(**(_SQLITE_READING if self._is_sqlite else _POSTGRESQL_READING))

    @property
    def address(self) -> str:
        """Where the data is, without a password."""
        return masked(self._url)

    def __repr__(self) -> str:
        """The address, never the password."""
        return f"Database({masked(self._url)!r})"

    def __enter__(self) -> Self:
        """Use as a context manager: closed at the end."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close, whatever happened."""
        self.close()

    @property
    def driver_options(self) -> dict[str, Any]:
        """What the driver tells a server, the password too: not to be shown to anybody."""
        options = self._engine.dialect.create_connect_args(self._url)[1]
        return {name: value for name, value in options.items() if isinstance(value, str | int)}

    @property
    def is_shared(self) -> bool:
        """Whether several programs may use it at a time."""
        return not self._is_sqlite

    @property
    def _is_sqlite(self) -> bool:
        return self._url.get_backend_name() == "sqlite"

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A write transaction: everything in it happens, or nothing does. Waits for any other writer.

        Raises:
            StoreBusyError: trying again can help.
            StoreError: the database cannot be used.
        """
        then: list[Callable[[], object]] = []
        with self.errors(), self._engine.begin() as conn:
            self._seen = True
            conn.execution_options(**{_THEN: then})
            yield conn
        for do in then:
            do()

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        """One consistent view for reading; a write in it is an error. Raises as `transaction` does."""
        with self.errors(), self._reader.begin() as conn:
            self._seen = True
            yield conn

    @contextlib.contextmanager
    def errors(self) -> Iterator[None]:
        """The border: the database's errors become the store's own, everything else passes unchanged."""
        try:
            yield
        except DBAPIError as error:
            first = _first(error)
            kind = StoreBusyError if self._will_pass(first) else StoreError
            raise kind(f"database {masked(self._url)}: {line_of(first, self._url)}") from error

    def _will_pass(self, error: DBAPIError) -> bool:
        """Whether trying again can help. A server that answered before and does not now is restarting."""
        if self._is_sqlite:
            return str(getattr(error.orig, "sqlite_errorname", "")).startswith(_PASSING_SQLITE)
        sqlstate = getattr(error.orig, "sqlstate", None)
        if sqlstate is None:
            return self._seen and isinstance(error, OperationalError)
        return str(sqlstate).startswith(_PASSING_POSTGRESQL)

    def connect_apart(self, name: str) -> Connection:
        """A connection to PostgreSQL outside of transactions: what is locked on it stays so until it ends.

        Should this machine or its network be gone, the server ends it within `LOST_SECONDS * (LOOKS + 1)`.

        Args:
            name: what the server shows to its operators.

        Raises:
            StoreError: there is no connection to be had.
        """
        with self.errors():
            return connected_apart(self._url, name)

    def upgrade(self, *, apart: bool = False) -> None:
        """Bring the tables to the newest version, all or nothing. Does nothing where they are.

        Args:
            apart: let a process of its own do it where there is something to do: what that takes to load is of no use
                afterwards, and a program that runs for long would keep it in memory.

        Raises:
            MigrationRequiredError: the database was made by a newer version of the program.
        """
        if apart and self._is_lasting and not self._is_current():
            # Should it fail, it is done here, and fails in words.
            upgrade_apart(self._url.render_as_string(hide_password=False))
        with self.transaction() as conn:
            found = version(conn)
            self._refuse_newer(found)
            if found != versions()[-1]:
                from store.migrating import migrate  # noqa: PLC0415  a tenth of a second that most starts do not need

                migrate(conn)

    def require_current(self) -> None:
        """Make sure that the tables fit the program.

        Raises:
            MigrationRequiredError: they do not; the message says what to do.
        """
        with self.reading() as conn:
            found = version(conn)
        self._refuse_newer(found)
        newest = versions()[-1]
        if found != newest:
            raise MigrationRequiredError(
                f"database {masked(self._url)} is at version {found or 'none'}, the program needs {newest}:"
                " run `treatywatch db upgrade`"
            )

    def _is_current(self) -> bool:
        with self.reading() as conn:
            return version(conn) == versions()[-1]

    def _refuse_newer(self, found: str | None) -> None:
        if found is not None and found not in versions():
            raise MigrationRequiredError(
                f"database {masked(self._url)} is at version {found}, which this program does not know:"
                " install the newer treatywatch that made it, or restore a backup"
            )

    def backup(self, path: Path) -> None:
        """Copy the database to a file while others go on using it.

        A file of that name is replaced once the copy is whole.

        Raises:
            StoreError: not SQLite, or the file cannot be written.
        """
        if not self._is_sqlite:
            raise StoreError("only a SQLite database is copied to a file: use `pg_dump` for PostgreSQL")
        part = path.with_name(path.name + ".part")
        try:
            part.touch(mode=0o600)
            with self.errors(), contextlib.closing(sqlite3.connect(part)) as target:
                self._copy_to(target)
            part.replace(path)
        except (OSError, sqlite3.Error) as error:
            raise StoreError(f"cannot write the backup {path}: {error}") from error
        finally:
            part.unlink(missing_ok=True)

    def _copy_to(self, target: sqlite3.Connection) -> None:
        with contextlib.closing(self._engine.raw_connection()) as source:
            driver: Any = source.driver_connection
            driver.backup(target)

    def faults(self) -> list[str]:
        """What is wrong with the file of a SQLite database; PostgreSQL looks after its own.

        It reads the whole file: about a second for a gigabyte.

        Raises:
            StoreBusyError: trying again can help.
        """
        if not self._is_sqlite:
            return []
        try:
            return self._looked_through()
        except StoreBusyError:
            raise
        except StoreError as error:  # so damaged that it cannot even be looked through
            return [str(error).removeprefix(f"database {self.address}: ")]

    def _looked_through(self) -> list[str]:
        with self.reading() as conn:
            pages = conn.exec_driver_sql(f"PRAGMA quick_check({_MOST_FAULTS})").scalars().all()
            lost = conn.exec_driver_sql("PRAGMA foreign_key_check").all()[:_MOST_FAULTS]
        found = [str(line) for line in pages if line != "ok"]
        return found + [f"row {row} of {table}: its row of {parent} is not there" for table, row, parent, _ in lost]

    @property
    def _is_lasting(self) -> bool:
        """Whether it is there for other processes, too, and not in the memory of this one."""
        return not self._is_sqlite or self._url.database not in {None, "", ":memory:"}

    @property
    def size(self) -> int:
        """Bytes of a SQLite file; 0 for a database in memory or on a server."""
        if not self._is_sqlite or not self._is_lasting:
            return 0
        file = Path(str(self._url.database))
        return file.stat().st_size if file.exists() else 0

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()


def once_stored(conn: Connection, do: Callable[[], object]) -> None:
    """Do something once the open transaction is stored, and never if it is not: tell of it, or count it.

    What was asked for within a SAVEPOINT is done even if that is taken back; ask after it.

    Args:
        conn: an open write transaction.
        do: raises nothing: what is stored must not look as if it were not.
    """
    conn.get_execution_options()[_THEN].append(do)


def _first(error: DBAPIError) -> DBAPIError:
    """The error that began the trouble.

    On a full disk SQLite takes the whole transaction back, and giving up its SAVEPOINT then fails as well.
    """
    first, link = error, error.__context__
    while link is not None and not isinstance(link, StoreError):
        first = link if isinstance(link, DBAPIError) else first
        link = link.__context__
    return first
