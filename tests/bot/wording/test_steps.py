"""The bar: done, now, open, and the moves off the road."""

from __future__ import annotations

from datetime import date

import pytest

from bot.wording.steps import in_order, stage_bar
from tests.bot.wording.cases import ENGLISH, GERMAN
from treaties.model import When
from treaties.stages import Stage

S = Stage


@pytest.mark.parametrize(
    ("stages", "now", "bar"),
    [
        (
            [S.ANNOUNCED],
            S.ANNOUNCED,
            "◉ announcement  ○ government  ○ bill  ○ parliament  ○ signature  ○ notification  ○ exit",
        ),
        (
            [S.GOVERNMENT_APPROVED, S.BILL_SUBMITTED],
            S.BILL_SUBMITTED,
            "● government  ◉ bill  ○ parliament  ○ signature  ○ notification  ○ exit",
        ),
        (
            [S.BILL_SUBMITTED, S.LOWER_HOUSE_PASSED],
            S.LOWER_HOUSE_PASSED,
            "● bill  ◉ lower house  ○ upper house  ○ signature  ○ notification  ○ exit",
        ),
        (
            [S.LOWER_HOUSE_PASSED, S.UPPER_HOUSE_PASSED, S.PARLIAMENT_PASSED, S.SIGNED_INTO_LAW],
            S.SIGNED_INTO_LAW,
            "● lower house  ● upper house  ◉ signature  ○ notification  ○ exit",
        ),
        (
            [S.PARLIAMENT_PASSED, S.RETURNED],
            S.RETURNED,
            "● parliament  ◉ ↩ sent back  ○ signature  ○ notification  ○ exit",
        ),
        (
            [S.PARLIAMENT_PASSED, S.RETURNED, S.PARLIAMENT_PASSED],
            S.PARLIAMENT_PASSED,
            "● ↩ sent back  ◉ parliament  ○ signature  ○ notification  ○ exit",
        ),
        (
            [S.ANNOUNCED, S.SUSPENDED, S.NOTIFIED_DEPOSITARY],
            S.NOTIFIED_DEPOSITARY,
            "● announcement  ● ⏸ suspension  ◉ notification  ○ exit",
        ),
        ([S.NOTIFIED_DEPOSITARY, S.IN_EFFECT], S.IN_EFFECT, "● notification  ◉ exit"),
        ([S.NOTIFIED_DEPOSITARY, S.IN_EFFECT], S.NOTIFIED_DEPOSITARY, "◉ notification  ● exit"),
        ([S.NOTIFIED_DEPOSITARY, S.RESCINDED], S.RESCINDED, "● notification  ◉ ↩ notification taken back"),
        (
            [S.IN_EFFECT, S.REJOINED, S.ANNOUNCED, S.NOTIFIED_DEPOSITARY],
            S.NOTIFIED_DEPOSITARY,
            "● ↩ return  ● announcement  ◉ notification  ○ exit",
        ),
    ],
)
def test_the_bar_shows_what_is_done_what_is_now_and_what_is_open(stages: list[Stage], now: Stage, bar: str) -> None:
    assert stage_bar(stages, now, ENGLISH) == bar


def test_the_bar_speaks_the_language_of_the_chat() -> None:
    assert stage_bar([S.NOTIFIED_DEPOSITARY], S.NOTIFIED_DEPOSITARY, GERMAN) == "◉ Notifikation  ○ Austritt"


def test_steps_stand_in_order_of_time_and_undated_ones_where_they_belong() -> None:
    march, april = When(date(2025, 3, 1)), When(date(2025, 4, 1))
    steps = [(S.PARLIAMENT_PASSED, april), (S.ANNOUNCED, None), (S.BILL_SUBMITTED, march), (S.SUSPENDED, None)]
    assert in_order(steps) == [S.ANNOUNCED, S.BILL_SUBMITTED, S.PARLIAMENT_PASSED, S.SUSPENDED]


def test_steps_of_one_day_stand_in_their_usual_order() -> None:
    day = When(date(2025, 4, 1))
    assert in_order([(S.SIGNED_INTO_LAW, day), (S.UPPER_HOUSE_PASSED, day)]) == [
        S.UPPER_HOUSE_PASSED,
        S.SIGNED_INTO_LAW,
    ]
