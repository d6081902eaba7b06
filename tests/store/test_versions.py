from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from store import reports, tables, versions
from store.versions import Version
from treaties.model import Label, Reading, Report
from treaties.versions import MOST_MARKS, mark_of

if TYPE_CHECKING:
    from store.database import Connection, Database

NOW = datetime(2025, 10, 1, 9, 30, tzinfo=UTC)
REPORT = Report("r1", "Northland weighs leaving", "The cabinet meets.")


@pytest.fixture
def first(database: Database) -> Version:
    """The version that follows the first text."""
    with database.transaction() as conn:
        row = reports.remember(conn, REPORT, feed=None, now=NOW)
        assert row
    return Version(row, 1, "Northland leaves", "The cabinet met.", NOW + timedelta(hours=1), ("aa",), read_today=1)


def test_a_report_is_known_by_the_marks_of_all_its_texts(database: Database, first: Version) -> None:
    with database.transaction() as conn:
        assert versions.marks(conn, ["r1", "r2"]) == {"r1": {mark_of(REPORT)}}
        versions.save(conn, replace(first, marks=("aa", "bb")))
        assert versions.marks(conn, ["r1"]) == {"r1": {mark_of(REPORT), "aa", "bb"}}
        assert versions.marks(conn, []) == {}


def test_a_report_that_was_stored_before_there_were_marks_is_known_by_its_text(database: Database) -> None:
    with database.transaction() as conn:
        reports.remember(conn, REPORT, feed=None, now=NOW, mark="cc")
        assert versions.marks(conn, ["r1"]) == {"r1": {"cc"}}
        conn.execute(update(tables.reports).values(version=None))
        assert versions.marks(conn, ["r1"]) == {"r1": {mark_of(REPORT)}}


def test_the_latest_version_is_kept_beside_the_first_text(database: Database, first: Version) -> None:
    second = replace(first, number=2, title="Northland has left", read_today=2, marks=("aa", "bb"))
    with database.transaction() as conn:
        assert versions.latest(conn, first.row) is None
        versions.save(conn, first)
        assert versions.latest(conn, first.row) == first
        versions.save(conn, second)
        versions.note_reading(conn, first.row, Reading("r1", Label.DEVELOPMENT, "en", (), "it says so"))
        assert versions.latest(conn, first.row) == replace(second, label=Label.DEVELOPMENT, reason="it says so")
        versions.note_fault(conn, first.row, "ValueError: x")
        assert versions.latest(conn, first.row) == replace(second, label=None, reason="set aside: ValueError: x")
        assert versions.count(conn) == 1
        stored = reports.find(conn, "r1")
    assert stored
    assert stored.report == REPORT


def test_of_many_marks_the_newest_are_kept(database: Database, first: Version) -> None:
    marks = tuple(f"{number:02}" for number in range(MOST_MARKS + 5))
    with database.transaction() as conn:
        versions.save(conn, replace(first, marks=marks))
        latest = versions.latest(conn, first.row)
    assert latest
    assert latest.marks == marks[5:]


def _edited(conn: Connection, name: str, seen_at: datetime) -> None:
    row = reports.remember(conn, Report(name, "First"), feed=None, now=NOW)
    assert row
    versions.save(conn, Version(row, 1, f"{name} edited", "", seen_at, ()))


@pytest.mark.parametrize("page", [1, 2, 10])
def test_versions_come_as_they_were_seen(database: Database, page: int) -> None:
    hour = timedelta(hours=1)
    with database.transaction() as conn:
        for name, seen_at in (("a", NOW + 3 * hour), ("b", NOW + hour), ("c", NOW + 3 * hour), ("d", NOW + 2 * hour)):
            _edited(conn, name, seen_at)
        found = [(one.report.title, one.seen_at) for one in versions.in_order(conn, page)]
    assert [title for title, _ in found] == ["b edited", "d edited", "a edited", "c edited"]
    assert found[0][1] == NOW + hour
