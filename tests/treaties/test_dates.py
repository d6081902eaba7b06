from __future__ import annotations

import tomllib
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treaties.model import Precision, When
from treaties.reading.dates import find_dates, is_ahead, is_old
from treaties.reading.mentions import Lexicon
from treaties.reading.text import sentences
from treaties.registry import Knowledge, Words

if TYPE_CHECKING:
    from treaties.reading.marks import Frame

WORDS = Path(__file__).parents[2] / "config" / "words" / "en.toml"
WEDNESDAY = date(2025, 9, 24)
DAYS = st.dates(date(1900, 1, 1), date(2100, 12, 31))
MONTHS = tuple(f"{date(2025, number, 1):%B}" for number in range(1, 13))


@cache
def english() -> Lexicon:
    sections = tomllib.loads(WORDS.read_text(encoding="utf-8"))
    words = {
        section: {key: tuple(patterns) for key, patterns in keys.items()}
        for section, keys in sections.items()
        if isinstance(keys, dict)
    }
    return Lexicon(Knowledge({}, {}, (), {"en": Words("en", words)}, ()))


def frame(text: str) -> Frame:
    (found,) = english().frames(sentences(text, ""), "en", None)
    return found


def dates(text: str, published: date | None = WEDNESDAY, anchor: int | None = None) -> list[str]:
    return [str(dated.when) for dated in find_dates(frame(text), published, anchor)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("on 2025-09-17", "2025-09-17"),
        ("on 17.09.2025", "2025-09-17"),
        ("on 8 September 2025", "2025-09-08"),
        ("on September 8, 2025", "2025-09-08"),
        ("on the 8th September 2025", "2025-09-08"),
        ("on Sept. 29", "2025-09-29"),
        ("on 25 August", "2025-08-25"),
        ("on May 5", "2025-05-05"),
        ("in March 2022", "2022-03"),
        ("in late August", "2025-08"),
        ("since 2022", "2022"),
    ],
)
def test_a_written_date_is_read_as_far_as_it_goes(text: str, expected: str) -> None:
    assert dates(f"It left {text} for good") == [expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("today", "2025-09-24"),
        ("yesterday", "2025-09-23"),
        ("this month", "2025-09"),
        ("last month", "2025-08"),
        ("this year", "2025"),
        ("last year", "2024"),
        ("on Wednesday", "2025-09-24"),
        ("on Tuesday", "2025-09-23"),
        ("on Thursday", "2025-09-18"),
    ],
)
def test_a_relative_date_counts_from_the_day_of_publication(text: str, expected: str) -> None:
    assert dates(f"It voted {text} to leave") == [expected]
    assert dates(f"It voted {text} to leave", published=None) == []


def test_last_month_of_a_january_is_december() -> None:
    assert dates("It voted last month", published=date(2026, 1, 5)) == ["2025-12"]


@pytest.mark.parametrize(
    ("text", "published", "expected"),
    [
        ("on 31 December", date(2026, 1, 2), "2025-12-31"),
        ("on 2 January", date(2025, 12, 30), "2026-01-02"),
        ("on 1 April", WEDNESDAY, "2025-04-01"),
        ("on 29 February", date(2025, 3, 1), "2024-02-29"),
    ],
)
def test_a_day_without_a_year_is_the_nearest_such_day(text: str, published: date, expected: str) -> None:
    assert dates(f"It left {text}", published) == [expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("in September", "2025-09"),
        ("in October", "2025-10"),
        ("in December", "2025-12"),
        ("in January", "2025-01"),
        ("in August", "2025-08"),
    ],
)
def test_a_month_alone_is_the_last_such_month_unless_it_comes_soon(text: str, expected: str) -> None:
    assert dates(f"It left {text}") == [expected]


@pytest.mark.parametrize(
    "text",
    [
        "It may leave",
        "They march to leave",
        "On 31.02.2025 it left",
        "On 2025-13-01 it left",
        "The 17 states left",
        "Room 2022",
        "All 2025 delegates",
        "It left that year",
        "In 1789 it left",
    ],
)
def test_what_is_no_date_or_cannot_be_one_is_ignored(text: str) -> None:
    assert dates(text) == []


@pytest.mark.parametrize("text", ["on 8 September", "in September", "on Monday"])
def test_without_a_day_of_publication_nothing_is_guessed(text: str) -> None:
    assert dates(f"It left {text}", published=None) == []


def test_that_year_is_the_year_told_of_before() -> None:
    assert dates("It left that year", anchor=2022) == ["2022"]


def test_several_dates_come_in_order_with_their_places() -> None:
    found = find_dates(frame("On 17 September it voted, on 2025-09-29 it signed"), WEDNESDAY, None)
    assert [str(dated.when) for dated in found] == ["2025-09-17", "2025-09-29"]
    assert [(dated.start, dated.end) for dated in found] == [(1, 3), (6, 7)]


@given(DAYS, st.none() | DAYS)
def test_a_full_date_is_read_whatever_the_day_of_publication(day: date, published: date | None) -> None:
    when = When(day)
    month = MONTHS[day.month - 1]
    for text in (f"{day.day} {month} {day.year}", f"{month} {day.day}, {day.year}", day.isoformat(), f"{day:%d.%m.%Y}"):
        assert [dated.when for dated in find_dates(frame(f"It left on {text}."), published, None)] == [when]


@given(DAYS, st.integers(0, 6))
def test_a_weekday_is_the_last_one_on_or_before_the_day_of_publication(published: date, back: int) -> None:
    meant = published - timedelta(days=back)
    assert dates(f"It left on {meant:%A}", published) == [meant.isoformat()]


@given(st.text(st.characters(exclude_categories=["Cs", "No"]), max_size=120), DAYS)
def test_any_text_can_be_searched_for_dates(text: str, published: date) -> None:
    for found in english().frames(sentences("", text), "en", published):
        for dated in find_dates(found, published, None):
            assert 0 <= dated.start < dated.end <= len(found.tokens)


@pytest.mark.parametrize(
    ("day", "old"),
    [(date(2025, 9, 24), False), (date(2025, 8, 10), False), (date(2025, 8, 9), True), (date(2025, 12, 1), False)],
)
def test_a_day_over_45_days_back_is_too_old_for_news(day: date, old: bool) -> None:  # noqa: FBT001 - expected value
    assert is_old(When(day), WEDNESDAY) is old


@pytest.mark.parametrize(
    ("when", "old"),
    [
        (When(date(2025, 9, 1), Precision.MONTH), False),
        (When(date(2025, 6, 1), Precision.MONTH), True),
        (When(date(2025, 1, 1), Precision.YEAR), False),
        (When(date(2024, 1, 1), Precision.YEAR), True),
    ],
)
def test_the_running_month_and_year_are_news_and_long_past_ones_are_not(when: When, old: bool) -> None:  # noqa: FBT001 - expected value
    assert is_old(when, WEDNESDAY) is old


@pytest.mark.parametrize(
    ("when", "ahead"),
    [
        (When(date(2025, 9, 25)), False),
        (When(date(2025, 9, 26)), True),
        (When(date(2025, 9, 1), Precision.MONTH), False),
        (When(date(2025, 10, 1), Precision.MONTH), True),
        (When(date(2025, 1, 1), Precision.YEAR), False),
        (When(date(2026, 1, 1), Precision.YEAR), True),
    ],
)
def test_a_day_after_publication_cannot_have_happened_but_for_one_day_of_grace(when: When, ahead: bool) -> None:  # noqa: FBT001 - expected value
    assert is_ahead(when, WEDNESDAY) is ahead
