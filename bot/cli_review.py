"""The command line's tools for people who look after the known event set."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.changes import changes_lines
from bot.options import ConfigFile
from bot.progress import progress
from bot.wiring import looking, rules, start


def register(cli: typer.Typer) -> None:
    """Add the commands to the program."""
    cli.command("reread")(reread)
    cli.command("bind")(bind)
    cli.command("unbind")(unbind)


def reread(
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change; nothing is applied.")] = False,
    config: ConfigFile = None,
) -> None:
    """Run every stored report through the present rules again, and print what would change in the known event set."""
    if not dry_run:
        typer.echo("treatywatch: reread applies nothing; give --dry-run to see what would change", err=True)
        raise typer.Exit(1)
    knowledge, changes = rules.rereading(start.settings(config), progress)
    for line in changes_lines(changes, knowledge):
        typer.echo(line)


def bind(
    provisional: Annotated[str, typer.Argument(metavar="PROVISIONAL_ID", help="Such as provisional:tide-convention.")],
    treaty: Annotated[str, typer.Argument(metavar="REGISTRY_ID", help="Id, number or any name of a listed treaty.")],
    *,
    config: ConfigFile = None,
) -> None:
    """Say which treaty of the registry a provisional one is: its case moves there, and later reports follow."""
    with looking.reviewing(start.settings(config)) as at:
        line = at.bindings.bind(at.conn, provisional, treaty, who=at.who, now=start.clock())
    typer.echo(line)


def unbind(
    provisional: Annotated[str, typer.Argument(metavar="PROVISIONAL_ID", help="As it was given to bind.")],
    *,
    config: ConfigFile = None,
) -> None:
    """Undo a binding: what moved with it moves back."""
    with looking.reviewing(start.settings(config)) as at:
        line = at.bindings.unbind(at.conn, provisional, who=at.who, now=start.clock())
    typer.echo(line)
