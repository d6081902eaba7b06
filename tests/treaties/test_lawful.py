"""A state is not out before the clause of the treaty lets it go, whatever a headline says."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.knowledge import load
from treaties.lawful import SLIP, too_early
from treaties.model import Case, Event, Precision, When
from treaties.registry import Clause, ClauseParams, Treaty
from treaties.stages import Stage
from treaties.timetable import effective

if TYPE_CHECKING:
    from collections.abc import Mapping

SIX_MONTHS = Clause("Article 20", "from_receipt_by_depositary", "P6M")
AT_ONCE = Clause("Article 20", "immediate")
NEXT_YEAR = Clause("Article 20", "fixed_date", params=ClauseParams(day=(1, 1), years_after=1, cutoff=(7, 1)))
A_JUDGE_DECIDES = Clause("Article 20", "depends", params=ClauseParams(depends_on="A judge decides."))
SILENT = Clause("none", "none")
DAYS = st.dates(date(1995, 1, 1), date(2090, 12, 31))
PRECISIONS = {10: Precision.DAY, 7: Precision.MONTH, 4: Precision.YEAR}


@cache
def registry() -> Mapping[str, Treaty]:
    return load().treaties


def under(clause: Clause | None) -> Treaty:
    return Treaty(
        "lamps", "Convention on Harbour Lamps", "Lamp Convention", {}, in_force=date(1990, 1, 1), clause=clause
    )


def case(*told: str) -> Case:
    """The case of what was told: `announced 2025-09-01`, or `announced` where no date is known."""
    events = []
    for text in told:
        stage, _, day = text.partition(" ")
        when = When(date.fromisoformat(f"{day}-01-01"[:10]), PRECISIONS[len(day)]) if day else None
        events.append(Event(text, "LV", "lamps", Stage(stage), when))
    return Case("LV", "lamps", tuple(events))


def early(day: str, *told: str, clause: Clause | None = SIX_MONTHS) -> bool:
    return too_early(case(*told), under(clause), date.fromisoformat(day)) is not None


NOTIFIED = "notified_depositary 2025-06-27"


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2025-06-27", True),
        ("2025-12-01", True),
        ("2025-12-19", True),
        ("2025-12-20", False),
        ("2025-12-27", False),
        ("2026-03-01", False),
    ],
)
def test_the_clause_is_counted_from_the_notification_with_a_week_of_grace(day: str, expected: bool) -> None:  # noqa: FBT001 - expected value
    assert timedelta(days=7) == SLIP
    assert early(day, "announced 2025-01-10", NOTIFIED) is expected


def test_the_reason_names_the_day_the_article_and_what_it_is_counted_from() -> None:
    found = too_early(case("announced 2025-01-10", NOTIFIED), under(SIX_MONTHS), date(2025, 7, 1))
    assert found == "it is not out before 2025-12-27 by Article 20, counted from the notification of 2025-06-27"
    found = too_early(case("announced 2025-01-10"), under(SIX_MONTHS), date(2025, 2, 1))
    assert found is not None
    assert found.startswith("it is not out before 2025-07-10 by Article 20, counted from announced of 2025-01-10; no")


def test_without_a_notification_it_is_counted_from_the_first_step_that_could_have_carried_one() -> None:
    assert early("2025-06-01", "announced 2025-01-10", "lower_house_passed 2025-03-01")
    assert not early("2025-07-10", "announced 2025-01-10", "lower_house_passed 2025-03-01")
    assert early("2025-07-10", "lower_house_passed 2025-03-01")


def test_what_was_only_considered_starts_no_clock() -> None:
    assert not early("2025-02-01", "considered 2025-01-10")
    assert early("2025-07-10", "considered 2025-01-10", "announced 2025-03-01")


@pytest.mark.parametrize("told", ["suspended 2025-01-10", "returned 2025-01-10", "in_effect 2025-01-10", "announced"])
def test_nor_does_a_move_aside_or_back_the_end_itself_or_a_step_of_no_known_day(told: str) -> None:
    assert not early("2025-02-01", told)


def test_of_two_notifications_the_last_one_before_the_day_counts() -> None:
    twice = ("notified_depositary 2020-01-10", "rescinded 2020-03-01", NOTIFIED)
    assert early("2025-08-01", *twice)
    assert not early("2025-06-01", *twice)


def test_a_notification_of_later_does_not_count_for_the_day() -> None:
    assert not early("2025-05-01", "announced 2024-01-10", NOTIFIED)
    assert early("2025-05-01", NOTIFIED)


def test_a_notification_of_no_known_day_leaves_the_first_step_to_count_from() -> None:
    assert early("2025-06-01", "announced 2025-01-10", "notified_depositary")
    assert not early("2025-07-10", "announced 2025-01-10", "notified_depositary")


@pytest.mark.parametrize(
    ("clause", "day", "expected"),
    [
        (AT_ONCE, "2025-06-27", False),
        (NEXT_YEAR, "2025-12-24", True),
        (NEXT_YEAR, "2025-12-25", False),
        (A_JUDGE_DECIDES, "2025-06-28", False),
        (SILENT, "2025-06-28", False),
        (None, "2025-06-28", False),
    ],
    ids=["at once", "before the year is over", "when it is over", "depends", "no clause", "no clause in the registry"],
)
def test_every_other_clause_speaks_for_itself(clause: Clause | None, day: str, expected: bool) -> None:  # noqa: FBT001 - expected value
    assert early(day, NOTIFIED, clause=clause) is expected


def test_nothing_is_counted_where_nothing_is_known() -> None:
    day = date(2025, 6, 28)
    assert too_early(case(), under(SIX_MONTHS), day) is None
    assert too_early(case(NOTIFIED), None, day) is None
    assert too_early(case(NOTIFIED), under(SIX_MONTHS), None) is None


@given(st.deferred(lambda: st.sampled_from(sorted(registry()))), DAYS, st.integers(-400, 4_000))
def test_no_treaty_is_left_before_the_day_that_its_timetable_gives(name: str, notified: date, later: int) -> None:
    treaty = registry()[name]
    day = notified + timedelta(days=later)
    known = Case("LV", name, (Event("e", "LV", name, Stage.NOTIFIED_DEPOSITARY, When(notified)),))
    due = effective(treaty, notified, state="LV").day
    if too_early(known, treaty, day):
        assert due is not None
        assert day < due
    elif due is not None and treaty.clause is not None:
        certainty = effective(treaty, notified, state="LV").certainty
        assert day >= due - SLIP or certainty in {"depends", "unknown"}
