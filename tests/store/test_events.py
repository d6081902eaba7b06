"""The known event set grows, never doubles, and never forgets what people decided."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event as sqlalchemy_event
from sqlalchemy import func, select

from store import events, reports
from store.database import StoreError
from store.tables import coverage, event_sources
from store.tables import events as event_rows
from treaties.model import Case, Event, Precision, Report, Role, Source, When
from treaties.stages import Stage

if TYPE_CHECKING:
    from store.database import Connection, Database

NOW = datetime(2025, 10, 1, 9, 30, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
WIRE = Source("Wire", "https://wire.example/1", date(2025, 7, 1), When(date(2025, 6, 30)), group="Wire Group")
TIMES = Source("Times", "https://times.example/1", date(2025, 7, 2), When(date(2025, 7, 1)), note="a day late")
VOTE = Event("fi-ottawa-vote", "FI", "ottawa", Stage.PARLIAMENT_PASSED, When(date(2025, 6, 19)), (WIRE,), "157 to 18")
NOTICE = Event("fi-ottawa-notice", "FI", "ottawa", Stage.NOTIFIED_DEPOSITARY, When(date(2025, 7, 10)), (TIMES,))
CASE = Case("FI", "ottawa", (VOTE, NOTICE))


def seeded(database: Database, *cases: Case, now: datetime = NOW) -> None:
    with database.transaction() as conn:
        events.seed(conn, cases, now)


def stored(database: Database) -> Case:
    with database.reading() as conn:
        return events.case(conn, "FI", "ottawa")


def rows(conn: Connection) -> tuple[int, int]:
    return (
        conn.execute(select(func.count()).select_from(event_rows)).scalar_one(),
        conn.execute(select(func.count()).select_from(event_sources)).scalar_one(),
    )


def test_the_listed_events_come_in_with_their_ids(database: Database) -> None:
    seeded(database, CASE)
    assert stored(database) == CASE


def test_seeding_at_every_start_doubles_nothing(database: Database) -> None:
    for _ in range(3):
        seeded(database, CASE)
    with database.reading() as conn:
        assert rows(conn) == (2, 2)


def test_new_listed_events_and_sources_are_added(database: Database) -> None:
    seeded(database, Case("FI", "ottawa", (VOTE,)))
    seeded(database, Case("FI", "ottawa", (replace(VOTE, sources=(WIRE, TIMES)), NOTICE)))
    assert stored(database) == Case("FI", "ottawa", (replace(VOTE, sources=(WIRE, TIMES)), NOTICE))


def test_a_listed_event_that_nobody_changed_follows_its_list(database: Database) -> None:
    seeded(database, CASE)
    corrected = replace(VOTE, when=When(date(2025, 6, 20)), note="156 to 18", stage=Stage.LOWER_HOUSE_PASSED)
    seeded(database, Case("FI", "ottawa", (corrected, NOTICE)))
    assert stored(database).events == (corrected, NOTICE)


def test_a_date_that_a_curator_preferred_outlives_the_list(database: Database) -> None:
    seeded(database, CASE)
    with database.transaction() as conn:
        events.prefer(conn, VOTE.id, When(date(2025, 6, 18)), LATER)
    seeded(database, CASE, now=LATER)
    assert stored(database).events[0] == replace(VOTE, when=When(date(2025, 6, 18)))


def test_an_event_that_a_report_brought_gains_sources_from_the_list_and_keeps_the_rest(database: Database) -> None:
    told = replace(VOTE, when=When(date(2025, 6, 1), Precision.MONTH), note="", sources=(TIMES,))
    with database.transaction() as conn:
        events.add_event(conn, told, NOW)
    seeded(database, CASE)
    assert stored(database).events[0] == replace(told, sources=(TIMES, WIRE))


def test_a_listed_id_of_another_case_is_refused(database: Database) -> None:
    seeded(database, CASE)
    with pytest.raises(StoreError, match=r"'fi-ottawa-vote'.*FI–ottawa"):
        seeded(database, Case("FI", "ccm", (replace(VOTE, treaty="ccm"),)))


def test_a_case_without_events_is_empty(database: Database) -> None:
    seeded(database, Case("PL", "ottawa"))
    with database.reading() as conn:
        assert events.case(conn, "PL", "ottawa") == Case("PL", "ottawa")
        assert events.cases(conn) == ()


def test_events_stand_in_order_of_date_and_the_undated_last_as_they_came(database: Database) -> None:
    days = {
        "undated-b": None,
        "undated-a": None,
        "july": When(date(2025, 7, 10)),
        "june": When(date(2025, 6, 1), Precision.MONTH),
        "june-2": When(date(2025, 6, 2)),
        "year": When(date(2025, 1, 1), Precision.YEAR),
        "old": When(date(997, 1, 1), Precision.YEAR),
        "july-again": When(date(2025, 7, 10)),
    }
    seeded(database, Case("FI", "ottawa", tuple(replace(VOTE, id=name, when=day) for name, day in days.items())))
    assert [event.id for event in stored(database).events] == [
        "old",
        "year",
        "june",
        "june-2",
        "july",
        "july-again",
        "undated-b",
        "undated-a",
    ]
    assert {event.id: event.when for event in stored(database).events} == days


def test_all_cases_come_in_order_each_with_its_own_events(database: Database) -> None:
    other = Case("EE", "ottawa", (replace(VOTE, id="ee-ottawa-vote", state="EE", sources=(TIMES,)),))
    seeded(database, CASE, other)
    with database.reading() as conn:
        assert events.cases(conn) == (other, CASE)


def test_events_are_found_by_their_ids(database: Database) -> None:
    seeded(database, CASE)
    with database.reading() as conn:
        assert events.find(conn, {NOTICE.id, VOTE.id, "nothing"}) == (VOTE, NOTICE)
        assert events.find(conn, ()) == ()


def test_an_event_keeps_the_id_it_proposes(database: Database) -> None:
    with database.transaction() as conn:
        assert events.add_event(conn, VOTE, NOW) == VOTE
    assert stored(database) == Case("FI", "ottawa", (VOTE,))


def test_an_id_that_is_taken_is_numbered(database: Database) -> None:
    with database.transaction() as conn:
        ids = [events.add_event(conn, VOTE, NOW).id for _ in range(3)]
        other = events.add_event(conn, replace(VOTE, state="EE"), NOW)
    assert ids == ["fi-ottawa-vote", "fi-ottawa-vote-2", "fi-ottawa-vote-3"]
    assert (other.id, other.state, other.sources) == ("fi-ottawa-vote-4", "EE", (WIRE,))


def test_the_same_address_at_the_same_outlet_is_one_source(database: Database) -> None:
    seeded(database, CASE)
    with database.transaction() as conn:
        assert not events.add_source(conn, VOTE.id, replace(WIRE, note="again", report="r1"), NOW)
        assert events.add_source(conn, VOTE.id, replace(WIRE, outlet="Reprint"), NOW)
        assert events.add_source(conn, NOTICE.id, WIRE, NOW)


def test_the_same_report_is_one_source_wherever_it_moved(database: Database) -> None:
    seeded(database, CASE)
    told = Source("Gazette", "https://gazette.example/1", report="r1")
    with database.transaction() as conn:
        assert events.add_source(conn, VOTE.id, told, NOW)
        assert not events.add_source(conn, VOTE.id, replace(told, url="https://gazette.example/moved"), NOW)
        assert not events.add_source(conn, VOTE.id, replace(told, url=None), NOW)


def test_sources_without_an_address_are_told_apart_by_report_or_dates(database: Database) -> None:
    seeded(database, CASE)
    bare = Source("Radio", published=date(2025, 7, 3))
    with database.transaction() as conn:
        assert events.add_source(conn, VOTE.id, bare, NOW)
        assert not events.add_source(conn, VOTE.id, bare, NOW)
        assert events.add_source(conn, VOTE.id, replace(bare, published=date(2025, 7, 4)), NOW)
        assert events.add_source(conn, VOTE.id, replace(bare, report="r1"), NOW)
        assert events.add_source(conn, VOTE.id, replace(bare, report="r2"), NOW)


def test_a_source_comes_back_as_it_was(database: Database) -> None:
    full = Source(
        outlet="Official Gazette",
        url="https://gazette.example/" + "x" * 5000,
        published=date(2025, 7, 1),
        says=When(date(2025, 7, 1), Precision.MONTH),
        note="page 3",
        report="r1",
        group="State",
        official=True,
        record=True,
        copy_of="wire group",
    )
    with database.transaction() as conn:
        assert events.add_event(conn, replace(VOTE, sources=(full,)), NOW).sources == (full,)


def test_a_source_of_no_event_is_refused(database: Database) -> None:
    with pytest.raises(StoreError, match=r"(?i)foreign key"), database.transaction() as conn:
        events.add_source(conn, "nothing", WIRE, NOW)


def test_coverage_is_noted_once(database: Database) -> None:
    seeded(database, CASE)
    with database.transaction() as conn:
        row = reports.remember(conn, Report("r1", "News"), feed=None, now=NOW)
        assert row is not None
        for role in (Role.NEWS, Role.NEWS, Role.BACKGROUND):
            events.cover(conn, row, VOTE.id, role)
        events.cover(conn, row, NOTICE.id, Role.BACKGROUND)
        told = conn.execute(select(coverage.c.event_id, coverage.c.role)).all()
    assert sorted(map(tuple, told)) == [(NOTICE.id, "background"), (VOTE.id, "news")]


def test_what_was_recorded_in_a_span_leaves_out_the_configuration(database: Database) -> None:
    seeded(database, CASE)
    with database.transaction() as conn:
        for minutes, name in ((-1, "before"), (0, "first"), (59, "last"), (60, "after")):
            told = replace(VOTE, id=name, when=None)
            events.add_event(conn, told, NOW + timedelta(minutes=minutes), origin="curator")
        found = events.told_between(conn, NOW, LATER)
    assert [event.id for event in found] == ["first", "last"]
    assert found[0].sources == (WIRE,)


def test_a_case_takes_two_queries_however_much_is_told_of_it(sqlite_database: Database) -> None:
    many = tuple(replace(VOTE, id=f"e{n}", sources=(WIRE, TIMES)) for n in range(30))
    seeded(sqlite_database, Case("FI", "ottawa", many))
    queries: list[str] = []
    with sqlite_database.reading() as conn:
        sqlalchemy_event.listen(conn, "before_cursor_execute", lambda *args: queries.append(args[2]))
        assert events.case(conn, "FI", "ottawa").events == many
    assert len(queries) == 2
