"""The store of the soak test's program: a file, or a PostgreSQL server that crashes now and then."""

from __future__ import annotations

import os
import signal
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from benchmarks.soaking.processes import alive
from tests.postgresql import started

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass(slots=True)
class Store:
    """A store that outlives the program.

    Attributes:
        url: where it is.
        server: what serves it; None where it is a file.
        pids: the processes that work for it.
    """

    url: str
    server: Any = None
    pids: tuple[int, ...] = ()

    def crash(self) -> None:
        """End the server at once with all connections, as a crash does, and start it again with what was committed."""
        (pid,) = self.pids
        os.kill(pid, signal.SIGQUIT)
        while alive(pid):
            time.sleep(0.01)
        self.server.start()
        self.pids = (self.server.get_pid(),)


@contextmanager
def opened(folder: Path, *, postgresql: bool) -> Iterator[Store]:
    """The store; its server, where it has one, ends with the block."""
    if not postgresql:
        yield Store(f"sqlite:///{folder}/soak.db")
        return
    server = started(folder / "postgresql", lasting=True)
    try:
        yield Store(server.get_uri(), server, (server.get_pid(),))
    finally:
        server.cleanup()
