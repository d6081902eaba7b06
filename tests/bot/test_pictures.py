"""Pictures: what they say, that any text can be drawn in them, and that a phone can show them."""

from __future__ import annotations

import struct
from datetime import date, timedelta
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.pictures.calendar import calendar_picture, calendar_svg
from bot.pictures.drawing import WIDTH, lacks, width_of, wrap
from bot.pictures.raster import ZOOM, png
from bot.pictures.timeline import timeline_picture, timeline_svg
from bot.plain import FIRST_STRONG, POP, isolated, without_isolates
from bot.speech import Speech
from bot.upcoming import Coming
from treaties.model import Case, Event, Source, When
from treaties.projection import Basis, Projection
from treaties.registry import Knowledge
from treaties.stages import Stage
from treaties.timetable import Effect

if TYPE_CHECKING:
    from tests.bot.program import Run

KNOWLEDGE = Knowledge(treaties={}, states={}, institutions=(), words={}, stage_rules=())
ENGLISH = Speech("en", KNOWLEDGE)
TODAY = date(2026, 3, 10)
TITLE = "Latvia – Mine Ban Treaty"


def when(day: str) -> When:
    return When(date.fromisoformat(day))


def event(stage: Stage, day: str, *sources: Source) -> Event:
    return Event(f"{stage}-{day}", "LV", "ottawa", stage, when(day), sources or (Source("Baltic Courier"),))


CASE = Case(
    "LV",
    "ottawa",
    (
        event(Stage.ANNOUNCED, "2025-03-18"),
        event(
            Stage.PARLIAMENT_PASSED,
            "2025-04-16",
            Source("Baltic Courier", says=when("2025-04-16")),
            Source("Рижское время", says=when("2025-04-17")),
            Source("صحيفة الشمال", says=when("2025-04-16")),
        ),
        event(Stage.RETURNED, "2025-04-25"),
        event(Stage.NOTIFIED_DEPOSITARY, "2026-02-27"),
    ),
)


def projection(day: str, basis: Basis = Basis.NOTIFIED) -> Projection:
    effect = Effect(date.fromisoformat(day), "computed", "Article 20", "why", "clause", "", recalled=False)
    return Projection(date.fromisoformat(day), basis, effect)


def said(svg: str) -> list[str]:
    """Every text of a picture, from the top down."""
    return [node.text or "" for node in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]  # noqa: S314 - our own


def size_of(picture: bytes) -> tuple[int, int]:
    assert picture[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", picture[16:24])
    return width, height


def test_a_timeline_tells_every_step_with_its_day_and_sources_then_today_then_the_effect() -> None:
    told = said(timeline_svg(CASE, TITLE, ENGLISH, TODAY, projection("2026-08-27")))
    wanted = [
        TITLE,
        "18 March 2025",
        "Announced",
        "16 April 2025",
        "Passed by parliament",
        "25 April 2025",
        "Returned to parliament",
        "27 February 2026 · 308 days later",
        "Depositary notified",
        "today, 10 March 2026",
        "Takes effect on 27 August 2026",
        "in 170 days, Article 20",
    ]
    assert [line for line in told if line in wanted] == wanted
    assert told[told.index("Announced") + 1] == "Baltic Courier"


def test_a_timeline_shows_which_source_gives_which_day() -> None:
    told = without_isolates(" ".join(said(timeline_svg(CASE, TITLE, ENGLISH, TODAY))))
    assert "Sources disagree: 16 April 2025 (Baltic Courier, صحيفة الشمال); 17 April 2025 (Рижское время)" in told


def test_a_name_from_right_to_left_is_set_off_on_every_line_over_which_it_runs() -> None:
    lines = wrap(f"2 sources: {isolated('صحيفة الشمال')}, Baltic Courier", 120, 12.5)
    name = [line for line in lines if FIRST_STRONG in line]
    assert len(name) == 2
    assert all(line.count(FIRST_STRONG) == line.count(POP) == 1 for line in name)
    assert without_isolates(" ".join(lines)) == "2 sources: صحيفة الشمال, Baltic Courier"


def test_what_is_yet_to_come_stands_under_today() -> None:
    case = Case("LV", "ottawa", (*CASE.events, event(Stage.IN_EFFECT, "2026-08-27")))
    told = said(timeline_svg(case, TITLE, ENGLISH, TODAY))
    assert told.index("today, 10 March 2026") < told.index("27 August 2026 · 181 days later")


def test_moves_off_the_road_have_a_mark_of_their_own() -> None:
    with_return = timeline_svg(CASE, TITLE, ENGLISH, TODAY)
    without = timeline_svg(Case("LV", "ottawa", (CASE.events[0],)), TITLE, ENGLISH, TODAY)
    assert with_return.count("<path") == 1
    assert without.count("<path") == 0


def test_a_case_without_events_says_so() -> None:
    assert "No withdrawal is known." in said(timeline_svg(Case("LV", "ottawa"), TITLE, ENGLISH, TODAY))


def test_the_oldest_steps_of_a_very_long_case_are_counted_instead_of_shown() -> None:
    steps = tuple(event(Stage.POSTPONED, str(date(2024, 1, 1) + timedelta(days=n))) for n in range(30))
    told = said(timeline_svg(Case("LV", "ottawa", steps), TITLE, ENGLISH, TODAY))
    assert "14 earlier steps are not shown" in told
    assert told.count("Postponed") == 16


def test_a_picture_has_words_for_those_who_do_not_see_it() -> None:
    picture = timeline_picture(CASE, TITLE, ENGLISH, TODAY, projection("2026-08-27", Basis.EARLIEST))
    assert picture.alt.startswith(f"{TITLE}. 18 March 2025: announced; 16 April 2025: passed by parliament")
    assert picture.alt.endswith("Not in effect before 27 August 2026")
    assert picture.name == "timeline-LV-ottawa.png"


def test_a_timeline_of_the_longest_kind_fits_what_telegram_takes() -> None:
    sources = tuple(
        Source("An outlet with a rather long name " * 3 + str(n), says=when(f"2025-04-{n + 1:02}")) for n in range(9)
    )
    steps = tuple(
        Event(str(n), "LV", "ottawa", Stage.PARLIAMENT_PASSED, when("2025-04-16"), sources) for n in range(40)
    )
    width, height = size_of(timeline_picture(Case("LV", "ottawa", steps), TITLE * 9, ENGLISH, TODAY).png)
    assert width == WIDTH * ZOOM
    assert width + height <= 10_000  # https://core.telegram.org/bots/api#sendphoto


def test_the_calendar_goes_month_by_month_with_days_to_go() -> None:
    shown = [
        Coming("Lithuania – Mine Ban Treaty", projection("2026-04-27")),
        Coming("Latvia – Mine Ban Treaty", projection("2026-03-10")),
        Coming("Chad – Rome Statute", projection("2026-04-02", Basis.EARLIEST)),
    ]
    told = said(calendar_svg(shown, ENGLISH, TODAY))
    assert told[2:] == [
        "March 2026", "10", "Latvia – Mine Ban Treaty", "today, Article 20",
        "April 2026", "2", "Chad – Rome Statute", "in 23 days, at the earliest, Article 20",
        "27", "Lithuania – Mine Ban Treaty", "in 48 days, Article 20",
    ]  # fmt: skip


def test_a_calendar_of_nothing_says_so() -> None:
    assert "No exit is on its way." in said(calendar_svg([], ENGLISH, TODAY))


def test_a_calendar_ends_with_how_many_are_left_out() -> None:
    shown = [Coming(f"Case {n}", projection("2026-04-27")) for n in range(40)]
    assert said(calendar_svg(shown, ENGLISH, TODAY))[-1] == "… and 16 more"
    assert sum(size_of(calendar_picture(shown, ENGLISH, TODAY).png)) <= 10_000


@settings(deadline=None)  # drawing takes as long as the machine is busy
@given(st.text(max_size=600), st.text(max_size=600))
def test_any_text_can_be_drawn(title: str, outlet: str) -> None:
    case = Case("LV", "ottawa", (event(Stage.ANNOUNCED, "2025-03-18", Source(outlet), Source(title)),))
    assert size_of(png(timeline_svg(case, title, ENGLISH, TODAY)))[0] == WIDTH * ZOOM


@given(st.text(max_size=300), st.floats(60, 400), st.integers(1, 5))
def test_no_line_is_wider_than_its_room(text: str, room: float, most: int) -> None:
    lines = wrap(text, room, 14, most=most)
    assert len(lines) <= most
    assert all(width_of(line, 14) <= room for line in lines)


def test_what_is_cut_off_ends_with_an_ellipsis() -> None:
    lines = wrap("word " * 100, 100, 14, most=2)
    assert len(lines) == 2
    assert lines[-1].endswith("…")


@pytest.mark.parametrize("text", ["Рижское время", "Київ, їжак", "صحيفة الشمال", "Łódź Ñandú Übergröße", "– · … “„"])
def test_the_font_has_the_scripts_of_the_outlets(text: str) -> None:
    assert not lacks(text)


def test_a_script_that_the_font_lacks_is_known_as_such() -> None:
    assert lacks("日本")


@pytest.mark.parametrize("name", ["case.png", "case.svg", "CASE.PNG"])
def test_the_command_draws_a_timeline(run: Run, name: str) -> None:
    code, out, err = run("timeline", "Russia", "ecpt", "-o", name, "--lang", "fr")
    assert (code, out, err) == (0, f"drawn to {name}\n", "")


def test_the_command_draws_the_calendar(run: Run) -> None:
    assert run("calendar", "-o", "coming.svg")[:2] == (0, "drawn to coming.svg\n")


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("-o", "case.gif"), "case.gif: pictures are .png or .svg"),
        (("-o", "nowhere/case.png"), "nowhere/case.png: No such file"),
        (("-o", "case.png", "--lang", "xx"), "--lang is 'xx'; give one of en,"),
    ],
)
def test_the_command_says_what_it_cannot_draw(run: Run, words: tuple[str, ...], complaint: str) -> None:
    code, out, err = run("timeline", "RU", "ecpt", *words)
    assert (code, out) == (1, "")
    assert err.startswith(f"treatywatch: {complaint}")
