from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest

from config.knowledge import load
from config.labelled import FLOOR, load_labelled
from config.records import KnowledgeError
from treaties.labelled import Labelled
from treaties.model import Label, Report
from treaties.stages import Stage

if TYPE_CHECKING:
    from pathlib import Path

KNOWLEDGE = load()

FULL = """
language = "lv"

[[report]]
id = "lv-01"
title = "Saeima balso par aiziešanu"
summary = ""
published = 2025-10-31
url = "https://tide.example/1"
outlet = "tide.example"
country = "LV"
label = "development"
states = ["LV", "EE"]
treaties = ["istanbul", "ottawa|ccm", "provisional"]
stage = "parliament_passed"
accept_stages = ["parliament_passed", "none"]
development = "lv-istanbul-parliament_passed-2025-10-30"
event_date = 2025-10-30
weak = ["stage"]
soft_ok = true
borderline = true

[[report]]
id = "lv-02"
title = "Karavīri atgriežas"
label = "none"
"""
FULL_ROW = Labelled(
    Report(
        "lv-01",
        "Saeima balso par aiziešanu",
        "",
        datetime(2025, 10, 31, tzinfo=UTC),
        "lv",
        "https://tide.example/1",
        "tide.example",
        country="LV",
    ),
    Label.DEVELOPMENT,
    states=("LV", "EE"),
    treaties=(("istanbul",), ("ottawa", "ccm"), ("provisional",)),
    stage=Stage.PARLIAMENT_PASSED,
    accept_stages=(Stage.PARLIAMENT_PASSED, None),
    development="lv-istanbul-parliament_passed-2025-10-30",
    event_date=date(2025, 10, 30),
    weak=frozenset({"stage"}),
    soft_ok=True,
    borderline=True,
)
BARE_ROW = Labelled(Report("lv-02", "Karavīri atgriežas", lang="lv"), Label.NONE)

GOOD = {"id": "x", "title": "Latvia quits", "label": "development", "states": ["LV"], "treaties": ["ottawa"]}


def loaded(path: Path, text: str) -> tuple[Labelled, ...]:
    path.write_text(text, encoding="utf-8")
    return load_labelled(path, KNOWLEDGE)


def faults(path: Path, text: str | None = None) -> list[str]:
    if text is not None:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(KnowledgeError) as error:
        load_labelled(path, KNOWLEDGE)
    return [str(fault).replace(str(path), path.name) for fault in error.value.faults]


def toml(**changed: Any) -> str:
    """One good report with some keys changed, or taken out by None."""
    report = {key: value for key, value in (GOOD | changed).items() if value is not None}
    return 'language = "en"\n[[report]]\n' + "".join(f"{key} = {json.dumps(value)}\n" for key, value in report.items())


def line(**changed: Any) -> str:
    return json.dumps({"lang": "en", **GOOD, **changed}) + "\n"


def test_a_toml_file_is_read(tmp_path: Path) -> None:
    assert loaded(tmp_path / "lv.toml", FULL) == (FULL_ROW, BARE_ROW)


def test_a_json_lines_file_says_the_same(tmp_path: Path) -> None:
    rows = [
        {
            "id": "lv-01",
            "title": "Saeima balso par aiziešanu",
            "summary": "",
            "published": "2025-10-31",
            "lang": "lv",
            "url": "https://tide.example/1",
            "outlet": "tide.example",
            "country": "LV",
            "label": "development",
            "states": ["LV", "EE"],
            "treaties": ["istanbul", "ottawa|ccm", "provisional"],
            "treaty_names": ["Istanbul Convention"],
            "stage": "parliament_passed",
            "accept_stages": ["parliament_passed", None],
            "dev": "lv-istanbul-parliament_passed-2025-10-30",
            "event_date": "2025-10-30",
            "weak": ["stage", "states", "treaties"],
            "soft_ok": True,
            "borderline": True,
            "features": ["x"],
            "background": [],
            "kind": 1,
        },
        {"id": "lv-02", "title": "Karavīri atgriežas", "lang": "lv", "label": "none", "published": None, "dev": None},
    ]
    text = "\ufeff" + "\n\n".join(json.dumps(row) for row in rows)
    assert loaded(tmp_path / "rows.jsonl", text) == (FULL_ROW, BARE_ROW)


@pytest.mark.parametrize(
    ("published", "moment"),
    [
        ("2025-09-17T10:00:00Z", datetime(2025, 9, 17, 10, tzinfo=UTC)),
        ("2025-09-17T10:00:00", datetime(2025, 9, 17, 10, tzinfo=UTC)),
        ("", None),
    ],
)
def test_a_report_may_have_a_time_of_day_or_none(tmp_path: Path, published: str, moment: datetime | None) -> None:
    (row,) = loaded(tmp_path / "a.jsonl", line(published=published))
    assert row.report.published == moment
    if published:
        (row,) = loaded(tmp_path / "en.toml", toml() + f"published = {published}\n")
        assert row.report.published == moment


def test_a_folder_is_all_of_its_toml_files_but_the_floor(tmp_path: Path) -> None:
    (tmp_path / "en.toml").write_text(toml(), encoding="utf-8")
    (tmp_path / "lv.toml").write_text(FULL, encoding="utf-8")
    (tmp_path / FLOOR).write_text("recall = 0.5\n", encoding="utf-8")
    (tmp_path / "README.md").write_text("About these files", encoding="utf-8")
    assert [row.report.id for row in load_labelled(tmp_path, KNOWLEDGE)] == ["x", "lv-01", "lv-02"]


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"label": "developement"}, "label has the unknown value 'developement'; did you mean 'development'?"),
        ({"label": None}, "label is missing; add it"),
        ({"title": None}, "title is missing; add it"),
        ({"title": 7}, "title has the wrong type; write a text in quotes"),
        ({"treaties": ["otawa"]}, "unknown treaty 'otawa'; did you mean 'ottawa'?"),
        ({"treaties": ["ottawa|qqqqq"]}, "unknown treaty 'qqqqq'; add the treaty first"),
        ({"treaties": ["provisional:pact"]}, "unknown treaty 'provisional:pact'; did you mean 'provisional'?"),
        ({"states": ["LV", "QX"]}, "unknown state 'QX'; "),
        ({"states": ["x-baltics"]}, "unknown state 'x-baltics'; "),
        ({"country": "QX"}, "unknown state 'QX'; "),
        ({"country": "Latvia"}, "country is 'Latvia'; write two capital letters, such as LV"),
        ({"stage": "anounced"}, "stage has the unknown value 'anounced'; did you mean 'announced'?"),
        ({"accept_stages": ["announced", "left"]}, "accept_stages has the unknown value 'left'; "),
        ({"weak": ["stages"]}, "weak has the unknown value 'stages'; did you mean 'stage'?"),
        ({"soft_ok": "yes"}, "soft_ok has the wrong type; write true or false"),
        ({"treatys": ["ottawa"]}, "unknown key 'treatys'; did you mean 'treaties'?"),
        ({"states": None}, "states is missing; a development is of a state and a treaty: name them"),
        ({"treaties": None}, "treaties is missing; a development is of a state and a treaty: name them"),
        ({"label": "denial", "states": None}, "states is missing; a denial is of a state and a treaty: name them"),
    ],
)
def test_a_fault_is_told_with_its_place_and_remedy(tmp_path: Path, changed: dict[str, Any], fault: str) -> None:
    (in_toml,) = faults(tmp_path / "en.toml", toml(**changed))
    assert in_toml.startswith(f"en.toml: report 1 (x): {fault}")
    (in_json,) = faults(tmp_path / "rows.jsonl", "\n" + line(**changed))
    assert in_json.startswith(f"rows.jsonl: line 2 (x): {fault}")


@pytest.mark.parametrize("published", ['"2025-09-17"', "20250917"])
def test_a_date_in_toml_stands_without_quotes(tmp_path: Path, published: str) -> None:
    wrong = "published has the wrong type; write a date such as 2025-09-29, without quotes"
    assert faults(tmp_path / "en.toml", toml() + f"published = {published}\n") == [f"en.toml: report 1 (x): {wrong}"]


@pytest.mark.parametrize("key", ["published", "event_date"])
@pytest.mark.parametrize("value", ["yesterday", "2025-02-30", 7])
def test_a_date_in_json_lines_stands_in_quotes(tmp_path: Path, key: str, value: object) -> None:
    expected = f"rows.jsonl: line 1: {key} is {value!r}; write it as 2025-09-29, or null"
    assert faults(tmp_path / "rows.jsonl", line(**{key: value})) == [expected]


def test_an_id_stands_once_in_all_files(tmp_path: Path) -> None:
    for name in ("en", "fr"):
        (tmp_path / f"{name}.toml").write_text(toml(), encoding="utf-8")
    (told,) = faults(tmp_path)
    assert "fr.toml: report 1 (x): the report 'x' is already in " in told
    assert told.endswith("en.toml; keep one of the two")


@pytest.mark.parametrize(
    ("name", "text", "fault"),
    [
        ("en.toml", "[[report]", "is not valid TOML: line 1, "),
        ("en.toml", 'language = "en"\n', "holds no report; give a file of labelled reports, or a folder of them"),
        ("en.toml", 'language = "English"\n', "language is 'English'; write two or three small letters, such as lv"),
        ("en.toml", "", "language is missing; name the language of the reports, such as lv"),
        ("en.toml", 'language = "en"\n[[reports]]\n', "unknown key 'reports'; did you mean 'report'?"),
        ("en.toml", 'language = "en"\nreport = ["x"]\n', "report 1: is not a table; "),
        ("rows.jsonl", "\n{", "line 2: is no JSON object; write one object with id, title and label on each line"),
        ("rows.jsonl", "[1]", "line 1: is no JSON object; "),
        ("rows.jsonl", "", "holds no report; "),
        ("rows.csv", "id,title", "is no file of labelled reports; give a .jsonl file, a .toml file, or a folder of"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(tmp_path: Path, name: str, text: str, fault: str) -> None:
    told = faults(tmp_path / name, text)[0].replace(f"{name}: ", f"{name} ", 1)
    assert told.startswith(f"{name} {fault}")


@pytest.mark.parametrize("name", ["en.toml", "rows.jsonl"])
def test_a_file_that_is_not_there_says_so(tmp_path: Path, name: str) -> None:
    assert faults(tmp_path / name)[0].startswith(f"{name}: cannot be read: No such file or directory; ")


def test_an_empty_folder_holds_no_report(tmp_path: Path) -> None:
    (told,) = faults(tmp_path)
    assert told.endswith(": holds no report; give a file of labelled reports, or a folder of them")


def test_bytes_that_are_no_text_say_where(tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_bytes(b'{"id": "\xff"}')
    assert faults(tmp_path / "rows.jsonl") == [
        "rows.jsonl: cannot be read: byte 8 is no UTF-8; give a file of labelled reports"
    ]


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    told = faults(tmp_path / "rows.jsonl", line(label="x") + line(id="y", stage="x") + "{\n" + line(id="z", lang=None))
    assert [each.split(": ")[1] for each in told] == ["line 1 (x)", "line 2 (y)", "line 3", "line 4"]
