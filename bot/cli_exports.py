"""The command line's way out and in for the known event set."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.exports.asked import gather
from bot.exports.atom import as_atom
from bot.exports.ics import as_ics
from bot.exports.tables import as_csv, as_json
from bot.options import ConfigFile
from bot.wiring import looking, start

if TYPE_CHECKING:
    from store.database import Connection
    from treaties.registry import Knowledge

known = typer.Typer(help="The known event set as a file that people review.", no_args_is_help=True)


class Format(StrEnum):
    """What an export can be."""

    JSON = "json"
    CSV = "csv"
    ICS = "ics"
    ATOM = "atom"


Output = Annotated[
    Path | None, typer.Option("--output", "-o", help="The file to write; without it the export is printed.")
]


def register(cli: typer.Typer) -> None:
    """Add the commands to the program."""
    cli.command("export")(export)
    cli.add_typer(known, name="known")


def export(
    *,
    form: Annotated[Format, typer.Option("--format", help="JSON, CSV, iCalendar of dates of effect, or Atom.")],
    output: Output = None,
    config: ConfigFile = None,
) -> None:
    """Export the known event set: every case (json), every event (csv), dates of effect (ics), developments (atom)."""
    with looking.exporting(start.settings(config)) as (conn, knowledge):
        text = _text(form, conn, knowledge)
    _give(text, output)


@known.command("export")
def known_export(*, output: Output = None, config: ConfigFile = None) -> None:
    """Write the known event set as TOML, laid out like config/known_events/."""
    _give(looking.export_known(start.settings(config)), output)


@known.command("import")
def known_import(
    file: Annotated[Path, typer.Argument(help="TOML as `known export` writes it.")], *, config: ConfigFile = None
) -> None:
    """Take over a reviewed file: new events are added, known ones become as the file has them; nobody is alerted."""
    added, changed = looking.import_known(start.settings(config), file)
    typer.echo(f"{added} {'event' if added == 1 else 'events'} added, {changed} changed")


def _text(form: Format, conn: Connection, knowledge: Knowledge) -> str:
    gathered = gather(conn, knowledge, start.clock())
    match form:
        case Format.JSON:
            return as_json(gathered)
        case Format.CSV:
            return as_csv(gathered)
        case Format.ICS:
            return as_ics(conn, gathered)
        case Format.ATOM:
            return as_atom(gathered)


def _give(text: str, output: Path | None) -> None:
    if output is None:
        typer.echo(text.encode(), nl=False)
        return
    start.write_file(output, text)
    typer.echo(f"written to {output}")
