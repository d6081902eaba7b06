"""Documented withdrawals: the clause gives the day on which they took effect, or it is told why the law was set aside.

The documented dates are no part of the project.
"""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from config.knowledge import load
from treaties.timetable import effective

REFERENCE = Path(__file__).parents[2] / "shared" / "reference" / "withdrawals.jsonl"

TREATIES = load().treaties

pytestmark = pytest.mark.skipif(not REFERENCE.exists(), reason="the documented dates are not part of the project")

SET_ASIDE = {
    ("AE", "opec-plus", "2026-04-28"): "there is no clause: the state named its own day, three days later",
    (
        "CO",
        "unasur",
        "2018-08-28",
    ): "six months end on 28 February; the ministry gave the next day, which is the month's first",
    ("GB", "teu", "2017-03-29"): "the European Council agreed to three extensions",
    ("GB", "uk-fisheries-1964", "2017-07-03"): "by agreement the end was put off until the state left the Union",
    ("GM", "commonwealth", "2013-10-02"): "there is no clause: the state was counted out from the day after",
    ("IL", "unrwa-1967", "2024-11-03"): "there is no clause: the day is that of the state's own law",
    ("KP", "npt", "2003-01-10"): "the state counted the 89 days that had run before it stopped its notice of 1993",
    ("RU", "black-sea-grain", "2023-07-17"): "the term that was running, agreed anew each time, ended on the next day",
    ("RU", "coe-statute", "2022-03-15"): "an expulsion: the Committee of Ministers ended membership on the next day",
    ("RU", "echr", "2022-03-15"): "an expulsion: six months from the end of membership, not from a notice",
}
"""Exits that did not take effect on the day that the clause gives, and why."""


def documented() -> list[dict[str, Any]]:
    if not REFERENCE.exists():
        return []
    rows = [json.loads(line) for line in REFERENCE.read_text(encoding="utf-8").splitlines()]
    return [row for row in rows if row["notified"] and row["effective"]]


def key(row: dict[str, Any]) -> tuple[str, str, str]:
    return row["state"], row["treaty_id"], row["notified"]


def computed(row: dict[str, Any]) -> str:
    treaty = TREATIES[row["treaty_id"]]
    unsigned = row["kind"] == "unsigning"
    found = effective(treaty, date.fromisoformat(row["notified"]), state=row["state"], signature_only=unsigned)
    return str(found.day)


def test_every_documented_exit_took_effect_on_the_day_that_the_clause_gives() -> None:
    assert documented()
    lawful = [row for row in documented() if key(row) not in SET_ASIDE]
    assert {key(row): computed(row) for row in lawful} == {key(row): row["effective"] for row in lawful}


def test_where_the_law_was_set_aside_the_clause_alone_gives_another_day() -> None:
    aside = [row for row in documented() if key(row) in SET_ASIDE]
    assert {key(row) for row in aside} == set(SET_ASIDE)
    assert [key(row) for row in aside if computed(row) == row["effective"]] == []


def test_a_state_that_names_a_day_of_its_own_is_believed_where_no_clause_forbids_it() -> None:
    found = effective(TREATIES["opec-plus"], date(2026, 4, 28), named=date(2026, 5, 1))
    assert found.day == date(2026, 5, 1)
