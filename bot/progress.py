"""A bar on standard error while many reports are worked through."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final, TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

T = TypeVar("T")

_SHOWN_FROM: Final = 200


def progress(items: Iterable[T], total: int | None = None) -> Iterator[T]:
    """The same items, with a bar on standard error where a person looks and there is something to wait for."""
    total = total if total is not None else len(items) if isinstance(items, list) else None
    if total is None or total < _SHOWN_FROM or not sys.stderr.isatty():
        yield from items
        return
    columns = (TextColumn("reports"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        yield from bar.track(items, total=total)
