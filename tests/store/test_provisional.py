"""Provisional treaties are found again by state and time, and bound to the registry's and back without a loss."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from store import audit, events, provisional, reports
from store.coverage import told
from store.database import StoreError
from treaties.model import (
    Case,
    Claim,
    Event,
    Label,
    Precision,
    Reading,
    Report,
    Role,
    Source,
    Verdict,
    VerdictKind,
    When,
)
from treaties.provisional import Telling
from treaties.stages import Stage

if TYPE_CHECKING:
    from store.database import Connection, Database

NOW = datetime(2025, 10, 1, 9, 30, tzinfo=UTC)
MOONS, STARS = "provisional:moons", "provisional:stars"
CLAIM = Claim("LT", MOONS, Stage.ANNOUNCED, None, Role.NEWS, "words", "reason")
VOTE = Event("lt-moons", "LT", MOONS, Stage.ANNOUNCED, When(date(2025, 9, 20)), (Source("Wire", report="a"),))


def tell(conn: Connection, name: str, claim: Claim, kind: VerdictKind = VerdictKind.UNSURE, days: int = 0) -> int:
    """A report, seen so many days after NOW, makes the claim."""
    moment = NOW + timedelta(days=days)
    row = reports.remember(conn, Report(name, "News", published=moment), feed=None, now=moment)
    assert row is not None
    reports.save_reading(conn, row, Reading(name, Label.DEVELOPMENT, "lt", (claim,), "read"))
    reports.save_verdict(conn, row, 0, Verdict(kind, "because"))
    return row


def tellings(conn: Connection, days: int = 0) -> list[str]:
    return [one.treaty for one in provisional.tellings(conn, "LT", (NOW + timedelta(days=days)).date())]


def test_what_reports_of_a_state_call_their_treaties_comes_in_order(database: Database) -> None:
    with database.transaction() as conn:
        tell(conn, "a", CLAIM)
        tell(conn, "b", replace(CLAIM, treaty=STARS), VerdictKind.KNOWN, 1)
        tell(conn, "c", replace(CLAIM, treaty="ottawa"))
        tell(conn, "d", replace(CLAIM, state="LV", treaty="provisional:suns"))
        tell(conn, "e", replace(CLAIM, treaty="provisional:talk"), VerdictKind.TALK)
        found = provisional.tellings(conn, "LT", NOW.date())
    assert found == (Telling(MOONS, NOW.date(), "lt"), Telling(STARS, date(2025, 10, 2), "lt"))


@pytest.mark.parametrize(("days", "found"), [(-15, []), (-14, [MOONS]), (14, [MOONS]), (15, [])])
def test_only_what_is_near_in_time_is_found(database: Database, days: int, found: list[str]) -> None:
    with database.transaction() as conn:
        tell(conn, "old", replace(CLAIM, treaty="provisional:old"), days=-60)
        tell(conn, "a", CLAIM)
        tell(conn, "new", replace(CLAIM, treaty="provisional:new"), days=60)
        assert tellings(conn, days) == found


def test_events_of_unlisted_treaties_are_found_by_their_day(database: Database) -> None:
    undated = replace(VOTE, id="undated", treaty=STARS, when=None)
    monthly = replace(VOTE, id="month", treaty="provisional:month", when=When(date(2025, 10, 1), Precision.MONTH))
    far = replace(VOTE, id="far", treaty="provisional:far", when=When(date(2025, 9, 1)))
    with database.transaction() as conn:
        tell(conn, "a", replace(CLAIM, treaty="provisional:claimed"), days=1)
        events.seed(conn, [Case("LT", "x", (VOTE, undated, monthly, far))], NOW)
        assert tellings(conn) == [MOONS, STARS, "provisional:month", "provisional:claimed"]


def test_a_bound_treaty_still_goes_by_its_provisional_id(database: Database) -> None:
    with database.transaction() as conn:
        tell(conn, "a", CLAIM)
        provisional.bind(conn, MOONS, "moon-treaty", who="Ada", now=NOW)
        tell(conn, "b", replace(CLAIM, treaty="moon-treaty"))
        tell(conn, "c", replace(CLAIM, treaty="ottawa"))
        assert tellings(conn) == [MOONS, MOONS]


def test_every_provisional_name_is_listed_once(database: Database) -> None:
    with database.transaction() as conn:
        assert provisional.names(conn) == ()
        tell(conn, "a", CLAIM)
        tell(conn, "b", replace(CLAIM, treaty="ottawa"))
        events.add_event(conn, VOTE, NOW)
        events.add_event(conn, replace(VOTE, treaty=STARS), NOW)
        assert provisional.names(conn) == (MOONS, STARS)


def bound_case(conn: Connection) -> None:
    """An event with its coverage and a claim that waits, both of the moons; another claim of the stars."""
    row = tell(conn, "a", CLAIM)
    events.add_event(conn, VOTE, NOW)
    events.cover(conn, row, VOTE.id, Role.NEWS)
    tell(conn, "b", CLAIM)
    tell(conn, "c", replace(CLAIM, treaty=STARS))


def treaties(conn: Connection) -> list[str]:
    found = [reports.find(conn, name) for name in ("a", "b", "c")]
    return [one.claims[0][0].treaty for one in found if one]


def test_a_bound_case_moves_with_its_events_claims_and_coverage(database: Database) -> None:
    with database.transaction() as conn:
        bound_case(conn)
        moved = provisional.bind(conn, MOONS, "moon-treaty", who="Ada", now=NOW)
        assert (moved.events, len(moved.claims)) == (("lt-moons",), 2)
    with database.reading() as conn:
        assert events.case(conn, "LT", MOONS).events == ()
        assert events.case(conn, "LT", "moon-treaty").events == (replace(VOTE, treaty="moon-treaty"),)
        assert [(one.report, one.event, one.treaty) for one in told(conn)] == [("a", "lt-moons", "moon-treaty")]
        assert treaties(conn) == ["moon-treaty", "moon-treaty", STARS]
        assert provisional.bound_to(conn, MOONS) == "moon-treaty"
        assert provisional.bound_to(conn, STARS) is None
        assert provisional.names(conn) == (STARS,)


def test_a_binding_is_undone_without_a_trace_but_in_the_log(database: Database) -> None:
    with database.transaction() as conn:
        bound_case(conn)
        before = events.cases(conn)
        provisional.bind(conn, MOONS, "moon-treaty", who="Ada", now=NOW)
    with database.transaction() as conn:
        provisional.unbind(conn, MOONS, who="Grace", now=NOW + timedelta(days=1))
        assert events.cases(conn) == before
        assert treaties(conn) == [MOONS, MOONS, STARS]
        assert provisional.bindings(conn) == ()
        undone, done = audit.entries(conn)
    assert (done.who, done.action, done.subject, done.at) == ("Ada", "bind treaty", MOONS, NOW)
    assert done.detail == {"treaty": "moon-treaty", "events": ["lt-moons"], "claims": 2}
    assert (undone.who, undone.action) == ("Grace", "unbind treaty")


def test_what_came_after_the_binding_stays_where_it_was_told(database: Database) -> None:
    with database.transaction() as conn:
        bound_case(conn)
        provisional.bind(conn, MOONS, "moon-treaty", who="Ada", now=NOW)
        events.add_event(conn, replace(VOTE, id="later", treaty="moon-treaty"), NOW)
        provisional.unbind(conn, MOONS, who="Ada", now=NOW)
        assert [event.id for event in events.case(conn, "LT", "moon-treaty").events] == ["later"]


def test_a_treaty_is_bound_once_and_only_a_bound_one_is_unbound(database: Database) -> None:
    with database.transaction() as conn:
        provisional.bind(conn, MOONS, "moon-treaty", who="Ada", now=NOW)
        with pytest.raises(StoreError, match="bound to moon-treaty already; unbind it first"):
            provisional.bind(conn, MOONS, "ottawa", who="Ada", now=NOW)
        with pytest.raises(StoreError, match="provisional:stars is not bound"):
            provisional.unbind(conn, STARS, who="Ada", now=NOW)


def test_bindings_are_taken_over_by_another_store(database: Database, sqlite_database: Database) -> None:
    with database.transaction() as conn:
        bound_case(conn)
        provisional.bind(conn, MOONS, "moon-treaty", who="Ada", now=NOW)
        bound = provisional.bindings(conn)
    with sqlite_database.transaction() as conn:
        provisional.adopt(conn, bound)
        assert provisional.bindings(conn) == (replace(bound[0], events=(), claims=()),)
