"""The command line's look-ups on treaties, on dates of effect, and on the knowledge itself."""

from __future__ import annotations

import json
from typing import Annotated, Any, Protocol

import typer
from typer.core import TyperGroup

from bot.knowledge_questions import ambiguities, stats
from bot.options import AsJson, ConfigFile
from bot.treaty_questions import TreatyQuestions
from bot.wiring import looking, ready, start


class Answer(Protocol):
    """What every look-up gives."""

    def lines(self) -> list[str]:
        """The answer as text."""

    def json(self) -> dict[str, Any]:
        """The answer as data."""


class _ShowByDefault(TyperGroup):
    """A group whose first word may be a treaty instead of a command: `treaty ecpt` is `treaty show ecpt`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in {*self.commands, *ctx.help_option_names}:
            args = ["show", *args]
        return super().parse_args(ctx, args)


treaty = typer.Typer(
    cls=_ShowByDefault,
    help="One treaty: its names, dates, clause, look-alikes and cases. Or the treaties that a text may mean.",
    subcommand_metavar="ID | search TEXT",
    no_args_is_help=True,
)
knowledge = typer.Typer(help="The knowledge: how much there is, and whether it is sound.", no_args_is_help=True)


def register(cli: typer.Typer) -> None:
    """Add the commands to the program."""
    cli.add_typer(treaty, name="treaty")
    cli.add_typer(knowledge, name="knowledge")
    cli.command("effective")(effective)


@treaty.command("show")
def treaty_show(
    name: Annotated[str, typer.Argument(metavar="ID", help="Id, number or any name, such as ecpt or 'ETS 126'.")],
    *,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Show one treaty; the word "show" may be left out."""
    with looking.looking_up(start.settings(config)) as (conn, questions):
        answer = TreatyQuestions(questions.knowledge).treaty(conn, name, start.today())
    _print(answer, as_json=as_json)


@treaty.command("search")
def treaty_search(
    text: Annotated[list[str], typer.Argument(metavar="TEXT", help="Words of a name or number, in any language.")],
    *,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Find treaties by any name or number, in any language, with typing errors forgiven."""
    answer = TreatyQuestions(ready.knowing(start.settings(config))).search(" ".join(text))
    _print(answer, as_json=as_json)


def effective(  # noqa: PLR0913 - each is one more option, and all are given by name
    name: Annotated[str, typer.Argument(metavar="TREATY", help="Id, number or any name.")],
    day: Annotated[str, typer.Argument(metavar="DATE", help="When the depositary received it, such as 2025-09-29.")],
    *,
    state: Annotated[str | None, typer.Option(metavar="ST", help="The leaving state, by code or name.")] = None,
    since: Annotated[str | None, typer.Option(metavar="DATE", help="When the state became a party.")] = None,
    conflict: Annotated[bool, typer.Option("--conflict", help="The state is in an armed conflict.")] = False,
    signature_only: Annotated[
        bool, typer.Option("--signature-only", help="The state has signed but not ratified.")
    ] = False,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Compute when a notification takes effect, with the clause that says so."""
    answer = TreatyQuestions(ready.knowing(start.settings(config))).effective(
        name, day, state=state, since=since, conflict=conflict, signature_only=signature_only
    )
    _print(answer, as_json=as_json)


@knowledge.command("stats")
def knowledge_stats(*, as_json: AsJson = False, config: ConfigFile = None) -> None:
    """Count treaties, states, institutions and the patterns of every language."""
    _print(stats(ready.knowing(start.settings(config))), as_json=as_json)


@knowledge.command("check")
def knowledge_check(*, as_json: AsJson = False, config: ConfigFile = None) -> None:
    """Validate every data file, and list the patterns that name two treaties or two states."""
    _print(ambiguities(ready.knowing(start.settings(config))), as_json=as_json)


def _print(answer: Answer, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(answer.json(), ensure_ascii=False, indent=2))
        return
    head, *rest = answer.lines()
    typer.secho(head, bold=True)
    for line in rest:
        typer.echo(line)
