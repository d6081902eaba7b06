"""Countdowns: each reminder once and in time, the latest after an outage, none for what had passed already."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treaties.countdown import DAYS, due_reminder

DAY = date(2026, 8, 27)
LONG_AGO = date(2026, 1, 1)


@pytest.mark.parametrize(
    ("left", "due"),
    [(91, None), (90, 90), (89, 90), (31, 90), (30, 30), (8, 30), (7, 7), (2, 7), (1, 1), (0, 0), (-1, None)],
)
def test_the_latest_that_has_come_is_due(left: int, due: int | None) -> None:
    assert due_reminder(DAY, DAY - timedelta(days=left), LONG_AGO) == due


def test_what_had_passed_before_the_day_was_known_is_not_due() -> None:
    known = DAY - timedelta(days=60)
    assert due_reminder(DAY, known, known) is None
    assert due_reminder(DAY, DAY - timedelta(days=31), known) is None
    assert due_reminder(DAY, DAY - timedelta(days=30), known) == 30


@given(st.lists(st.integers(0, 120), min_size=1), st.integers(1, 200))
def test_whoever_asks_every_day_gets_each_once_and_in_order(asked: list[int], known_before: int) -> None:
    known = DAY - timedelta(days=known_before)
    days = [known + timedelta(days=number) for number in range(known_before + 5)]
    told = [number for day in days if (number := due_reminder(DAY, day, known)) is not None]
    assert list(dict.fromkeys(told)) == [number for number in DAYS if number < known_before]
    # Asked on some days only, nothing comes that is not due, and nothing older after something newer.
    some = [due_reminder(DAY, DAY - timedelta(days=left), known) for left in sorted(set(asked), reverse=True)]
    numbers = [number for number in some if number is not None]
    assert numbers == sorted(numbers, reverse=True)
