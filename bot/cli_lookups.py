"""The command line's look-ups of what is stored: what takes effect soon, and a search."""

from __future__ import annotations

import json
from typing import Annotated, Protocol

import typer

from bot import searching, upcoming
from bot.options import AsJson, ConfigFile
from bot.wiring import looking, start


class Answer(Protocol):
    """What can be printed."""

    def lines(self) -> list[str]:
        """The answer as text."""
        ...

    def json(self) -> object:
        """The answer as data."""
        ...


def register(cli: typer.Typer) -> None:
    """Add the commands to the program."""
    cli.command("upcoming")(coming)
    cli.command("search")(search)


def coming(
    *,
    days: Annotated[int, typer.Option(min=0, max=upcoming.MOST_DAYS, help="How far ahead to look.")] = upcoming.DAYS,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """List the notified exits that take effect soon, the next one first."""
    with looking.looking_up(start.settings(config)) as (conn, questions):
        answer = upcoming.upcoming(conn, questions.knowledge, start.today(), days)
    _print(answer, as_json=as_json)


def search(
    words: Annotated[list[str], typer.Argument(metavar="WORDS", help="Words that must all be there.")],
    *,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Search the stored reports and events for words."""
    with looking.looking_up(start.settings(config)) as (conn, questions):
        answer = searching.answer(conn, " ".join(words), questions.knowledge)
    _print(answer, as_json=as_json)


def _print(answer: Answer, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(answer.json(), ensure_ascii=False, indent=2))
        return
    for line in answer.lines():
        typer.echo(line)
