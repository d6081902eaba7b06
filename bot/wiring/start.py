"""The start of every command: the clock, the settings, the knowledge, the store. The one reader of the clock."""

from __future__ import annotations

import os
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Final

from bot.language import detect
from bot.memory import loading
from config.choices import CONFIG_VARIABLE
from config.knowledge import load
from config.labelled import load_labelled
from config.settings import load_settings
from store import events
from store.database import Database, StoreBusyError, StoreError
from treaties.reading.read import Reader

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from config.settings import Settings
    from treaties.labelled import Labelled
    from treaties.model import Case, Fact
    from treaties.registry import Knowledge

LOOKED_THROUGH: Final = 256_000_000
"""Bytes up to which a store is looked through at every start; a larger one takes `treatywatch db check`."""


class UnusableFileError(Exception):
    """A file that somebody named cannot be read, written or understood."""


DEFAULT_FILE: Final = Path("treatywatch.toml")


def clock() -> datetime:
    """The current time; everything else is handed it."""
    return _now()


def _now() -> datetime:
    """What the machine's clock shows; tests put another moment here."""
    return datetime.now(UTC)


def today() -> date:
    """The current day."""
    return clock().date()


def settings(file: Path | None) -> Settings:
    """The settings from the given file, else from the one that the environment names or `treatywatch.toml` if there."""
    named = os.environ.get(CONFIG_VARIABLE)
    chosen = file or (Path(named) if named else None) or (DEFAULT_FILE if DEFAULT_FILE.exists() else None)
    return load_settings(chosen, os.environ)


def reader() -> Reader:
    """A reader with the shipped knowledge."""
    return loaded()[1]


def loaded(overlay: Path | None = None) -> tuple[Knowledge, Reader]:
    """The knowledge, and a reader with it."""
    with loading():
        knowledge = load(overlay=overlay)
        return knowledge, Reader(knowledge, detect, RLock())


def knowing(chosen: Settings) -> Knowledge:
    """The knowledge, with what the operator laid over it."""
    return load(overlay=chosen.overlay)


def labelled(path: Path) -> tuple[Labelled, ...]:
    """Labelled reports from a file or a folder, checked against the shipped knowledge."""
    return load_labelled(path, load())


def facts(cases: tuple[Case, ...]) -> Mapping[tuple[str, str], tuple[Fact, ...]]:
    """The facts of the known cases by their key."""
    return {case.key: case.facts for case in cases if case.facts}


@contextmanager
def opened(chosen: Settings, knowledge: Knowledge) -> Iterator[Database]:
    """The store, looked through, brought to the newest schema and with the known event set in it.

    Raises:
        StoreError: it cannot be used, or is damaged.
    """
    with Database(chosen.database_url) as database:
        if database.size <= LOOKED_THROUGH:
            require_sound(database)
        database.upgrade()
        with database.transaction() as conn:
            events.seed(conn, knowledge.known, clock())
        yield database


def require_sound(database: Database) -> None:
    """Make sure that the file of the store is not damaged.

    Raises:
        StoreError: it is; the message says what to do.
    """
    try:
        found = database.faults()
    except StoreBusyError:
        raise
    except StoreError as error:
        found = [str(error).removeprefix(f"database {database.address}: ")]
    if found:
        raise StoreError(
            f"database {database.address} is damaged ({found[0]}): stop the program, keep the file, and put a backup in"
            " its place; `treatywatch db check` lists the damage"
        )


def write_file(file: Path, content: str | bytes) -> None:
    """Write a file that somebody named; a text is written as UTF-8.

    Raises:
        UnusableFileError: it cannot be written.
    """
    try:
        file.write_bytes(content.encode() if isinstance(content, str) else content)
    except OSError as error:
        raise UnusableFileError(f"{file}: {said(error)}") from error


def said(error: Exception) -> str:
    """An error of the system in its own words, any other as it tells itself."""
    return f"{error.strerror}" if isinstance(error, OSError) and error.strerror else str(error)
