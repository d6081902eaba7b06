"""Bars on standard error while many reports are worked through."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final, TypeVar

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

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


class ArchiveBar:
    """How far archives have been read, on standard error where a person looks: bytes, and how many reports."""

    def __init__(self) -> None:
        counted = TextColumn("{task.fields[reports]:,} reports")
        columns = (TextColumn("archives"), BarColumn(), DownloadColumn(), counted, TimeRemainingColumn())
        self._bar = Progress(*columns, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty())
        self._task: TaskID | None = None
        self._reports = 0

    def end(self) -> None:
        """Take the bar away."""
        self._bar.stop()

    def begin(self, total: int, done: int) -> None:
        """Show the bar: so many bytes, of which so many are done."""
        self._task = self._bar.add_task("archives", total=total, completed=done, reports=0)
        self._bar.start()

    def advance(self, size: int, reports: int) -> None:
        """So many more bytes and reports are done."""
        self._reports += reports
        if self._task is not None:
            self._bar.update(self._task, advance=size, reports=self._reports)

    def say(self, line: str) -> None:
        """A line on standard error, above the bar."""
        if self._bar.disable:
            print(line, file=sys.stderr, flush=True)  # noqa: T201 - a line of the command line
        else:
            self._bar.console.print(Text(line), soft_wrap=True)
