"""The command that shows what the program reads in a feed, for people who look after feeds and for scripts."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.options import AsJson
from bot.wiring import sources

if TYPE_CHECKING:
    from bot.wiring.sources import ParsedFeed
    from treaties.model import Report


def register(feeds: typer.Typer) -> None:
    """Add the command to the group of those about feeds."""
    feeds.command("parse")(feeds_parse)


def feeds_parse(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A feed as a server sent it; - for standard input.")],
    *,
    as_json: AsJson = False,
    url: Annotated[str | None, typer.Option("--url", help="The address that it came from, for relative links.")] = None,
    content_type: Annotated[
        str | None, typer.Option("--content-type", help="The Content-Type that it came with.")
    ] = None,
) -> None:
    """Read a feed from FILE and print its reports, one a line, without storing anything."""
    try:
        body = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        typer.echo(
            f"treatywatch: {file} cannot be read: {error.strerror}; give a file, or - for standard input", err=True
        )
        raise typer.Exit(1) from None
    try:
        parsed = sources.parsed(body, url or "", content_type)
    except sources.NotAFeedError as error:
        typer.echo(f"treatywatch: {file} {error.what}", err=True)
        raise typer.Exit(1) from None
    for report in parsed.reports:
        typer.echo(json.dumps(_fields(report, parsed), ensure_ascii=False) if as_json else _line(report))
    if not parsed.whole:
        typer.echo(f"treatywatch: {file} breaks off before its end", err=True)


def _fields(report: Report, parsed: ParsedFeed) -> dict[str, Any]:
    """As the other commands take a report, with the feed's own name for it and a version that changes with an edit."""
    return {
        "id": report.id,
        "title": report.title,
        "summary": report.summary,
        "published": report.published.isoformat() if report.published else None,
        "lang": report.lang,
        "url": report.url,
        "guid": parsed.guids.get(report.id),
        "version": parsed.versions[report.id],
    }


def _line(report: Report) -> str:
    day = report.published.date().isoformat() if report.published else "no date   "
    return "\t".join((day, report.title, report.url or ""))
