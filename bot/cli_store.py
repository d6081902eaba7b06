"""The command line's tools for the store itself: migrations, backup, copies, whether all jobs run, how the bot does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from bot.options import AsJson, ConfigFile
from bot.program import fail
from bot.wiring import start, stores

if TYPE_CHECKING:
    from collections.abc import Sequence

EXPECTED_ERRORS: Final = start.EXPECTED_ERRORS

db = typer.Typer(help="The database: migrations and backup.", no_args_is_help=True)


def register(cli: typer.Typer) -> None:
    """Add the commands to the program."""
    cli.add_typer(db, name="db")
    cli.command("health")(health)
    cli.command("status")(status)


def health(config: ConfigFile = None) -> None:
    """Exit 0 when every job ran within its time."""
    _judged(stores.late_jobs(start.settings(config)), "every job ran within its time")


def status(*, as_json: AsJson = False, config: ConfigFile = None) -> None:
    """Tell how the bot is doing: feeds, the last poll, report and alert, the queue, the jobs."""
    found = stores.status(start.settings(config))
    if as_json:
        typer.echo(json.dumps(found.json(), ensure_ascii=False, indent=2))
        return
    first, *others = found.lines()
    typer.secho(first, bold=True)
    for line in others:
        typer.echo(line)


def _judged(faults: Sequence[str], well: str) -> None:
    """Tell each fault, and exit with 1; where there is none, say that all is well."""
    if faults:
        fail("\n".join(faults))
    typer.echo(well)


@db.command()
def upgrade(config: ConfigFile = None) -> None:
    """Bring the database to the newest schema."""
    typer.echo(f"{stores.upgrade(start.settings(config))} is up to date")


@db.command("check")
def look_through(config: ConfigFile = None) -> None:
    """Look through the whole database for damage: one line for each fault."""
    _judged(stores.damage(start.settings(config)), "the database is sound")


@db.command()
def backup(file: Path, config: ConfigFile = None) -> None:
    """Copy the database to FILE while the bot runs."""
    stores.backup(start.settings(config), file)
    typer.echo(f"copied to {file}")


@db.command()
def copy(
    source: Annotated[str, typer.Argument(metavar="FROM", help="Address of the store to copy, such as sqlite:///….")],
    target: Annotated[str, typer.Argument(metavar="TO", help="Address of an empty store, such as postgresql://….")],
) -> None:
    """Copy a whole store into an empty one of either kind; stop the bot before, so that nothing is missed."""
    total = stores.copy_store(source, target, lambda table, rows: typer.echo(f"{table}: {rows}"))
    typer.echo(f"{total} rows copied; set TREATYWATCH_DATABASE_URL to the new address")
