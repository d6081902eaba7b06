"""Times as people type them; what cannot be read is nothing, never a guess."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversation import times

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2025, 10, 3, 9, 0, tzinfo=UTC)  # 11:00 in Paris


@pytest.mark.parametrize(
    ("text", "clock"),
    [("7", "07:00"), ("07:30", "07:30"), ("7.30", "07:30"), ("9pm", "21:00"), ("12 am", "00:00"), ("12pm", "12:00"),
     ("24:00", None), ("7:60", None), ("13pm", None), ("0am", None), ("", None), ("soon", None), ("٧", "07:00")],
)  # fmt: skip
def test_a_time_of_day(text: str, clock: str | None) -> None:
    assert times.clock(text) == clock


@pytest.mark.parametrize("text", ["22:00-07:00", "22-7", "22:00–7", "22:00 7:00", "10pm to 7am", "22 bis 7", "22 до 7"])
def test_hours_from_and_to(text: str) -> None:
    assert times.span(text) == ("22:00", "07:00")


@pytest.mark.parametrize("text", ["22:00", "", "a-b", "25-7", "22-7-9"])
def test_hours_that_are_none(text: str) -> None:
    assert times.span(text) is None


@pytest.mark.parametrize(
    ("text", "length"),
    [("8h", timedelta(hours=8)), ("30 min", timedelta(minutes=30)), ("2 days", timedelta(days=2)),
     ("1 week", timedelta(weeks=1)), ("3 дня", timedelta(days=3)), ("2 години", timedelta(hours=2)),
     ("5 Tage", timedelta(days=5)), ("2 heures", timedelta(hours=2)), ("1 semana", timedelta(weeks=1)),
     ("0h", None), ("400d", None), ("9999w", None), ("8", None), ("h", None), ("8 moons", None)],
)  # fmt: skip
def test_a_length(text: str, length: timedelta | None) -> None:
    assert times.length(text) == length


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("8h", datetime(2025, 10, 3, 17, 0, tzinfo=UTC)),
        ("for 2 days", datetime(2025, 10, 5, 9, 0, tzinfo=UTC)),
        ("until tomorrow 9:00", datetime(2025, 10, 4, 7, 0, tzinfo=UTC)),
        ("until tomorrow", datetime(2025, 10, 4, 7, 0, tzinfo=UTC)),
        ("до завтра 9:00", datetime(2025, 10, 4, 7, 0, tzinfo=UTC)),
        ("bis morgen um 9", datetime(2025, 10, 4, 7, 0, tzinfo=UTC)),
        ("until 18:00", datetime(2025, 10, 3, 16, 0, tzinfo=UTC)),
        ("until 10:00", datetime(2025, 10, 4, 8, 0, tzinfo=UTC)),  # has passed today
        ("2025-11-01 8:00", datetime(2025, 11, 1, 7, 0, tzinfo=UTC)),  # winter time by then
        ("today 8:00", None),
        ("2025-09-01", None),
        ("2027-01-01", None),
        ("2025-02-30", None),
        ("tomorrow noon", None),
        ("until", None),
        ("", None),
    ],
)
def test_a_moment(text: str, moment: datetime | None) -> None:
    assert times.moment(text, NOW, PARIS) == moment


@pytest.mark.parametrize(
    ("text", "zone"),
    [("Europe/Paris", "Europe/Paris"), ("europe/paris", "Europe/Paris"), ("Paris", "Europe/Paris"),
     ("new york", "America/New_York"), ("America/New York", "America/New_York"), ("utc", "UTC"), ("UTC+3", "Etc/GMT-3"),
     ("+3", "Etc/GMT-3"), ("gmt-5", "Etc/GMT+5"), ("UTC+0", "UTC"), ("UTC+15", None), ("UTC-13", None),
     ("../etc", None), ("", None), ("Mars", None)],
)  # fmt: skip
def test_a_time_zone(text: str, zone: str | None) -> None:
    assert times.zone(text) == zone


@given(st.text(max_size=60), st.datetimes(timezones=st.just(UTC)))
def test_any_text_can_be_read_as_a_time(text: str, now: datetime) -> None:
    times.clock(text)
    times.span(text)
    times.zone(text)
    length = times.length(text)
    assert length is None or timedelta() < length <= times.LONGEST
    if datetime(1990, 1, 1, tzinfo=UTC) < now < datetime(9000, 1, 1, tzinfo=UTC):
        moment = times.moment(text, now, PARIS)
        assert moment is None or now < moment <= now + times.LONGEST
