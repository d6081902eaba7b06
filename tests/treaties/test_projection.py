"""Projections: when an exit takes effect, from how far it has come."""

from __future__ import annotations

from datetime import date

import pytest

from treaties.model import Case, Event, Precision, When
from treaties.projection import Basis, coming, left_on, project, project_case
from treaties.registry import Clause, Treaty
from treaties.stages import Stage

CLAUSE = Clause(rule="from_notification", article="Article 20", text="Six months after receipt.", notice="P6M")
TREATY = Treaty(
    id="ottawa",
    name="Mine Ban Convention",
    short_name="Mine Ban Treaty",
    aliases={},
    in_force=date(1999, 3, 1),
    clause=CLAUSE,
)
TODAY = date(2026, 3, 10)
NOTIFIED = (Stage.NOTIFIED_DEPOSITARY, When(date(2026, 2, 27)))


@pytest.mark.parametrize(
    ("steps", "day", "basis"),
    [
        ([NOTIFIED], date(2026, 8, 27), Basis.NOTIFIED),
        ([(Stage.ANNOUNCED, When(date(2026, 1, 1)))], date(2026, 9, 10), Basis.IF_TODAY),
        ([(Stage.NOTIFIED_DEPOSITARY, When(date(2026, 2, 1), Precision.MONTH))], date(2026, 8, 1), Basis.EARLIEST),
        ([NOTIFIED, (Stage.RESCINDED, None), (Stage.ANNOUNCED, None)], date(2026, 9, 10), Basis.IF_TODAY),
    ],
)
def test_the_day_follows_from_the_steps(steps: list[tuple[Stage, When | None]], day: date, basis: Basis) -> None:
    found = project(TREATY, "LV", steps, TODAY)
    assert found
    assert (found.day, found.basis, found.effect.article) == (day, basis, "Article 20")


@pytest.mark.parametrize(
    "steps",
    [
        [NOTIFIED, (Stage.IN_EFFECT, When(date(2026, 8, 27)))],
        [NOTIFIED, (Stage.RESCINDED, When(date(2026, 3, 1)))],
        [(Stage.NOTIFIED_DEPOSITARY, None)],
    ],
)
def test_no_day_is_told_where_none_can_be(steps: list[tuple[Stage, When | None]]) -> None:
    assert project(TREATY, "LV", steps, TODAY) is None


def case(state: str, day: date, *further: Stage) -> Case:
    steps = [Event(f"{state}-n", state, "ottawa", Stage.NOTIFIED_DEPOSITARY, When(day))]
    return Case(state, "ottawa", (*steps, *(Event(f"{state}-{one}", state, "ottawa", one, None) for one in further)))


def test_what_is_coming_is_in_order_and_leaves_out_what_is_over_or_not_notified() -> None:
    cases = [
        case("EE", date(2026, 2, 27)),
        case("LV", date(2026, 1, 15)),
        case("LT", date(2025, 6, 27)),
        case("FI", date(2026, 2, 1), Stage.RESCINDED),
        Case("PL", "ottawa", (Event("p", "PL", "ottawa", Stage.ANNOUNCED, None),)),
        case("CH", date(2026, 2, 1), Stage.IN_EFFECT),
    ]
    found = coming(cases, {"ottawa": TREATY}, TODAY)
    assert [(one.state, projection.day) for one, projection in found] == [
        ("LV", date(2026, 7, 15)),
        ("EE", date(2026, 8, 27)),
    ]


def test_a_case_of_an_unlisted_treaty_has_no_day() -> None:
    assert project_case(case("LV", date(2026, 2, 27)), {}, TODAY) is None


@pytest.mark.parametrize(
    ("stages", "out"),
    [
        (["in_effect 2010-01-01"], date(2010, 1, 1)),
        (["in_effect 2010-01-01", "rejoined 2015-01-01"], None),
        (["in_effect 2010-01-01", "rejoined 2015-01-01", "in_effect 2024-01-01"], date(2024, 1, 1)),
        (["announced 2010-01-01"], None),
    ],
)
def test_a_state_is_out_until_it_is_in_again(stages: list[str], out: date | None) -> None:
    steps = [step.split() for step in stages]
    told = tuple(Event(day, "LV", "ottawa", Stage(stage), When(date.fromisoformat(day))) for stage, day in steps)
    found = left_on(Case("LV", "ottawa", told))
    assert (found.day if found else None) == out
