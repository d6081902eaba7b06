"""The command line's tools for feeds: how each is doing, and lists in and out."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from bot.feed_lines import HEADS, checked_block, checked_line
from bot.options import AsJson, ConfigFile
from bot.wiring import sources, start

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.feed_lines import FeedLine

_WIDTH_OF_A_TABLE: Final = 120
"""Columns below which the cells of a table of feeds have no room for their words."""

feeds = typer.Typer(help="The feeds: how each is doing, and lists of them in and out.", no_args_is_help=True)


def register(cli: typer.Typer) -> None:
    """Add the commands to the program."""
    cli.add_typer(feeds, name="feeds")


@feeds.command("list")
def feeds_list(*, as_json: AsJson = False, config: ConfigFile = None) -> None:
    """List every feed: health, rhythm, last item, next poll, last error."""
    found = sources.feed_list(start.settings(config))
    if as_json:
        typer.echo(json.dumps([one.json() for one in found], ensure_ascii=False, indent=2))
    elif sys.stdout.isatty():
        if Console().width < _WIDTH_OF_A_TABLE:
            _print_blocks(one.block() for one in found)
        else:
            _print_table(found)
    else:
        for one in found:
            typer.echo("\t".join(one.cells()))


@feeds.command("import")
def feeds_import(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="An OPML file.")], *, config: ConfigFile = None
) -> None:
    """Add the feeds of an OPML file to those that are polled. The bot polls them from its next start on."""
    done = sources.import_feeds(start.settings(config), file)
    for fault in done.faults:
        typer.echo(f"treatywatch: {file}: {fault}", err=True)
    listed = f", {done.known} listed already" if done.known else ""
    unusable = f", {len(done.faults)} cannot be used" if done.faults else ""
    typer.echo(f"{done.added} feeds added to {done.file}{listed}{unusable}")
    if done.faults:
        raise typer.Exit(1)


@feeds.command("export")
def feeds_export(
    *,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Where to write; default: standard output.")
    ] = None,
    config: ConfigFile = None,
) -> None:
    """Write the feeds that are polled as OPML 2.0."""
    text, count = sources.export_feeds(start.settings(config))
    if output is None:
        typer.echo(text, nl=False)
        return
    start.write_file(output, text)
    typer.echo(f"{count} feeds written to {output}")


def check_feeds(config: Path | None) -> None:
    """Ask every feed once and say how it is doing; exit 1 where one is not well."""
    answers = sources.ask_feeds(start.settings(config))
    if sys.stdout.isatty():
        _print_blocks(checked_block(one) for one in answers.feeds)
    else:
        for one in answers.feeds:
            typer.echo(checked_line(one))
    bad = sum(one.condition in sources.FAULTY for one in answers.feeds)
    if not answers.network:
        typer.echo(
            "treatywatch: there seems to be no network: none of the feeds that were asked could be reached, and the "
            "rest was not asked; check the connection, the name server and the firewall",
            err=True,
        )
    typer.echo(f"{len(answers.feeds) - bad} of {len(answers.feeds)} feeds are well", err=bad > 0)
    if bad:
        raise typer.Exit(1)


def _print_table(found: tuple[FeedLine, ...]) -> None:
    table = Table(*HEADS, title="Feeds")
    for one in found:
        table.add_row(*(Text(cell) for cell in one.cells()))
    Console().print(table)


def _print_blocks(blocks: Iterable[tuple[str, ...]]) -> None:
    console = Console()
    for first, *rest in blocks:
        console.print(Text(first, style="bold"))
        for line in rest:
            console.print(Padding(Text(line, style="dim"), (0, 0, 0, 2)))
