"""Draws the picture of an alert that the README shows: `python docs/make_pictures.py`.

The words come from `bot.wording` and the panel from `bot.console`, so the picture is what a terminal shows. Only the
outlets and their addresses are made up.
"""

from __future__ import annotations

import asyncio
import io
import re
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.text import Text

from bot.console import ConsoleChannel
from bot.speech import Speech
from bot.wording.alert import alert_message
from config.knowledge import load
from treaties.model import Alert, Source, VerdictKind, When
from treaties.stages import Stage

if TYPE_CHECKING:
    from bot.message import Message

PICTURE: Final = Path(__file__).with_name("alert.svg")
_WIDTH: Final = 112
_DAY: Final = When(date(2025, 9, 29))
_DONE: Final = (
    (Stage.GOVERNMENT_APPROVED, When(date(2025, 8, 23))),
    (Stage.BILL_SUBMITTED, When(date(2025, 9, 8))),
    (Stage.LOWER_HOUSE_PASSED, When(date(2025, 9, 17))),
    (Stage.UPPER_HOUSE_PASSED, When(date(2025, 9, 24))),
)
_OUTLETS: Final = ("Nordic Wire", "Baltic Courier", "Island Evening")
# Fonts are left to the reader's machine: a picture should ask no server for anything.
_FONT: Final = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)


class _Terminal(io.StringIO):
    """A stream that says it is a terminal, so that the console draws panels."""

    def isatty(self) -> bool:
        return True


def message() -> Message:
    """The alert on the last step that the demo's story tells."""
    address = "https://nordic-wire.example/putin-signs"
    alert = Alert(
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
    )
    return alert_message(alert, Speech("en", load()), _DAY.day)


def picture() -> str:
    """The alert as an SVG."""
    terminal = _Terminal()
    panels = Console(file=terminal, force_terminal=True, width=_WIDTH, color_system="truecolor")
    asyncio.run(ConsoleChannel(panels, terminal).post(message(), None))
    paper = Console(file=io.StringIO(), record=True, width=_WIDTH)
    paper.print(Text.from_ansi(terminal.getvalue().rstrip()))
    return _FONT.sub("", paper.export_svg(title="treatywatch run", unique_id="alert"))


if __name__ == "__main__":
    PICTURE.write_text(picture(), encoding="utf-8")
