"""Whether the server of a database can be reached, and where it cannot, whether that may pass by itself.

    StoreBusyError        refuses, is silent, begins, ends, or the network is not there yet: it may pass
    HostUnknownError      nobody knows its name: a container has one only once it was started, a typo never has
    StoreError            it answers and does not let us in: password, database, encryption

The only module that imports psycopg: only the driver knows what a server said that let nobody in, and how to ask it
whether it lets anybody in.
"""

from __future__ import annotations

import re
import socket
from typing import TYPE_CHECKING, Any, Final

from psycopg.conninfo import make_conninfo
from psycopg.errors import ConnectionTimeout, OperationalError
from psycopg.pq import PGconn, Ping

from store.database import Database, StoreBusyError, StoreError

if TYPE_CHECKING:
    from collections.abc import Mapping

PING_SECONDS: Final = 2
"""How long to wait for a server that refused a moment ago; nothing else in the process goes on meanwhile."""

_NAMELESS: Final = re.compile(r"failed to resolve host .*\[Errno (-?\d+)\]")
# A ping asks only whether somebody answers: who lets nobody in without encryption answers, too.
_PLAINLY: Final = {"connect_timeout": PING_SECONDS, "sslmode": "disable", "gssencmode": "disable"}
_SAID_BY_PING: Final = {Ping.REJECT, Ping.NO_RESPONSE}


class HostUnknownError(StoreError):
    """Nobody knows the name of the server's host."""


def reach(url: str) -> None:
    """Connect to a database once. A file or a database in memory is always there.

    Raises:
        StoreBusyError: it is not there, and may be in a while.
        HostUnknownError: nobody knows its host.
        StoreError: it is there and cannot be used, or the URL names no database.
    """
    with Database(url) as database:
        if not database.is_shared:
            return
        try:
            with database.reading():
                pass
        except StoreError as error:
            kind = _kind(error, database.driver_options)
            raise kind(str(error)) from error


def _kind(error: StoreError, options: Mapping[str, Any]) -> type[StoreError]:
    """What kind of error it really is."""
    raised = getattr(error.__cause__, "orig", None)
    if isinstance(error, StoreBusyError) or not isinstance(raised, OperationalError) or raised.sqlstate:
        return type(error)
    if isinstance(raised, ConnectionTimeout):
        return StoreBusyError
    if nameless := _NAMELESS.search(str(raised)):
        # Who should know the name could not be asked: that is the network's, not the name's.
        return StoreBusyError if int(nameless[1]) == socket.EAI_AGAIN else HostUnknownError
    said = Ping(PGconn.ping(make_conninfo(**{**options, **_PLAINLY}).encode()))
    return StoreBusyError if said in _SAID_BY_PING else StoreError
