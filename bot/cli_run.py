"""The command that runs the program: apart from the others, whose libraries it would hold in memory for years."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from bot import app
from bot.options import ConfigFile
from bot.wiring import start

EXPECTED_ERRORS: Final = app.EXPECTED_ERRORS


def register(cli: typer.Typer) -> None:
    """Add the command to the program."""
    cli.command("run")(run)


def run(
    *,
    once: Annotated[
        bool, typer.Option("--once", help="Poll what is due, tell what there is to tell, and end.")
    ] = False,
    config: ConfigFile = None,
) -> None:
    """Run everything: watchers, channels, scheduler."""
    app.run(start.settings(config), once=once)
