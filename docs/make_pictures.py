"""Draws the pictures that the README shows: `python docs/make_pictures.py`.

The words come from `bot.wording`, the panel from `bot.console` and the timeline from `bot.pictures`: the pictures are
what people get. Only the outlets and their addresses are made up. What a phone shows is drawn without flags,
ticks and emoji, of which every phone has its own.
"""

from __future__ import annotations

import asyncio
import io
import re
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.text import Text

from bot.console import ConsoleChannel
from bot.message import Line
from bot.pictures.calendar import calendar_svg
from bot.pictures.drawing import BLUE, FAINT, INK, LINE, WIDTH, Page, width_of, wrap
from bot.pictures.raster import png
from bot.pictures.timeline import timeline_svg
from bot.speech import Speech
from bot.upcoming import entitled
from bot.wording import case_title
from bot.wording.alert import alert_message
from bot.wording.digest import digest_message
from config.knowledge import load
from treaties.digest import Development, Digest, FeedHealth, Talk
from treaties.model import Alert, Case, Event, Label, Mention, Source, VerdictKind, When
from treaties.projection import coming, project_case
from treaties.stages import Stage

if TYPE_CHECKING:
    from bot.message import Button, Message
    from bot.pictures.drawing import Shape, Weight

FOLDER: Final = Path(__file__).parent
PICTURE: Final = FOLDER / "alert.svg"
_WIDTH: Final = 112
_DAY: Final = When(date(2025, 9, 29))
_DONE: Final = (
    (Stage.GOVERNMENT_APPROVED, When(date(2025, 8, 23))),
    (Stage.BILL_SUBMITTED, When(date(2025, 9, 8))),
    (Stage.LOWER_HOUSE_PASSED, When(date(2025, 9, 17))),
    (Stage.UPPER_HOUSE_PASSED, When(date(2025, 9, 24))),
)
_MARGIN: Final = 14
_GAP: Final = 6
_MOST_LINES: Final = 12
_MARK: Final = 24
_SHAPES: Final[dict[str, Shape]] = {"●": "done", "◉": "now", "○": "coming"}
_EMOJI: Final = re.compile("[\U0001f1e6-\U0001f1ff\U0001f300-\U0001faff\u2713] ?")
_OUTLETS: Final = ("Nordic Wire", "Baltic Courier", "Island Evening")
# Fonts are left to the reader's machine: a picture should ask no server for anything.
_FONT: Final = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)


class _Terminal(io.StringIO):
    """A stream that says it is a terminal, so that the console draws panels."""

    def isatty(self) -> bool:
        return True


def message() -> Message:
    """The alert on the last step that the demo's story tells, in English."""
    return alert_message(alert(), Speech("en", load()), _DAY.day)


def alert() -> Alert:
    """The last step that the demo's story tells."""
    address = "https://nordic-wire.example/putin-signs"
    return Alert(
        key="ru-ecpt-signed_into_law-2025-09-29",
        kind=VerdictKind.NEW_DEVELOPMENT,
        state="RU",
        treaty="ecpt",
        stage=Stage.SIGNED_INTO_LAW,
        when=_DAY,
        report="picture",
        title="Putin signs law on leaving Europe's torture prevention convention",
        reason="",
        outlet=_OUTLETS[0],
        url=address,
        sources=tuple(Source(outlet, says=_DAY) for outlet in _OUTLETS),
        done=_DONE,
        row=1,
    )


def picture() -> str:
    """The alert as an SVG."""
    terminal = _Terminal()
    panels = Console(file=terminal, force_terminal=True, width=_WIDTH, color_system="truecolor")
    asyncio.run(ConsoleChannel(panels, terminal).post(message(), None))
    paper = Console(file=io.StringIO(), record=True, width=_WIDTH)
    paper.print(Text.from_ansi(terminal.getvalue().rstrip()))
    return _FONT.sub("", paper.export_svg(title="treatywatch run", unique_id="alert"))


def alert_on_phone() -> str:
    """The alert in a chat on a phone, in Ukrainian."""
    return on_phone(alert_message(alert(), Speech("uk", load()), _DAY.day))


def digest_on_phone() -> str:
    """A digest in a chat on a phone."""
    passed, signed = ((*_DONE, (Stage.SIGNED_INTO_LAW, _DAY)))[-2:]
    said = "UN experts alarmed at Russia's plan to leave torture convention"
    mention = Mention("RU", "ecpt", Label.REACTION, said, _OUTLETS[0], "https://news.example/")
    digest = Digest(
        datetime(2025, 9, 22, 7, tzinfo=UTC),
        datetime(2025, 9, 29, 7, tzinfo=UTC),
        developments=tuple(
            Development("RU", "ecpt", stage, when, 3, 3, url="https://news.example/", alerted=True)
            for stage, when in (passed, signed)
        ),
        talk=(Talk("RU", "ecpt", ((Label.REACTION, 1),), (mention,)),),
        reports=1204,
        feeds=FeedHealth(409, 413),
    )
    return on_phone(digest_message(digest, Speech("en", load()), ZoneInfo("UTC")))


def timeline() -> str:
    """The timeline of the case, as `/timeline` answers."""
    case, knowledge = _case(), load()
    speech = Speech("en", knowledge)
    projection = project_case(case, knowledge.treaties, _DAY.day)
    return timeline_svg(case, case_title("RU", "ecpt", speech), speech, _DAY.day, projection)


def _case() -> Case:
    steps = (*_DONE, (Stage.SIGNED_INTO_LAW, _DAY))
    sources = tuple(Source(outlet, f"https://news.example/{outlet}") for outlet in _OUTLETS)
    told = (Event(f"ru-ecpt-{stage}", "RU", "ecpt", stage, when, sources) for stage, when in steps)
    return Case("RU", "ecpt", tuple(told))


def long_timeline() -> str:
    """The timeline of a case to which much has happened."""
    case, speech = long_case(), Speech("en", load())
    return timeline_svg(case, case_title(case.state, case.treaty, speech), speech, date(2026, 8, 3))


def long_case() -> Case:
    """A made-up case with all that can happen to one: nine steps, one of them back, days and outlets that differ."""
    steps = (
        (Stage.CONSIDERED, "2025-09-01", ("Baltic Courier",)),
        (Stage.ANNOUNCED, "2025-09-18", ("Nordic Wire", "Северный вестник", "Island Evening")),
        (Stage.BILL_SUBMITTED, "2025-09-25", ("Nordic Wire", "صحيفة الشمال")),
        (Stage.PARLIAMENT_PASSED, "2025-10-30", ("Nordic Wire", "Baltic Courier", "صحيفة الشمال")),
        (Stage.RETURNED, "2025-11-03", ("Nordic Wire", "Північна газета")),
        (Stage.PARLIAMENT_PASSED, "2026-02-12", ("Baltic Courier", "Nordic Wire")),
        (Stage.SIGNED_INTO_LAW, "2026-02-20", ("Nordic Wire",)),
        (Stage.NOTIFIED_DEPOSITARY, "2026-03-02", ("Nordic Wire", "Северный вестник")),
        (Stage.IN_EFFECT, "2026-07-01", ("Nordic Wire",)),
    )
    events = tuple(
        Event(f"made-up-{place}", "LV", "istanbul", stage, day, tuple(_source(outlet, day) for outlet in outlets))
        for place, (stage, text, outlets) in enumerate(steps)
        for day in [When(date.fromisoformat(text))]
    )
    return Case("LV", "istanbul", events)


def _source(outlet: str, day: When) -> Source:
    """A source; one outlet always tells another day."""
    says = When(day.day + timedelta(days=1)) if outlet == "Baltic Courier" else day
    return Source(outlet, f"https://news.example/{outlet}", says=says)


def calendar() -> str:
    """What was about to take effect in September 2025."""
    knowledge, today = load(), date(2025, 9, 1)
    speech = Speech("en", knowledge)
    return calendar_svg(entitled(coming(coming_cases(), knowledge.treaties, today), speech), speech, today)


def coming_cases() -> list[Case]:
    """Exits of which the depositary was notified in the summer of 2025."""
    notified = (
        ("EE", "ottawa", date(2025, 6, 27)),
        ("LV", "ottawa", date(2025, 6, 27)),
        ("LT", "ottawa", date(2025, 6, 27)),
        ("FI", "ottawa", date(2025, 7, 10)),
        ("PL", "ottawa", date(2025, 8, 20)),
        ("HU", "rome-statute", date(2025, 6, 2)),
    )
    return [
        Case(state, treaty, (Event(state, state, treaty, Stage.NOTIFIED_DEPOSITARY, When(day)),))
        for state, treaty, day in notified
    ]


def on_phone(said: Message) -> str:
    """A message as a chat on a phone sets it: bold, links, quotes with a bar beside them, buttons below."""
    page = Page(_EMOJI.sub("", said.headline))
    page.at = 8
    _write(page, Line(said.headline, "strong"), 15)
    for line in said.lines:
        _write(page, line if isinstance(line, Line) else Line(line), 14)
    for row in said.buttons:
        _buttons(page, row)
    page.at += 12
    return page.svg()


def _write(page: Page, line: Line, size: float) -> None:
    if line.style == "bar":
        _bar(page, line.text, size)
        return
    text = _EMOJI.sub("", line.text).strip()
    quoted = line.style == "quote"
    top, left = page.at, _MARGIN + (10 if quoted else 0)
    weight: Weight = "bold" if line.style == "strong" else "normal"
    color = BLUE if line.link else FAINT if line.style == "small" else INK
    page.text(
        left, wrap(text, WIDTH - left - _MARGIN, size, weight, most=_MOST_LINES), size=size, weight=weight, color=color
    )
    if quoted:
        page.line((_MARGIN + 2, top + 4), (_MARGIN + 2, page.at), BLUE)
    page.at += 3 if text else 8


def _bar(page: Page, text: str, size: float) -> None:
    """The bar of steps, broken between them, with the marks of the timeline: the font lacks those of the text."""
    left, top = float(_MARGIN), page.at
    for step in text.split("  "):
        mark, _, name = step.partition(" ")
        wide = _MARK + width_of(name, size, "normal")
        if left + wide > WIDTH - _MARGIN:
            left, top = float(_MARGIN), page.at
        page.at = top
        page.mark(left + 8, top + size * 0.75, _SHAPES[mark])
        page.text(left + _MARK, [name], size=size)
        left += wide + 2 * _GAP
    page.at += 3


def _buttons(page: Page, row: tuple[Button, ...]) -> None:
    page.at += 6
    wide = (WIDTH - 2 * _MARGIN + _GAP) / len(row)
    top = page.at
    for place, button in enumerate(row):
        left, page.at = _MARGIN + place * wide, top
        right = left + wide - _GAP
        page.at += 5
        page.text((left + right) / 2, [button.label], size=13.5, color=BLUE, weight="bold", anchor="middle")
        corners = [(left, top), (right, top), (right, top + 28), (left, top + 28), (left, top)]
        for start, end in pairwise(corners):
            page.line(start, end, LINE)
    page.at = top + 28


PICTURES: Final = {
    "alert-phone.png": alert_on_phone,
    "timeline-phone.png": timeline,
    "digest-phone.png": digest_on_phone,
    "long-timeline-phone.png": long_timeline,
    "calendar-phone.png": calendar,
}
"""What draws each picture that a phone shows."""


if __name__ == "__main__":
    PICTURE.write_text(picture(), encoding="utf-8")
    for name, draw in PICTURES.items():
        (FOLDER / name).write_bytes(png(draw()))
