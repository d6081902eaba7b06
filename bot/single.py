"""One program at a time for one folder: a second one that polls the same feeds would ask publishers twice."""

from __future__ import annotations

import fcntl
import os
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_SQLITE: Final = "sqlite:///"


class AlreadyRunningError(Exception):
    """Another program holds the place."""


class UnusableFolderError(Exception):
    """The folder is not there and cannot be made, or nothing can be written to it."""


@contextmanager
def only_one(lock: Path, what: str) -> Iterator[None]:
    """Hold a lock file for as long as the block runs. The system gives it back however the program ends.

    Args:
        lock: the file; its folder is made.
        what: what runs already, for the error.

    Raises:
        AlreadyRunningError: another program holds it.
        UnusableFolderError: the file cannot be made.
    """
    try:
        lock.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        opened = lock.open("a+", encoding="utf-8")
    except OSError as error:
        raise UnusableFolderError(
            f"{lock.parent} cannot be written to: {error.strerror}; give another folder, or the right to write there"
        ) from error
    with opened as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            handle.seek(0)
            pid = handle.read().strip() or "unknown"
            raise AlreadyRunningError(
                f"{what} runs already (process {pid}); stop it first, or give another folder"
            ) from None
        handle.truncate(0)
        handle.write(f"{os.getpid()}\n")
        handle.flush()
        yield


def is_exclusive(database_url: str) -> bool:
    """Whether `one_for` keeps every other program away from the database."""
    return database_url.startswith(_SQLITE)


def one_for(database_url: str) -> AbstractContextManager[None]:
    """One program for one SQLite file; a PostgreSQL database may be shared.

    Raises:
        AlreadyRunningError: another program uses the file.
        UnusableFolderError: nothing can be written beside it.
    """
    if not is_exclusive(database_url):
        return nullcontext()
    file = Path(database_url.removeprefix(_SQLITE))
    return only_one(file.with_name(f"{file.name}.lock"), f"a Treatywatch on {file}")
