"""Connections to SQLite and to PostgreSQL: what a URL may be, how each is set up, and how a transaction begins.

One writer at a time, on both databases. What a report means is decided from what is already known, so two writers that
cannot see each other's work would both find the same event new, and tell it twice. SQLite's `BEGIN IMMEDIATE` sees to
it by itself; on PostgreSQL an advisory lock does.
"""

from __future__ import annotations

import shlex
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import NullPool, StaticPool

from store.errors import StoreError

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine
    from sqlalchemy.exc import DBAPIError

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

_WRITE_LOCK: Final = 0x7472_6561_7479  # "treaty": any number that no other program in the database is likely to take
_LAST_PORT: Final = 65_535
_ENCODING: Final = "UTF8"
_SPOKEN: Final = {"client_encoding": _ENCODING}
"""Whatever the environment says: texts are Unicode on both sides."""
_SECRET_OPTIONS: Final = ("password", "sslpassword")


def parse_url(url: str) -> URL:
    """Read the URL. Its errors are not chained: they may quote the password.

    Raises:
        StoreError: it names no database that can be used.
    """
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
        raise StoreError(f"database {masked(parsed)}: there is no port {parsed.port}; PostgreSQL's is usually 5432")
    try:
        _hosts(parsed).encode("idna")
    except UnicodeError:
        raise StoreError(f"database {masked(parsed)}: its host can be nobody's name; look for a typo") from None
    return parsed


def _hosts(url: URL) -> str:
    """The names of the server's hosts, one after the other as labels are; whether there are such is not asked."""
    several = url.query.get("host", ())
    hosts = [url.host or "", *([several] if isinstance(several, str) else several)]
    names = (host.partition(":")[0] for one in hosts for host in one.split(","))
    return ".".join(name.removesuffix(".") for name in names if name and not name.startswith("/"))


def masked(url: URL) -> str:
    """The URL as it may be shown."""
    return url.difference_update_query(_SECRET_OPTIONS).render_as_string(hide_password=True)


def line_of(error: DBAPIError, url: URL) -> str:
    """The driver's first line. Drivers quote what they were given, so the password is taken out."""
    line = (str(error.orig).strip() or type(error.orig).__name__).splitlines()[0]
    secrets = [url.password, *(url.query.get(name) for name in _SECRET_OPTIONS)]
    for secret in secrets:
        if isinstance(secret, str) and secret:
            line = line.replace(secret, "***")
    return line


def sqlite_engine(url: URL) -> Engine:
    """What connects to a SQLite file, whose folder is made, or to memory.

    Raises:
        StoreError: the folder cannot be made.
    """
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


def postgresql_engine(url: URL) -> Engine:
    """What connects to a PostgreSQL server; nothing is asked of it yet."""
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
        f"database {masked(url)}: its encoding is {encoding}, which cannot hold every language; name one made by"
        f" `createdb --encoding=UTF8 --locale=C --template=template0 {shlex.quote(f'{name}_utf8')}`"
    )


def connected_apart(url: URL, name: str) -> Connection:
    """A connection to PostgreSQL outside of transactions, on which both sides look after each other."""
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
