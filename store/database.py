"""The database: opening it, transactions that are atomic, migrations, backups.

    StoreError                      the store cannot do what was asked, one clear line
    ├── MigrationRequiredError      the tables are older (or newer) than the program
    └── StoreBusyError              locked, full or away for a moment: trying again can help

One writer at a time, on both databases. What a report means is decided from what is already known, so two writers that
cannot see each other's work would both find the same event new, and tell it twice. SQLite's `BEGIN IMMEDIATE` sees to
it by itself; on PostgreSQL an advisory lock does.
"""

from __future__ import annotations

import contextlib
import shlex
import sqlite3
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from sqlalchemy import create_engine, event, insert, literal, select
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, OperationalError
from sqlalchemy.pool import NullPool, StaticPool

from store.schema import upgrade_apart, version, versions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import TracebackType

    from sqlalchemy import ColumnElement, Engine, Row, Table

__all__ = ["Connection", "Database", "MigrationRequiredError", "StoreBusyError", "StoreError", "insert_once"]

BUSY_MILLISECONDS: Final = 10_000
"""How long a writer waits for the one before it."""

CONNECT_SECONDS: Final = 10
"""How long to wait for a server to answer."""

MAPPED_BYTES: Final = 1 << 26
"""How much of a SQLite file is read through the system's page cache."""
LOST_SECONDS: Final = 5
"""How long a connection that holds locks is silent before it is looked after, and then for each further look."""

LOOKS: Final = 3
"""So many looks without an answer, and the other side is taken for dead."""
_ONE: Final = literal(1)
_WRITE_LOCK: Final = 0x7472_6561_7479  # "treaty": any number that no other program in the database is likely to take
_PASSING_SQLITE: Final = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_IOERR", "SQLITE_FULL", "SQLITE_NOMEM")
# Classes of SQLSTATE: connection lost, deadlock or serialisation, out of resources, lock not available, shutting down.
_PASSING_POSTGRESQL: Final = ("08", "40", "53", "55P03", "57P")
# `reading` is for the two functions below that begin a transaction, the rest is SQLAlchemy's.
_SQLITE_READING: Final = {"reading": True}
_POSTGRESQL_READING: Final = {"reading": True, "postgresql_readonly": True, "isolation_level": "REPEATABLE READ"}
_MOST_FAULTS: Final = 20
_LAST_PORT: Final = 65_535
_ENCODING: Final = "UTF8"
_SPOKEN: Final = {"client_encoding": _ENCODING}
"""Whatever the environment says: texts are Unicode on both sides."""
_THEN: Final = "once_stored"
"""Of a connection: what is done once its transaction is stored."""
_SECRET_OPTIONS: Final = ("password", "sslpassword")


class StoreError(Exception):
    """The store cannot do what was asked. The message is one line, without secrets."""


class MigrationRequiredError(StoreError):
    """The tables do not fit this version of the program."""


class StoreBusyError(StoreError):
    """The database is locked, full or away for a moment: trying again can help."""


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
        self._url = _parse(url)
        self._seen = False
        self._engine = _sqlite_engine(self._url) if self._is_sqlite else _postgresql_engine(self._url)
        self._reader = self._engine.execution_options(**(_SQLITE_READING if self._is_sqlite else _POSTGRESQL_READING))

    @property
    def address(self) -> str:
        """Where the data is, without a password."""
        return _masked(self._url)

    def __repr__(self) -> str:
        """The address, never the password."""
        return f"Database({_masked(self._url)!r})"

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
            raise kind(f"database {_masked(self._url)}: {_line(first, self._url)}") from error

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
            return _connected_apart(self._url, name)

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
                f"database {_masked(self._url)} is at version {found or 'none'}, the program needs {newest}:"
                " run `treatywatch db upgrade`"
            )

    def _is_current(self) -> bool:
        with self.reading() as conn:
            return version(conn) == versions()[-1]

    def _refuse_newer(self, found: str | None) -> None:
        if found is not None and found not in versions():
            raise MigrationRequiredError(
                f"database {_masked(self._url)} is at version {found}, which this program does not know:"
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


def _parse(url: str) -> URL:
    """Read the URL. Its errors are not chained: they may quote the password."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise StoreError(
            "the database URL cannot be read: write sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME"
            " (in a password, % @ : / are written %25 %40 %3A %2F)"
        ) from None
    if parsed.drivername in {"postgres", "postgresql"}:
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername not in {"sqlite", "sqlite+pysqlite", "postgresql+psycopg"}:
        raise StoreError(f"no such kind of database: {parsed.drivername}; use sqlite:// or postgresql://")
    if parsed.port is not None and not 0 < parsed.port <= _LAST_PORT:
        raise StoreError(f"database {_masked(parsed)}: there is no port {parsed.port}; PostgreSQL's is usually 5432")
    try:
        _hosts(parsed).encode("idna")
    except UnicodeError:
        raise StoreError(f"database {_masked(parsed)}: its host can be nobody's name; look for a typo") from None
    return parsed


def _hosts(url: URL) -> str:
    """The names of the server's hosts, one after the other as labels are; whether there are such is not asked."""
    several = url.query.get("host", ())
    hosts = [url.host or "", *([several] if isinstance(several, str) else several)]
    names = (host.partition(":")[0] for one in hosts for host in one.split(","))
    return ".".join(name.removesuffix(".") for name in names if name and not name.startswith("/"))


def _masked(url: URL) -> str:
    """The URL as it may be shown."""
    return url.difference_update_query(_SECRET_OPTIONS).render_as_string(hide_password=True)


def _first(error: DBAPIError) -> DBAPIError:
    """The error that began the trouble.

    On a full disk SQLite takes the whole transaction back, and giving up its SAVEPOINT then fails as well.
    """
    first, link = error, error.__context__
    while link is not None and not isinstance(link, StoreError):
        first = link if isinstance(link, DBAPIError) else first
        link = link.__context__
    return first


def _line(error: DBAPIError, url: URL) -> str:
    """The driver's first line. Drivers quote what they were given, so the password is taken out."""
    line = (str(error.orig).strip() or type(error.orig).__name__).splitlines()[0]
    secrets = [url.password, *(url.query.get(name) for name in _SECRET_OPTIONS)]
    for secret in secrets:
        if isinstance(secret, str) and secret:
            line = line.replace(secret, "***")
    return line


def _sqlite_engine(url: URL) -> Engine:
    in_memory = url.database in {None, "", ":memory:"}
    if in_memory:
        # Every connection to memory is a database of its own: all share the one.
        engine = create_engine(url, poolclass=StaticPool, connect_args={"check_same_thread": False})
    else:
        _make_folder(Path(str(url.database)).parent)
        # The connection that wrote last is taken next: to any other all that it remembers of the file is out of date.
        engine = create_engine(url, pool_use_lifo=True)
    event.listen(engine, "connect", set_up_sqlite)
    event.listen(engine, "begin", begin_explicitly)
    return engine


def _make_folder(folder: Path) -> None:
    try:
        # Who hears what, and where, is nobody else's business.
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"cannot make the folder of the database, {folder}: {error.strerror}") from error


def set_up_sqlite(connection: Any, _record: object) -> None:
    """Prepare a new SQLite connection.

    `isolation_level = None` keeps the driver from opening and closing transactions on its own account; see
    `begin_explicitly`. `synchronous = FULL` because a message that was sent, and then forgotten in a power cut, comes
    twice.
    """
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    # A store of years outgrows SQLite's own cache of 2 MB; a mapped file is the system's to keep or to drop.
    connection.execute(f"PRAGMA mmap_size = {MAPPED_BYTES}")
    connection.execute("PRAGMA foreign_keys = ON")


def begin_explicitly(conn: Connection) -> None:
    """Really begin the transaction, before anything else happens in it.

    Without this a transaction that opens with a SAVEPOINT is not one: releasing the outermost SAVEPOINT commits, so a
    report would stay remembered although its verdict was rolled back, and a withdrawal would be lost. IMMEDIATE takes
    the write lock at once: a reader that becomes a writer later cannot wait for its turn, SQLite fails it on the spot.
    """
    reading = conn.get_execution_options().get("reading", False)
    conn.exec_driver_sql(f"PRAGMA query_only = {'ON' if reading else 'OFF'}")
    conn.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def _postgresql_engine(url: URL) -> Engine:
    waits = {} if "connect_timeout" in url.query else {"connect_timeout": CONNECT_SECONDS}
    engine = create_engine(url, pool_pre_ping=True, connect_args=waits | _SPOKEN)
    event.listen(engine, "connect", partial(_refuse_other_encodings, url), insert=True)
    event.listen(engine, "begin", take_turn)
    return engine


def _refuse_other_encodings(url: URL, connection: Any, _record: object) -> None:
    """Make sure that every text can be stored, on a new connection to PostgreSQL, before anything else is done with it.

    In a database without an encoding even the server's version would come as bytes.

    Raises:
        StoreError: the database was created with another encoding.
    """
    encoding = connection.info.parameter_status("server_encoding")
    if encoding in {_ENCODING, None}:  # a pooler need not tell
        return
    name = connection.info.dbname
    connection.close()
    raise StoreError(
        f"database {_masked(url)}: its encoding is {encoding}, which cannot hold every language; name one made by"
        f" `createdb --encoding=UTF8 --locale=C --template=template0 {shlex.quote(f'{name}_utf8')}`"
    )


def _connected_apart(url: URL, name: str) -> Connection:
    looks = {"keepalives_idle": LOST_SECONDS, "keepalives_interval": LOST_SECONDS, "keepalives_count": LOOKS}
    wanted = {"connect_timeout": CONNECT_SECONDS, "tcp_user_timeout": 1_000 * LOST_SECONDS * LOOKS, **looks}
    asked = {key: value for key, value in wanted.items() if key not in url.query} | {"application_name": name}
    conn = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT", connect_args=asked | _SPOKEN).connect()
    try:
        # The server looks after its side as well: by itself it would take a machine without power for alive for hours.
        for key, value in looks.items():
            conn.exec_driver_sql(f"SET tcp_{key} = {value}")
        conn.exec_driver_sql(f"SET tcp_user_timeout = {wanted['tcp_user_timeout']}")
        conn.exec_driver_sql(f"SET statement_timeout = {BUSY_MILLISECONDS}")
    except BaseException:
        conn.close()
        raise
    return conn


def take_turn(conn: Connection) -> None:
    """Wait for the writer before this one; the lock falls with the transaction."""
    if not conn.get_execution_options().get("reading", False):
        conn.exec_driver_sql(f"SET LOCAL lock_timeout = {BUSY_MILLISECONDS}")
        conn.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITE_LOCK})")
