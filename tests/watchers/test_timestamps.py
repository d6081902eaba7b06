from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchers.timestamps import from_parts, moment, plausible

NOW = datetime(2025, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("Sat, 22 Nov 2025 01:30:00 +0300", "2025-11-22T01:30:00+03:00"),
        ("Sat, 22 Nov 2025 01:30:00 GMT", "2025-11-22T01:30:00+00:00"),
        ("Sat, 22 Nov 2025 01:30:00 EST", "2025-11-22T01:30:00-05:00"),
        ("22 Nov 25 01:30:00 +0100", "2025-11-22T01:30:00+01:00"),
        ("2025-11-22T01:30:00Z", "2025-11-22T01:30:00+00:00"),
        ("2025-11-22T01:30:00.123+02:00", "2025-11-22T01:30:00+02:00"),
        ("2025-11-22 01:30:00 +0200", "2025-11-22T01:30:00+02:00"),
        ("2025-11-22 01:30", "2025-11-22T01:30:00+00:00"),
        ("2025-11-22", "2025-11-22T00:00:00+00:00"),
        ("Sat, 22 Nov 2025 01:30:00 MSK", "2025-11-22T01:30:00+03:00"),
        ("Sat, 22 Nov 2025 01:30:00 EET", "2025-11-22T01:30:00+02:00"),
        ("Sat, 22 Nov 2025 01:30:00 XYZ", "2025-11-22T01:30:00+00:00"),
        ("22.11.2025 01:30", "2025-11-22T01:30:00+00:00"),
        ("22.11.2025 01:30:15 МСК", "2025-11-22T01:30:15+03:00"),
        ("Сб, 22 ноя 2025 01:30:00 +0300", "2025-11-22T01:30:00+03:00"),
        ("22 ноября 2025 г. в 01:30", "2025-11-22T01:30:00+00:00"),
        ("22 листопада 2025, 01:30", "2025-11-22T01:30:00+00:00"),
        ("1 червня 2025 о 9:05", "2025-06-01T09:05:00+00:00"),
        ("lundi 22 décembre 2025 01:30", "2025-12-22T01:30:00+00:00"),
        ("1er août 2025", None),
        ("Mar. 3 août 2025 10:00", "2025-08-03T10:00:00+00:00"),
        ("November 22, 2025 1:30 PM", "2025-11-22T13:30:00+00:00"),
        ("Sat, 22 Nov 2025 01:30:60 +0000", "2025-11-22T01:30:59+00:00"),
        ("Sat, 22 Nov 2025 24:00:00 +0000", None),
        ("30.02.2025 10:00", None),
        ("0000-00-00 00:00:00", None),
        ("2025-11-22T01:30:00+99:00", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_dates_are_read_with_their_own_offset(text: str, iso: str | None) -> None:
    read = moment(text)
    assert (read.isoformat() if read else None) == iso


def test_a_broken_clock_is_not_believed() -> None:
    assert plausible(datetime(1970, 1, 1, tzinfo=UTC), NOW) is None
    assert plausible(datetime(2038, 1, 19, tzinfo=UTC), NOW) is None
    assert plausible(datetime(2025, 11, 23, 11, tzinfo=UTC), NOW) is not None
    assert plausible(datetime.max.replace(tzinfo=UTC), NOW) is None


def test_time_tuples_out_of_range_are_none() -> None:
    assert from_parts((-1, 11, 30, 0, 0, 0, 0, 1, 0)) is None
    assert from_parts((2025, 11, 22, 1, 30, 61, 5, 326, 0)) == datetime(2025, 11, 22, 1, 30, 59, tzinfo=UTC)
    assert from_parts(None) is None


@given(st.text(max_size=60) | st.text("0123456789-:.+T ZaMnov,", max_size=40))
def test_any_text_can_be_tried_as_a_date(text: str) -> None:
    read = moment(text)
    assert read is None or read.tzinfo is not None
    plausible(read, NOW)
