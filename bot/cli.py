"""The command line. Everything that scripts depend on stands here: names, options, output and exit codes."""

from __future__ import annotations

import json
import sys
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot import (
    app,
    cli_backfill,
    cli_corrections,
    cli_eval,
    cli_exports,
    cli_feeds,
    cli_knowledge,
    cli_lookups,
    cli_parse,
    cli_pictures,
    cli_review,
    cli_run,
    cli_store,
)
from bot.explaining import explained
from bot.jsonl import LineError, alert_line, in_order, parse_report, reading_line
from bot.options import AsJson, ConfigFile
from bot.program import fail, main, new_cli
from bot.progress import progress
from bot.wiring import demonstrating, looking, ready, rules, start

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bot.questions import CaseAnswer
    from treaties.model import Report

__all__ = ["cli", "main"]

cli = new_cli()
cli_run.register(cli)


@cli.command()
def demo(
    data: Annotated[
        Path, typer.Option(help="Where the demo keeps its store; an interrupted demo goes on from there.")
    ] = Path("data/demo"),
    pace: Annotated[float, typer.Option(min=0, max=60, help="Seconds that a day of the story lasts.")] = 0.15,
    *,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Begin again, also if an earlier demo was interrupted.")
    ] = False,
    chats: Annotated[
        bool,
        typer.Option("--chats", help="Tell it in the chats of the settings as well, every message marked as a demo."),
    ] = False,
    config: ConfigFile = None,
) -> None:
    """Replay a story of autumn 2025 end to end: real HTTP on loopback, no token, no internet."""
    if not demonstrating.demo(data, pace, fresh=fresh, into=start.settings(config) if chats else None):
        sys.exit(1)


@cli.command()
def read(
    file: Annotated[str, typer.Argument(help="JSON Lines of reports; - for standard input.")] = "-",
    *,
    explain: Annotated[
        bool, typer.Option("--explain", help="Show what was found in which words, for people who extend the data.")
    ] = False,
) -> None:
    """Read reports and print one reading per line."""
    reader = ready.reader()
    faults = Faults()
    for report in progress(list(_reports(file, faults)) if file != "-" else _reports(file, faults)):
        told = explained(reader.explain(report)) if explain else (reading_line(reader.read(report)),)
        print("\n".join(told), flush=file == "-")
    faults.exit()


@cli.command()
def replay(
    file: Annotated[str, typer.Argument(help="JSON Lines of reports; - for standard input.")],
    known: Annotated[str, typer.Option(help="none, or default: the shipped known event set.")] = "default",
) -> None:
    """Run reports in order of publication through the whole rule chain and print one line per alert."""
    if known not in ("none", "default"):
        fail(f"--known is {known!r}; give none or default")
    faults = Faults()
    found = list(_reports(file, faults))
    with rules.replaying(with_known=known == "default") as handle:
        for report, moment in progress(in_order(found), total=len(found)):
            for alert in handle(report, moment):
                print(alert_line(alert), flush=True)
    faults.exit()


@cli.command()
def case(state: str, treaty: str, *, as_json: AsJson = False, config: ConfigFile = None) -> None:
    """Show one case: its timeline with sources and disagreements."""
    with looking.looking_up(start.settings(config)) as (conn, questions):
        answer = questions.case(conn, state, treaty, start.today())
    _print_json(answer.json()) if as_json else _print_lines(answer.lines())


@cli.command()
def cases(*, as_json: AsJson = False, config: ConfigFile = None) -> None:
    """List every case, the latest first."""
    with looking.looking_up(start.settings(config)) as (conn, questions):
        answers = questions.cases(conn)
    if as_json:
        _print_json([answer.json() for answer in answers])
    elif sys.stdout.isatty():
        _print_table(answers)
    else:
        for answer in answers:
            print(f"{answer.case.state}\t{answer.case.treaty}\t{answer.summary}\t{answer.title}")


@cli.command()
def why(
    report: Annotated[str, typer.Argument(help="The report's id or address.")],
    *,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Explain one report: what was read in it, word by word, and what was decided about it."""
    with looking.looking_up(start.settings(config)) as (conn, questions):
        answer = questions.why(conn, report)
    _print_json(answer.json()) if as_json else _print_lines(answer.lines())


@cli.command()
def check(
    *,
    feeds: Annotated[
        bool, typer.Option("--feeds", help="Ask every feed once, politely, and say how each is doing.")
    ] = False,
    config: ConfigFile = None,
) -> None:
    """Validate settings, data files, feeds and tokens: one line per fault, exit 1 if there is any."""
    faults = app.check(config)
    for fault in faults:
        print(f"treatywatch: {fault}", file=sys.stderr)
    if faults:
        sys.exit(1)
    print("settings, data files, feeds and tokens are fine")
    if feeds:
        cli_feeds.check_feeds(config)


cli_store.register(cli)
cli_knowledge.register(cli)
cli_eval.register(cli)
cli_backfill.register(cli)
cli_review.register(cli)
cli_corrections.register(cli)
cli_exports.register(cli)
cli_feeds.register(cli)
cli_pictures.register(cli)
cli_parse.register(cli_feeds.feeds)
cli_lookups.register(cli)


class Faults:
    """Collects bad lines: each is told at once, and the exit code says at the end that there were some."""

    def __init__(self) -> None:
        self.count = 0

    def tell(self, error: LineError) -> None:
        """Print the line on standard error and count it."""
        self.count += 1
        print(f"treatywatch: {error}", file=sys.stderr, flush=True)

    def exit(self) -> None:
        """Exit with 1 if there were bad lines."""
        if self.count:
            sys.exit(1)


def _reports(file: str, faults: Faults) -> Iterator[Report]:
    with _opened(file) as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                yield parse_report(line, number)
            except LineError as error:
                faults.tell(error)


@contextmanager
def _opened(file: str) -> Iterator[Iterator[str]]:
    """The lines of a file or of standard input, as UTF-8; bytes that are none become replacement characters."""
    with ExitStack() as stack:
        try:
            handle = sys.stdin.buffer if file == "-" else stack.enter_context(Path(file).open("rb"))
        except OSError as error:
            fail(f"{file} cannot be read: {error.strerror}; give a JSON Lines file, or - for standard input")
        yield (line.decode("utf-8", "replace") for line in handle)


def _print_json(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2))


def _print_lines(lines: Sequence[str]) -> None:
    if not sys.stdout.isatty():
        print("\n".join(lines))
        return
    console = Console()
    console.print(Text(lines[0], style="bold"))
    for line in lines[1:]:
        console.print(Text(line, style="dim" if line.startswith("    ") else ""))


def _print_table(answers: Sequence[CaseAnswer]) -> None:
    table = Table("State", "Treaty", "Stands at", "Sources", title="Cases")
    for answer in answers:
        voices = {source.voice for event in answer.case.events for source in event.sources}
        disputed = " (disputed)" if any(event.disputed for event in answer.case.events) else ""
        table.add_row(
            *(Text(cell) for cell in (answer.case.state, answer.title, answer.summary + disputed, str(len(voices))))
        )
    Console().print(table)
