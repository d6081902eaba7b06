"""The command line's pictures: the timeline of a case and the calendar of what is coming."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from bot.options import ConfigFile
from bot.pictures.calendar import calendar_svg
from bot.pictures.raster import png
from bot.pictures.timeline import timeline_svg
from bot.speech import LANGUAGES, Speech
from bot.upcoming import entitled
from bot.wiring import looking, start
from bot.wording import case_title
from store import events
from treaties.projection import coming, project_case

if TYPE_CHECKING:
    from collections.abc import Callable

    from treaties.registry import Knowledge

_KINDS: Final[dict[str, Callable[[str], bytes]]] = {".png": png, ".svg": lambda svg: svg.encode()}

Output = Annotated[Path, typer.Option("--output", "-o", help="The file to write: .png or .svg.")]
Language = Annotated[str, typer.Option("--lang", help=f"The language of the picture: {', '.join(LANGUAGES)}.")]


def register(cli: typer.Typer) -> None:
    """Add the commands to the program."""
    cli.command("timeline")(timeline)
    cli.command("calendar")(calendar)


def timeline(state: str, treaty: str, output: Output, *, lang: Language = "en", config: ConfigFile = None) -> None:
    """Draw the timeline of one case: its stages with dates and sources, today, and when the exit takes effect."""
    encode = _encoder(output)
    today = start.today()
    with looking.looking_up(start.settings(config)) as (conn, questions):
        answer = questions.case(conn, state, treaty, today)
        knowledge = questions.knowledge
    projection = project_case(answer.case, knowledge.treaties, today)
    speech = _speech(lang, knowledge)
    title = case_title(answer.case.state, answer.case.treaty, speech)
    svg = timeline_svg(answer.case, title, speech, today, projection)
    _write(output, encode(svg))


def calendar(output: Output, *, lang: Language = "en", config: ConfigFile = None) -> None:
    """Draw the calendar of the exits that are to take effect."""
    encode = _encoder(output)
    today = start.today()
    with looking.looking_up(start.settings(config)) as (conn, questions):
        knowledge = questions.knowledge
        found = coming(events.cases(conn), knowledge.treaties, today)
    speech = _speech(lang, knowledge)
    _write(output, encode(calendar_svg(entitled(found, speech), speech, today)))


def _encoder(output: Path) -> Callable[[str], bytes]:
    found = _KINDS.get(output.suffix.lower())
    if found is None:
        raise start.UnusableFileError(f"{output}: pictures are .png or .svg; name the file so")
    return found


def _speech(lang: str, knowledge: Knowledge) -> Speech:
    if lang not in LANGUAGES:
        raise start.UnusableFileError(f"--lang is {lang!r}; give one of {', '.join(LANGUAGES)}")
    return Speech(lang, knowledge)


def _write(output: Path, content: bytes) -> None:
    start.write_file(output, content)
    typer.echo(f"drawn to {output}")
