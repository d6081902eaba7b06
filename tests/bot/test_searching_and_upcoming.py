"""What is found and what comes, as the command line tells it."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

from bot import searching
from bot.treaty_questions import TreatyQuestions
from bot.upcoming import upcoming
from config.knowledge import load
from store import events, reports
from store.database import Database
from treaties.model import Event, Report, When
from treaties.stages import Stage

if TYPE_CHECKING:
    from tests.bot.program import Run
    from treaties.registry import Knowledge

NOW = datetime(2025, 10, 1, 9, 30, tzinfo=UTC)
NOTICE = Event("fi-notice", "FI", "ottawa", Stage.NOTIFIED_DEPOSITARY, When(date(2025, 7, 10)))


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return load()


def test_what_comes_is_told_with_its_day_its_article_and_the_days_left(
    sqlite_database: Database, knowledge: Knowledge
) -> None:
    with sqlite_database.transaction() as conn:
        events.add_event(conn, NOTICE, NOW)
        found = upcoming(conn, knowledge, NOW.date(), 120)
        assert found.lines() == [
            "Within 120 days:",
            "10 January 2026 (in 101 days): Finland – Ottawa Convention (UNTS I-35597) (Article 20)",
        ]
        assert upcoming(conn, knowledge, NOW.date(), 100).lines() == [
            "Nothing is known to take effect within 100 days."
        ]
        assert upcoming(conn, knowledge, date(2026, 1, 10), 1).lines()[0] == "Within a day:"
        (data,) = found.json()
    assert (data["state"], data["effective"], data["days"], data["basis"]) == ("FI", "2026-01-10", 101, "notified")


def test_words_are_looked_for_in_events_and_reports(sqlite_database: Database, knowledge: Knowledge) -> None:
    with sqlite_database.transaction() as conn:
        events.add_event(conn, NOTICE, NOW)
        reports.remember(conn, Report("r", "Finland and mines", "…", NOW, outlet="Tide"), feed=None, now=NOW)
        answer = searching.answer(conn, "finland", knowledge)
        assert answer.lines() == [
            "● Finland – Ottawa Convention (UNTS I-35597): depositary notified, 10 July 2025",
            "“Finland and mines” (Tide, 2025-10-01)",
        ]
        assert searching.answer(conn, "finland moon", knowledge).lines() == [
            "Nothing stored has the words finland moon."
        ]
    assert [one["id"] for one in answer.json()["reports"]] == ["r"]


def test_no_more_words_are_looked_for_than_a_search_needs() -> None:
    assert searching.words_of("Tide, tide! “moon”") == ("Tide", "tide", "moon")
    assert len(searching.words_of(" ".join(map(str, range(100))))) == searching.MAX_WORDS
    assert searching.words_of("... %%% ___ !") == ("___",)


def test_the_program_answers_both(run: Run, url: str) -> None:
    with Database(url) as database:
        database.upgrade()
        with database.transaction() as conn:
            events.add_event(conn, NOTICE, NOW)
    assert "10 January 2026" in run("upcoming", "--days", "120")[1]
    assert json.loads(run("upcoming", "--days", "120", "--json")[1])[0]["state"] == "FI"
    assert "depositary notified" in run("search", "finland", "notified")[1]
    assert json.loads(run("search", "finland", "--json")[1])["events"][0]["id"] == "fi-notice"


def test_an_id_names_one_treaty_also_where_others_share_it_as_a_name(
    sqlite_database: Database, knowledge: Knowledge
) -> None:
    with sqlite_database.reading() as conn:
        assert TreatyQuestions(knowledge).treaty(conn, "opec", NOW.date()).treaty.id == "opec"
