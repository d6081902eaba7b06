"""What most commands need first: the knowledge, a reader with it, and the store with the known event set."""

from __future__ import annotations

from contextlib import contextmanager
from threading import RLock
from typing import TYPE_CHECKING, Final

from bot.language import detect
from bot.memory import loading
from bot.wiring.start import clock
from config.knowledge import load
from config.labelled import load_labelled
from store import events
from store.database import Database, StoreError
from treaties.reading.read import Reader

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from config.settings import Settings
    from treaties.labelled import Labelled
    from treaties.model import Case, Fact
    from treaties.registry import Knowledge

LOOKED_THROUGH: Final = 256_000_000
"""Bytes up to which a store is looked through at every start; a larger one takes `treatywatch db check`."""


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
def opened(chosen: Settings, knowledge: Knowledge, *, for_long: bool = False) -> Iterator[Database]:
    """The store, looked through, brought to the newest schema and with the known event set in it.

    Args:
        chosen: says where it is.
        knowledge: has the known event set.
        for_long: whether the process goes on for years, so that it had better not load what only an upgrade needs.

    Raises:
        StoreError: it cannot be used, or is damaged.
    """
    with Database(chosen.database_url) as database:
        if database.size <= LOOKED_THROUGH:
            require_sound(database)
        database.upgrade(apart=for_long)
        with database.transaction() as conn:
            events.seed(conn, knowledge.known, clock())
        yield database


def require_sound(database: Database) -> None:
    """Make sure that the file of the store is not damaged.

    Raises:
        StoreError: it is; the message says what to do.
    """
    if found := database.faults():
        raise StoreError(
            f"database {database.address} is damaged ({found[0]}): stop the program, keep the file, and put a backup in"
            " its place; `treatywatch db check` lists the damage"
        )
