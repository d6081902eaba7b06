"""Held alerts wait, are put to the reviewers once, and go when somebody else tells of the event."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from store import events, held, reports
from store.database import StoreError
from store.held import Held
from treaties.model import Event, Report, VerdictKind
from treaties.stages import Stage

if TYPE_CHECKING:
    from store.database import Connection, Database

NOW = datetime(2025, 10, 1, 9, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)


def waiting(conn: Connection, name: str, until: datetime) -> Held:
    row = reports.remember(conn, Report(name, "News"), feed=None, now=NOW)
    assert row is not None
    event = events.add_event(conn, Event(name, "LV", "ottawa", Stage.ANNOUNCED, None), NOW)
    made = Held(event.id, row, 0, VerdictKind.NEW_CASE, "new", NOW, until)
    held.hold(conn, made)
    return made


def test_what_waits_is_found_by_its_event_until_it_is_dropped(database: Database) -> None:
    with database.transaction() as conn:
        made = waiting(conn, "a", NOW + HOUR)
    with database.transaction() as conn:
        assert held.find(conn, "a") == made
        assert held.find(conn, "b") is None
        held.drop(conn, "a", NOW + HOUR)
        assert held.find(conn, "a") is None


def test_what_waited_becomes_known_when_it_is_let_out_and_only_then(database: Database) -> None:
    with database.transaction() as conn:
        waiting(conn, "a", NOW + HOUR)
        assert events.told_cases(conn) == ()
        assert events.told_between(conn, NOW, NOW + 2 * HOUR) == ()
        held.drop(conn, "a", NOW + HOUR)
        held.drop(conn, "a", NOW + 2 * HOUR)
        assert events.told_between(conn, NOW, NOW + HOUR) == ()
        assert [event.id for event in events.told_between(conn, NOW + HOUR, NOW + 2 * HOUR)] == ["a"]
        assert [case.key for case in events.told_cases(conn)] == [("LV", "ottawa")]


def test_what_has_waited_long_enough_comes_once_the_longest_waiting_first(database: Database) -> None:
    with database.transaction() as conn:
        late, early = waiting(conn, "late", NOW + HOUR), waiting(conn, "early", NOW)
        waiting(conn, "later", NOW + 2 * HOUR)
        assert held.due(conn, NOW + HOUR) == (early, late)
        held.asked(conn, "early", NOW + HOUR)
        assert held.due(conn, NOW + HOUR) == (late,)
        assert held.find(conn, "early") == early


def test_an_alert_waits_for_an_event_that_is_known(database: Database) -> None:
    with database.transaction() as conn:
        row = waiting(conn, "a", NOW).row
    with pytest.raises(StoreError, match=r"(?i)foreign key"), database.transaction() as conn:
        held.hold(conn, Held("nothing", row, 0, VerdictKind.NEW_CASE, "new", NOW, NOW))
