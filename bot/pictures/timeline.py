"""The timeline of one case: every stage with its date and sources, today, and when the exit takes effect."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

from bot.message import Picture
from bot.pictures.drawing import FAINT, GREEN, INK, LINE, PURPLE, RED, WIDTH, Page, wrap
from bot.pictures.raster import png
from bot.plain import isolated
from bot.wording import promise, stage_words
from treaties.matching import latest
from treaties.model import When
from treaties.projection import Basis
from treaties.stages import rank

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from bot.pictures.drawing import Shape
    from bot.speech import Speech
    from treaties.model import Case, Event
    from treaties.projection import Projection

_MARGIN: Final = 16
_SPINE: Final = 28
_TEXT: Final = 50
_ROOM: Final = WIDTH - _TEXT - _MARGIN
_OUTLETS_SHOWN: Final = 3
_MOST_EVENTS: Final = 16
# Shorter gaps between two steps are not worth a word.
_GAP_DAYS: Final = 30


def timeline_svg(case: Case, title: str, speech: Speech, today: date, projection: Projection | None = None) -> str:
    """The picture as SVG.

    Args:
        case: the case with its events in order of time.
        title: state and treaty, as the heading.
        speech: the language of the picture.
        today: the day on which it is drawn.
        projection: when the exit takes effect, if that can be told.
    """
    page = Page(alt_text(case, title, speech, projection))
    page.at = 10
    page.text(_MARGIN, wrap(title, WIDTH - 2 * _MARGIN, 19, "bold"), size=19, weight="bold")
    page.at += 8
    spine, start = page.position, page.at + 14
    shown = case.events[-_MOST_EVENTS:]
    if len(case.events) > len(shown):
        left_out = len(case.events) - len(shown)
        page.text(
            _TEXT,
            [speech.ngettext("{n} earlier step is not shown", "{n} earlier steps are not shown", left_out)],
            size=12,
            color=FAINT,
        )
    if not shown:
        page.text(_TEXT, [speech.gettext("No withdrawal is known.")], size=15)
    _events(page, shown, speech, today)
    _coming(page, projection, speech, today)
    end = page.at - 10
    page.at += 8
    page.text(
        WIDTH - _MARGIN,
        [speech.gettext("As known on {day}", day=_on(today, speech))],
        size=11,
        color=FAINT,
        anchor="end",
    )
    page.at += 8
    if shown or projection:
        page.line((_SPINE, start), (_SPINE, end), LINE)
        page.behind(spine)
    return page.svg()


def timeline_picture(
    case: Case, title: str, speech: Speech, today: date, projection: Projection | None = None
) -> Picture:
    """The picture as PNG, with the words that stand for it."""
    svg = timeline_svg(case, title, speech, today, projection)
    return Picture(png(svg), alt_text(case, title, speech, projection), f"timeline-{case.state}-{case.treaty}.png")


def alt_text(case: Case, title: str, speech: Speech, projection: Projection | None) -> str:
    """What the picture shows, for those who do not see it."""
    steps = "; ".join(f"{speech.day(event.when)}: {stage_words(event.stage, speech)}" for event in case.events)
    parts = [
        title,
        steps or speech.gettext("No withdrawal is known."),
        *([promise(projection, speech)] if projection else []),
    ]
    return ". ".join(parts)


def _events(page: Page, events: Sequence[Event], speech: Speech, today: date) -> None:
    now = latest(tuple(events)) if events else None
    told_today = False
    for before, event in pairwise([None, *events]):
        if not told_today and event is not None and event.when and event.when.day > today:
            _today(page, speech, today)
            told_today = True
        if event:
            _event(page, event, speech, now=event is now, gap=_gap(before, event, speech))
    if events and not told_today:
        _today(page, speech, today)


def _event(page: Page, event: Event, speech: Speech, *, now: bool, gap: str) -> None:
    top = page.at
    page.text(_TEXT, [" · ".join(filter(None, (speech.day(event.when), gap)))], size=13, color=FAINT)
    off_road = rank(event.stage) is None
    words = stage_words(event.stage, speech)
    heading = wrap(words[0].upper() + words[1:], _ROOM, 16, "bold")
    page.text(_TEXT, heading, size=16, weight="bold", color=RED if off_road else INK)
    page.text(_TEXT, wrap(_told_by(event, speech), _ROOM, 12.5, most=2), size=12.5, color=FAINT)
    for line in _disputed(event, speech):
        page.text(_TEXT, wrap(line, _ROOM, 12.5, most=4), size=12.5, color=PURPLE)
    shape: Shape = "side" if off_road else "now" if now else "done"
    page.mark(_SPINE, top + 19, shape)
    page.at += 12


def _told_by(event: Event, speech: Speech) -> str:
    outlets = list(dict.fromkeys(isolated(source.outlet) for source in event.sources if source.outlet))
    if not outlets:
        return speech.gettext("no source recorded")
    named = ", ".join(outlets[:_OUTLETS_SHOWN])
    if len(outlets) == 1:
        return named
    count = speech.ngettext("{n} independent source", "{n} independent sources", event.voices)
    more = len(outlets) - _OUTLETS_SHOWN
    return f"{count}: {named}" + (f" +{more}" if more > 0 else "")


def _disputed(event: Event, speech: Speech) -> list[str]:
    if not event.disputed:
        return []
    told = []
    for when in event.told_dates:
        names = list(dict.fromkeys(isolated(source.outlet) for source in event.sources if source.says == when))
        told.append(f"{speech.day(when)} ({', '.join(names[:_OUTLETS_SHOWN])})")
    return [speech.gettext("Sources disagree: {dates}", dates="; ".join(told))]


def _gap(before: Event | None, event: Event, speech: Speech) -> str:
    """How long after the step before, where that is long enough to be worth a word."""
    if before is None or before.when is None or event.when is None:
        return ""
    days = (event.when.day - before.when.day).days
    return speech.ngettext("{n} day later", "{n} days later", days) if days >= _GAP_DAYS else ""


def _today(page: Page, speech: Speech, today: date) -> None:
    page.line((_SPINE - 10, page.at + 10), (WIDTH - _MARGIN, page.at + 10), LINE, dashed=True)
    page.at += 12
    page.text(
        WIDTH - _MARGIN,
        [speech.gettext("today, {day}", day=_on(today, speech))],
        size=12,
        color=FAINT,
        anchor="end",
    )
    page.at += 6


def _coming(page: Page, projection: Projection | None, speech: Speech, today: date) -> None:
    if projection is None:
        return
    top = page.at
    page.text(_TEXT, wrap(promise(projection, speech), _ROOM, 15, "bold"), size=15, weight="bold", color=GREEN)
    notes = []
    if projection.day > today and projection.basis is not Basis.IF_TODAY:
        days = (projection.day - today).days
        notes.append(speech.ngettext("in {n} day", "in {n} days", days))
    if projection.effect.article not in {"", "none"}:
        notes.append(projection.effect.article)
    if notes:
        page.text(_TEXT, wrap(", ".join(notes), _ROOM, 12.5, most=2), size=12.5, color=FAINT)
    page.mark(_SPINE, top + 11, "coming")
    page.at += 12


def _on(day: date, speech: Speech) -> str:
    return speech.day(When(day))
