from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treaties.digest import due_period, talk_of, tally
from treaties.model import Label, Mention

RIGA, NEW_YORK = "Europe/Riga", "America/New_York"
ZONES = st.sampled_from([RIGA, NEW_YORK, "UTC", "Asia/Kathmandu", "Pacific/Apia", "Australia/Lord_Howe"])
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds are naive
TIMES = st.builds(lambda hour, minute: f"{hour:02}:{minute:02}", st.integers(0, 23), st.integers(0, 59))
RHYTHMS = st.sampled_from(["daily", "weekly"])
SPANS = {"daily": timedelta(days=1), "weekly": timedelta(days=7)}
CLOCK_CHANGE = timedelta(hours=1)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def period(now: str, zone: str = "UTC", every: str = "daily", at: str = "07:00", since: str | None = None) -> list[str]:
    """The due period in the zone's own time."""
    found = due_period(utc(now), zone, every, at, utc(since) if since else None)
    assert found is not None
    return [moment.astimezone(ZoneInfo(zone)).strftime("%m-%d %H:%M") for moment in found]


def hours(now: str, zone: str, at: str) -> float:
    found = due_period(utc(now), zone, "daily", at, None)
    assert found is not None
    start, end = (moment.astimezone(UTC) for moment in found)
    return (end - start) / timedelta(hours=1)


def test_no_digest_is_due_when_they_are_off() -> None:
    assert due_period(utc("2025-09-24T12:00"), RIGA, "off", "07:00", None) is None


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2025-09-24T06:59", ["09-22 07:00", "09-23 07:00"]),
        ("2025-09-24T07:00", ["09-23 07:00", "09-24 07:00"]),
        ("2025-09-24T23:00", ["09-23 07:00", "09-24 07:00"]),
        ("2025-01-01T07:30", ["12-31 07:00", "01-01 07:00"]),
    ],
)
def test_a_day_ends_at_the_time_of_the_digest(now: str, expected: list[str]) -> None:
    assert period(now) == expected


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2025-09-22T06:59", ["09-08 07:00", "09-15 07:00"]),
        ("2025-09-22T07:00", ["09-15 07:00", "09-22 07:00"]),
        ("2025-09-28T23:59", ["09-15 07:00", "09-22 07:00"]),
    ],
)
def test_a_week_ends_on_monday(now: str, expected: list[str]) -> None:
    assert period(now, every="weekly") == expected


@pytest.mark.parametrize(
    ("now", "zone", "expected"),
    [
        ("2025-09-24T03:59", RIGA, ["09-22 07:00", "09-23 07:00"]),
        ("2025-09-24T04:00", RIGA, ["09-23 07:00", "09-24 07:00"]),
        ("2025-09-24T10:59", NEW_YORK, ["09-22 07:00", "09-23 07:00"]),
        ("2025-09-24T11:00", NEW_YORK, ["09-23 07:00", "09-24 07:00"]),
        ("2025-09-24T02:00", NEW_YORK, ["09-22 07:00", "09-23 07:00"]),
    ],
)
def test_the_time_is_that_of_the_channel(now: str, zone: str, expected: list[str]) -> None:
    assert period(now, zone) == expected


def test_a_monday_is_that_of_the_channel() -> None:
    assert period("2025-09-21T22:00", RIGA, "weekly", "00:30") == ["09-15 00:30", "09-22 00:30"]
    assert period("2025-09-22T02:00", NEW_YORK, "weekly", "22:30") == ["09-08 22:30", "09-15 22:30"]


@pytest.mark.parametrize(
    ("now", "zone", "length"),
    [
        ("2025-03-30T12:00", RIGA, 23),
        ("2025-10-26T12:00", RIGA, 25),
        ("2025-03-09T16:00", NEW_YORK, 23),
        ("2025-11-02T16:00", NEW_YORK, 25),
        ("2025-11-03T16:00", NEW_YORK, 24),
    ],
    ids=["Riga, spring", "Riga, autumn", "New York, spring", "New York, autumn", "the day after"],
)
def test_the_digest_keeps_its_local_time_when_the_clocks_change(now: str, zone: str, length: float) -> None:
    found = period(now, zone, at="07:00")
    assert [moment[-5:] for moment in found] == ["07:00", "07:00"]
    assert hours(now, zone, "07:00") == length


@pytest.mark.parametrize(
    ("zone", "at", "gap_ends"),
    [(RIGA, "03:30", "2025-03-30T01:00"), (NEW_YORK, "02:30", "2025-03-09T07:00")],
)
def test_a_skipped_time_is_a_moment_after_the_gap(zone: str, at: str, gap_ends: str) -> None:
    after = utc(gap_ends) + CLOCK_CHANGE
    found = due_period(after, zone, "daily", at, None)
    assert found is not None
    assert utc(gap_ends) <= found[1].astimezone(UTC) <= after
    before = due_period(utc(gap_ends) - timedelta(minutes=1), zone, "daily", at, None)
    assert before is not None
    assert before[1] < found[1]


@pytest.mark.parametrize(
    ("zone", "at", "first"), [(RIGA, "03:30", "2025-10-26T00:30"), (NEW_YORK, "01:30", "2025-11-02T05:30")]
)
def test_a_time_that_comes_twice_ends_one_period(zone: str, at: str, first: str) -> None:
    quarter = timedelta(minutes=15)
    ends = {
        found[1].astimezone(UTC)
        for n in range(20)
        if (found := due_period(utc(first) - quarter + n * quarter, zone, "daily", at, None))
    }
    assert sorted(ends)[1:] == [utc(first)]


def test_after_an_outage_one_period_is_due_and_nothing_falls_between() -> None:
    assert period("2025-09-24T12:00", since="2025-09-20T07:00") == ["09-20 07:00", "09-24 07:00"]
    assert period("2025-09-24T12:00", every="weekly", since="2025-08-04T07:00") == ["08-04 07:00", "09-22 07:00"]


@pytest.mark.parametrize("now", ["2025-09-24T07:00", "2025-09-24T12:00", "2025-09-25T06:59"])
def test_what_was_told_is_not_due_again(now: str) -> None:
    assert due_period(utc(now), "UTC", "daily", "07:00", utc("2025-09-24T07:00")) is None


@given(MOMENTS, ZONES, RHYTHMS, TIMES)
def test_the_due_period_is_the_newest_that_has_ended(now: datetime, zone: str, every: str, at: str) -> None:
    found = due_period(now, zone, every, at, None)
    assert found is not None
    start, end = (moment.astimezone(UTC) for moment in found)
    assert end <= now < end + SPANS[every] + CLOCK_CHANGE
    assert abs((end - start) - SPANS[every]) <= CLOCK_CHANGE


@given(MOMENTS, ZONES, RHYTHMS, TIMES)
def test_periods_follow_each_other_without_a_gap_or_an_overlap(now: datetime, zone: str, every: str, at: str) -> None:
    first = due_period(now, zone, every, at, None)
    assert first is not None
    later = due_period(now + SPANS[every] + CLOCK_CHANGE, zone, every, at, first[1])
    assert later is not None
    assert later[0].astimezone(UTC) == first[1].astimezone(UTC)
    assert later[1] > first[1]


@given(
    st.lists(st.timedeltas(timedelta(), timedelta(days=20)), min_size=1, max_size=30), MOMENTS, ZONES, RHYTHMS, TIMES
)
def test_however_the_clock_runs_every_moment_lies_in_exactly_one_period(
    pauses: list[timedelta], now: datetime, zone: str, every: str, at: str
) -> None:
    first = due_period(now, zone, every, at, None)
    assert first is not None
    until = first[1]
    for pause in pauses:
        now += pause
        found = due_period(now, zone, every, at, until)
        if found is None:
            # What has not been told of is less than a period old.
            assert now < until + SPANS[every] + CLOCK_CHANGE
            continue
        assert found[0] == until < found[1] <= now
        until = found[1]
        assert due_period(now, zone, every, at, until) is None


def test_talk_is_grouped_by_case_and_a_few_of_each_kind_are_kept() -> None:
    said = [Mention("LV", "ottawa", Label.TALK, f"talk {number}") for number in range(3)]
    said += [Mention("EE", "ottawa", Label.TALK, "alone"), Mention("LV", "ottawa", Label.REACTION, "sorry")]
    first, second = talk_of(said)
    assert (first.state, second.state) == ("LV", "EE")
    assert first.counts == ((Label.TALK, 3), (Label.REACTION, 1))
    assert [one.title for one in first.mentions] == ["talk 0", "sorry"]
    assert [one.title for one in talk_of(said[:3])[0].mentions] == ["talk 0", "talk 1"]


def test_what_is_most_frequent_is_named_and_what_has_no_name_is_not_counted() -> None:
    found = tally(["a", "b", None, "b", "c", "d", "", "d", "d"])
    assert (found.total, found.most) == (4, (("d", 3), ("b", 2), ("a", 1)))
