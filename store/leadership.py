"""Who leads: of several programs on one PostgreSQL database one does what must be done by one alone.

The leader holds a lock of its session. So there is never a second one, nobody keeps a clock, and the lock falls with
the leader's connection: at once if it is killed, and within half a minute if its machine is gone
(`store.engines.LOST_SECONDS`). A SQLite file has one program, which leads.
"""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING, Final

from store.sessions import Session

if TYPE_CHECKING:
    from store.database import Database

_LOCK: Final = 0x74_7265_6174_796C  # "treatyl": like the writers' lock, any number that nobody else is likely to take
_NAMED: Final = "treatywatch leader"

_TRY: Final = "SELECT pg_try_advisory_lock(:lock)"
# A lock on a number of 64 bits is shown as its two halves.
_HELD: Final = (
    "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND granted"
    " AND objsubid = 1 AND classid = (:lock >> 32)::oid AND objid = (:lock & 4294967295)::oid)"
)
_HOLDER: Final = (
    "SELECT (SELECT application_name FROM pg_locks JOIN pg_stat_activity USING (pid)"
    " JOIN pg_database ON pg_database.oid = database AND pg_database.datname = current_database()"
    " WHERE locktype = 'advisory' AND granted AND objsubid = 1"
    " AND classid = (:lock >> 32)::oid AND objid = (:lock & 4294967295)::oid)"
)


class Leadership:
    """One program's claim to lead. Usable from any thread.

    Args:
        database: where the programs meet.
        name: names this program to the server's operators; by default its machine and its process.
    """

    def __init__(self, database: Database, name: str | None = None) -> None:
        called = name or f"{socket.gethostname()}:{os.getpid()}"
        self._session = Session(database, f"{_NAMED} {called}"[-63:]) if database.is_shared else None
        self._leads = False

    def hold(self) -> bool:
        """Become, or stay, the leader; False while another one is, or where the lock was lost.

        Raises:
            StoreError: the database does not answer: nobody knows who leads, so this program does not.
        """
        if self._session is None:
            return True
        statement, self._leads = (_HELD if self._leads else _TRY), False
        self._leads = bool(self._session.ask(statement, lock=_LOCK))
        return self._leads

    def let_go(self) -> None:
        """Lead no more: another may at once."""
        self._leads = False
        if self._session is not None:
            self._session.close()


def leader(database: Database) -> str | None:
    """Which program leads, as machine and process; None where none does, or nobody else may."""
    if not database.is_shared:
        return None
    session = Session(database, "treatywatch")
    try:
        name: str | None = session.ask(_HOLDER, lock=_LOCK)
    finally:
        session.close()
    return name.removeprefix(_NAMED).strip() if name else None
