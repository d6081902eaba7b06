"""Reading a withdrawal clause strictly: what it may say, and what is refused."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from config.knowledge import KnowledgeError, load
from treaties.registry import Clause, ClauseParams

if TYPE_CHECKING:
    from pathlib import Path

HEAD = """
[tide]
name = "Tide Convention"
short_name = "Tide Convention"
aliases = { en = ["Tide Convention"] }

[tide.clause]
article = "Article 4"
"""
STATES = """
[FR]
name = "France"
names = { en = ["France"] }
"""


def clause(root: Path, text: str) -> Clause | None:
    for folder, content in (("treaties", HEAD + text), ("states", STATES)):
        (root / folder).mkdir()
        (root / folder / "some.toml").write_text(content, encoding="utf-8")
    return load(root=root).treaties["tide"].clause


def faults(root: Path, text: str) -> list[str]:
    with pytest.raises(KnowledgeError) as caught:
        clause(root, text)
    return [str(fault).removeprefix(f"{root}/treaties/some.toml: tide ") for fault in caught.value.faults]


def test_a_clause_without_params_has_the_plain_ones(tmp_path: Path) -> None:
    found = clause(tmp_path, 'rule = "from_notification"\nnotice = "P90D"\nearliest = "P5Y"')
    assert found == Clause("Article 4", "from_notification", "P90D", earliest="P5Y")
    assert found.params == ClauseParams()


def test_every_param_is_read(tmp_path: Path) -> None:
    found = clause(
        tmp_path,
        """
        rule = "end_of_year_after"
        [tide.clause.params]
        day = "12-31"
        years_after = 0
        cutoff = "09-30"
        anchor = 1951-01-12
        first_period_years = 10
        period_years = 5
        window_every_years = 20
        window_length_years = 1
        n = 12
        earliest_from_treaty = true
        later_date_allowed = true
        notice_names_day = true
        plus_one_day = true
        armed_conflict_extension = "at_notification"
        per_treaty = true
        in_force_undated = true
        depends_on = "The tide."
        practice = "It rises."
        practice_states = ["FR"]
        """,
    )
    assert found is not None
    assert found.params == ClauseParams(
        day=(12, 31),
        years_after=0,
        cutoff=(9, 30),
        anchor=date(1951, 1, 12),
        first_period_years=10,
        period_years=5,
        window_every_years=20,
        window_length_years=1,
        n=12,
        earliest_from_treaty=True,
        later_date_allowed=True,
        notice_names_day=True,
        plus_one_day=True,
        armed_conflict_extension="at_notification",
        per_treaty=True,
        in_force_undated=True,
        depends_on="The tide.",
        practice="It rises.",
        practice_states=("FR",),
    )


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('rule = "from_notificaton"', "clause: rule has the unknown value 'from_notificaton'; did you mean"),
        ('notice = "P1Y"', "clause: rule is missing; add it"),
        ('rule = "from_notification"', "clause: rule 'from_notification' cannot do without notice; add notice, or"),
        ('rule = "none"\nearliest = "5 years"', "clause: earliest is '5 years'; write an ISO 8601 period"),
        ('rule = "none"\nearly = "P5Y"', "clause: unknown key 'early'; did you mean 'earliest'?"),
        ('rule = "none"\nparams = { dai = "12-31" }', "clause params: unknown key 'dai'; did you mean 'day'?"),
        ('rule = "none"\nparams = { day = "02-29" }', "clause params: day is '02-29'; write a day that every year has"),
        (
            'rule = "none"\nparams = { day = "31.12." }',
            "clause params: day is '31.12.'; write a month and a day, such as",
        ),
        ('rule = "none"\nparams = { n = 0 }', "clause params: n is 0; write 1 or more"),
        ('rule = "none"\nparams = { n = true }', "clause params: n has the wrong type; write a whole number"),
        (
            'rule = "none"\nparams = { practice_states = ["FX"] }',
            "clause params: unknown state 'FX'; add the state first",
        ),
        (
            'rule = "none"\nparams = { armed_conflict_extension = true }',
            "clause params: armed_conflict_extension has the wrong type; write a text in quotes",
        ),
        (
            'rule = "none"\nparams = { armed_conflict_extension = "at_once" }',
            "clause params: armed_conflict_extension has the unknown value 'at_once'; use one of at_effect, at_not",
        ),
    ],
)
def test_a_faulty_clause_is_refused_with_one_fault(tmp_path: Path, text: str, fault: str) -> None:
    (found,) = faults(tmp_path, text)
    assert found.startswith(fault)


def test_a_value_that_is_there_but_wrong_is_not_called_missing_too(tmp_path: Path) -> None:
    text = 'rule = "fixed_date"\nparams = { day = "13-01", years_after = -1 }'
    assert faults(tmp_path, text) == [
        "clause params: day is '13-01'; write a day that every year has",
        "clause params: years_after is -1; write 0 or more",
    ]


def test_everything_that_a_rule_lacks_is_told_at_once(tmp_path: Path) -> None:
    told = faults(tmp_path, 'rule = "periodic"')
    assert [line.split(" cannot do without ")[1].split(";")[0] for line in told] == [
        "notice",
        "first_period_years",
        "period_years",
    ]
