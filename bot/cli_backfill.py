"""The command that reads archives of reports, for people who look up what happened before their bot ran."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from bot.backfill.model import BackfillError
from bot.options import ConfigFile
from bot.plain import clean
from bot.progress import ArchiveBar
from bot.wiring import start
from bot.wiring.backfilling import Wanted, Watching, backfill

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

    from bot.backfill.model import Fault
    from bot.wiring.backfilling import Backfilled

MOST_TOLD: Final = 100
"""So many bad lines are told one by one."""

_INTERRUPTED: Final = 130
_TERMINATED: Final = 143


class _TerminatedError(KeyboardInterrupt):
    """Somebody, or the machine that shuts down, ends the program."""


class Known(StrEnum):
    """What is known beforehand."""

    NONE = "none"
    DEFAULT = "default"


def register(cli: typer.Typer) -> None:
    """Add the command to the program."""
    cli.command("backfill")(backfill_command)


def backfill_command(  # noqa: PLR0913 - each is one more option, and all are given by name
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILES", help="Archives: JSON Lines or WARC, as they are or packed (gzip, bzip2, xz, Zstandard)."
        ),
    ],
    *,
    output: Annotated[Path, typer.Option("--output", "-o", help="The file to propose.")] = Path("proposed-events.toml"),
    known: Annotated[Known, typer.Option(help="What is known beforehand.")] = Known.DEFAULT,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; without it one for each core.")] = None,
    dask: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Read at a Dask cluster, such as tcp://10.0.0.5:8786.")
    ] = None,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Begin again, and write over what an earlier run left.")
    ] = False,
    config: ConfigFile = None,
) -> None:
    """Read archives of reports and write the known events that they tell of, for review; a stopped run goes on."""
    wanted = Wanted(tuple(files), output, known is Known.DEFAULT, workers, dask, fresh)
    told = _Telling()
    try:
        with _told_to_end():
            found = backfill(start.settings(config), wanted, Watching(told.bar.begin, told.bar.advance, told.fault))
    except BackfillError as error:
        typer.echo(f"treatywatch: {error}", err=True)
        raise typer.Exit(1) from None
    except KeyboardInterrupt as stop:
        typer.echo("treatywatch: stopped; the same command goes on from here", err=True)
        raise typer.Exit(_TERMINATED if isinstance(stop, _TerminatedError) else _INTERRUPTED) from None
    finally:
        told.bar.end()
    _sum_up(found, output, told.count)
    if found.wrong:
        raise typer.Exit(1)


@contextmanager
def _told_to_end() -> Iterator[None]:
    """SIGTERM is answered as Ctrl-C is."""

    def end(_number: int, _frame: FrameType | None) -> None:
        raise _TerminatedError

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


class _Telling:
    """Tells of what could not be read: the first lines one by one."""

    def __init__(self) -> None:
        self.bar = ArchiveBar()
        self.count = 0

    def fault(self, archive: str, fault: Fault) -> None:
        """One line on standard error, unless there were too many."""
        if self.count < MOST_TOLD:
            self.bar.say(f"treatywatch: {archive}: line {fault.number}: {clean(fault.what)}")
            self.count += 1


def _sum_up(found: Backfilled, output: Path, told: int) -> None:
    if found.wrong > told:
        typer.echo(f"treatywatch: {found.wrong - told:,} more lines could not be read", err=True)
    typer.echo(f"{found.reports:,} reports read, {found.claiming:,} with claims")
    proposed = f"{_count(found.events, 'event')} in {_count(found.cases, 'case')} proposed in {output}"
    typer.echo(f"{proposed}; {_count(found.unsure, 'claim')} too unsure to propose")


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"
