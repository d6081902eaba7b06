from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treaties.model import Case, Claim, Event, Label, Precision, Reading, Role, Source, When
from treaties.stages import Stage

DAYS = st.dates(date(1900, 1, 1), date(2100, 12, 31))


def month(year: int, number: int) -> When:
    return When(date(year, number, 1), Precision.MONTH)


def year(number: int) -> When:
    return When(date(number, 1, 1), Precision.YEAR)


def day(text: str) -> When:
    return When(date.fromisoformat(text))


def vague(exact: date, precision: Precision) -> When:
    first = {
        Precision.DAY: exact,
        Precision.MONTH: exact.replace(day=1),
        Precision.YEAR: exact.replace(month=1, day=1),
    }
    return When(first[precision], precision)


WHENS = st.builds(vague, DAYS, st.sampled_from(Precision))


def event(*sources: Source) -> Event:
    return Event("e", "LV", "ottawa", Stage.PARLIAMENT_PASSED, day("2025-04-16"), sources)


@pytest.mark.parametrize(
    ("when", "text"),
    [(day("2025-09-29"), "2025-09-29"), (month(2025, 9), "2025-09"), (year(2025), "2025")],
)
def test_a_date_is_written_as_far_as_it_is_known(when: When, text: str) -> None:
    assert str(when) == text


@pytest.mark.parametrize(
    ("one", "other", "agree"),
    [
        (day("2025-09-29"), day("2025-09-29"), True),
        (day("2025-09-29"), day("2025-09-30"), False),
        (day("2025-09-29"), month(2025, 9), True),
        (day("2025-09-01"), month(2025, 8), False),
        (day("2025-09-29"), year(2025), True),
        (day("2025-01-01"), year(2024), False),
        (month(2025, 9), year(2025), True),
        (month(2025, 9), month(2025, 10), False),
        (year(2025), year(2025), True),
    ],
)
def test_two_dates_agree_as_far_as_the_coarser_of_them_goes(one: When, other: When, agree: bool) -> None:  # noqa: FBT001 - expected value
    assert one.agrees(other) is agree


@given(WHENS, WHENS)
def test_agreement_is_mutual(one: When, other: When) -> None:
    assert one.agrees(other) == other.agrees(one)


@given(DAYS, st.sampled_from(Precision), st.sampled_from(Precision))
def test_one_day_told_with_any_two_precisions_agrees(exact: date, one: Precision, other: Precision) -> None:
    assert vague(exact, one).agrees(vague(exact, other))


def test_two_outlets_of_one_owner_are_one_voice() -> None:
    told = event(
        Source("Morning Paper", group="Press House"),
        Source("Evening Paper", group="PRESS HOUSE"),
        Source("Radio Harbour"),
    )
    assert told.voices == 2


def test_an_outlet_that_tells_twice_is_one_voice() -> None:
    assert event(Source("Radio Harbour", url="a"), Source("RADIO HARBOUR", url="b")).voices == 1


def test_an_event_that_nobody_tells_has_no_voice() -> None:
    assert event().voices == 0
    assert event().told_dates == ()
    assert not event().disputed


def test_the_date_that_most_voices_give_comes_first() -> None:
    early, late = day("2025-04-15"), day("2025-04-16")
    told = event(Source("A", says=early), Source("B", says=late), Source("C", says=late), Source("D"))
    assert told.told_dates == (late, early)


def test_copies_of_one_wire_do_not_outvote_two_independent_voices() -> None:
    early, late = day("2025-04-15"), day("2025-04-16")
    copies = [Source(f"Copy {number}", says=early, group="Wire") for number in range(5)]
    assert event(*copies, Source("A", says=late), Source("B", says=late)).told_dates == (late, early)


def test_dates_with_as_many_voices_come_in_order_of_time() -> None:
    early, late = day("2025-04-15"), day("2025-04-16")
    assert event(Source("A", says=late), Source("B", says=early)).told_dates == (early, late)


@pytest.mark.parametrize(
    ("dates", "disputed"),
    [
        (("2025-04-16", "2025-04-16"), False),
        (("2025-04-15", "2025-04-16"), True),
        (("2025-04-16",), False),
    ],
)
def test_an_event_is_disputed_when_its_dates_cannot_all_be_right(dates: tuple[str, ...], disputed: bool) -> None:  # noqa: FBT001 - expected value
    assert event(*(Source(f"S{n}", says=day(text)) for n, text in enumerate(dates))).disputed is disputed


def test_a_vaguer_date_is_no_dispute() -> None:
    assert not event(Source("A", says=day("2025-04-16")), Source("B", says=month(2025, 4))).disputed


def test_a_case_finds_its_events_by_id() -> None:
    case = Case("LV", "ottawa", (event(),))
    assert case.key == ("LV", "ottawa")
    assert case.event("e") == event()
    assert case.event("f") is None


def test_the_news_of_a_reading_leaves_out_what_it_recalls() -> None:
    news, recalled = (
        Claim("LV", "ottawa", Stage.ANNOUNCED, None, role, quote="…", reason="…")
        for role in (Role.NEWS, Role.BACKGROUND)
    )
    assert Reading("r", Label.DEVELOPMENT, "en", (recalled, news), "…").news == (news,)
