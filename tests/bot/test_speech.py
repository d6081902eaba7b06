"""Languages: dates and names as each has them, and English where there is nothing better."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.speech import Speech
from treaties.model import Precision, When
from treaties.registry import Knowledge

KNOWLEDGE = Knowledge(treaties={}, states={}, institutions=(), words={}, stage_rules=())


@pytest.mark.parametrize(
    ("lang", "precision", "said"),
    [
        ("en", Precision.DAY, "29 September 2025"),
        ("en", Precision.MONTH, "September 2025"),
        ("en", Precision.YEAR, "2025"),
        ("de", Precision.DAY, "29. September 2025"),
        ("ru", Precision.DAY, "29 сентября 2025\u202fг."),
        ("uk", Precision.MONTH, "вересень 2025\u202fр."),
    ],
)
def test_a_date_is_said_as_the_language_says_it(lang: str, precision: Precision, said: str) -> None:
    assert Speech(lang, KNOWLEDGE).day(When(date(2025, 9, 29), precision)) == said


def test_an_unknown_language_is_answered_in_english() -> None:
    assert Speech("xx", KNOWLEDGE).lang == "en"


def test_a_moment_is_told_by_the_clock_of_the_place() -> None:
    moment = datetime(2025, 9, 29, 21, 30, tzinfo=UTC)
    assert Speech("en", KNOWLEDGE).moment(moment, ZoneInfo("Europe/Riga")) == "30 Sep 2025, 00:30"


def test_a_state_has_its_name_in_the_language() -> None:
    assert Speech("fr", KNOWLEDGE).state("LV") == "Lettonie"
