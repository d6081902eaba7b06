"""Wiring of what looks after the store itself."""

from __future__ import annotations

from importlib import metadata
from typing import TYPE_CHECKING, Final

from bot import standing
from bot.health import late
from bot.wiring.start import clock
from store import copying, jobs
from store.database import Database

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bot.standing import Status
    from config.settings import Settings
    from store.database import Connection

JOBS: Final = ("poll", "deliver", "digest", "release", "troubles", "lateness")


def upgrade(chosen: Settings) -> str:
    """Bring the database to the newest schema and say which it is."""
    with Database(chosen.database_url) as database:
        database.upgrade()
        return database.address


def damage(chosen: Settings) -> list[str]:
    """A line for everything that is wrong with the file of the store."""
    with Database(chosen.database_url) as database:
        return database.faults()


def backup(chosen: Settings, file: Path) -> None:
    """Copy the database while the bot runs."""
    with Database(chosen.database_url) as database:
        database.require_current()
        database.backup(file)


def copy_store(source: str, target: str, told: Callable[[str, int], None]) -> int:
    """Copy one store into another, empty one, and return how many rows there were.

    Raises:
        StoreError: an address names no database, the target is not empty, or the copy is not whole.
    """
    with Database(source) as one, Database(target) as other:
        return copying.copy(one, other, told).total


def late_jobs(chosen: Settings) -> list[str]:
    """A line for every job that has not ended within its time."""
    with Database(chosen.database_url) as database:
        database.require_current()
        with database.reading() as conn:
            return late_lines(conn)


def status(chosen: Settings) -> Status:
    """How the bot is doing, by what it has left in the store; the store is only read."""
    with Database(chosen.database_url) as database:
        database.require_current()
        with database.reading() as conn:
            return standing.status(conn, JOBS, clock(), metadata.version("treatywatch"))


def late_lines(conn: Connection) -> list[str]:
    """A line for every job that has not ended within its time."""
    return late(jobs.all_jobs(conn), JOBS, clock())
