"""What the tests of the command line share: the program's clock, and how its runs are written."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol

NOW = datetime(2025, 10, 1, 9, 30, tzinfo=UTC)


class Run(Protocol):
    """Runs the program and gives its exit code, standard output and standard error."""

    def __call__(self, *words: str) -> tuple[int, str, str]: ...
