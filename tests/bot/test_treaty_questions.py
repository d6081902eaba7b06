from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

from bot.questions import UnknownNameError
from bot.treaty_questions import TreatyQuestions, UnreadableDateError, date_of
from store import events
from treaties.model import Case, Event, When
from treaties.registry import Clause, Knowledge, State, Treaty
from treaties.stages import Stage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from store.database import Connection, Database

NOW = datetime(2025, 10, 1, 9, 30, tzinfo=UTC)
TODAY = NOW.date()
CLAUSE = Clause(
    "Article 22",
    "first_of_month_after",
    "P12M",
    "On the first of the month after twelve months.",
    residual="Old visits are still reported on.",
    source="https://law.example/22",
)
TIDES = Treaty(
    "tides",
    "Convention on the Prevention of Tides",
    "Tide Convention",
    {"en": ("tide convention",), "ru": ("конвенц* о прилив*",)},
    shared={"en": ("sea treaty",), "fr": ("traité de la mer",)},
    series="ETS No. 126",
    opened=date(1987, 11, 26),
    in_force=date(1989, 2, 1),
    depositary="Harbour Master",
    organisation="League of Ports",
    parent="waves",
    lookalikes={"waves": "the one on waves"},
    clause=CLAUSE,
)
WAVES = Treaty(
    "waves", "Wave Treaty", "Wave Treaty", {}, shared={"en": ("sea treaty",)}, clause=replace(CLAUSE, source=None)
)
BARE = Treaty("bare", "Bare Pact", "Bare Pact", {})
SILENT = Treaty("silent", "Silent Pact", "Silent Pact", {}, in_force=date(1990, 1, 1), clause=Clause("none", "none"))
KNOWLEDGE = Knowledge(
    {each.id: each for each in (TIDES, WAVES, BARE, SILENT)},
    {"LV": State("LV", "Latvia", {}), "FI": State("FI", "Finland", {})},
    (),
    {},
    (),
)
QUESTIONS = TreatyQuestions(KNOWLEDGE)
VOTE = Event("lv-vote", "LV", "tides", Stage.PARLIAMENT_PASSED, When(date(2025, 4, 16)))
PLAN = Event("fi-plan", "FI", "provisional:convention-on-moons", Stage.ANNOUNCED, None)


@pytest.fixture
def conn(sqlite_database: Database) -> Iterator[Connection]:
    with sqlite_database.transaction() as opened:
        events.seed(opened, [Case("LV", "tides", (VOTE,)), Case("FI", PLAN.treaty, (PLAN,))], NOW)
        yield opened


def test_a_treaty_is_told_with_its_clause_its_look_alikes_and_its_cases(conn: Connection) -> None:
    assert QUESTIONS.treaty(conn, "ets 126", TODAY).lines() == [
        "Tide Convention (ETS No. 126)",
        "Convention on the Prevention of Tides",
        "Id: tides",
        "Opened 26 November 1987, in force since 1 February 1989",
        "Depositary: Harbour Master",
        "Organisation: League of Ports",
        "Belongs to: Wave Treaty (waves)",
        "Recognised in: en, ru, fr",
        "Withdrawal: Article 22: On the first of the month after twelve months.",
        "Notice: 12 months",
        "Afterwards: Old visits are still reported on.",
        "Source: https://law.example/22",
        "If notified today: takes effect on 1 November 2026",
        "Not to be confused with Wave Treaty (waves): the one on waves",
        "Known cases:",
        "    Latvia – Tide Convention (ETS No. 126): Passed by parliament, 16 April 2025",
    ]


def test_a_clause_that_nobody_looked_up_is_marked(conn: Connection) -> None:
    answer = QUESTIONS.treaty(conn, "waves", TODAY)
    assert (
        "Withdrawal: Article 22: On the first of the month after twelve months. (recalled, not verified)"
        in answer.lines()
    )
    assert not [line for line in answer.lines() if line.startswith("Source")]
    assert answer.json()["clause"]["recalled"] is True


def test_a_treaty_of_which_little_is_known_says_so(conn: Connection) -> None:
    assert QUESTIONS.treaty(conn, "bare", TODAY).lines() == [
        "Bare Pact",
        "Id: bare",
        "Withdrawal: no clause is recorded.",
        "No case is known.",
    ]


def test_a_treaty_without_an_exit_clause_gives_no_day(conn: Connection) -> None:
    answer = QUESTIONS.treaty(conn, "silent", TODAY)
    (line,) = (line for line in answer.lines() if line.startswith("If notified today"))
    assert line.startswith("If notified today: no day can be told; ")
    assert answer.json()["if_notified_today"]["effective"] is None


@pytest.mark.parametrize("text", ["provisional:convention-on-moons", "Convention on Moons"])
def test_a_treaty_that_only_reports_name_is_found_by_its_case(conn: Connection, text: str) -> None:
    answer = QUESTIONS.treaty(conn, text, TODAY)
    assert answer.lines() == [
        "convention on moons",
        "Not in the registry: reports name it, and nobody has looked it up yet.",
        "Known cases:",
        "    Finland – convention on moons: Announced, day not given",
    ]
    assert (answer.json()["listed"], answer.json()["clause"]) == (False, None)


def test_a_treaty_is_data_too(conn: Connection) -> None:
    data = json.loads(json.dumps(QUESTIONS.treaty(conn, "tides", TODAY).json()))
    assert (data["id"], data["series"], data["opened"], data["in_force"]) == (
        "tides",
        "ETS No. 126",
        "1987-11-26",
        "1989-02-01",
    )
    assert data["languages"] == ["en", "ru", "fr"]
    assert data["clause"]["notice"] == "P12M"
    assert (data["if_notified_today"]["notified"], data["if_notified_today"]["effective"]) == (
        "2025-10-01",
        "2026-11-01",
    )
    assert data["lookalikes"] == [{"id": "waves", "name": "Wave Treaty", "note": "the one on waves"}]
    (case,) = data["cases"]
    assert (case["state"], case["stage"], case["date"]) == ("LV", "parliament_passed", "2025-04-16")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("tidse", "no treaty is called 'tidse'; did you mean tides?"),
        ("sea treaty", "'sea treaty' can mean tides or waves; give one of these ids"),
        ("qqqqq", "no treaty is called 'qqqqq'"),
        ("", "no treaty is called ''"),
    ],
)
def test_an_unknown_treaty_is_answered_with_what_may_be_meant(conn: Connection, text: str, complaint: str) -> None:
    with pytest.raises(UnknownNameError) as unknown:
        QUESTIONS.treaty(conn, text, TODAY)
    assert str(unknown.value) == complaint
    with pytest.raises(UnknownNameError):
        QUESTIONS.effective(text, "2025-09-29")


def test_a_search_lists_what_fits() -> None:
    answer = QUESTIONS.search("sea treaty")
    assert answer.lines() == ["tides  Tide Convention (ETS No. 126)", "waves  Wave Treaty"]
    assert answer.json()["did_you_mean"] == []
    assert answer.json()["results"][0] == {
        "id": "tides",
        "name": "Convention on the Prevention of Tides",
        "short_name": "Tide Convention",
        "series": "ETS No. 126",
        "match": "shared",
        "score": 0.9,
        "by": "sea treaty",
    }


def test_a_search_with_a_typing_error_says_that_it_guesses() -> None:
    answer = QUESTIONS.search("prevetnion")
    assert answer.lines() == [
        "No treaty is called 'prevetnion'; did you mean",
        "tides  Tide Convention (ETS No. 126)",
    ]
    assert answer.json()["did_you_mean"] == ["tides"]


def test_a_search_without_an_answer_says_so() -> None:
    answer = QUESTIONS.search("zzzz")
    assert answer.lines() == ["No treaty is like 'zzzz'."]
    assert answer.json() == {"query": "zzzz", "did_you_mean": [], "results": []}


def test_the_day_of_effect_is_told_with_its_reason() -> None:
    answer = QUESTIONS.effective("tides", "2025-09-29")
    assert answer.effect.why
    assert answer.lines() == [
        "Tide Convention (ETS No. 126)",
        "Notified on 29 September 2025: takes effect on 1 October 2026",
        f"Why: {answer.effect.why}",
        "Rests on: Article 22",
        "Clause: On the first of the month after twelve months.",
        "Afterwards: Old visits are still reported on.",
    ]


def test_the_day_of_effect_is_data_too() -> None:
    data = QUESTIONS.effective("Tide Convention", "2025-09-29").json()
    assert list(data) == [
        "treaty", "notified", "effective", "certainty", "article", "why", "clause", "residual", "recalled", "warnings",
    ]  # fmt: skip
    assert (data["treaty"], data["notified"], data["effective"]) == ("tides", "2025-09-29", "2026-10-01")
    assert (data["certainty"], data["recalled"], data["warnings"]) == ("computed", False, [])


def with_clause(clause: Clause) -> TreatyQuestions:
    return TreatyQuestions(replace(KNOWLEDGE, treaties={"tides": replace(TIDES, clause=clause)}))


def test_everything_that_the_day_hangs_on_is_handed_on() -> None:
    young = with_clause(replace(CLAUSE, earliest="P5Y"))
    answer = young.effective("tides", "2025-09-29", state="Latvia", since="2024-01-01")
    assert answer.lines()[1] == "Notified on 29 September 2025: takes effect on 1 February 2030 at the earliest"
    assert answer.lines()[-1] == f"Warning: {answer.effect.warnings[-1]}"
    at_war = with_clause(replace(CLAUSE, params=replace(CLAUSE.params, armed_conflict_extension="at_effect")))
    assert at_war.effective("tides", "2025-09-29", conflict=True).effect.certainty == "earliest"
    assert at_war.effective("tides", "2025-09-29").effect.certainty == "computed"
    signed = QUESTIONS.effective("tides", "2025-09-29", signature_only=True)
    assert signed.json()["effective"] == "2025-09-29"
    elsewhere = with_clause(
        replace(CLAUSE, params=replace(CLAUSE.params, practice="So done once.", practice_states=("FI",)))
    )
    assert len(elsewhere.effective("tides", "2025-09-29", state="lv").effect.warnings) == 2


def test_a_clause_that_gives_no_day_says_why() -> None:
    lines = QUESTIONS.effective("silent", "2025-09-29").lines()
    assert lines[1].startswith("Notified on 29 September 2025: no day can be told; ")
    assert len(lines) == 2


def test_an_unknown_state_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="no state is called 'Latva'; did you mean LV"):
        QUESTIONS.effective("tides", "2025-09-29", state="Latva")


@pytest.mark.parametrize(
    "text", ["2025-02-30", "20250929", "2025-W40-1", "29.09.2025", "2025-09", "", "２０２５-09-29"]
)
def test_a_date_that_is_none_is_refused(text: str) -> None:
    complaint = f"{text!r} is no date; write year, month and day, such as 2025-09-29"
    with pytest.raises(UnreadableDateError) as unreadable:
        QUESTIONS.effective("tides", text)
    assert str(unreadable.value) == complaint
    with pytest.raises(UnreadableDateError):
        QUESTIONS.effective("tides", "2025-09-29", since=text or "no")


def test_a_date_is_read() -> None:
    assert date_of("2024-02-29") == date(2024, 2, 29)
