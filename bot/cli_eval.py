"""The command line's measuring of the rules by labelled reports."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.jsonl import in_order
from bot.progress import progress
from bot.wiring import ready, rules
from treaties.labelled import Half, stream
from treaties.scoring import numbers, score_alerts, score_readings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from treaties.labelled import Labelled
    from treaties.scoring import AlertFigures, ReadingFigures


class Only(StrEnum):
    """What can be measured by itself."""

    READINGS = "readings"
    ALERTS = "alerts"


def register(cli: typer.Typer) -> None:
    """Add the command to the program."""
    cli.command("eval")(evaluate)


def evaluate(
    path: Annotated[Path, typer.Argument(help="Labelled reports: a .jsonl or .toml file, or a folder of .toml files.")],
    *,
    only: Annotated[Only | None, typer.Option(help="Measure the readings, or the alerts, alone.")] = None,
    misses: Annotated[bool, typer.Option("--misses", help="List what went wrong, on standard error.")] = False,
    by_language: Annotated[bool, typer.Option("--by-language", help="Add the recall of each language.")] = False,
    half: Annotated[
        Half | None, typer.Option(help="One half of the cases: tune on the first, check on the second.")
    ] = None,
) -> None:
    """Measure the rules by labelled reports: one line per figure."""
    rows = [row for row in ready.labelled(path) if half in (None, row.half)]
    if only is not Only.ALERTS:
        figures = _read(rows)
        _print(figures, rows, misses=misses)
        if by_language:
            shares = (f"{lang} {found}/{count}" for lang, (found, count) in figures.by_language.items())
            typer.echo(f"recall by language: {', '.join(shares)}")
    if only is not Only.READINGS:
        _print(_replay(rows), rows, misses=misses)


def _read(rows: Sequence[Labelled]) -> ReadingFigures:
    reader = ready.reader()
    return score_readings(rows, [reader.read(report) for report in progress([row.report for row in rows])])


def _replay(rows: Sequence[Labelled]) -> AlertFigures:
    reports = stream(rows)
    with rules.replaying(with_known=False) as handle:
        placed = progress(in_order(reports), total=len(reports))
        alerts = [alert for report, moment in placed for alert in handle(report, moment)]
    return score_alerts(rows, alerts)


def _print(figures: ReadingFigures | AlertFigures, rows: Sequence[Labelled], *, misses: bool) -> None:
    for name, value in numbers(figures).items():
        typer.echo(f"{name}: {round(value, 4)}")
    if misses:
        titles = {row.report.id: f" [{row.report.lang}] {row.report.title}" for row in rows}
        for miss in figures.misses:
            told = f" -> {miss.told}" if miss.told else ""
            typer.echo(f"{miss.why}: {miss.about}{titles.get(miss.about, '')}{told}", err=True)
