"""A database's server that is not there yet is waited for: when a machine starts, anything may come first."""

from __future__ import annotations

import logging
import time
from concurrent.futures import Future
from threading import Thread
from typing import TYPE_CHECKING, Final

from bot.single import is_exclusive
from store.database import StoreBusyError, StoreError

if TYPE_CHECKING:
    from collections.abc import Callable

_logger: Final = logging.getLogger(__name__)

FIRST_PAUSE: Final = 1
LONGEST_PAUSE: Final = 30
"""Seconds from one look to the next; each pause is twice as long as the one before."""
UNKNOWN_SECONDS: Final = 120
"""For how long a host may be unknown: in a network of containers each has its name once it was started."""


def await_server(url: str, pause: Callable[[float], object] = time.sleep) -> None:
    """Wait until the database can be reached, for as long as it takes; a SQLite file is there.

    A signal is heeded at once, whatever the server or the network does.

    Args:
        url: of the database.
        pause: waits so many seconds.

    Raises:
        StoreError: waiting does not help: the server does not let us in, or nobody knows its host.
    """
    if is_exclusive(url):
        return
    from store.reaching import HostUnknownError, reach  # noqa: PLC0415 - with the driver, for those who have a server

    seconds, unknown = FIRST_PAUSE, 0
    while True:
        try:
            _apart(lambda: reach(url))
        except HostUnknownError as error:
            if unknown >= UNKNOWN_SECONDS:
                raise StoreError(f"{error}: look at the host in `database_url`") from error
            unknown += seconds
            found: StoreError = error
        except StoreBusyError as error:
            unknown, found = 0, error
        else:
            return
        _logger.warning("the database is not there yet, looking again in %d s: %s", seconds, found)
        pause(seconds)
        seconds = min(2 * seconds, LONGEST_PAUSE)


def _apart(do: Callable[[], None]) -> None:
    """Do something in a thread that nobody waits for at the end, and raise what it raises.

    Asking for the address of a host may take as long as the system likes, and hears no signal meanwhile.
    """
    outcome = Future[None]()

    def work() -> None:
        try:
            do()
            outcome.set_result(None)
        except BaseException as error:  # noqa: BLE001 - whoever waits raises it
            outcome.set_exception(error)

    Thread(target=work, daemon=True).start()
    outcome.result()
