from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.bot.program import Run


def data(answer: tuple[int, str, str]) -> Any:
    code, out, err = answer
    assert (code, err) == (0, "")
    return json.loads(out)


def test_a_treaty_is_shown_with_or_without_the_word(run: Run) -> None:
    code, out, _ = run("treaty", "ecpt")
    assert code == 0
    assert out.startswith("European Convention for the Prevention of Torture (ETS No. 126)\n")
    assert "If notified today: takes effect on 1 November 2026\n" in out
    assert "Known cases:\n    Russia – " in out
    assert run("treaty", "show", "ETS 126")[1] == out


@pytest.mark.parametrize("words", [("--json", "ecpt"), ("ecpt", "--json"), ("show", "ecpt", "--json")])
def test_a_treaty_is_data_wherever_the_option_stands(run: Run, words: tuple[str, ...]) -> None:
    shown = data(run("treaty", *words))
    assert (shown["id"], shown["if_notified_today"]["effective"]) == ("ecpt", "2026-11-01")
    assert {case["state"] for case in shown["cases"]} == {"RU"}


def test_treaties_are_searched_for_without_quotes(run: Run) -> None:
    code, out, _ = run("treaty", "search", "anti-torture", "convention")
    assert (code, [line.split()[0] for line in out.splitlines()][:2]) == (0, ["cat", "ecpt"])
    found = data(run("treaty", "search", "--json", "tortrue"))
    assert {"cat", "ecpt"} <= set(found["did_you_mean"])


def test_the_help_shows_both_ways(run: Run) -> None:
    code, out, _ = run("treaty", "--help")
    assert code == 0
    assert "treatywatch treaty [OPTIONS] ID | search TEXT" in out
    assert "search" in out


def test_an_unknown_treaty_is_one_line_and_exit_1(run: Run) -> None:
    code, out, err = run("treaty", "tortrue")
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert err.startswith("treatywatch: no treaty is called 'tortrue'; did you mean cat or ecpt")


def test_the_day_of_effect_is_computed(run: Run) -> None:
    found = data(run("effective", "ottawa", "2025-06-27", "--state", "LV", "--json"))
    assert (found["treaty"], found["notified"], found["effective"]) == ("ottawa", "2025-06-27", "2025-12-27")
    assert (found["certainty"], found["article"]) == ("computed", "Article 20")
    at_war = data(run("effective", "ottawa", "2025-06-27", "--conflict", "--json"))
    assert (at_war["certainty"], at_war["effective"]) == ("earliest", "2025-12-27")
    signed = data(run("effective", "ottawa", "2025-06-27", "--signature-only", "--json"))
    assert signed["effective"] == "2025-06-27"
    early = data(run("effective", "echr", "2025-09-29", "--since", "2024-01-01", "--json"))
    assert (early["effective"], early["certainty"]) == ("2029-07-01", "earliest")
    code, out, _ = run("effective", "ecpt", "2025-09-29")
    assert (code, "Notified on 29 September 2025: takes effect on 1 October 2026\n" in out) == (0, True)


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("ecpt", "2025-02-30"), "'2025-02-30' is no date; write year, month and day, such as 2025-09-29"),
        (("ecpt", "2025-09-29", "--since", "soon"), "'soon' is no date; write year, month and day, such as 2025-09-29"),
        (("qqqqq", "2025-09-29"), "no treaty is called 'qqqqq'"),
        (("ecpt", "2025-09-29", "--state", "Zz"), "no state is called 'Zz'"),
    ],
)
def test_a_wrong_question_is_one_line_and_exit_1(run: Run, words: tuple[str, ...], complaint: str) -> None:
    assert run("effective", *words) == (1, "", f"treatywatch: {complaint}\n")


def test_the_knowledge_is_counted(run: Run) -> None:
    counts = data(run("knowledge", "stats", "--json"))
    assert counts["treaties"] >= counts["clauses_verified"] + counts["clauses_recalled"] > 300
    assert {"en", "ru", "uk", "fr", "de", "es"} <= set(counts["languages"])
    code, out, _ = run("knowledge", "stats")
    assert (code, out.splitlines()[0].split()) == (0, ["treaties", str(counts["treaties"])])


def test_the_operators_own_files_are_counted_and_checked_too(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TREATYWATCH_OVERLAY", str(tmp_path))
    (tmp_path / "states").mkdir()
    states = tmp_path / "states" / "mine.toml"
    states.write_text('[ZZ]\nname = "Zedland"\nnames = { en = ["Latvia", "Zedland"] }\n', encoding="utf-8")
    ambiguous = data(run("knowledge", "check", "--json"))
    shared_by = {
        each["id"] for found in ambiguous["states"] if found["pattern"] == "Latvia" for each in found["shared_by"]
    }
    assert shared_by == {"LV", "ZZ"}
    assert {"cat", "ecpt"} in [{each["id"] for each in found["shared_by"]} for found in ambiguous["treaties"]]
    states.write_text('[ZZ]\nname = "Zedland"\nnames = { en = ["Zed*land"] }\nnmae = "x"\n', encoding="utf-8")
    code, out, err = run("knowledge", "check")
    assert (code, out) == (1, "")
    assert len(err.splitlines()) == 2
    assert all(line.startswith(f"treatywatch: {states}: ZZ") for line in err.splitlines())


def test_a_case_says_when_its_exit_takes_effect(run: Run) -> None:
    code, out, _ = run("case", "RU", "ecpt")
    assert (code, "Not before 1 November 2026 if notified today (Article 22)\n" in out) == (0, True)
    assert data(run("case", "RU", "echr", "--json"))["effect"] is None
