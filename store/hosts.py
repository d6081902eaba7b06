"""Whose turn it is to ask a host: of several programs on one PostgreSQL database one at a time.

A feed belongs to the program that stored its next poll (`store.feeds.claim`); but a host may have many feeds, due one
after the other, and is asked by one connection at a time, whoever asks. The lock is one of a session: it falls when a
program ends, however it ends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from zlib import crc32

from store.database import StoreError
from store.sessions import Session

if TYPE_CHECKING:
    from store.database import Database

_KIND: Final = 0x74_7268  # "trh": apart from any other use of such locks in the database
_MIDDLE: Final = 1 << 31  # PostgreSQL's integers have a sign


class Hosts:
    """The hosts that this program asks. Usable from any thread.

    Args:
        database: where the programs meet; a PostgreSQL database.
    """

    def __init__(self, database: Database) -> None:
        self._session = Session(database, "treatywatch hosts")

    def take(self, host: str) -> bool:
        """Take the turn at a host; False while another program has it.

        Two hosts in four thousand million share a lock: then one of them waits a little.

        Raises:
            StoreError: the database does not answer.
        """
        try:
            return self._taken(host)
        except StoreError:  # the connection may have ended long ago, when nobody used it
            return self._taken(host)

    def give(self, host: str) -> None:
        """Give the turn back. With a connection that was lost it was given back already.

        Raises:
            StoreError: the connection is lost.
        """
        self._session.ask("SELECT pg_advisory_unlock(:kind, :host)", kind=_KIND, host=_number(host))

    def close(self) -> None:
        """Give back all turns."""
        self._session.close()

    def _taken(self, host: str) -> bool:
        return bool(self._session.ask("SELECT pg_try_advisory_lock(:kind, :host)", kind=_KIND, host=_number(host)))


def _number(host: str) -> int:
    return crc32(host.encode("utf-8", "surrogatepass")) - _MIDDLE
