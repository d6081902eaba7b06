"""Quiet hours go by the clocks of the channel, over midnight and through the change of summer time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treaties.quiet import quiet_until

RIGA = ZoneInfo("Europe/Riga")
WITHOUT_SUMMER_TIME = {"Asia/Kolkata", "UTC"}


def at(text: str) -> datetime:
    """A moment by the clocks of Riga."""
    return datetime.fromisoformat(text).replace(tzinfo=RIGA)


@pytest.mark.parametrize(
    ("now", "start", "end", "until"),
    [
        ("2025-11-03T23:00", "22:00", "07:00", "2025-11-04T07:00"),
        ("2025-11-04T06:59", "22:00", "07:00", "2025-11-04T07:00"),
        ("2025-11-03T22:00", "22:00", "07:00", "2025-11-04T07:00"),
        ("2025-11-04T07:00", "22:00", "07:00", None),
        ("2025-11-03T21:59", "22:00", "07:00", None),
        ("2025-11-03T13:00", "12:00", "14:00", "2025-11-03T14:00"),
        ("2025-11-03T15:00", "12:00", "14:00", None),
        ("2025-11-03T15:00", "12:00", "12:00", None),
        # The night in which the clocks go forward at 03:00, and the one in which they go back at 04:00.
        ("2025-03-30T00:30", "22:00", "07:00", "2025-03-30T07:00"),
        ("2025-10-26T00:30", "22:00", "07:00", "2025-10-26T07:00"),
    ],
)
def test_quiet_hours(now: str, start: str, end: str, until: str | None) -> None:
    found = quiet_until(at(now).astimezone(UTC), "Europe/Riga", start, end)
    assert found == (at(until).astimezone(UTC) if until else None)


@pytest.mark.parametrize(("start", "end"), [(None, None), ("22:00", None), (None, "07:00")])
def test_without_both_ends_there_are_none(start: str | None, end: str | None) -> None:
    assert quiet_until(at("2025-11-03T23:00"), "Europe/Riga", start, end) is None


times = st.times().map(lambda time: f"{time:%H:%M}")


@given(
    now=st.datetimes(datetime(2025, 1, 1), datetime(2025, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001 - hypothesis wants bounds without zones
    zone=st.sampled_from(["Europe/Riga", "America/New_York", "Asia/Kolkata", "Pacific/Chatham", "UTC"]),
    start=times,
    end=times,
)
def test_quiet_hours_always_end_within_a_day_and_an_hour(now: datetime, zone: str, start: str, end: str) -> None:
    until = quiet_until(now, zone, start, end)
    if until is not None:
        assert now < until <= now + timedelta(hours=25)
        if zone in WITHOUT_SUMMER_TIME:
            assert f"{until.astimezone(ZoneInfo(zone)):%H:%M}" == end
