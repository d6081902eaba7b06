from __future__ import annotations

from datetime import date

import pytest

from treaties.known import as_of
from treaties.model import Case, Event, Fact, FactKind, Precision, Source, When
from treaties.stages import Stage

EARLY = Source("The Lighthouse", published=date(2025, 3, 2))
LATE = Source("Harbour Gazette", published=date(2025, 5, 9))
UNDATED = Source("Tide Table")
VOTE = Event("vote", "FR", "moon", Stage.PARLIAMENT_PASSED, When(date(2025, 3, 1)), (EARLY, LATE, UNDATED))


def case(*events: Event, facts: tuple[Fact, ...] = ()) -> Case:
    return Case("FR", "moon", events, facts)


def test_an_event_stands_from_its_own_day_on() -> None:
    assert as_of([case(VOTE)], date(2025, 2, 28)) == ()
    assert as_of([case(VOTE)], date(2025, 3, 1))[0].events[0].id == "vote"


def test_sources_published_later_are_left_out() -> None:
    (then,) = as_of([case(VOTE)], date(2025, 4, 1))
    assert then.events[0].sources == (EARLY, UNDATED)


def test_all_sources_stand_on_the_last_day() -> None:
    assert as_of([case(VOTE)], LATE.published or date.max) == (case(VOTE),)


@pytest.mark.parametrize(
    ("precision", "day"), [(Precision.MONTH, date(2025, 3, 1)), (Precision.YEAR, date(2025, 1, 1))]
)
def test_a_vague_date_counts_from_its_first_day(precision: Precision, day: date) -> None:
    vague = Event("vague", "FR", "moon", Stage.ANNOUNCED, When(day, precision))
    assert as_of([case(vague)], day) == (case(vague),)
    assert as_of([case(vague)], date(2024, 12, 31)) == ()


def test_an_event_without_a_date_stands_once_a_source_has_told_of_it() -> None:
    undated = Event("undated", "FR", "moon", Stage.SUSPENDED, None, (EARLY, UNDATED))
    assert as_of([case(undated)], date(2025, 3, 1)) == ()
    assert as_of([case(undated)], date(2025, 3, 2)) == (case(undated),)


def test_an_event_that_nobody_dates_never_stands() -> None:
    assert as_of([case(Event("lost", "FR", "moon", Stage.SUSPENDED, None, (UNDATED,)))], date.max) == ()


def test_facts_follow_the_same_rule() -> None:
    joined = Fact(FactKind.JOINED, "A party.", When(date(1998, 1, 1), Precision.YEAR), (LATE,))
    question = Fact(FactKind.OPEN, "From when?", None, (LATE,))
    (then,) = as_of([case(facts=(joined, question))], date(2025, 3, 1))
    assert then.facts == (Fact(FactKind.JOINED, "A party.", joined.when, ()),)


def test_the_order_of_cases_is_kept() -> None:
    cases = (case(VOTE), Case("DE", "moon", (VOTE,)), Case("AT", "moon"))
    assert [each.state for each in as_of(cases, date.max)] == ["FR", "DE"]
