from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

from bot.questions import Questions, UnknownNameError
from store import events
from treaties.model import Case, Event, Fact, FactKind, Precision, Source, When
from treaties.registry import Clause, Knowledge, State, Treaty
from treaties.stages import Stage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from store.database import Connection, Database

NOW = datetime(2025, 10, 1, 9, 30, tzinfo=UTC)
TODAY = date(2025, 10, 1)
CLAUSE = Clause("Article 20", "from_receipt_by_depositary", "P6M", "Six months after the notice.")
OTTAWA = Treaty("ottawa", "Convention on Mines", "Mine Ban Treaty", {}, series="No. 35597", in_force=date(1999, 3, 1))
TREATIES = {
    "ottawa": replace(OTTAWA, clause=CLAUSE),
    "tides": Treaty("tides", "Convention on the Tides", "Tide Convention", {}),
}
STATES = {"LV": State("LV", "Latvia", {}), "LT": State("LT", "Lithuania", {}), "FI": State("FI", "Finland", {})}

PRINT = Source("Tide Table", "https://tide.example/1", date(2025, 4, 17), When(date(2025, 4, 16)), note="live")
RADIO = Source("Radio Harbour", says=When(date(2025, 4, 17)), official=True)
VOTE = Event("lv-vote", "LV", "ottawa", Stage.PARLIAMENT_PASSED, When(date(2025, 4, 16)), (PRINT, RADIO), "66 to 14")
PLAN = Event("lv-plan", "LV", "ottawa", Stage.ANNOUNCED, When(date(2025, 3, 1), Precision.MONTH))
LATER = Event("fi-vote", "FI", "ottawa", Stage.BILL_SUBMITTED, When(date(2025, 6, 19)))
MOONS = Event("lt-moons", "LT", "provisional:convention-on-moons", Stage.ANNOUNCED, None)
JOINED = Fact(FactKind.JOINED, "Joined late.", When(date(2005, 1, 1), Precision.YEAR), (PRINT,))
QUESTION = Fact(FactKind.OPEN, "From which day?")


def knowledge(*known: Case) -> Knowledge:
    return Knowledge(TREATIES, STATES, (), {}, (), known)


@pytest.fixture
def conn(sqlite_database: Database) -> Iterator[Connection]:
    with sqlite_database.transaction() as opened:
        cases = [
            Case("LV", "ottawa", (PLAN, VOTE)),
            Case("FI", "ottawa", (LATER,)),
            Case("LT", MOONS.treaty, (MOONS,)),
        ]
        events.seed(opened, cases, NOW)
        yield opened


@pytest.fixture
def questions() -> Questions:
    return Questions(knowledge(Case("LV", "ottawa", facts=(JOINED, QUESTION))))


@pytest.mark.parametrize("state", ["LV", "lv", "Latvia", " LATVIA "])
@pytest.mark.parametrize("treaty", ["ottawa", "Ottawa", "Mine Ban Treaty", "convention on mines", "no. 35597"])
def test_a_case_is_found_by_any_of_its_names(conn: Connection, questions: Questions, state: str, treaty: str) -> None:
    assert questions.case(conn, state, treaty, TODAY).case.key == ("LV", "ottawa")


@pytest.mark.parametrize(
    ("state", "treaty", "complaint"),
    [
        ("Latva", "ottawa", "no state is called 'Latva'; did you mean LV?"),
        ("XX", "ottawa", "no state is called 'XX'"),
        ("LV", "otawa", "no treaty is called 'otawa'; did you mean ottawa?"),
        ("LV", "zzzz", "no treaty is called 'zzzz'"),
    ],
)
def test_an_unknown_name_is_answered_with_what_may_be_meant(
    conn: Connection, questions: Questions, state: str, treaty: str, complaint: str
) -> None:
    with pytest.raises(UnknownNameError) as unknown:
        questions.case(conn, state, treaty, TODAY)
    assert str(unknown.value) == complaint


def test_an_unlisted_treaty_is_found_once_a_case_is_known_of_it(conn: Connection, questions: Questions) -> None:
    answer = questions.case(conn, "LT", "Provisional:Convention-on-Moons", TODAY)
    assert answer.title == "Lithuania – convention on moons"
    assert answer.summary == "Announced, day not given"
    assert (answer.clause, answer.effect) == ("", "")


def test_a_case_is_told_with_its_sources_and_their_disagreement(conn: Connection, questions: Questions) -> None:
    answer = questions.case(conn, "LV", "ottawa", TODAY)
    lines = answer.lines()
    assert lines[:2] == ["Latvia – Mine Ban Treaty (No. 35597)", "Passed by parliament, 16 April 2025"]
    assert "◉" in lines[2] or "→" in lines[2]
    assert lines[3:] == [
        "● March 2025: announced (0 reports, 0 independent)",
        "● 16 April 2025: passed by parliament (2 reports, 2 independent, 1 official)",
        "    66 to 14",
        "    Disputed date: 16 April 2025 (Tide Table); 17 April 2025 (Radio Harbour)",
        "    · Tide Table says 16 April 2025, published 2025-04-17 (live) https://tide.example/1",
        "    · Radio Harbour says 17 April 2025",
        "– Joined, 2005: Joined late.",
        "    · Tide Table says 16 April 2025, published 2025-04-17 (live) https://tide.example/1",
        "– Still open: From which day?",
        "Not before 1 April 2026 if notified today (Article 20)",
        "Clause: Article 20: Six months after the notice. (recalled, not verified)",
    ]


def test_the_answer_is_data_too(conn: Connection, questions: Questions) -> None:
    data = json.loads(json.dumps(questions.case(conn, "LV", "ottawa", TODAY).json()))
    assert (data["state"], data["treaty"]) == ("LV", "ottawa")
    plan, vote = data["events"]
    assert (plan["stage"], plan["date"], plan["disputed"], plan["note"]) == ("announced", "2025-03", False, None)
    assert (vote["independent_sources"], vote["disputed"]) == (2, True)
    assert vote["told_dates"] == ["2025-04-16", "2025-04-17"]
    assert vote["sources"][0] == {
        "outlet": "Tide Table",
        "url": "https://tide.example/1",
        "published": "2025-04-17",
        "says": "2025-04-16",
        "note": "live",
        "official": False,
    }
    assert [fact["kind"] for fact in data["facts"]] == ["joined", "open"]
    assert data["clause"] == "Article 20: Six months after the notice. (recalled, not verified)"
    assert data["effect"] == "Not before 1 April 2026 if notified today (Article 20)"


def test_a_case_with_a_notification_says_when_it_takes_effect(conn: Connection, questions: Questions) -> None:
    notice = Event("fi-notice", "FI", "ottawa", Stage.NOTIFIED_DEPOSITARY, When(date(2025, 7, 10)))
    events.add_event(conn, notice, NOW)
    assert questions.case(conn, "FI", "ottawa", TODAY).effect == "Takes effect on 10 January 2026 (Article 20)"


@pytest.mark.parametrize(
    ("facts", "summary"),
    [
        ((), "No withdrawal is known."),
        ((Fact(FactKind.PARTY, "…"),), "A party; no withdrawal is known."),
        ((JOINED, Fact(FactKind.DEROGATION, "…")), "A party; no withdrawal is known."),
        ((Fact(FactKind.DEROGATION, "…"),), "A party with a derogation; no withdrawal is known."),
        ((Fact(FactKind.CONTEXT, "…"),), "No withdrawal is known."),
    ],
)
def test_a_state_that_has_not_left_is_answered_plainly(conn: Connection, facts: tuple[Fact, ...], summary: str) -> None:
    answer = Questions(knowledge(Case("LT", "tides", facts=facts))).case(conn, "LT", "tides", TODAY)
    assert answer.summary == summary
    assert answer.lines()[:2] == ["Lithuania – Tide Convention", summary]
    assert answer.json()["events"] == []
    assert answer.json()["clause"] is None


def test_cases_come_with_the_latest_first_and_the_undated_last(conn: Connection, questions: Questions) -> None:
    assert [answer.case.state for answer in questions.cases(conn)] == ["FI", "LV", "LT"]


def test_a_case_in_which_nothing_happened_is_not_listed(sqlite_database: Database) -> None:
    asked = Questions(knowledge(Case("LV", "ottawa", facts=(JOINED,))))
    with sqlite_database.reading() as conn:
        assert asked.cases(conn) == ()
