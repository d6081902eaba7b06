"""The start of every command: the clock and the settings. The one reader of the clock.

A health check needs no more than this, so that nothing slow to load belongs here.
"""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from config.choices import CONFIG_VARIABLE
from config.settings import SettingsError, load_settings
from store.database import StoreError

if TYPE_CHECKING:
    from config.settings import Settings


class UnusableFileError(Exception):
    """A file that somebody named cannot be read, written or understood."""


EXPECTED_ERRORS: Final = (SettingsError, StoreError, UnusableFileError)
"""What can go wrong everywhere without being a bug."""

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
