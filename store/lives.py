"""Which programs live: on a PostgreSQL database each that sends holds a lock of its session for as long as it does.

The lock falls with the program's connection: at once if it is killed, and within half a minute if its machine is gone.
But a connection may also break while the program goes on, and it then takes the lock anew. So a program counts as gone
only once its lock was missing for `GONE` without a break. A SQLite file has one program, of which nobody else asks.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from sqlalchemy import bindparam, or_, select, text, union

from store.database import StoreError
from store.sessions import Session
from store.tables import outbox, senders

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from store.database import Database

GONE: Final = timedelta(seconds=10)
"""For how long the lock of a program is missing before it counts as gone: longer than it takes to take it anew."""

_KIND: Final = 0x74_726C  # "trl": apart from any other use of such locks in the database
_PREFIX: Final = "life-"
"""Begins the name of a program that holds such a lock; of any other nobody can tell whether it lives."""
_DIGITS: Final = 8

# A lock on two numbers is shown as them, without their signs.
_HELD: Final = (
    "FROM pg_locks JOIN pg_database ON pg_database.oid = database AND datname = current_database()"
    " WHERE locktype = 'advisory' AND granted AND objsubid = 2 AND classid = :kind"
)
_KEEP: Final = (
    f"SELECT EXISTS (SELECT {_HELD} AND objid = :number AND pid = pg_backend_pid())"
    " OR pg_try_advisory_lock(:kind, (:number - 4294967296 * (:number >> 31))::int)"
)
_LIVING: Final = text(f"SELECT objid {_HELD}").bindparams(bindparam("kind", _KIND))


class Life:
    """This program's sign of life. Usable from any thread.

    Args:
        database: where the programs meet.

    Attributes:
        name: names this program to the others.
    """

    def __init__(self, database: Database) -> None:
        self.name = f"{_PREFIX}{uuid4().hex}"
        self._session = Session(database, "treatywatch sender") if database.is_shared else None

    def keep(self) -> None:
        """Let others know that this program lives, from now on until it ends.

        Raises:
            StoreError: the database does not answer; call it again.
        """
        if self._session is None:
            return
        try:
            self._locked(self._session)
        except StoreError:  # the connection was lost: the sooner the lock is back, the better
            self._locked(self._session)

    def _locked(self, session: Session) -> None:
        session.ask(_KEEP, kind=_KIND, number=_number(self.name))

    def close(self) -> None:
        """Give no more sign of life."""
        if self._session is not None:
            self._session.close()


class Missing:
    """The programs that have something in hand and are not seen, and since when."""

    def __init__(self) -> None:
        self._since: dict[str, datetime] = {}

    def look(self, conn: Connection, now: datetime) -> frozenset[str]:
        """The names of those that are gone: not seen at any look for `GONE`."""
        if conn.dialect.name == "sqlite":
            return frozenset()
        living = set(conn.execute(_LIVING).scalars())
        missing = {name for name in _named(conn) if _number(name) not in living}
        self._since = {name: self._since.get(name, now) for name in missing}
        return frozenset(name for name, since in self._since.items() if now - since >= GONE)


def _named(conn: Connection) -> set[str]:
    """The programs that hold a platform or have a message in hand, as far as they give signs of life."""
    in_hand = or_(outbox.c.state == "sending", outbox.c.upkeep.in_(["editing", "outdated"]))
    both = union(select(senders.c.holder), select(outbox.c.claimed_by).where(in_hand))
    return {name for name in conn.execute(both).scalars() if name and name.startswith(_PREFIX)}


def _number(name: str) -> int:
    """Two of four thousand million programs share a number: then one that is gone is taken for living."""
    return int(name.removeprefix(_PREFIX)[:_DIGITS], 16)
