"""A connection of its own to PostgreSQL, for locks that outlast transactions: they fall when it ends, however it ends.

It must lead to the server itself, or through a pooler that keeps sessions: one that shares connections between
transactions would share the locks as well.
"""

from __future__ import annotations

from contextlib import suppress
from threading import Lock
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from store.database import StoreError

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from store.database import Database


class Session:
    """One connection, opened when it is first used, and again after it was lost. Usable from any thread.

    Args:
        database: a PostgreSQL database.
        name: what the server shows to its operators.
    """

    def __init__(self, database: Database, name: str) -> None:
        self._database = database
        self._name = name
        self._turn = Lock()
        self._conn: Connection | None = None

    def ask(self, statement: str, **values: Any) -> Any:
        """The one value that a statement gives.

        Raises:
            StoreError: the connection is lost, and with it all that was locked on it; the next call opens another.
        """
        with self._turn:
            try:
                with self._database.errors():
                    return self._opened().execute(text(statement), values).scalar_one()
            except BaseException:
                self._end()
                raise

    def close(self) -> None:
        """Unlock everything, and end the connection, if there is one."""
        with self._turn:
            if self._conn is not None:
                # By itself the server notices only a moment later that the connection has ended.
                with suppress(StoreError), self._database.errors():
                    self._conn.execute(text("SELECT pg_advisory_unlock_all()"))
            self._end()

    def _opened(self) -> Connection:
        if self._conn is None:
            self._conn = self._database.connect_apart(self._name)
        return self._conn

    def _end(self) -> None:
        conn, self._conn = self._conn, None
        if conn is not None:
            with suppress(StoreError), self._database.errors():
                conn.invalidate()
                conn.close()
