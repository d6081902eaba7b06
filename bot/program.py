"""The program's first step: as much of it is loaded as the command needs.

A container asks for its health every minute, and loading everything takes longer than the answer. What runs for years
keeps in memory whatever it loads, and needs none of what the other commands do.
"""

from __future__ import annotations

import signal
import sys
from importlib import import_module
from typing import Final, NoReturn

import typer

from bot.memory import loading

ALONE: Final = dict.fromkeys(("db", "health", "status"), "bot.cli_store") | {"run": "bot.cli_run"}
"""Commands for which the module that has them is enough. It says which `EXPECTED_ERRORS` they may raise."""


def main() -> None:
    """Run the command line; an expected error is one line and exit code 1."""
    command = sys.argv[1] if sys.argv[1:] else ""
    _heed_sigterm(0 if command == "run" else 128 + signal.SIGTERM)
    with loading():
        cli, expected = _loaded(command)
    try:
        cli()
    except expected as error:
        fail(str(error))
    except BrokenPipeError:
        # Whoever read our output has gone; that is no error of ours.
        sys.stderr.close()
        sys.exit(0)


def _heed_sigterm(code: int) -> None:
    """Leave with this exit code when asked to; `run` ends in its own way once it is under way.

    The first process of a container is not ended by a signal that it does not heed: told to stop while it was still
    loading, it would go on until it is killed.
    """

    def leave(_number: int, _frame: object) -> NoReturn:
        sys.exit(code)

    signal.signal(signal.SIGTERM, leave)


def _loaded(command: str) -> tuple[typer.Typer, tuple[type[Exception], ...]]:
    """The commands that are needed to run this one, and what they may raise without its being a bug."""
    if command in ALONE:
        cli, module = new_cli(), import_module(ALONE[command])
        module.register(cli)
        return cli, module.EXPECTED_ERRORS
    whole = import_module("bot.cli")
    return whole.cli, whole.app.EXPECTED_ERRORS


def new_cli() -> typer.Typer:
    """The command line without commands."""
    cli = typer.Typer(
        name="treatywatch",
        help="Watches news feeds for reports of states leaving treaties, and tells each new step once.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    # Or a single command would take the place of the whole, and its name for an argument.
    cli.callback()(_nothing)
    return cli


def _nothing() -> None: ...


def fail(message: str) -> NoReturn:
    """Tell each line on standard error, and exit with 1."""
    for line in message.splitlines():
        typer.echo(f"treatywatch: {line}", err=True)
    sys.exit(1)
