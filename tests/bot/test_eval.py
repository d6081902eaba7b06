from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

from config.knowledge import load
from config.labelled import load_labelled

if TYPE_CHECKING:
    from pathlib import Path

    from tests.bot.program import Run


LATVIA = "Latvian parliament votes to quit Ottawa treaty"
ESTONIA = "Estonian parliament votes to quit Ottawa treaty"
LITHUANIA = "Lithuania announces exit from Cluster Munitions Convention"
REPORTS = f"""
language = "en"

[[report]]
id = "found"
title = "State Duma votes to leave European anti-torture convention"
summary = "Deputies backed the bill on Wednesday."
published = 2025-09-17
label = "development"
states = ["RU"]
treaties = ["ecpt"]
stage = "lower_house_passed"
development = "ru-ecpt-lower_house_passed-2025-09-17"

[[report]]
id = "rain"
title = "Rain over Riga"
label = "development"
states = ["LV"]
treaties = ["ottawa"]
stage = "announced"
development = "lv-ottawa-announced-2025-01-10"

[[report]]
id = "alarm"
title = "{LATVIA}"
published = 2025-04-16
label = "none"

[[report]]
id = "loud"
title = "{ESTONIA}"
published = 2025-06-04
label = "talk"

[[report]]
id = "staged"
title = "{LITHUANIA}"
published = 2024-07-03
label = "development"
states = ["LT"]
treaties = ["ccm"]
stage = "in_effect"

[[report]]
id = "quiet"
title = "Rain over Vilnius"
label = "none"
"""
READINGS = """\
items: 6
recall: 0.6667
precision: 0.5
false_alarm: 50.0
loud: 100.0
stage: 0.5
stage_near: 0.5
c_det: 2.7833
"""
ALERTS = """\
developments: 2
alerts: 4
found: 0.5
extra: 0.0
false: 66.6667
"""


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "en.toml"
    path.write_text(REPORTS, encoding="utf-8")
    return str(path)


@pytest.fixture
def run(run: Run) -> Run:
    return partial(run, "eval")


def test_every_figure_has_a_line_readings_first(run: Run, file: str) -> None:
    assert run(file) == (0, READINGS + ALERTS, "")


def test_either_can_be_measured_alone(run: Run, file: str) -> None:
    assert run(file, "--only", "readings") == (0, READINGS, "")
    assert run(file, "--only", "alerts") == (0, ALERTS, "")


def test_the_recall_of_each_language_is_added(run: Run, file: str) -> None:
    assert run(file, "--only", "readings", "--by-language") == (0, READINGS + "recall by language: en 2/3\n", "")


def test_what_went_wrong_is_listed_on_standard_error(run: Run, file: str) -> None:
    code, out, err = run(file, "--misses")
    assert (code, out) == (0, READINGS + ALERTS)
    assert err.splitlines() == [
        "missed: rain [en] Rain over Riga -> none",
        f"stage, not in_effect: staged [en] {LITHUANIA} -> development: LT ccm announced",
        f"false alarm: alarm [en] {LATVIA} -> development: LV ottawa parliament_passed",
        f"loud: loud [en] {ESTONIA} -> development: EE ottawa parliament_passed",
        "missed: lv-ottawa-announced-2025-01-10",
        f"false: alarm [en] {LATVIA} -> new_case: LV ottawa parliament_passed",
        f"false: loud [en] {ESTONIA} -> new_case: EE ottawa parliament_passed",
    ]


def test_the_halves_make_up_the_whole(run: Run, file: str, tmp_path: Path) -> None:
    rows = load_labelled(tmp_path / "en.toml", load())
    for half in ("tuned", "held"):
        _, out, _ = run(file, "--only", "readings", "--half", half)
        assert out.splitlines()[0] == f"items: {sum(row.half == half for row in rows)}"
    assert {row.half for row in rows} == {"tuned", "held"}


@pytest.mark.parametrize("wrong", [("--half", "third"), ("--only", "reports")])
def test_an_unknown_choice_is_refused(run: Run, file: str, wrong: tuple[str, str]) -> None:
    code, out, err = run(file, *wrong)
    assert (code, out) == (2, "")
    assert wrong[1] in err


def test_faulty_reports_are_told_one_line_each(run: Run, file: str, tmp_path: Path) -> None:
    (tmp_path / "en.toml").write_text(
        REPORTS.replace('"talk"', '"tolk"').replace('"ottawa"', '"otawa"'), encoding="utf-8"
    )
    code, out, err = run(file)
    assert (code, out) == (1, "")
    assert err.splitlines() == [
        f"treatywatch: {file}: report 4 (loud): label has the unknown value 'tolk'; did you mean 'talk'?",
        f"treatywatch: {file}: report 2 (rain): unknown treaty 'otawa'; did you mean 'ottawa'?",
    ]


def test_a_path_that_is_not_there_is_one_line_and_exit_1(run: Run) -> None:
    code, out, err = run("nowhere.jsonl")
    assert (code, out) == (1, "")
    assert err.startswith("treatywatch: nowhere.jsonl: cannot be read: No such file or directory; ")
