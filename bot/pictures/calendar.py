"""The calendar of what is coming: the days on which exits take effect, month by month, across all cases."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

from bot.message import Picture
from bot.pictures.drawing import FAINT, GREEN, INK, LINE, WIDTH, Page, wrap
from bot.pictures.raster import png
from treaties.model import Precision, When
from treaties.projection import Basis

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from bot.speech import Speech
    from bot.upcoming import Coming

_MARGIN: Final = 16
_DAY: Final = 34
_TEXT: Final = 68
_ROOM: Final = WIDTH - _TEXT - _MARGIN
_MOST: Final = 24


def calendar_svg(coming: Sequence[Coming], speech: Speech, today: date) -> str:
    """The picture as SVG.

    Args:
        coming: what is to come, in any order.
        speech: the language of the picture.
        today: the day on which it is drawn.
    """
    ordered = sorted(coming, key=lambda one: one.projection.day)
    page = Page(alt_text(coming, speech))
    page.at = 10
    page.text(_MARGIN, wrap(speech.gettext("What takes effect"), WIDTH, 19, "bold"), size=19, weight="bold")
    page.text(_MARGIN, [speech.gettext("As known on {day}", day=_on(today, speech))], size=11.5, color=FAINT)
    page.at += 6
    if not ordered:
        page.text(_MARGIN, wrap(speech.gettext("No exit is on its way."), WIDTH - 2 * _MARGIN, 15), size=15)
    for month, days in groupby(ordered[:_MOST], key=lambda one: one.projection.day.replace(day=1)):
        _month(page, month, speech)
        for one in days:
            _entry(page, one, speech, today)
    if len(ordered) > _MOST:
        left_out = len(ordered) - _MOST
        page.text(_TEXT, [speech.ngettext("… and {n} more", "… and {n} more", left_out)], size=13, color=FAINT)
    page.at += 12
    return page.svg()


def calendar_picture(coming: Sequence[Coming], speech: Speech, today: date) -> Picture:
    """The picture as PNG, with the words that stand for it."""
    return Picture(png(calendar_svg(coming, speech, today)), alt_text(coming, speech), f"calendar-{today}.png")


def alt_text(coming: Sequence[Coming], speech: Speech) -> str:
    """What the picture shows, for those who do not see it."""
    ordered = sorted(coming, key=lambda one: one.projection.day)
    days = "; ".join(f"{_on(one.projection.day, speech)}: {one.title}" for one in ordered)
    return f"{speech.gettext('What takes effect')}. {days or speech.gettext('No exit is on its way.')}"


def _month(page: Page, month: date, speech: Speech) -> None:
    page.at += 8
    name = speech.day(When(month, Precision.MONTH))
    page.text(_MARGIN, [name[0].upper() + name[1:]], size=14, weight="bold", color=GREEN)
    page.line((_MARGIN, page.at + 2), (WIDTH - _MARGIN, page.at + 2), LINE)
    page.at += 6


def _entry(page: Page, one: Coming, speech: Speech, today: date) -> None:
    top = page.at
    page.text(_DAY, [str(one.projection.day.day)], size=24, weight="bold", color=INK, anchor="middle")
    below, page.at = page.at, top + 2
    page.text(_TEXT, wrap(one.title, _ROOM, 14.5, "bold"), size=14.5, weight="bold")
    page.text(_TEXT, wrap(_note(one, speech, today), _ROOM, 12.5, most=2), size=12.5, color=FAINT)
    page.at = max(page.at, below) + 6


def _note(one: Coming, speech: Speech, today: date) -> str:
    days = (one.projection.day - today).days
    when = speech.ngettext("in {n} day", "in {n} days", days) if days > 0 else speech.gettext("today")
    earliest = speech.gettext("at the earliest") if one.projection.basis is Basis.EARLIEST else ""
    article = one.projection.effect.article
    return ", ".join(filter(None, (when, earliest, "" if article == "none" else article)))


def _on(day: date, speech: Speech) -> str:
    return speech.day(When(day))
